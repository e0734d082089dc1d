// SPDX-License-Identifier: Apache-2.0
// Intervals against complete enumeration, SciPy and printed tables.
#include "base/base.h"
#include "stats/intervals.h"
#include "stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void is_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

// All 3,125 resamples of five values; out[i] is the statistic of the i-th.
static void enumerate(const double x[5], bool of_variance, double out[3125])
{
    for (int i = 0; i < 3125; i++) {
        double y[5], sum = 0, squares = 0;
        for (int k = 0, rest = i; k < 5; k++, rest /= 5) {
            y[k] = x[rest % 5];
            sum += y[k];
        }
        for (int k = 0; k < 5; k++)
            squares += (y[k] - sum / 5) * (y[k] - sum / 5);
        out[i] = of_variance ? squares / 4 : sum / 5;
    }
}

static double statistic_without(const double x[5], int left_out, bool of_variance)
{
    double y[4], sum = 0, squares = 0;
    for (int k = 0, n = 0; k < 5; k++)
        if (k != left_out)
            sum += y[n++] = x[k];
    for (int k = 0; k < 4; k++)
        squares += (y[k] - sum / 4) * (y[k] - sum / 4);
    return of_variance ? squares / 3 : sum / 4;
}

static void test_bca_of_all_resamples_is_scipys(void **state)
{
    (void)state;
    static const double x[5] = {1, 2, 4, 7, 11};
    static const struct {
        bool of_variance;
        double estimate, a, low, high;
    } cases[] = {{false, 5, .04103049699, 2.4, 8.8}, {true, 16.5, .0705936617, 4.7, 30.0}};
    for (size_t i = 0; i < 2; i++) {
        double replicates[3125], jackknife[5];
        enumerate(x, cases[i].of_variance, replicates);
        for (int k = 0; k < 5; k++)
            jackknife[k] = statistic_without(x, k, cases[i].of_variance);
        const double a = hpb_bca_acceleration(jackknife, 5);
        is_near(a, cases[i].a, 1e-10);
        const hpb_interval bca = hpb_bca_interval(replicates, 3125, cases[i].estimate, a, 0.95);
        is_near(bca.low, cases[i].low, 1e-12);
        is_near(bca.high, cases[i].high, 1e-12);
        // without its corrections it is the percentile interval
        is_near(hpb_stats_quantile(replicates, 3125, 0.025), cases[i].of_variance ? 1.2 : 2, 1e-12);
    }
}

static void test_bca_needs_replicates_on_both_sides(void **state)
{
    (void)state;
    double replicates[] = {1, 2, 3, 4};
    assert_true(isnan(hpb_bca_interval(replicates, 4, 0, 0, 0.95).low));
    assert_true(isnan(hpb_bca_interval(replicates, 4, 5, 0, 0.95).high));
    assert_true(hpb_bca_acceleration((const double[]){2, 2, 2}, 3) == 0);
}

static void test_medians_by_order_statistics(void **state)
{
    (void)state;
    static const struct {
        size_t n, l, u;
    } table[] = {{6, 1, 6}, {10, 2, 9}, {20, 6, 15}, {30, 10, 21}, {50, 18, 33}, {100, 40, 61}};
    double sorted[100];
    for (int i = 0; i < 100; i++)
        sorted[i] = i + 1;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const hpb_interval m = hpb_quantile_interval(sorted, table[i].n, 0.5, 0.95);
        assert_true(m.low == (double)table[i].l && m.high == (double)table[i].u);
    }
    assert_true(isnan(hpb_quantile_interval(sorted, 5, 0.5, 0.95).low));
    assert_true(isnan(hpb_quantile_interval(sorted, 5, 0.5, 0.95).high));
    assert_true(isnan(hpb_quantile_interval(sorted, 0, 0.5, 0.95).low));
    // the 95 % quantile of 100: F_Bin(89) <= .025, F_Bin(99) >= .975; of 20 nothing bounds it above
    const hpb_interval p95 = hpb_quantile_interval(sorted, 100, 0.95, 0.95);
    assert_true(p95.low == 90 && p95.high == 100);
    assert_true(isnan(hpb_quantile_interval(sorted, 20, 0.95, 0.95).high));
}

