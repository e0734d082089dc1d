// SPDX-License-Identifier: Apache-2.0
// Ways of averaging over the runs of a cell, by hand: 10 rows in folds of 4, 3 and 3; and when a person is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/averages.h"
#include "explain/made.h"

static void is_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

// Adds a run with these MSEs in folds of n rows each, whose targets are 0 and 2 by halves.
static void add_run(hpb_averaging *averaging, const size_t *n, const double *mse, uint32_t n_folds)
{
    hpb_fold_score folds[8];
    for (uint32_t f = 0; f < n_folds; f++)
        folds[f] = (hpb_fold_score){n[f], mse[f], 1, 1};
    const hpb_averages of = hpb_average_folds(folds, n_folds);
    hpb_averaging_add(averaging, &(hpb_trial_result){.mse = of.mse_mean,
                                                     .n_folds = n_folds,
                                                     .fold_mse = mse,
                                                     .r2 = of.r2_mean,
                                                     .pooled_mse = of.mse_pooled,
                                                     .pooled_r2 = of.r2_pooled});
}

static const size_t unequal[] = {4, 3, 3}, equal[] = {3, 3, 3};
static const double apart[] = {1, 4, 0.25}, alike[] = {1, 1, 1};

static void test_by_hand(void **state)
{
    (void)state;
    hpb_averaging a = {0};
    add_run(&a, unequal, apart,
            3); // mean 1.75; of all rows (4 + 12 + 0.75) / 10 = 1.675; roots 1, 2, 0.5
    add_run(&a, unequal, alike, 3);
    hpb_averaging_add(
        &a, &(hpb_trial_result){
                .status = HPB_STATUS_DIVERGED, .mse = HUGE_VAL, .n_folds = 3, .fold_mse = apart});
    hpb_averaging_add(&a, &(hpb_trial_result){.status = HPB_STATUS_CRASHED, .mse = (double)NAN});
    assert_int_equal(a.n_folds, 3);
    assert_int_equal(a.value[HPB_WAY_MSE_MEAN].n, 2);
    const double roots = 3.5 / 3;
    is_near(a.value[HPB_WAY_MSE_MEAN].mean, (1.75 + 1) / 2);
    is_near(a.value[HPB_WAY_MSE_POOLED].mean, (1.675 + 1) / 2);
    is_near(a.value[HPB_WAY_RMSE_MEAN_SQUARED].mean, (roots * roots + 1) / 2);
    is_near(a.value[HPB_WAY_RMSE_MEAN].mean, (roots + 1) / 2);
    is_near(a.value[HPB_WAY_RMSE_POOLED].mean, (sqrt(1.675) + 1) / 2);
    is_near(a.value[HPB_WAY_R2_MEAN].mean, (-0.75 + 0) / 2);
    is_near(a.value[HPB_WAY_R2_POOLED].mean, (-0.675 + 0) / 2);
    // differences of the two runs: -0.075 and 0, so t(1) times half of 0.075
    const hpb_estimate pooled = hpb_averaging_difference(&a, HPB_WAY_MSE_POOLED);
    is_near(pooled.value, -0.0375);
    is_near(pooled.low, -0.0375 - 12.706204736174694 * 0.0375);
    is_near(pooled.high, -0.0375 + 12.706204736174694 * 0.0375);
    is_near(hpb_averaging_difference(&a, HPB_WAY_RMSE_MEAN).value, (roots - sqrt(1.75)) / 2);
    is_near(hpb_averaging_difference(&a, HPB_WAY_R2_POOLED).value, 0.0375);
    assert_true(hpb_averaging_difference(&a, HPB_WAY_MSE_MEAN).value == 0);
}

// Folds of one size: all rows together have the mean of the folds, but for rounding, which is none.
static void test_rounding_is_no_difference(void **state)
{
    (void)state;
    static const double tenths[] = {0.1, 0.2, 0.3};
    hpb_averaging a = {0};
    for (int i = 0; i < 20; i++)
        add_run(&a, equal, tenths, 3);
    a.value[HPB_WAY_MSE_POOLED].mean += 1e-17;
    a.difference[HPB_WAY_MSE_POOLED].mean = 1e-17;
    const hpb_estimate same = hpb_averaging_difference(&a, HPB_WAY_MSE_POOLED);
    assert_true(same.value == 0 && same.low == 0 && same.high == 0);
    assert_true(hpb_averaging_difference(&a, HPB_WAY_RMSE_MEAN_SQUARED).high < -0.001);
}

