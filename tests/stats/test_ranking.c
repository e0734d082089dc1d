// SPDX-License-Identifier: Apache-2.0
// Many cells: Demsar's worked example, exact studentized ranges, and ranks that hold together.
#include "base/base.h"
#include "random/random.h"
#include "stats/maxt.h"
#include "stats/pairs.h"
#include "stats/ranking.h"

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

// --- Demsar 2006, table 6: AUC of C4.5, +m, +cf, +m+cf on 14 data sets; high is good --------------------

static const double auc[4][14] = {
    {.763, .599, .954, .628, .882, .936, .661, .583, .775, 1, .940, .619, .972, .957},
    {.768, .591, .971, .661, .888, .931, .668, .583, .838, 1, .962, .666, .981, .978},
    {.771, .590, .968, .654, .886, .916, .609, .563, .866, 1, .965, .614, .975, .946},
    {.798, .569, .967, .657, .898, .931, .685, .625, .875, 1, .962, .669, .975, .970},
};

static void test_friedman_as_published(void **state)
{
    (void)state;
    const double rank[4] = {44.0 / 14, 28.0 / 14, 40.5 / 14, 27.5 / 14}; // from unrounded data
    const hpb_friedman f = hpb_friedman_from_ranks(rank, 4, 14, 0);
    is_near(f.chi2, 9.278571, 5e-7);
    is_near(f.f, 3.686313, 5e-7);
    is_near(f.p_f, .019823, 5e-7);
    assert_true(f.chi2_ties == f.chi2);
    is_near(hpb_nemenyi_distance(.05, 4, 14), 1.253559, 5e-7);
    is_near(hpb_nemenyi_distance(.10, 4, 14), 1.118060, 5e-7);
}

static void test_friedman_of_the_printed_table(void **state)
{
    (void)state;
    double turned[4][14], rank[4];
    const double *values[4];
    for (int c = 0; c < 4; c++) {
        values[c] = turned[c];
        for (int r = 0; r < 14; r++)
            turned[c][r] = -auc[c][r];
    }
    const hpb_friedman f = hpb_friedman_test(values, 4, 14, rank);
    static const double expected[4] = {3.142857, 2, 2.928571, 1.928571};
    for (int c = 0; c < 4; c++)
        is_near(rank[c], expected[c], 5e-7);
    assert_int_equal(f.n, 14);
    is_near(f.chi2, 9.857143, 5e-7);
    is_near(f.f, 3.986667, 5e-7);
    is_near(f.chi2_ties, 10.952381, 5e-7);
    is_near(f.p, .0119862, 5e-8);
}

static void test_friedman_is_scipys(void **state)
{
    (void)state;
    static const double a[] = {72, 96, 88, 92, 74, 76, 82},
                        b[] = {120, 120, 132, 120, 101, 96, 112};
    static const double c[] = {76, 95, 104, 96, 84, 72, 76};
    const double *const values[] = {a, b, c};
    double rank[3];
    const hpb_friedman f = hpb_friedman_test(values, 3, 7, rank);
    is_near(f.chi2_ties, 10.571428571428571, 1e-13);
    is_near(f.p, .005063414171757498, 1e-15);
}

static void test_friedman_at_its_ends(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    const double low[] = {1, 2, 3, nan}, high[] = {2, 3, 4, 9};
    const double *const values[] = {low, high};
    double rank[2];
    const hpb_friedman f = hpb_friedman_test(values, 2, 4, rank);
    assert_int_equal(f.n, 3); // the block with a hole is left out
    assert_true(rank[0] == 1 && rank[1] == 2 && isinf(f.f) && f.p_f == 0);
    assert_true(isnan(hpb_friedman_test(values, 2, 1, rank).chi2));
    assert_true(isnan(hpb_friedman_test(values, 1, 4, rank).p));
}

// --- the studentized range, infinite df --------------------------------------------------------------------

static void test_nemenyi_quantiles(void **state)
{
    (void)state;
    static const double at_5[] = {1.959963985, 2.343700586, 2.569031773, 2.727774371, 2.849705420,
                                  2.948320018, 3.030878450, 3.101730341, 3.163683577, 3.218653607,
                                  3.268003924, 3.312738593, 3.353617752, 3.391230284, 3.426041379,
                                  3.458424707, 3.488684799, 3.517073009, 3.543799132};
    static const double at_10[] = {1.644853627, 2.052292730, 2.291341497, 2.459515764, 2.588520602,
                                   2.692732101, 2.779883608, 2.854606431, 2.919888840};
    for (uint32_t k = 2; k <= 20; k++)
        is_near(hpb_nemenyi_q(.05, k), at_5[k - 2], 6e-10);
    for (uint32_t k = 2; k <= 10; k++)
        is_near(hpb_nemenyi_q(.10, k), at_10[k - 2], 6e-10);
    assert_true(isnan(hpb_nemenyi_q(.05, 1)) && isnan(hpb_nemenyi_q(1, 3)));
}

