// SPDX-License-Identifier: Apache-2.0
// Paired differences and their simultaneous intervals: known quantiles, coverage, missing pairs.
#include "stats/stats.h"

#include "base/base.h"
#include "random/random.h"
#include "stats/maxt.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// --- quantiles ---------------------------------------------------------------------------------------

static double equicorrelated(uint32_t k, double rho, double df)
{
    double *c = hpb_alloc((size_t)k * k, sizeof *c);
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = 0; j < k; j++)
            c[i * k + j] = i == j ? 1 : rho;
    hpb_maxt *maxt = hpb_maxt_create(c, k);
    const double quantile = hpb_maxt_quantile(maxt, 0.95, df);
    hpb_maxt_destroy(maxt);
    free(c);
    return quantile;
}

// By numerical integration (SciPy): two-sided 95 % points of the equicorrelated multivariate t, which
// for rho = 0.5 are Dunnett's.
static void test_quantiles_are_those_of_the_multivariate_t(void **state)
{
    (void)state;
    static const struct {
        uint32_t k;
        double rho, df, quantile;
    } cases[] = {
        {2, 0, 1e7, 2.2364766},     {2, 0, 9, 2.6566932},      {2, 0.5, 10, 2.5683389},
        {3, 0.5, 20, 2.5403496},    {5, 0.5, 1e5, 2.5115047},  {5, 0.5, 4, 3.9944687},
        {10, 0, 999, 2.8055437},    {10, 0.5, 999, 2.7212714}, {50, 0.5, 99, 3.2053044},
        {200, 0.5, 999, 3.4567427}, {200, 0, 999, 3.6682340},  {3, 0.9, 15, 2.3987063},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        const double q = equicorrelated(cases[i].k, cases[i].rho, cases[i].df);
        if (!(fabs(q / cases[i].quantile - 1) < 0.003))
            fail_msg("k %u, rho %g, df %g: got %.6f, expected %.6f", cases[i].k, cases[i].rho,
                     cases[i].df, q, cases[i].quantile);
    }
}

static void test_quantiles_lie_between_one_t_and_sidak(void **state)
{
    (void)state;
    static const double rhos[] = {0, 0.3, 0.9, 0.999, 1};
    for (uint32_t k = 2; k <= 20; k += 6) {
        double last = HUGE_VAL;
        for (size_t i = 0; i < HPB_COUNT(rhos); i++) {
            const double q = equicorrelated(k, rhos[i], 12);
            assert_true(q <= last + 0.01); // falls with the correlation
            assert_true(q >= hpb_t_quantile(0.975, 12));
            assert_true(q <= hpb_t_quantile(1 - 0.05 / k / 2, 12)); // Bonferroni
            last = q;
        }
        assert_true(last == hpb_t_quantile(0.975, 12)); // all the same: one comparison
    }
    // without correlations: Sidak's
    hpb_maxt *maxt = hpb_maxt_create(NULL, 5000);
    assert_true(fabs(hpb_maxt_quantile(maxt, 0.95, 1e9) -
                     hpb_normal_quantile((1 + pow(0.95, 1.0 / 5000)) / 2)) < 1e-6);
    hpb_maxt_destroy(maxt);
}

static void test_signs_and_order_do_not_matter(void **state)
{
    (void)state;
    double plus[] = {1, .8, .2, .8, 1, .4, .2, .4, 1};
    double minus[] = {1, -.8, .2, -.8, 1, -.4, .2, -.4, 1};
    double turned[] = {1, .4, .2, .4, 1, .8, .2, .8, 1};
    double q[3], *const matrices[] = {plus, minus, turned};
    for (int i = 0; i < 3; i++) {
        hpb_maxt *maxt = hpb_maxt_create(matrices[i], 3);
        q[i] = hpb_maxt_quantile(maxt, 0.95, 30);
        hpb_maxt_destroy(maxt);
    }
    assert_true(fabs(q[0] - q[1]) < 0.01 && fabs(q[0] - q[2]) < 0.01);
}

// --- differences -------------------------------------------------------------------------------------

