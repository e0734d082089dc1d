// SPDX-License-Identifier: Apache-2.0
// Sequential stopping: looks, sizes, confidence sequences, and how often what they stop at holds the truth. An argument is
// the number of runs simulated a case; `ctest -C slow` takes 4,000 of them.
#include "base/base.h"
#include "random/random.h"
#include "stats/moments.h"
#include "stats/precision.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t n_runs = 200;

static void is_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

static void test_looks(void **state)
{
    (void)state;
    const hpb_precision rule = {.target = 0.05, .is_relative = true, .first = 20, .most = 100};
    static const size_t looks[] = {20, 25, 32, 40, 50, 63, 79, 99, 100, 100};
    size_t n = 0;
    for (size_t i = 0; i < HPB_COUNT(looks); i++) {
        n = hpb_precision_next(&rule, n);
        assert_int_equal(n, looks[i]);
    }
    const double half[] = {0.02, 0.2, 0.1};
    hpb_look look = hpb_precision_look(&rule, 25, -5, 0, half, 3, 0.95);
    assert_true(look.state == HPB_PRECISION_KNOWN && look.n == 25 && look.likely == 25);
    assert_true(look.asked == 0.25 && look.half == 0.2 && look.which == 1);
    look = hpb_precision_look(&rule, 25, 1, 0, half, 3, 0.95);
    assert_true(look.state == HPB_PRECISION_GO_ON && look.asked == 0.05);
    // four times as narrow: 16 times as many, less what t has over the normal quantile
    is_near(look.likely, 25 * 16 * pow(1.96 / 2.0639, 2), 4);
    look = hpb_precision_look(&rule, 100, 1, 0, half, 3, 0.95);
    assert_true(look.state == HPB_PRECISION_CAPPED && look.likely > 1000);
    look = hpb_precision_look(&rule, 10, 5, 0, half, 3, 0.95); // too early to say
    assert_true(look.state == HPB_PRECISION_GO_ON && look.likely == 20);
    const hpb_precision absolute = {.target = 0.2, .first = 20, .most = 100};
    assert_true(hpb_precision_look(&absolute, 20, 0, 0, half, 3, 0.95).state ==
                HPB_PRECISION_KNOWN);
}

static void test_looks_at_nothing(void **state)
{
    (void)state;
    const hpb_precision rule = {.target = 0.05, .is_relative = true, .first = 20, .most = 100};
    const double none[] = {0.1, (double)NAN}, equal[] = {0, 0};
    hpb_look look = hpb_precision_look(&rule, 50, 9, 0, none, 2, 0.95);
    assert_true(look.state == HPB_PRECISION_GO_ON && isinf(look.half) && look.which == 1);
    assert_true(isinf(look.likely));
    look = hpb_precision_look(&rule, 50, 0, 0, none, 1, 0.95); // 5 % of nothing
    assert_true(look.state == HPB_PRECISION_OUT_OF_REACH && isinf(look.likely) && look.asked == 0);
    look = hpb_precision_look(&rule, 50, (double)NAN, 0, none, 1, 0.95);
    assert_true(look.state == HPB_PRECISION_GO_ON && isinf(look.likely));
    assert_true(hpb_precision_look(&rule, 50, 0, 0, equal, 2, 0.95).state == HPB_PRECISION_KNOWN);
    assert_true(isinf(hpb_precision_look(&rule, 1, 3, 0, none, 1, 0.95).likely));
}

// The last look is at 16 times the replicates, with intervals a quarter as wide, less what t has over the normal quantile.
static void test_what_is_out_of_reach(void **state)
{
    (void)state;
    const hpb_precision rule = {.target = 0.05, .is_relative = true, .first = 20, .most = 1600};
    const double half = 0.4, least = 0.4 / 4 / 2 / 0.05 * (1.9614 / 1.9842); // difference in reach
    assert_true(hpb_precision_look(&rule, 100, least * 1.01, 0, &half, 1, 0.95).state ==
                HPB_PRECISION_GO_ON);
    assert_true(hpb_precision_look(&rule, 100, least * 0.99, 0, &half, 1, 0.95).state ==
                HPB_PRECISION_OUT_OF_REACH);
    // it may be larger than it looks, of either sign
    assert_true(hpb_precision_look(&rule, 100, -least / 2, 0.51 * least, &half, 1, 0.95).state ==
                HPB_PRECISION_GO_ON);
    const hpb_look look = hpb_precision_look(&rule, 100, 0, 0.4, &half, 1, 0.95);
    assert_true(look.state == HPB_PRECISION_OUT_OF_REACH && look.doubt == 0.4);
    // too early to say, and too late to go on
    assert_true(hpb_precision_look(&rule, 10, 0, 0, &half, 1, 0.95).state == HPB_PRECISION_GO_ON);
    assert_true(hpb_precision_look(&rule, 1600, 0, 0, &half, 1, 0.95).state ==
                HPB_PRECISION_CAPPED);
    const hpb_precision absolute = {.target = 0.04, .first = 20, .most = 1600};
    assert_true(hpb_precision_look(&absolute, 100, 9, 9, &half, 1, 0.95).state ==
                HPB_PRECISION_OUT_OF_REACH);
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        double half;
        double n; // SciPy, one by one
    } table[] = {{.5, 18}, {.3, 46}, {.2, 99}, {.1, 387}};
    for (size_t i = 0; i < HPB_COUNT(table); i++)
        assert_true(hpb_precision_size(2, 2 * table[i].half, 0.95) == table[i].n);
    assert_true(hpb_precision_size(1, 100, 0.95) == 2 && hpb_precision_size(0, 1, 0.95) == 2);
    assert_true(isinf(hpb_precision_size(1, 0, 0.95)) && isinf(hpb_precision_size(1, 1e-9, 0.95)));
    assert_true(isnan(hpb_precision_size((double)NAN, 1, 0.95)));
    // (2.2621572 / .3)^2 = 56.86
    assert_true(hpb_stein_size(1, 10, 0.3, 0.95) == 57);
    assert_true(hpb_stein_size(1, 10, 3, 0.95) == 10);
    assert_true(isnan(hpb_stein_size((double)NAN, 10, 3, 0.95)));
}