// --- many tests ------------------------------------------------------------------------------------------------

static void test_holm_as_published(void **state)
{
    (void)state;
    double p[] = {.6084078, .0157200, .0191725};
    hpb_holm_adjust(p, 3);
    is_near(p[0], .6084078, 1e-12);
    is_near(p[1], .0471599, 2e-7);
    is_near(p[2], .0471599, 2e-7); // 2 x .0191725 = .0383 is below its predecessor
    double large[] = {.9, .8};
    hpb_holm_adjust(large, 2);
    assert_true(large[0] == 1 && large[1] == 1);
    hpb_holm_adjust(NULL, 0);
}

static void test_cliques_are_maximal_runs(void **state)
{
    (void)state;
    enum { K = 5 };
    bool differ[K * K] = {false};
    hpb_clique clique[K];
    assert_int_equal(hpb_cliques_find(differ, K, clique), 1);
    assert_true(clique[0].first == 0 && clique[0].last == 4);
    differ[0 * K + 3] = differ[0 * K + 4] = differ[1 * K + 4] = true;
    assert_int_equal(hpb_cliques_find(differ, K, clique), 3);
    for (uint32_t i = 0; i < 3; i++) // 0-2, 1-3, 2-4
        assert_true(clique[i].first == i && clique[i].last == i + 2);
    differ[1 * K + 2] = differ[2 * K + 3] = differ[3 * K + 4] = true;
    differ[0 * K + 2] = differ[1 * K + 3] = differ[2 * K + 4] = true;
    assert_int_equal(hpb_cliques_find(differ, K, clique), 1); // 0-1 alone
    assert_true(clique[0].first == 0 && clique[0].last == 1);
    for (int i = 0; i < K * K; i++)
        differ[i] = true;
    assert_int_equal(hpb_cliques_find(differ, K, clique), 0);
}

// --- all pairs -------------------------------------------------------------------------------------------------

// For independent means of one variance the largest |difference| is a studentized range.
static void test_all_pairs_quantile_is_tukeys(void **state)
{
    (void)state;
    double covariance[25] = {0};
    for (int i = 0; i < 5; i++)
        covariance[6 * i] = 7;
    hpb_maxt *maxt = hpb_maxt_create_pairs(covariance, 5);
    is_near(hpb_maxt_quantile(maxt, .95, 1e7), hpb_nemenyi_q(.05, 5), .012);
    hpb_maxt_destroy(maxt);
    for (int i = 0; i < 25; i++) // what all have in common is in no difference
        covariance[i] += 100;
    maxt = hpb_maxt_create_pairs(covariance, 5);
    is_near(hpb_maxt_quantile(maxt, .95, 1e7), hpb_nemenyi_q(.05, 5), .012);
    hpb_maxt_destroy(maxt);
    // one that varies a thousand times as much decides: four pairs that are nearly one, and the six others
    for (int i = 0; i < 25; i++)
        covariance[i] = i % 6 ? 0 : 1;
    covariance[0] = 1e6;
    maxt = hpb_maxt_create_pairs(covariance, 5);
    const double q = hpb_maxt_quantile(maxt, .95, 1e7);
    hpb_maxt_destroy(maxt);
    assert_true(q > hpb_nemenyi_q(.05, 4) && q < hpb_nemenyi_q(.05, 5));
}

static void test_all_pairs_without_covariances(void **state)
{
    (void)state;
    const double sidak = hpb_t_quantile((1 + pow(.95, 1.0 / 3)) / 2, 20);
    double equal[9] = {1, 1, 0, 1, 1 + 1e-9, 0, 0, 0, 1},
           bad[9] = {1, 0, 0, 0, HUGE_VAL, 0, 0, 0, 1};
    const double *const cases[] = {NULL, equal, bad};
    for (size_t i = 0; i < 3; i++) {
        hpb_maxt *maxt = hpb_maxt_create_pairs(cases[i], 3);
        is_near(hpb_maxt_quantile(maxt, .95, 20), sidak, 1e-9);
        hpb_maxt_destroy(maxt);
    }
}