static void test_one_comparison_is_the_paired_t_test(void **state)
{
    (void)state;
    const double reference[] = {1, 2, 3, 4, 5}, y[] = {2, 2, 5, 4, 8};
    const double *const values[] = {y};
    hpb_difference d;
    hpb_stats_differences(values, 1, reference, 5, &d);
    // d = 1 0 2 0 3: mean 1.2, variance 1.7
    const double half = hpb_t_quantile(0.975, 4) * sqrt(1.7 / 5);
    assert_int_equal(d.n_pairs, 5);
    assert_true(fabs(d.mean - 1.2) < 1e-15 && fabs(d.sd - sqrt(1.7)) < 1e-15);
    assert_true(fabs(d.low - (1.2 - half)) < 1e-14 && fabs(d.high - (1.2 + half)) < 1e-14);
    assert_true(fabs(d.worse - 0.8) < 1e-15); // 3 wins and 2 ties of 5
    assert_true(fabs(d.ratio - 4.0 / 3) < 1e-15);
    assert_true(fabs(d.correlation - 0.8890008890013336) < 1e-14); // NumPy's corrcoef
}

static void test_pairs_with_a_hole_are_left_out_of_that_comparison_alone(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    const double reference[] = {1, 2, nan, 4, 5, 6};
    const double holes[] = {2, HUGE_VAL, 3, nan, 7, 6}, whole[] = {3, 1, 4, 1, 5, 9};
    const double *const values[] = {holes, whole};
    hpb_difference d[2], alone;
    hpb_stats_differences(values, 2, reference, 6, d);
    assert_int_equal(d[0].n_pairs, 3); // 1, 2, 0
    assert_int_equal(d[1].n_pairs, 5);
    assert_true(fabs(d[0].mean - 1) < 1e-15 && fabs(d[0].sd - 1) < 1e-15);
    assert_true(fabs(d[0].worse - 2.5 / 3) < 1e-15);
    // each with its own degrees of freedom
    hpb_stats_differences(values, 1, reference, 6, &alone);
    assert_true(d[0].high > alone.high && d[0].low < alone.low);
    const double q0 = (d[0].high - d[0].mean) / (d[0].sd / sqrt(3));
    const double q1 = (d[1].high - d[1].mean) / (d[1].sd / sqrt(5));
    assert_true(q0 > hpb_t_quantile(0.975, 2) && q0 < hpb_t_quantile(0.9875, 2));
    assert_true(q1 > hpb_t_quantile(0.975, 4) && q1 < hpb_t_quantile(0.9875, 4));
}

static void test_degenerate_comparisons(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    const double reference[] = {1, 2, 3, 4};
    const double same[] = {1, 2, 3, 4}, shifted[] = {1.5, 2.5, 3.5, 4.5};
    const double none[] = {nan, nan, nan, nan}, one[] = {nan, 5, nan, nan}, real[] = {2, 2, 5, 3};
    const double *const values[] = {same, shifted, none, one, real};
    hpb_difference d[5], alone;
    hpb_stats_differences(values, 5, reference, 4, d);
    assert_true(d[0].low == 0 && d[0].high == 0 && d[0].worse == 0.5 && d[0].ratio == 1);
    assert_true(d[1].low == 0.5 && d[1].high == 0.5 && d[1].worse == 1 && d[1].correlation == 1);
    assert_int_equal(d[2].n_pairs, 0);
    assert_true(isnan(d[2].mean) && isnan(d[2].low) && isnan(d[2].worse) && isnan(d[2].ratio));
    assert_int_equal(d[3].n_pairs, 1);
    assert_true(d[3].mean == 3 && isnan(d[3].sd) && isnan(d[3].low) && isnan(d[3].high));
    // they don't widen the interval of the one that has a spread
    const double *const last[] = {real};
    hpb_stats_differences(last, 1, reference, 4, &alone);
    assert_true(d[4].low == alone.low && d[4].high == alone.high);
    hpb_stats_differences(NULL, 0, reference, 4, NULL);
}

