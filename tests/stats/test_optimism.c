// SPDX-License-Identifier: Apache-2.0
// Selection optimism: expected best of m, the bias of a search, nested cross-validation computed by hand.
#include "base/base.h"
#include "random/random.h"
#include "stats/moments.h"
#include "stats/optimism.h"

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

static void test_expected_best(void **state)
{
    (void)state;
    static const struct {
        size_t m;
        double value; // mpmath, 17 digits
    } table[] = {
        {1, 0},
        {2, 0.56418958354775629},
        {3, 0.84628437532163443},
        {4, 1.0293753730039641},
        {5, 1.1629644736405196},
        {6, 1.2672063606114713},
        {8, 1.4236003060452778},
        {9, 1.485013162209237},
        {10, 1.5387527308351729},
        {12, 1.629227639871913},
        {16, 1.765991393054788},
        {20, 1.8674750597983205},
        {27, 1.9982693020065786},
        {50, 2.2490736293898503},
        {100, 2.5075936364416844},
        {1000000, 4.8628974861964627},
        {1000000000, 6.0876845844459587},
    };
    for (size_t i = 0; i < HPB_COUNT(table); i++)
        is_near(hpb_expected_best(table[i].m), table[i].value, 1e-12);
    assert_true(isnan(hpb_expected_best(0)));
}

// The mean of the lowest of m correlated scores.
static void test_optimism_of_equal_candidates(void **state)
{
    (void)state;
    enum { m = 9, n = 4000 };
    const double sd = 2, correlation = 0.6;
    float z[m + 1];
    double lowest[n], mean, error;
    hpb_philox philox = hpb_philox_make(81, 0, 0, 0);
    for (int r = 0; r < n; r++) {
        hpb_philox_normal(&philox, m + 1, 0, 1, z);
        lowest[r] = HUGE_VAL;
        for (int c = 1; c <= m; c++)
            lowest[r] = fmin(lowest[r], sd * (sqrt(correlation) * (double)z[0] +
                                              sqrt(1 - correlation) * (double)z[c]));
    }
    hpb_moments(lowest, n, &mean, &error);
    is_near(-mean, hpb_selection_optimism(m, sd, correlation), 4 * error / sqrt(n));
    is_near(hpb_selection_optimism(m, sd, correlation), 2 * sqrt(.4) * 1.485013, 1e-6);
    assert_true(hpb_selection_optimism(m, sd, 1) == 0);
}

static void test_noise_of_a_holdout(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double share;
    } table[] = {{25, .28}, {50, .20}, {100, .14}, {1000, .045}};
    for (size_t i = 0; i < HPB_COUNT(table); i++)
        is_near(hpb_holdout_relative_sd(3, table[i].n), table[i].share, i < 3 ? 5e-3 : 5e-4);
}

static void test_bias_of_a_search(void **state)
{
    (void)state;
    double scores[] = {
        3, 1, 5, // mean 3
        2, 4, 2, // mean 8 / 3: chosen; 0, 3 and 1 above the lowest
        9, 9, 1,
    };
    hpb_tibshirani t = hpb_tibshirani_bias(scores, 3, 3);
    assert_true(t.best == 1);
    is_near(t.score, 8.0 / 3, 1e-15);
    is_near(t.bias, 4.0 / 3, 1e-15);
    is_near(t.corrected, 4, 1e-15);
    scores[7] = (double)NAN; // the third one diverged on a fold: its other scores count
    t = hpb_tibshirani_bias(scores, 3, 3);
    assert_true(t.best == 1);
    is_near(t.bias, 4.0 / 3, 1e-15);
    t = hpb_tibshirani_bias(scores, 1, 3);
    assert_true(t.best == 0 && t.bias == 0 && t.corrected == 3);
    t = hpb_tibshirani_bias(scores + 6, 1, 3);
    assert_true(isnan(t.score) && isnan(t.bias) && isnan(t.corrected));
    assert_true(isnan(hpb_tibshirani_bias(NULL, 0, 5).score));
}