static void test_json(void **state)
{
    (void)state;
    hpb_averaging a = {0}, one = {0};
    json_t *none = hpb_averaging_to_json(&a);
    assert_true(json_is_null(none));
    json_decref(none);
    add_run(&one, unequal, apart, 1);
    none = hpb_averaging_to_json(&one);
    assert_true(json_is_null(none));
    json_decref(none);
    static const size_t single[] = {1, 1, 1};
    add_run(&a, single, apart, 3); // R2 of one row is no number
    json_t *json = hpb_averaging_to_json(&a);
    assert_int_equal(json_integer_value(json_object_get(json, "folds")), 3);
    assert_int_equal(json_integer_value(json_object_get(json, "runs")), 1);
    assert_true(json_is_null(json_object_get(json_object_get(json, "r2_mean"), "value")));
    const json_t *squared = json_object_get(json, "rmse_mean_squared");
    is_near(json_number_value(json_object_get(squared, "value")), 3.5 / 3 * 3.5 / 3);
    is_near(json_number_value(json_object_get(squared, "difference")), 3.5 / 3 * 3.5 / 3 - 1.75);
    assert_true(json_is_null(json_array_get(json_object_get(squared, "interval_95"), 0)));
    json_decref(json);
}

// --- what is said ---------------------------------------------------------------------------------------------

// Fails unless exactly these words, or none, are said of averaging.
static void is_said(const made *m, const char *words)
{
    hpb_explain_words out;
    hpb_explain_say(&m->e, m->e.arena, &out);
    const char *said = NULL;
    for (uint32_t i = 0; i < out.n; i++)
        if (strstr(out.sentences[i], "How folds are averaged"))
            said = out.sentences[i];
    if (!words != !said || (words && strcmp(words, said) != 0))
        fail_msg("said: %s\nexpected: %s", said ? said : "nothing", words ? words : "nothing");
}

static void test_sentence(void **state)
{
    (void)state;
    static const double near[] = {1, 1.01, 0.99}, scaled[] = {0.011, 0.011, 0.020};
    static const size_t last[] = {1, 1, 8};
    made m;
    made_begin(&m, &(made_of){1, 80, 0.1, 0.2, 0.01, {0.2}, 0});
    made_finish(&m);
    hpb_averaging *grid = &m.e.side[1].averaging;
    is_said(&m, NULL); // a holdout
    for (int i = 0; i < 80; i++)
        add_run(grid, equal, near, 3);
    is_said(&m, NULL); // 0.003 %
    *grid = (hpb_averaging){0};
    for (int i = 0; i < 80; i++)
        add_run(grid, equal, scaled, 3);
    is_said(&m,
            "How folds are averaged moves the number of grid by 2 %: the mean of 3 fold MSEs is "
            "0.0140, the square of their mean RMSE 0.0137.");
    *grid = (hpb_averaging){0};
    for (int i = 0; i < 80; i++)
        add_run(grid, last, scaled, 3);
    is_said(&m,
            "How folds are averaged moves the number of grid by 30 %: the mean of 3 fold MSEs is "
            "0.0140, the MSE of all their rows together 0.0182, the square of their mean RMSE "
            "0.0137.");
    made_end(&m);
}

// A difference that may be none is not said, however large.
static void test_uncertain(void **state)
{
    (void)state;
    static const size_t last[] = {1, 1, 8}, first[] = {8, 1, 1};
    static const double scaled[] = {0.0139, 0.014, 0.0141}, wild[] = {0.001, 0.002, 0.039};
    made m;
    made_begin(&m, &(made_of){1, 80, 0.1, 0.2, 0.01, {0.2}, 0});
    made_finish(&m);
    for (int i = 0; i < 80; i++)
        add_run(&m.e.side[0].averaging, i % 2 ? last : first, scaled, 3);
    is_said(&m, NULL);
    add_run(&m.e.side[0].averaging, last, wild, 3);
    const hpb_averaging *manual = &m.e.side[0].averaging;
    const hpb_estimate d = hpb_averaging_difference(manual, HPB_WAY_MSE_POOLED);
    assert_true(d.value > 0.01 * manual->value[HPB_WAY_MSE_MEAN].mean && d.low < 0 && d.high > 0);
    is_said(&m, NULL);
    made_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),   cmocka_unit_test(test_rounding_is_no_difference),
        cmocka_unit_test(test_json),      cmocka_unit_test(test_sentence),
        cmocka_unit_test(test_uncertain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