static void fill_normal(hpb_philox *philox, double *out, size_t n)
{
    float *draws = hpb_alloc(n, sizeof *draws);
    hpb_philox_normal(philox, (uint32_t)n, 0, 1, draws);
    for (size_t i = 0; i < n; i++)
        out[i] = (double)draws[i];
    free(draws);
}

// All 4 true differences lie inside their intervals in 95 % of the runs; one by one they would in about 86 %.
static void test_coverage_is_simultaneous(void **state)
{
    (void)state;
    enum { RUNS = 400, K = 4, N = 25 };
    hpb_philox philox = hpb_philox_make(2024, 0, 0, 0);
    int covered = 0, covered_by_t = 0;
    for (int run = 0; run < RUNS; run++) {
        double reference[N], cells[K][N];
        const double *const values[] = {cells[0], cells[1], cells[2], cells[3]};
        fill_normal(&philox, reference, N);
        fill_normal(&philox, &cells[0][0], (size_t)K * N);
        hpb_difference d[K];
        hpb_stats_differences(values, K, reference, N, d);
        bool all = true, all_by_t = true;
        for (int c = 0; c < K; c++) {
            all = all && d[c].low < 0 && d[c].high > 0;
            all_by_t = all_by_t && fabs(d[c].mean) < hpb_t_quantile(0.975, N - 1) * d[c].sd / 5;
        }
        covered += all;
        covered_by_t += all_by_t;
    }
    // 380 +- 4 binomial standard errors
    if (abs(covered - RUNS * 95 / 100) > 17)
        fail_msg("all intervals covered in %d of %d runs", covered, RUNS);
    assert_true(covered_by_t < RUNS * 91 / 100);
}

static void test_same_data_same_interval(void **state)
{
    (void)state;
    enum { K = 7, N = 300 };
    double *data = hpb_alloc((size_t)(K + 1) * N, sizeof *data);
    hpb_philox philox = hpb_philox_make(7, 0, 0, 0);
    fill_normal(&philox, data, (size_t)(K + 1) * N);
    const double *values[K];
    for (int c = 0; c < K; c++)
        values[c] = data + (size_t)(c + 1) * N;
    hpb_difference first[K], second[K];
    hpb_stats_differences(values, K, data, N, first);
    hpb_stats_differences(values, K, data, N, second);
    assert_memory_equal(first, second, sizeof first);
    free(data);
}

// More comparisons than replicates: their correlations have no full rank, and all are answered.
static void test_many_comparisons(void **state)
{
    (void)state;
    enum { K = 201, N = 60 };
    double *data = hpb_alloc((size_t)(K + 1) * N, sizeof *data);
    const double **values = hpb_alloc(K, sizeof *values);
    hpb_difference *d = hpb_alloc(K, sizeof *d);
    hpb_philox philox = hpb_philox_make(8, 0, 0, 0);
    fill_normal(&philox, data, (size_t)(K + 1) * N);
    for (int c = 0; c < K; c++)
        values[c] = data + (size_t)(c + 1) * N;
    hpb_stats_differences(values, K, data, N, d);
    const double q = (d[0].high - d[0].mean) / (d[0].sd / sqrt(N));
    for (int c = 0; c < K; c++)
        assert_true(fabs((d[c].high - d[c].mean) / (d[c].sd / sqrt(N)) - q) < 1e-9);
    assert_true(q > 3.2 && q < hpb_t_quantile(1 - 0.025 / K, N - 1));
    free(d);
    free(values);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_those_of_the_multivariate_t),
        cmocka_unit_test(test_quantiles_lie_between_one_t_and_sidak),
        cmocka_unit_test(test_signs_and_order_do_not_matter),
        cmocka_unit_test(test_one_comparison_is_the_paired_t_test),
        cmocka_unit_test(test_pairs_with_a_hole_are_left_out_of_that_comparison_alone),
        cmocka_unit_test(test_degenerate_comparisons),
        cmocka_unit_test(test_coverage_is_simultaneous),
        cmocka_unit_test(test_same_data_same_interval),
        cmocka_unit_test(test_many_comparisons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
