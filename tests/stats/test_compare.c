// SPDX-License-Identifier: Apache-2.0
// Ratios against a baseline: what NumPy and SciPy compute by the published formulas, and how often the interval holds.
#include "stats/compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const double run[8] = {0.061, 0.12, 0.3, 0.05, 0.09, 0.41, 0.07, 0.2};
static const double base[8] = {0.05, 0.1, 0.31, 0.04, 0.08, 0.3, 0.06, 0.15};

static void expect_ratio(hpb_estimate got, double value, double low, double high)
{
    if (!(fabs(got.value - value) < 1e-12 * value) || !(fabs(got.low - low) < 1e-9 * low) ||
        !(fabs(got.high - high) < 1e-9 * high))
        fail_msg("expected %.15g [%.15g, %.15g]; got %.15g [%.15g, %.15g]", value, low, high,
                 got.value, got.low, got.high);
}

static void expect_no_interval(hpb_estimate got)
{
    assert_true(isnan(got.low) && isnan(got.high));
}

static void as_numpy_and_scipy(void **state)
{
    (void)state;
    double y[8], x[8], many[1000], tens[50];
    expect_ratio(hpb_stats_ratio_paired(run, base, 8), 1.1935779816513763, 1.0023326438131703,
                 1.4213129813504475);
    expect_ratio(hpb_stats_ratio_unpaired(run, 8, base, 5), 1.401939655172414, 0.4222502332378554,
                 4.6546683507402795);
    for (int i = 0; i < 8; i++)
        y[i] = run[i], x[i] = base[i];
    expect_ratio(hpb_stats_ratio_medians(y, 8, x, 5), 1.3125, 0.34810137678529923,
                 4.94872001343015);
    for (int i = 0; i < 1000; i++)
        many[i] = 1000 - i;
    for (int i = 0; i < 50; i++)
        tens[i] = 10 * (i + 1);
    expect_ratio(hpb_stats_ratio_medians(many, 1000, tens, 50), 1.9627450980392156,
                 1.4757692916692342, 2.6104136612841278);
}

static void samples_that_are_hardly_samples(void **state)
{
    (void)state;
    static const double zeros[2] = {0, 0}, ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    double y[4] = {1, 2, 3, 4}, x[4] = {1, 2, 3, 4};
    expect_ratio(hpb_stats_ratio_paired(base, base, 8), 1, 1, 1);
    expect_ratio(hpb_stats_ratio_paired(base, base, 1), 1, 1, 1);
    expect_ratio(hpb_stats_ratio_paired(zeros, zeros, 2), 1, 1, 1);
    expect_ratio(hpb_stats_ratio_unpaired(ones, 8, ones, 8), 1, 1, 1);
    expect_no_interval(hpb_stats_ratio_paired(run, base, 1));
    expect_no_interval(hpb_stats_ratio_paired(run, base, 0));
    expect_no_interval(hpb_stats_ratio_paired(run, zeros, 2));
    expect_no_interval(hpb_stats_ratio_paired(zeros, run, 2));
    expect_no_interval(hpb_stats_ratio_unpaired(run, 1, base, 8));
    expect_no_interval(hpb_stats_ratio_medians(y, 4, x, 4));
    expect_no_interval(hpb_stats_ratio_medians(y, 4, x, 0));
    const double large[2] = {1e308, 1.5e308}, small[2] = {1e-308, 1e-308};
    assert_true(isfinite(hpb_stats_ratio_paired(large, large + 1, 1).value));
    expect_no_interval(hpb_stats_ratio_paired(large, small, 2));
}

// A million numbers of which the middle hundred decide.
static void a_median_of_a_million(void **state)
{
    (void)state;
    const size_t n = 1000000;
    double *y = calloc(n, sizeof *y), *x = calloc(n, sizeof *x);
    for (size_t i = 0; i < n; i++)
        y[i] = 2 * (x[i] = 1 + (double)i);
    const hpb_estimate r = hpb_stats_ratio_medians(y, n, x, n);
    assert_true(r.value == 2 && r.low > 1.99 && r.low < 2 && r.high > 2 && r.high < 2.01);
    free(y);
    free(x);
}

// Uniform in (0, 1), then normal: Box and Muller. SplitMix64 from a fixed seed.
static double uniform(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ z >> 31) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
    const double r = sqrt(-2 * log(uniform(state)));
    return r * cos(6.283185307179586 * uniform(state));
}

// Log-normal pairs as MSEs are, correlated 0.8: the interval holds the truth about 95 times in 100.
static void the_interval_holds(void **state)
{
    (void)state;
    uint64_t seed = 1;
    int held = 0, held_unpaired = 0;
    double paired = 0, unpaired = 0;
    for (int sample = 0; sample < 2000; sample++) {
        double y[100], x[100];
        for (int i = 0; i < 100; i++) {
            const double shared = sqrt(0.8) * normal(&seed);
            y[i] = 1.2 * exp(0.5 * (shared + sqrt(0.2) * normal(&seed)));
            x[i] = exp(0.5 * (shared + sqrt(0.2) * normal(&seed)));
        }
        const hpb_estimate a = hpb_stats_ratio_paired(y, x, 100);
        const hpb_estimate b = hpb_stats_ratio_unpaired(y, 100, x, 100);
        held += a.low <= 1.2 && 1.2 <= a.high;
        held_unpaired += b.low <= 1.2 && 1.2 <= b.high;
        paired += log(a.high / a.low);
        unpaired += log(b.high / b.low);
    }
    assert_in_range(held, 1860, 1930);
    assert_true(held_unpaired > 1990);    // what is shared does not cancel
    assert_true(paired < 0.5 * unpaired); // and costs twice the width
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_numpy_and_scipy),
        cmocka_unit_test(samples_that_are_hardly_samples),
        cmocka_unit_test(a_median_of_a_million),
        cmocka_unit_test(the_interval_holds),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