static void fill_normal(hpb_philox *philox, double *out, size_t n)
{
    float *draws = hpb_alloc(n, sizeof *draws);
    hpb_philox_normal(philox, (uint32_t)n, 0, 1, draws);
    for (size_t i = 0; i < n; i++)
        out[i] = (double)draws[i];
    free(draws);
}

static void test_ranks_of_three(void **state)
{
    (void)state;
    enum { N = 100 };
    double y[3][N], shared[N];
    const double *const values[] = {y[0], y[1], y[2]};
    hpb_philox philox = hpb_philox_make(1, 0, 0, 0);
    fill_normal(&philox, shared, N);
    fill_normal(&philox, y[0], (size_t)3 * N);
    for (int r = 0; r < N; r++)
        for (int c = 0; c < 3; c++)
            y[c][r] =
                10 * shared[r] + 0.5 * y[c][r] + (c == 1 ? 5 : 0); // 0 and 2 are equal, 1 is worse
    y[2][7] = (double)NAN;
    hpb_difference d[9];
    hpb_rank rank[3];
    hpb_stats_all_pairs(values, 3, N, d, rank);
    assert_true(rank[0].low == 1 && rank[0].high == 2 && rank[0].may_be_best);
    assert_true(rank[1].low == 3 && rank[1].high == 3 && !rank[1].may_be_best);
    assert_true(rank[2].low == 1 && rank[2].high == 2 && rank[2].may_be_best);
    assert_int_equal(d[1].n_pairs, N);
    assert_int_equal(d[2].n_pairs, N - 1);
    assert_true(d[1].mean < -4 && d[3].mean == -d[1].mean && d[3].low == -d[1].high);
    assert_true(d[1].worse == 0 && d[3].worse == 1 && d[0].mean == 0);
    // the two-sided family of three is wider than one paired t, narrower than Bonferroni's
    const double q = (d[1].high - d[1].mean) / (d[1].sd / sqrt(N));
    assert_true(q > hpb_t_quantile(.975, N - 1) && q < hpb_t_quantile(1 - .025 / 3, N - 1));
}

static void test_ranks_of_the_degenerate(void **state)
{
    (void)state;
    const double nan = (double)NAN, none[] = {nan, nan, nan}, one[] = {1, nan, nan};
    const double same[] = {1, 2, 3}, huge[] = {1e308, -1e308, 1e308};
    const double *const values[] = {none, one, same, same, huge};
    hpb_difference d[25];
    hpb_rank rank[5];
    hpb_stats_all_pairs(values, 5, 3, d, rank);
    for (int c = 0; c < 5; c++)
        assert_true(rank[c].low == 1 && rank[c].high == 5); // nothing is shown
    assert_true(d[2 * 5 + 3].low == 0 && d[2 * 5 + 3].high == 0 && isnan(d[1].low));
    hpb_stats_all_pairs(NULL, 0, 3, NULL, NULL);
}

// All ten true differences of five cells within their intervals in 95 % of the runs.
static void test_coverage_of_all_pairs(void **state)
{
    (void)state;
    enum { RUNS = 200, K = 5, N = 25 };
    hpb_philox philox = hpb_philox_make(2025, 0, 0, 0);
    int covered = 0;
    for (int run = 0; run < RUNS; run++) {
        double y[K][N];
        const double *values[K];
        fill_normal(&philox, y[0], (size_t)K * N);
        for (int c = 0; c < K; c++)
            values[c] = y[c];
        for (int r = 0; r < N; r++)
            y[4][r] *= 5; // one that varies more
        hpb_difference d[K * K];
        hpb_rank rank[K];
        hpb_stats_all_pairs(values, K, N, d, rank);
        bool all = true;
        for (int c = 0; c < K; c++)
            all = all && rank[c].low == 1 && rank[c].high == K;
        covered += all;
    }
    if (abs(covered - RUNS * 95 / 100) > 12) // 4 binomial standard errors
        fail_msg("all pairs covered in %d of %d runs", covered, RUNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_friedman_as_published),
        cmocka_unit_test(test_friedman_of_the_printed_table),
        cmocka_unit_test(test_friedman_is_scipys),
        cmocka_unit_test(test_friedman_at_its_ends),
        cmocka_unit_test(test_nemenyi_quantiles),
        cmocka_unit_test(test_holm_as_published),
        cmocka_unit_test(test_cliques_are_maximal_runs),
        cmocka_unit_test(test_all_pairs_quantile_is_tukeys),
        cmocka_unit_test(test_all_pairs_without_covariances),
        cmocka_unit_test(test_ranks_of_three),
        cmocka_unit_test(test_ranks_of_the_degenerate),
        cmocka_unit_test(test_coverage_of_all_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
