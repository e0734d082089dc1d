// SPDX-License-Identifier: Apache-2.0
// What is drawn of many: a fixed sample of the runs, the best and the worst of the cells.
#include "reports/synthetic.h"

#include <setjmp.h>

#include <cmocka.h>

static void test_sample_is_fixed_and_bounded(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_report_cell *cell = synthetic_cell(&data, "adam", "holdout", "random", 20000, 1);
    synthetic_lognormal(cell, 1, 1, 0);
    uint32_t a[HPB_REPORT_POINTS], b[HPB_REPORT_POINTS];
    assert_int_equal(hpb_report_sample(cell, a), HPB_REPORT_POINTS);
    assert_int_equal(hpb_report_sample(cell, b), HPB_REPORT_POINTS);
    assert_memory_equal(a, b, sizeof a);
    uint32_t below = 0;
    for (uint32_t i = 0; i < HPB_REPORT_POINTS; i++) {
        assert_true(a[i] < 20000 && (i == 0 || a[i] > a[i - 1]));
        below += a[i] < 10000;
    }
    assert_in_range(below, 85, 165); // a random half: 125, SD 8
    hpb_report_data_free(&data);
}

// The same runs are shown in every cell, as far as they are finite there.
static void test_sample_leaves_out_what_is_not_finite(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_report_cell *cell = synthetic_cell(&data, "adam", "holdout", "random", 1000, 1);
    synthetic_lognormal(cell, 1, 1, 0);
    uint32_t a[HPB_REPORT_POINTS], b[HPB_REPORT_POINTS];
    hpb_report_sample(cell, a);
    cell->mse[a[17]] = (double)NAN;
    cell->mse[a[101]] = HUGE_VAL;
    assert_int_equal(hpb_report_sample(cell, b), HPB_REPORT_POINTS);
    uint32_t same = 0;
    for (uint32_t i = 0; i < HPB_REPORT_POINTS; i++) {
        assert_true(b[i] != a[17] && b[i] != a[101]);
        for (uint32_t k = 0; k < HPB_REPORT_POINTS; k++)
            same += a[i] == b[k];
    }
    assert_int_equal(same, HPB_REPORT_POINTS - 2);
    for (uint32_t r = 5; r < 1000; r++)
        cell->mse[r] = (double)NAN;
    assert_in_range(hpb_report_sample(cell, b), 3, 5);
    hpb_report_data_free(&data);
}

static void test_reference_is_first(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 50);
    hpb_report_summarise(&data);
    uint32_t rows[HPB_REPORT_ROWS], total;
    assert_int_equal(hpb_report_rows(&data, HPB_ANY_DATA, rows, &total),
                     4); // fixed seeds are on their twins' rows
    assert_int_equal(total, 4);
    const uint32_t expected[] = {4, 0, 2, 6};
    assert_memory_equal(rows, expected, sizeof expected);
    data.order_median = true;
    hpb_report_rows(&data, HPB_ANY_DATA, rows, &total);
    const uint32_t by_median[] = {0, 2, 4, 6};
    assert_memory_equal(rows, by_median, sizeof by_median);
    hpb_report_data_free(&data);
}

static void test_many_cells(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (uint32_t i = 0; i < 40; i++) {
        char *name = hpb_arena_format(data.arena, "o%u", i);
        synthetic_lognormal(synthetic_cell(&data, name, "holdout", "random", 10, 1),
                            1 + ((i * 7) % 40), 0.001, i);
    }
    data.reference = 3; // median 22: neither among the best 10 nor the worst 3
    hpb_report_summarise(&data);
    uint32_t rows[HPB_REPORT_ROWS], total;
    assert_int_equal(hpb_report_rows(&data, HPB_ANY_DATA, rows, &total), 14);
    assert_int_equal(total, 40);
    assert_true(rows[10] == 3);
    for (uint32_t i = 1; i < 14; i++)
        assert_true(data.cells[rows[i]].summary.median > data.cells[rows[i - 1]].summary.median);
    hpb_report_data_free(&data);
}

// A suite about splitters has no setting that a user would choose: then the splitters are what is shown.
static void test_neighbours_of_a_suite_about_splitters(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    static const char *const splitters[] = {"holdout", "cv5", "cv10"};
    for (uint32_t i = 0; i < 3; i++)
        synthetic_lognormal(synthetic_cell(&data, "adam", splitters[i], "random", 30, 1 + i), 0.06,
                            0.5, i);
    hpb_report_summarise(&data);
    uint32_t rows[6], total;
    hpb_axis axis;
    assert_int_equal(hpb_report_neighbours(&data, HPB_ANY_DATA, 0, rows, 6, &axis, &total), 3);
    assert_int_equal(axis, HPB_AXIS_SPLITTER);
    assert_int_equal(total, 3);
    assert_int_equal(hpb_report_neighbours(&data, HPB_ANY_DATA, 1, rows, 6, &axis, &total), 0);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours_of_a_suite_about_splitters),
        cmocka_unit_test(test_sample_is_fixed_and_bounded),
        cmocka_unit_test(test_sample_leaves_out_what_is_not_finite),
        cmocka_unit_test(test_reference_is_first),
        cmocka_unit_test(test_many_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
