// SPDX-License-Identifier: Apache-2.0
// Two cells: published examples of each test, every one to its digits.
#include "base/base.h"
#include "random/random.h"
#include "stats/moments.h"
#include "stats/pairs.h"
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

// SciPy's example (Wilcoxon's own data).
static const double heights[] = {6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75};

static void test_signed_ranks_exact(void **state)
{
    (void)state;
    const hpb_signed_rank w = hpb_signed_rank_test(heights, 15, HPB_ZEROS_DROP);
    assert_true(w.is_exact && w.plus == 96 && w.minus == 24);
    is_near(w.p, 0.041259765625, 1e-15);
    is_near(2 * hpb_normal_cdf(-fabs(w.z)), 0.0408881329, 1e-10);
}

// C4.5 and C4.5+m on 14 data sets (Demsar 2006, table 6): two zeros, and a tie.
static const double demsar[4][14] = {
    {.763, .599, .954, .628, .882, .936, .661, .583, .775, 1, .940, .619, .972, .957},
    {.768, .591, .971, .661, .888, .931, .668, .583, .838, 1, .962, .666, .981, .978},
    {.771, .590, .968, .654, .886, .916, .609, .563, .866, 1, .965, .614, .975, .946},
    {.798, .569, .967, .657, .898, .931, .685, .625, .875, 1, .962, .669, .975, .970},
};

static void test_signed_ranks_with_zeros(void **state)
{
    (void)state;
    double d[14];
    for (int i = 0; i < 14; i++)
        d[i] = round(1000 * (demsar[1][i] - demsar[0][i]));
    static const struct {
        hpb_zeros zeros;
        size_t n;
        double minus, p;
    } cases[] = {{HPB_ZEROS_SPLIT, 14, 12, .0109685},
                 {HPB_ZEROS_DROP, 12, 6.5, .0107571},
                 {HPB_ZEROS_PRATT, 14, 10.5, .0107920}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        const hpb_signed_rank w = hpb_signed_rank_test(d, 14, cases[i].zeros);
        assert_int_equal(w.n, cases[i].n);
        assert_false(w.is_exact);
        is_near(w.minus, cases[i].minus, 0);
        is_near(w.p, cases[i].p, 5e-8);
    }
    assert_true(hpb_signed_rank_test(d, 14, HPB_ZEROS_SPLIT).plus == 93);
}

static void test_signed_ranks_of_nothing(void **state)
{
    (void)state;
    const double zeros[] = {0, 0, 0};
    for (int z = HPB_ZEROS_DROP; z <= HPB_ZEROS_SPLIT; z++) {
        const hpb_signed_rank w = hpb_signed_rank_test(zeros, 3, (hpb_zeros)z);
        assert_true(w.z == 0 && w.p == 1);
    }
    assert_true(hpb_signed_rank_test(NULL, 0, HPB_ZEROS_DROP).p == 1);
    double line[50];
    for (int i = 0; i < 50; i++)
        line[i] = i + 1;
    const hpb_signed_rank w = hpb_signed_rank_test(line, 50, HPB_ZEROS_DROP);
    assert_true(w.is_exact && w.p == ldexp(1, -49)); // two of 2^50 patterns
}

static void test_shift_is_the_median_of_walsh_averages(void **state)
{
    (void)state;
    double d[15];
    for (int i = 0; i < 15; i++)
        d[i] = heights[i];
    const hpb_estimate shift = hpb_hodges_lehmann(d, 15, 0.95);
    is_near(shift.value, 25, 0);
    is_near(shift.low, 4, 0);
    is_near(shift.high, 41.5, 0);
    double one[] = {3}, two[] = {4, 1};
    assert_true(hpb_hodges_lehmann(one, 1, 0.95).value == 3);
    assert_true(isnan(hpb_hodges_lehmann(one, 1, 0.95).low));
    assert_true(hpb_hodges_lehmann(two, 2, 0.95).value == 2.5);
    assert_true(isnan(hpb_hodges_lehmann(NULL, 0, 0.95).value));
    double wide[] = {-1.7e308, 1.7e308, 1.6e308};
    assert_true(isfinite(hpb_hodges_lehmann(wide, 3, 0.95).value));
}

