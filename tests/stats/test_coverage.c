// SPDX-License-Identifier: Apache-2.0
// How often a nominal 95 % interval holds the truth: what reports say of it in words. An argument is the number of
// samples a case; `ctest -C slow` takes 4,000 of them.
#include "base/base.h"
#include "random/random.h"
#include "stats/attribution.h"
#include "stats/pairs.h"
#include "stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t n_samples = 200;

// exp(sigma z), or z itself where sigma is 0.
static void draw(hpb_philox *philox, double sigma, double *out, uint32_t n)
{
    float *normal = hpb_alloc(n, sizeof *normal);
    hpb_philox_normal(philox, n, 0, 1, normal);
    for (uint32_t i = 0; i < n; i++)
        out[i] = sigma > 0 ? exp(sigma * (double)normal[i]) : (double)normal[i];
    free(normal);
}

// Within four binomial standard errors of `expected` (in %), or above it where that is a guarantee.
static void check(uint32_t covered, double expected, bool or_more, const char *what, uint32_t n)
{
    const double share = 100.0 * covered / n_samples;
    const double error = sqrt(expected * (100 - expected) / n_samples);
    print_message("%s, n = %u: %.1f %%, expected %.1f\n", what, n, share, expected);
    if (share < expected - 4 * error || (!or_more && share > expected + 4 * error))
        fail_msg("%s, n = %u: covered %.1f %%, expected %.1f", what, n, share, expected);
}

static void test_mean(void **state)
{
    (void)state;
    static const struct {
        double sigma; // of log-normal data; 0: normal
        uint32_t n;
        double expected; // measured with 10,000 samples
    } cases[] = {{0, 5, 95},  {0, 10, 95}, {0, 50, 95}, {.5, 20, 94},
                 {1, 10, 91}, {1, 50, 93}, {1, 200, 94}};
    double values[200];
    for (size_t c = 0; c < HPB_COUNT(cases); c++) {
        hpb_philox philox = hpb_philox_make(31, (uint32_t)c, 0, 0);
        const double truth = cases[c].sigma > 0 ? exp(cases[c].sigma * cases[c].sigma / 2) : 0;
        uint32_t covered = 0;
        for (uint32_t i = 0; i < n_samples; i++) {
            draw(&philox, cases[c].sigma, values, cases[c].n);
            hpb_mean_method method;
            const hpb_interval m = hpb_mean_interval(values, cases[c].n, 0.95, &method);
            covered += m.low <= truth && truth <= m.high;
        }
        check(covered, cases[c].expected, false, cases[c].sigma > 0 ? "mean, log-normal" : "mean",
              cases[c].n);
    }
}

static void test_median_and_quantile(void **state)
{
    (void)state;
    double values[100];
    hpb_philox philox = hpb_philox_make(32, 0, 0, 0);
    const double p95 = exp(hpb_normal_quantile(0.95));
    uint32_t covered = 0, covered_p95 = 0;
    for (uint32_t i = 0; i < n_samples; i++) {
        draw(&philox, 1, values, 100);
        hpb_stats_summarise(values, 100);
        const hpb_interval q = hpb_quantile_interval(values, 100, 0.95, 0.95);
        covered_p95 += q.low <= p95 && p95 <= q.high;
        draw(&philox, 1, values, 20);
        hpb_stats_summarise(values, 20);
        const hpb_interval m = hpb_quantile_interval(values, 20, 0.5, 0.95);
        covered += m.low <= 1 && 1 <= m.high;
    }
    check(covered, 95.861, false, "median", 20);
    check(covered_p95, 95, true, "95 % quantile", 100);
}

static void test_interquartile_mean(void **state)
{
    (void)state;
    // of a log-normal distribution: 2 exp(1/2) (Phi(z3 - 1) - Phi(z1 - 1)), z3 and z1 the normal quartiles
    const double z = hpb_normal_quantile(0.75);
    const double truth = 2 * exp(0.5) * (hpb_normal_cdf(z - 1) - hpb_normal_cdf(-z - 1));
    double values[50];
    hpb_philox philox = hpb_philox_make(33, 0, 0, 0);
    uint32_t covered = 0;
    for (uint32_t i = 0; i < n_samples; i++) {
        draw(&philox, 1, values, 50);
        hpb_stats_summarise(values, 50);
        const hpb_interval iqm = hpb_iqm_interval(values, 50, 0.95);
        covered += iqm.low <= truth && truth <= iqm.high;
    }
    check(covered, 94.5, false, "interquartile mean", 50);
}