enum { ROWS = 12, FOLDS = 3 };

// Squared errors on the rows of fold `test` of a straight line fitted to all rows but those of folds `test` and `out`.
static size_t fit_line(int test, int out, double *errors)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    size_t used = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < ROWS; i++) {
            const double at = cos(i), value = 1 + 2 * at + .5 * sin(3 * i) + .1 * i;
            const int fold = i % FOLDS;
            if (pass == 0 && fold != test && fold != out) {
                n++, x += at, y += value, xx += at * at, xy += at * value;
            } else if (pass == 1 && fold == test) {
                const double slope = (n * xy - x * y) / (n * xx - x * x);
                const double residual = value - (y - slope * x) / n - slope * at;
                errors[used++] = residual * residual;
            }
        }
    return used;
}

static hpb_row_errors moments_of(const double *errors, size_t n)
{
    hpb_row_errors out = {.n = n};
    hpb_moments(errors, n, &out.mean, &out.sd);
    return out;
}

static void nested_folds(hpb_nested_fold fold[FOLDS])
{
    for (int k = 0; k < FOLDS; k++) {
        double outer[ROWS], inner[ROWS];
        size_t n = 0;
        fold[k].outer = moments_of(outer, fit_line(k, k, outer));
        for (int j = 0; j < FOLDS; j++)
            if (j != k)
                n += fit_line(j, k, inner + n);
        fold[k].inner = moments_of(inner, n);
    }
}

static void test_nested_cross_validation(void **state)
{
    (void)state;
    hpb_nested_fold fold[2 * FOLDS];
    nested_folds(fold);
    hpb_nested n = hpb_nested_cv(fold, 1, FOLDS, HPB_NESTED_EXPONENT_1_5, 0.95);
    is_near(n.cv, .4826232985, 5e-11);
    is_near(n.raw, .9721714830, 5e-11);
    is_near(n.mse, .7762694400, 5e-11);
    is_near(n.inflation_raw, 1.9250460, 5e-8);
    assert_true(n.inflation == sqrt(3));
    is_near(n.bias, .5837617765, 5e-11);
    is_near(n.sd, 1.2945240640, 5e-11);
    is_near(n.value, .9721714830 - .5837617765, 1e-10);
    const double half = 1.959963984540054 * sqrt(3.0 / 12) * 1.2945240640;
    is_near(n.low, n.value - half, 1e-9);
    is_near(n.high, n.value + half, 1e-9);
    n = hpb_nested_cv(fold, 1, FOLDS, HPB_NESTED_EXPONENT_1, 0.95);
    is_near(n.bias, .6527309126, 5e-11);
    is_near(n.raw, .9721714830, 5e-11);
    // the same split twice: n - 1 alone tells it apart
    nested_folds(fold + FOLDS);
    const hpb_nested twice = hpb_nested_cv(fold, 2, FOLDS, HPB_NESTED_EXPONENT_1, 0.95);
    is_near(twice.mse, n.mse, 1e-14);
    is_near(twice.value, n.value, 1e-14);
    is_near(twice.sd / n.sd, sqrt(2 * 23.0 / 47), 1e-14);
    // no more spread between folds than within them: the naive error stands
    for (int k = 0; k < FOLDS; k++)
        fold[k].inner.mean = fold[k].outer.mean;
    n = hpb_nested_cv(fold, 1, FOLDS, HPB_NESTED_EXPONENT_1, 0.95);
    assert_true(n.mse < 0 && n.inflation_raw == 0 && n.inflation == 1);
    assert_true(isnan(hpb_nested_cv(fold, 1, 1, HPB_NESTED_EXPONENT_1, 0.95).value));
    assert_true(isnan(hpb_nested_cv(fold, 0, 3, HPB_NESTED_EXPONENT_1, 0.95).low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expected_best),
        cmocka_unit_test(test_optimism_of_equal_candidates),
        cmocka_unit_test(test_noise_of_a_holdout),
        cmocka_unit_test(test_bias_of_a_search),
        cmocka_unit_test(test_nested_cross_validation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