static void test_confidence_sequence(void **state)
{
    (void)state;
    static const double v[] = {10, 50, 100, 500};
    static const double bound[] = {12.190753146341, 21.804123481845, 30.352089903763,
                                   70.503903959986};
    const double scale = hpb_sequence_scale(100, 0.95);
    is_near(scale, 12.600560979256, 5e-13);
    for (size_t i = 0; i < HPB_COUNT(v); i++)
        is_near(hpb_sequence_bound(v[i], scale, 0.95), bound[i], 5e-13);
    const hpb_interval at_plan = hpb_sequence_interval(7, 2, 100, 100, 0.95);
    is_near(at_plan.high - 7, 2 * 30.352089903763 / 100, 1e-12);
    is_near(7 - at_plan.low, at_plan.high - 7, 1e-14);
    is_near((at_plan.high - 7) / (1.959963984540054 * 2 / 10), 1.55, 0.005);
}

typedef struct simulated {
    uint32_t covered;
    double mean_n;
} simulated;

// Runs until Student's interval has half the width asked, or all looks were taken by a confidence sequence.
static simulated simulate(double sigma, double half, size_t first, size_t most, bool by_sequence,
                          uint32_t seed)
{
    simulated out = {0};
    const double truth = sigma > 0 ? exp(sigma * sigma / 2) : 0;
    const hpb_precision rule = {.target = half, .first = first, .most = most};
    hpb_philox philox = hpb_philox_make(seed, 0, 0, 0);
    float *normal = hpb_alloc(most, sizeof *normal);
    double *values = hpb_alloc(most, sizeof *values), mean, sd;
    for (uint32_t run = 0; run < n_runs; run++) {
        hpb_philox_normal(&philox, (uint32_t)most, 0, 1, normal);
        for (size_t i = 0; i < most; i++)
            values[i] = sigma > 0 ? exp(sigma * (double)normal[i]) : (double)normal[i];
        hpb_look look = {0};
        bool holds = true;
        while (look.n < most && look.state != HPB_PRECISION_KNOWN) {
            const size_t n = hpb_precision_next(&rule, look.n);
            hpb_moments(values, n, &mean, &sd);
            const hpb_interval i = by_sequence ? hpb_sequence_interval(mean, sd, n, 100, 0.95)
                                               : hpb_mean_t(mean, sd, n, 0.95);
            const double width = i.high - mean;
            look = hpb_precision_look(&rule, n, 0, 0, &width, 1, 0.95);
            holds = (holds || !by_sequence) && i.low <= truth && truth <= i.high;
        }
        out.covered += holds;
        out.mean_n += (double)look.n / n_runs;
    }
    free(values);
    free(normal);
    return out;
}

// Half widths are in SDs. What 20,000 runs gave is expected, within four binomial standard errors.
static void test_coverage(void **state)
{
    (void)state;
    static const struct {
        double sigma; // of log-normal data; 0: normal
        double half;
        size_t first;
        double covered, n;
    } cases[] = {{0, .3, 10, 94.2, 49}, {0, .2, 20, 94.9, 109}, {1, .2, 30, 85.5, 83}};
    for (size_t c = 0; c < HPB_COUNT(cases); c++) {
        const double sigma = cases[c].sigma, s2 = sigma * sigma;
        const double sd = sigma > 0 ? sqrt((exp(s2) - 1) * exp(s2)) : 1;
        const simulated s =
            simulate(sigma, cases[c].half * sd, cases[c].first, 2000, false, 200 + (uint32_t)c);
        const double share = 100.0 * s.covered / n_runs, expected = cases[c].covered;
        print_message("half %.1f SD from %zu: %.1f %%, expected %.1f; %.0f values\n", cases[c].half,
                      cases[c].first, share, expected, s.mean_n);
        is_near(share, expected, 4 * sqrt(expected * (100 - expected) / n_runs));
        is_near(s.mean_n, cases[c].n, 0.1 * cases[c].n);
    }
    // every look at once, where Student's intervals would hold in fewer
    const simulated all = simulate(0, 0, 20, 2000, true, 210);
    print_message("confidence sequence, all looks from 20 to 2000: %.1f %%\n",
                  100.0 * all.covered / n_runs);
    assert_true(100.0 * all.covered / n_runs > 95 - 4 * sqrt(95 * 5.0 / n_runs));
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_runs = (uint32_t)strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_looks_at_nothing),
        cmocka_unit_test(test_what_is_out_of_reach),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_confidence_sequence),
        cmocka_unit_test(test_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