// Against all averages, written out and sorted; ties and both signs.
static void test_shift_of_many(void **state)
{
    (void)state;
    enum { N = 333, ALL = N * (N + 1) / 2 };
    double d[N], *walsh = hpb_alloc(ALL, sizeof *walsh);
    hpb_philox philox = hpb_philox_make(4, 0, 0, 0);
    size_t n = 0;
    for (int i = 0; i < N; i++)
        d[i] = (double)hpb_philox_below(&philox, 500) - 240;
    for (int i = 0; i < N; i++)
        for (int j = i; j < N; j++)
            walsh[n++] = d[i] / 2 + d[j] / 2;
    qsort(walsh, n, sizeof *walsh, hpb_compare_doubles);
    const hpb_estimate shift = hpb_hodges_lehmann(d, N, 0.95);
    is_near(shift.value, walsh[ALL / 2], 0);
    const double sd = sqrt(N * (N + 1.0) * (2.0 * N + 1) / 24);
    const size_t c = (size_t)(N * (N + 1.0) / 4 - hpb_normal_quantile(0.975) * sd);
    assert_true(shift.low == walsh[c - 1] && shift.high == walsh[ALL - c]);
    free(walsh);
}

static void test_unpaired(void **state)
{
    (void)state;
    double x[] = {3.1, 2.7, 3.6, 2.9, 3.3}, y[] = {3.4, 3.1, 3.9, 3.0, 3.7, 3.5};
    const hpb_unpaired u = hpb_unpaired_compare(x, 5, y, 6, 0.95);
    assert_true(u.u == 7.5 && u.share == 0.75);
    is_near(u.statistic, 1.55710274726, 5e-12);
    is_near(u.p, 0.1568562375, 5e-11);
    is_near(u.df, 8.26457892, 5e-9);
    is_near(u.error, 0.16055459, 5e-9);
    is_near(u.low, 0.29629, 5e-6);
    is_near(u.high, 0.95531, 5e-6);
    double low[] = {1, 2, 3}, high[] = {4, 5, 6};
    const hpb_unpaired apart = hpb_unpaired_compare(low, 3, high, 3, 0.95);
    assert_true(apart.share == 1 && isnan(apart.low));
    assert_true(isnan(hpb_unpaired_compare(low, 1, high, 3, 0.95).share));
}

static void test_ratio_of_geometric_means(void **state)
{
    (void)state;
    const double y[] = {2, 3, 5, 4, 9, 1.5}, reference[] = {1, 2, 6, 4, 3, 1.2};
    const hpb_estimate r = hpb_ratio_of_geometric_means(y, reference, 6, 0.95);
    is_near(r.value, 1.4520956109204286, 1e-14);
    is_near(r.low, 0.887605618500234, 1e-13);
    is_near(r.high, 2.3755839522705964, 1e-13);
    const double bad[] = {1, 0, 1, 1, 1, 1};
    assert_true(isnan(hpb_ratio_of_geometric_means(y, bad, 6, 0.95).low));
}

static void test_runs_needed(void **state)
{
    (void)state;
    static const double table[][3] = {{.60, 181, 271}, {.65, 81, 121}, {.70, 46, 68},
                                      {.75, 29, 44},   {.80, 21, 31},  {.90, 12, 17}};
    for (size_t i = 0; i < HPB_COUNT(table); i++) {
        is_near(hpb_mann_whitney_runs(table[i][0], .05, .05), table[i][1], 0);
        is_near(hpb_sign_test_pairs(table[i][0], .05, .05), table[i][2], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed_ranks_exact),
        cmocka_unit_test(test_signed_ranks_with_zeros),
        cmocka_unit_test(test_signed_ranks_of_nothing),
        cmocka_unit_test(test_shift_is_the_median_of_walsh_averages),
        cmocka_unit_test(test_shift_of_many),
        cmocka_unit_test(test_unpaired),
        cmocka_unit_test(test_ratio_of_geometric_means),
        cmocka_unit_test(test_runs_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
