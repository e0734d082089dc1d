// SPDX-License-Identifier: Apache-2.0
// The tables of ways of averaging: one for each side, or cell, of several folds; a line for one fold.
#include "reports/support_page.h"
#include "reports/synthetic_explained.h"
#include "support_order.h"

static const double untyped[2] = {(double)NAN, (double)NAN}, add[] = {0.2};

// Twenty runs whose folds, of 4 and 2 rows, have MSEs about 1 and 4; all rows together 2.
static void add_runs(hpb_averaging *averaging, uint32_t n_folds)
{
    for (uint32_t r = 0; r < 20; r++) {
        const double shift = 0.02 * (r % 2), mse[] = {1 + shift, 4 + shift};
        hpb_averaging_add(averaging, &(hpb_trial_result){.mse = n_folds == 1 ? mse[0] : 2.5 + shift,
                                                         .n_folds = n_folds,
                                                         .fold_mse = mse,
                                                         .r2 = 0.5,
                                                         .pooled_mse = 2 + shift,
                                                         .pooled_r2 = 0.625});
    }
}

static void test_sides(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_explanation *e = synthetic_explanation(
        &data, &(synthetic_causes){1, 30, add, 0.03, 0.01, 0.004, NULL}, untyped);
    e->side[0].title = "<manual>";
    add_runs(&e->side[0].averaging, 1);
    add_runs(&e->side[1].averaging, 2);
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    static const char *const words[] = {
        "A run of &lt;manual&gt; scores one fold: every way of averaging gives the same number.",
        "<summary>Ways of averaging the folds</summary>",
        "<b>grid</b>: 2 folds a run, 20 runs",
        "<code>cross_val_score(…).mean()</code>, sign turned; <code>best_score_</code></td>"
        "<td class=\"n\" data-head=\"mean\">2.51</td><td class=\"n\" "
        "data-head=\"beside\">reported<",
        "<code>mean_squared_error(y, cross_val_predict(…))</code></td>"
        "<td class=\"n\" data-head=\"mean\">2.01</td><td class=\"n\" data-head=\"beside\">−0.50 [",
        "mean of the folds’ RMSEs, squared",
        ">2.26</td><td class=\"n\" data-head=\"beside\">−0.25 [−0.25, −0.25]",
        "<code>&quot;neg_root_mean_squared_error&quot;</code>, sign turned",
        "<code>r2_score(y, cross_val_predict(…))</code></td><td class=\"n\" data-head=\"mean\">"
        "0.625</td><td class=\"n\" data-head=\"beside\">+0.12",
        "Student’s t"};
    assert_in_order(d.page.data, words, HPB_COUNT(words));
    assert_int_equal(count(d.page.data, "folds a run"), 1);
    discard(&d);
    hpb_report_data_free(&data);
}

// Two holdouts, or nothing stored: no table.
static void test_without_folds(void **state)
{
    (void)state;
    for (uint32_t n_folds = 0; n_folds < 2; n_folds++) {
        hpb_report_data data;
        hpb_report_data_init(&data);
        hpb_explanation *e = synthetic_explanation(
            &data, &(synthetic_causes){1, 30, add, 0.03, 0.01, 0.004, NULL}, untyped);
        for (int s = 0; s < 2 && n_folds; s++)
            add_runs(&e->side[s].averaging, n_folds);
        drawn d;
        draw(&data, &d);
        assert_int_equal(
            count(d.page.data, "A run of manual and of grid scores one fold: every way"), n_folds);
        assert_null(strstr(d.page.data, "Ways of averaging"));
        discard(&d);
        hpb_report_data_free(&data);
    }
}

// Of many cells the first, and where the others are.
static void test_cells(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 20);
    drawn d;
    draw(&data, &d);
    assert_null(strstr(d.page.data, "averaging"));
    discard(&d);
    assert_true(data.n_cells > 5);
    for (uint32_t c = 0; c < data.n_cells; c++)
        add_runs(&data.cells[c].averaging, c ? 2 : 1);
    draw(&data, &d);
    assert_clean(d.page.data);
    assert_int_equal(count(d.page.data, "folds a run"), 4);
    assert_int_equal(count(d.page.data, "Ways of averaging"), 1);
    char *words = hpb_format("The first 4 of %u; all are in report.json.", data.n_cells - 1);
    assert_non_null(strstr(d.page.data, words));
    assert_null(strstr(d.page.data, "one fold"));
    free(words);
    json_t *json = hpb_report_to_json(&data);
    const json_t *cells = json_object_get(json, "cells");
    assert_true(json_is_null(json_object_get(json_array_get(cells, 0), "averages")));
    const json_t *averages = json_object_get(json_array_get(cells, 1), "averages");
    assert_int_equal(json_integer_value(json_object_get(averages, "folds")), 2);
    json_decref(json);
    discard(&d);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_without_folds),
        cmocka_unit_test(test_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