static void test_shift(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {12, 60};
    double d[60];
    for (size_t c = 0; c < 2; c++) {
        hpb_philox philox = hpb_philox_make(34, (uint32_t)c, 0, 0);
        uint32_t covered = 0, rejected = 0;
        for (uint32_t i = 0; i < n_samples; i++) {
            draw(&philox, 0, d, sizes[c]);
            rejected += hpb_signed_rank_test(d, sizes[c], HPB_ZEROS_SPLIT).p < 0.05;
            const hpb_estimate shift = hpb_hodges_lehmann(d, sizes[c], 0.95);
            covered += shift.low <= 0 && 0 <= shift.high;
        }
        check(covered, 95, true, "Hodges-Lehmann", sizes[c]);
        check(n_samples - rejected, 95, true, "signed ranks keep", sizes[c]);
    }
}

static void test_share_of_wins(void **state)
{
    (void)state;
    hpb_philox philox = hpb_philox_make(35, 0, 0, 0);
    uint32_t covered = 0, covered_unpaired = 0;
    const double truth = hpb_normal_cdf(1 / sqrt(2)); // P(X < Y) for a shift of one SD
    for (uint32_t i = 0; i < n_samples; i++) {
        double x[30], y[30], wins = 0;
        draw(&philox, 0, x, 30);
        draw(&philox, 0, y, 30);
        for (int k = 0; k < 30; k++) {
            y[k] += 1;
            wins += x[k] < y[k];
        }
        const hpb_interval w = hpb_wilson_interval(wins, 30, 0.95);
        covered += w.low <= truth && truth <= w.high;
        const hpb_unpaired u = hpb_unpaired_compare(x, 30, y, 30, 0.95);
        covered_unpaired += u.low <= truth && truth <= u.high;
    }
    check(covered, 95, false, "share of wins, Wilson", 30);
    check(covered_unpaired, 95, false, "Brunner-Munzel, logit", 30);
}

// Causes of a difference over 8 corners that share most of their noise; the third one does nothing, and then none does.
static void test_causes(void **state)
{
    (void)state;
    enum { k = 3, n = 20 };
    static const double truth[k] = {1.2, -0.3, 0}; // 1 and -0.5, and 0.4 together
    double values[8][n], common[n], phi[k * n];
    const double *corner[8];
    uint32_t all = 0, one = 0, whole = 0, same = 0;
    hpb_philox philox = hpb_philox_make(36, 0, 0, 0);
    for (uint32_t i = 0; i < 2 * n_samples; i++) {
        const bool is_null = i >= n_samples;
        draw(&philox, 0, common, n);
        for (uint32_t s = 0; s < 8; s++) {
            corner[s] = values[s];
            draw(&philox, 0, values[s], n);
            const double a = s & 1u ? 1 : 0, b = s & 2u ? 1 : 0;
            for (int r = 0; r < n; r++)
                values[s][r] =
                    common[r] + values[s][r] / 2 + (is_null ? 0 : a - b / 2 + 0.4 * a * b);
        }
        hpb_effect effect[k];
        hpb_attribution out;
        hpb_attribution_split(corner, is_null ? 1 : k, n, NULL, phi, effect, &out);
        same += is_null && !out.has_shares;
        bool is_within = !is_null;
        for (int f = 0; f < k && is_within; f++)
            is_within =
                effect[f].simultaneous.low <= truth[f] && truth[f] <= effect[f].simultaneous.high;
        all += is_within;
        one += !is_null && effect[0].own.low <= 1.2 && 1.2 <= effect[0].own.high;
        whole += !is_null && out.difference.low <= 0.9 && 0.9 <= out.difference.high;
    }
    check(all, 95, false, "all causes at once", n);
    check(one, 95, false, "one cause", n);
    check(whole, 95, false, "their sum", n);
    check(same, 95, false, "no difference is found where there is none", n);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_samples = (uint32_t)strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_median_and_quantile),
        cmocka_unit_test(test_interquartile_mean),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_share_of_wins),
        cmocka_unit_test(test_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
