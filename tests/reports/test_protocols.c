// SPDX-License-Identifier: Apache-2.0
// Suites that compare protocols: what each reports, and where two numbers lie to each other. None is called better.
#include "reports/answer.h"
#include "reports/page.h"
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

// Adds a protocol: what it names goes with it and is no factor, as load.c has it.
static hpb_report_cell *add_protocol(hpb_report_data *data, const char *name, uint32_t n_planned,
                                     double median)
{
    hpb_report_cell *cell =
        synthetic_cell(data, data->n_cells ? "adam" : "sgd", data->n_cells ? "5-fold" : "holdout",
                       data->n_cells ? "unseeded" : "seed42", n_planned, data->n_cells ? 5 : 1);
    cell->levels[HPB_AXIS_PROTOCOL] = name;
    cell->levels[HPB_AXIS_OPTIMIZER] = cell->levels[HPB_AXIS_SPLITTER] = "";
    cell->levels[HPB_AXIS_SEEDS] = "";
    synthetic_lognormal(cell, median, 0.2, data->n_cells);
    return cell;
}

static void answer(hpb_report_data *data)
{
    hpb_report_summarise(data);
    hpb_report_answer(data);
    for (uint32_t i = 0; i < data->n_sentences; i++)
        assert_null(strstr(data->sentences[i], "better"));
    assert_non_null(strstr(data->advice, "`hpbench explain`"));
}

static void test_one_run_and_many(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add_protocol(&data, "manual", 1, 0.008)->mse[0] = 0.008;
    add_protocol(&data, "grid", 1000, 0.06);
    data.reference = 1; // a cell that draws
    answer(&data);
    assert_string_equal(data.sentences[0], "manual reports an MSE of 0.00800 with its fixed seeds, "
                                           "grid reports 0.0596 at the median of 1,000 runs.");
    assert_string_equal(data.sentences[1], "The 0.00800 of manual is below every run of grid.");
    assert_non_null(strstr(data.sentences[2], "with grid, 90 runs in 100 lie between 0.04"));
    hpb_text html = {0};
    hpb_page_effects(&data, &html); // nothing pairs one run with many
    assert_int_equal(html.length, 0);
    hpb_text_free(&html);
    hpb_report_data_free(&data);
}

static void test_two_distributions(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add_protocol(&data, "manual", 1000, 0.08);
    hpb_report_cell *grid = add_protocol(&data, "grid", 1000, 0.06);
    grid->mse[7] = (double)NAN;
    grid->count[HPB_STATUS_OK]--;
    grid->count[HPB_STATUS_DIVERGED]++;
    answer(&data);
    assert_string_equal(data.sentences[1],
                        "With grid, 1 of 1,000 runs diverged and is not in these numbers.");
    // P = Phi(log(0.08 / 0.06) / (0.2 sqrt 2)) = 0.845
    const char *words = "Of one run of each, that of grid is the lower ";
    assert_memory_equal(data.sentences[2], words, strlen(words));
    assert_in_range(atoi(data.sentences[2] + strlen(words)), 82, 87);
    hpb_report_data_free(&data);
}

static void test_no_result(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add_protocol(&data, "manual", 30, 0.08);
    hpb_report_cell *grid = add_protocol(&data, "grid", 30, 0.06);
    for (uint32_t r = 0; r < grid->n_planned; r++)
        grid->mse[r] = (double)NAN;
    grid->count[HPB_STATUS_DIVERGED] = 30;
    grid->count[HPB_STATUS_OK] = 0;
    answer(&data);
    assert_non_null(strstr(data.sentences[0], ", grid diverged in all of 30 runs."));
    hpb_report_data_free(&data);
}

static void test_many_protocols(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        add_protocol(&data, names[i], 100, 0.06);
    answer(&data);
    assert_non_null(strstr(data.sentences[0], ", and 3 protocols more are in the table."));
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_run_and_many),
        cmocka_unit_test(test_two_distributions),
        cmocka_unit_test(test_no_result),
        cmocka_unit_test(test_many_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
