// SPDX-License-Identifier: Apache-2.0
// Summaries: NIST's hard case for sums, NumPy's quantiles, and samples that are hardly samples.
#include "stats/stats.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

// NIST StRD, analysis of variance, SmLs07: 13 constant leading digits; nine treatments of 21 values, each
// with a certified SD of 0.1. Input in float64 limits the answer to about 3 digits.
static void smls07(int treatment, double out[21])
{
    static const double middle[9] = {.4, .3, .5, .3, .5, .3, .5, .3, .5};
    const double centre = 1e12 + middle[treatment];
    out[0] = centre;
    for (int i = 1; i < 21; i++)
        out[i] = 1e12 + (middle[treatment] + (i % 2 ? -0.1 : 0.1));
}

static void test_two_passes_keep_what_textbook_sums_lose(void **state)
{
    (void)state;
    for (int treatment = 0; treatment < 9; treatment++) {
        double values[21], sum = 0, squares = 0;
        smls07(treatment, values);
        for (int i = 0; i < 21; i++) {
            sum += values[i];
            squares += values[i] * values[i];
        }
        const double textbook = sqrt(fabs(squares - sum * sum / 21) / 20);
        const hpb_summary s = hpb_stats_summarise(values, 21);
        assert_true(fabs(s.sd - 0.1) < 3e-4);
        assert_true(fabs(s.mean - values[10]) < 2e-4); // sorted: the middle one
        assert_true(fabs(textbook - 0.1) > 0.05);      // the case is as hard as it is said to be
    }
}

static void test_values_are_numpys(void **state)
{
    (void)state;
    double values[] = {22, 1, 16, 2, 11, 4, 7};
    const hpb_summary s = hpb_stats_summarise(values, 7);
    assert_int_equal(s.n, 7);
    assert_true(s.mean == 9 && fabs(s.sd - 7.788880963698615) < 1e-15);
    assert_true(s.min == 1 && s.max == 22 && s.median == 7);
    assert_true(fabs(s.p5 - 1.3) < 1e-15 && s.p25 == 3 && s.p75 == 13.5);
    assert_true(s.p95 == 20.199999999999996); // NumPy's bits
    for (int i = 1; i < 7; i++)
        assert_true(values[i - 1] < values[i]);
}

static void test_small_samples(void **state)
{
    (void)state;
    const hpb_summary none = hpb_stats_summarise(NULL, 0);
    assert_int_equal(none.n, 0);
    assert_true(isnan(none.mean) && isnan(none.sd) && isnan(none.median) && isnan(none.max));
    double one[] = {3.5};
    const hpb_summary single = hpb_stats_summarise(one, 1);
    assert_true(single.mean == 3.5 && isnan(single.sd));
    assert_true(single.p5 == 3.5 && single.median == 3.5 && single.p95 == 3.5);
    double two[] = {3, 1};
    const hpb_summary pair = hpb_stats_summarise(two, 2);
    assert_true(pair.median == 2 && fabs(pair.sd - sqrt(2)) < 1e-15);
    double same[1000];
    for (int i = 0; i < 1000; i++)
        same[i] = 0.1;
    const hpb_summary constant = hpb_stats_summarise(same, 1000);
    assert_true(constant.mean == 0.1 && constant.sd < 1e-16 && constant.p95 == 0.1);
}

static void test_no_figure_overflows_that_exists(void **state)
{
    (void)state;
    double values[] = {1e308, 1.5e308, 1.7e308, 1e-308};
    const hpb_summary s = hpb_stats_summarise(values, 4);
    assert_true(fabs(s.mean / 1.05e308 - 1) < 1e-14);
    assert_true(fabs(s.sd / 7.5938571665963e307 - 1) < 1e-12);
    double tiny[] = {1e-308, 2e-308, 3e-308};
    assert_true(fabs(hpb_stats_summarise(tiny, 3).mean / 2e-308 - 1) < 1e-12);
}

static void test_quantiles_refuse_what_is_no_probability(void **state)
{
    (void)state;
    const double sorted[] = {1, 2, 3};
    assert_true(isnan(hpb_stats_quantile(sorted, 3, -0.01)));
    assert_true(isnan(hpb_stats_quantile(sorted, 3, 1.01)));
    assert_true(isnan(hpb_stats_quantile(sorted, 3, (double)NAN)));
    assert_true(isnan(hpb_stats_quantile(sorted, 0, 0.5)));
    assert_true(hpb_stats_quantile(sorted, 3, 0) == 1 && hpb_stats_quantile(sorted, 3, 1) == 3);
    for (double p = 0, last = 0; p <= 1; p += 0.001) { // never falls, never leaves the data
        const double q = hpb_stats_quantile(sorted, 3, p);
        assert_true(q >= last && q >= 1 && q <= 3);
        last = q;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_passes_keep_what_textbook_sums_lose),
        cmocka_unit_test(test_values_are_numpys),
        cmocka_unit_test(test_small_samples),
        cmocka_unit_test(test_no_figure_overflows_that_exists),
        cmocka_unit_test(test_quantiles_refuse_what_is_no_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
