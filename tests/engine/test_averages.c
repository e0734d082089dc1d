// SPDX-License-Identifier: Apache-2.0
// Averages over folds, against scikit-learn's metrics of the rows.
#include "engine/averages.h"

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

// y = 1 2 4 8, 3 5 1, 2 9 7 6 4; predicted 1.5 2 3 6, 3 4 2, 1 8 7.5 6 6
static void test_ways_to_average(void **state)
{
    (void)state;
    static const hpb_fold_score fold[] = {
        {4, 1.3125, 3.75, 7.1875}, {3, 2.0 / 3, 3, 8.0 / 3}, {5, 1.25, 5.6, 5.84}};
    const hpb_averages a = hpb_average_folds(fold, 3);
    is_near(a.mse_mean, 1.0763888888888888, 1e-15);
    is_near(a.mse_pooled, 1.125, 1e-15);
    is_near(a.rmse_mean, 1.0267248311388604, 1e-15);
    is_near(a.rmse_mean_squared, 1.0541638788771213, 1e-15);
    is_near(a.rmse_pooled, 1.0606601717798212, 1e-15);
    is_near(a.r2_mean, 0.7844500694858051, 1e-15);
    is_near(a.r2_pooled, 0.8326446280991735, 1e-15);
    assert_true(a.rmse_mean_squared < a.mse_mean);
}

// sklearn.metrics.r2_score([3, -0.5, 2, 7], [2.5, 0, 2, 8]) is 0.9486081370449679, and its odd cases.
static void test_r2(void **state)
{
    (void)state;
    is_near(hpb_r2_score(0.375, 29.1875 / 4, 4), 0.9486081370449679, 1e-15);
    assert_true(isnan(hpb_r2_score(0.375, 7, 1)));
    assert_true(isnan(hpb_r2_score((double)NAN, 7, 4)));
    assert_true(hpb_r2_score((double)INFINITY, 7, 4) == -(double)INFINITY);
    assert_true(hpb_r2_score(0, 0, 4) == 1);
    assert_true(hpb_r2_score(0.375, 0, 4) == 0);
}

static void test_folds_without_a_score(void **state)
{
    (void)state;
    static const hpb_fold_score equal[] = {{2, 0, 2, 0}, {2, 0.5, 2, 0}};
    assert_true(hpb_average_folds(equal, 1).r2_mean == 1);
    assert_true(hpb_average_folds(equal, 2).r2_mean == 0.5);
    assert_true(hpb_average_folds(equal, 2).r2_pooled == 0);
    static const hpb_fold_score one_row[] = {{1, 1, 2, 0}, {1, 3, 4, 0}};
    const hpb_averages leave_one_out = hpb_average_folds(one_row, 2);
    assert_true(isnan(leave_one_out.r2_mean) && leave_one_out.mse_mean == 2);
    assert_true(leave_one_out.r2_pooled == -1); // 1 - 2 / 1
    const hpb_fold_score diverged[] = {{2, 1, 2, 1}, {2, HUGE_VAL, 2, 1}};
    const hpb_averages none = hpb_average_folds(diverged, 2);
    assert_true(isinf(none.mse_mean) && isinf(none.rmse_pooled));
    assert_true(none.r2_mean == -HUGE_VAL && none.r2_pooled == -HUGE_VAL);
    assert_true(isnan(hpb_average_folds(NULL, 0).mse_mean));
    assert_true(isnan(hpb_average_folds(NULL, 0).r2_pooled));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_to_average),
        cmocka_unit_test(test_r2),
        cmocka_unit_test(test_folds_without_a_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
