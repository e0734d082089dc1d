// SPDX-License-Identifier: Apache-2.0
// Effects of factors: means over the same runs, on one data set; missing cells and missing runs.
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

// A cell whose MSE in replicate r is base + r / 100.
static hpb_report_cell *add(hpb_report_data *data, const char *optimizer, const char *splitter,
                            double base)
{
    hpb_report_cell *cell = synthetic_cell(data, optimizer, splitter, "random", 10, 1);
    for (uint32_t r = 0; r < 10; r++)
        cell->mse[r] = base + r / 100.0;
    cell->count[HPB_STATUS_OK] = 10;
    return cell;
}

static const hpb_report_effect *effect_of(const hpb_report_data *data, hpb_axis axis)
{
    for (uint32_t i = 0; i < data->n_effects; i++)
        if (data->effects[i].axis == axis)
            return &data->effects[i];
    fail_msg("no effect of %s", hpb_axis_name(axis));
    return NULL;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void test_every_cell_has_intervals(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_lognormal(synthetic_cell(&data, "adam", "holdout", "random", 100, 1), 1, 1, 1);
    synthetic_lognormal(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 1, 1, 2);
    synthetic_lognormal(synthetic_cell(&data, "lion", "holdout", "random", 3, 1), 1, 1, 3);
    hpb_report_summarise(&data);
    const hpb_report_cell *cell = data.cells;
    assert_int_equal(cell[0].mean_method, HPB_MEAN_BOOTSTRAP_T);
    assert_int_equal(cell[1].mean_method, HPB_MEAN_T);
    for (int i = 0; i < 2; i++) {
        assert_true(cell[i].median_interval.low < cell[i].summary.median &&
                    cell[i].summary.median < cell[i].median_interval.high);
        assert_true(cell[i].mean_interval.low < cell[i].summary.mean &&
                    cell[i].summary.mean < cell[i].mean_interval.high);
    }
    // skewed: it reaches further up than down, as Student's does not
    assert_true(cell[0].mean_interval.high - cell[0].summary.mean >
                1.2 * (cell[0].summary.mean - cell[0].mean_interval.low));
    assert_true(cell[0].iqm_interval.low < cell[0].iqm && cell[0].iqm < cell[0].iqm_interval.high);
    assert_true(isnan(cell[2].median_interval.low) && isnan(cell[2].iqm_interval.low));
    assert_true(cell[2].mean_interval.low < cell[2].mean_interval.high);
    hpb_report_data_free(&data);
}

static void test_effects_are_averaged_over_the_other_levels(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add(&data, "sgd", "holdout", 1);
    add(&data, "sgd", "cv5", 2);
    add(&data, "adam", "holdout", 3);
    add(&data, "adam", "cv5", 8);
    hpb_report_summarise(&data);
    const hpb_report_effect *optimizer = effect_of(&data, HPB_AXIS_OPTIMIZER);
    assert_int_equal(optimizer->n_contexts, 2);
    assert_true(near(optimizer->difference.mean, (2 + 6) / 2.0));
    assert_true(near(effect_of(&data, HPB_AXIS_SPLITTER)->difference.mean, (1 + 5) / 2.0));
    hpb_report_data_free(&data);
}

// Half of one cell's runs are not there yet: a mean over what each run happens to have would be 3, and drift to 4.
static void test_missing_runs_do_not_shift_an_effect(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add(&data, "sgd", "holdout", 1);
    add(&data, "sgd", "cv5", 2);
    add(&data, "adam", "holdout", 3);
    add(&data, "adam", "cv5", 8);
    for (uint32_t r = 5; r < 10; r++)
        data.cells[3].mse[r] = (double)NAN;
    hpb_report_summarise(&data);
    const hpb_report_effect *optimizer = effect_of(&data, HPB_AXIS_OPTIMIZER);
    assert_int_equal(optimizer->difference.n_pairs, 5);
    assert_true(near(optimizer->difference.mean, 4));
    hpb_report_data_free(&data);
}

// A cell that the suite excludes, or that has no run yet, takes its pair out, not the effect.
static void test_missing_cells_are_left_out(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add(&data, "sgd", "holdout", 1);
    add(&data, "adam", "holdout", 3);
    add(&data, "adam", "cv5", 8);
    hpb_report_summarise(&data);
    assert_int_equal(effect_of(&data, HPB_AXIS_OPTIMIZER)->n_contexts, 1);
    assert_true(near(effect_of(&data, HPB_AXIS_OPTIMIZER)->difference.mean, 2));
    assert_true(near(effect_of(&data, HPB_AXIS_SPLITTER)->difference.mean, 5));
    hpb_report_data_free(&data);
    hpb_report_data_init(&data);
    add(&data, "sgd", "holdout", 1);
    add(&data, "adam", "holdout", 3);
    add(&data, "sgd", "cv5", 2);
    synthetic_cell(&data, "adam", "cv5", "random", 10, 1);
    hpb_report_summarise(&data);
    assert_int_equal(effect_of(&data, HPB_AXIS_OPTIMIZER)->n_contexts, 1);
    assert_int_equal(effect_of(&data, HPB_AXIS_OPTIMIZER)->difference.n_pairs, 10);
    hpb_report_data_free(&data);
}

static void test_effects_are_of_the_references_data(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (int i = 0; i < 2; i++) {
        add(&data, "sgd", "holdout", i ? 100 : 1);
        add(&data, "adam", "holdout", i ? 900 : 3);
        data.cells[2 * i].levels[HPB_AXIS_DATA] = data.cells[2 * i + 1].levels[HPB_AXIS_DATA] =
            i ? "large" : "small";
    }
    hpb_report_summarise(&data);
    assert_int_equal(data.n_effects, 1);
    assert_int_equal(data.effects[0].n_contexts, 1);
    assert_true(near(data.effects[0].difference.mean, 2));
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cell_has_intervals),
        cmocka_unit_test(test_effects_are_averaged_over_the_other_levels),
        cmocka_unit_test(test_missing_runs_do_not_shift_an_effect),
        cmocka_unit_test(test_missing_cells_are_left_out),
        cmocka_unit_test(test_effects_are_of_the_references_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