static void test_shares(void **state)
{
    (void)state;
    static const struct {
        double count;
        size_t n;
        double low, high;
    } table[] = {
        {22, 29, .578924, .877816}, {33, 44, .605594, .854258}, {15, 20, .531299, .888138}};
    for (size_t i = 0; i < 3; i++) {
        const hpb_interval w = hpb_wilson_interval(table[i].count, table[i].n, 0.95);
        is_near(w.low, table[i].low, 5e-7);
        is_near(w.high, table[i].high, 5e-7);
    }
    assert_true(hpb_wilson_interval(0, 10, 0.95).low == 0);
    assert_true(hpb_wilson_interval(10, 10, 0.95).high == 1);
    assert_true(isnan(hpb_wilson_interval(1, 0, 0.95).low));
    is_near(hpb_dkw_half_width(100, 0.95), 0.13581015157406195, 1e-15);
    assert_true(hpb_dkw_half_width(1, 0.95) == 1 && isnan(hpb_dkw_half_width(0, 0.95)));
}

static void test_interquartile_means(void **state)
{
    (void)state;
    static const double squares[] = {1, 4, 9, 16, 25, 36, 49, 64, 81, 100};
    static const double five[] = {1, 2, 4, 7, 11}, seven[] = {1, 2, 4, 7, 11, 16, 22};
    is_near(hpb_stats_iqm(squares, 10), 33.1666666666666667, 1e-13);
    is_near(hpb_stats_iqm(five, 5), 4.3333333333333333, 1e-14);
    is_near(hpb_stats_iqm(seven, 7), 8, 1e-14);
    assert_true(isnan(hpb_stats_iqm(NULL, 0)));
    double line[60];
    for (int i = 0; i < 60; i++)
        line[i] = i;
    const hpb_interval iqm = hpb_iqm_interval(line, 60, 0.95);
    // symmetric data: symmetric about 29.5 but for the resamples' noise, and about as wide as the mean's
    is_near((iqm.low + iqm.high) / 2, 29.5, 0.5);
    assert_true(iqm.high - iqm.low > 9 && iqm.high - iqm.low < 16);
    assert_true(isnan(hpb_iqm_interval(line, 29, 0.95).low));
    for (int i = 0; i < 60; i++)
        line[i] = 3;
    assert_true(hpb_iqm_interval(line, 60, 0.95).low == 3);
}

static void test_the_rule_for_the_mean(void **state)
{
    (void)state;
    hpb_mean_method method;
    double few[] = {1, 2, 3, 4}, skewed[] = {1, 1.1, 1.3, 1.2, 1.5, 9, 1.4, 1.6};
    hpb_summary s = hpb_stats_summarise(few, 4);
    const hpb_interval t = hpb_mean_interval(few, 4, 0.95, &method);
    assert_int_equal(method, HPB_MEAN_T);
    is_near(t.high - 2.5, hpb_t_quantile(0.975, 3) * s.sd / 2, 1e-14);
    s = hpb_stats_summarise(skewed, 8);
    const hpb_interval skew = hpb_mean_interval(skewed, 8, 0.95, &method);
    assert_int_equal(method, HPB_MEAN_BOOTSTRAP_T);
    const hpb_interval plain = hpb_mean_t(s.mean, s.sd, 8, 0.95);
    // reaches further to where the rare runs are, and less far to the other side
    assert_true(skew.high > plain.high && skew.low > plain.low && skew.low < s.mean);
    const hpb_interval again = hpb_mean_interval(skewed, 8, 0.95, &method);
    assert_true(skew.low == again.low && skew.high == again.high);
    assert_true(isnan(hpb_mean_interval(few, 1, 0.95, &method).low));
    assert_int_equal(method, HPB_MEAN_NONE);
    // many resamples have no spread: t
    double flat[] = {1, 1, 1, 1, 5}, many[HPB_BOOTSTRAP_LARGEST + 1] = {1};
    hpb_mean_interval(flat, 5, 0.95, &method);
    assert_int_equal(method, HPB_MEAN_T);
    hpb_mean_interval(many, HPB_BOOTSTRAP_LARGEST + 1, 0.95, &method);
    assert_int_equal(method, HPB_MEAN_T);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bca_of_all_resamples_is_scipys),
        cmocka_unit_test(test_bca_needs_replicates_on_both_sides),
        cmocka_unit_test(test_medians_by_order_statistics),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_interquartile_means),
        cmocka_unit_test(test_the_rule_for_the_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
