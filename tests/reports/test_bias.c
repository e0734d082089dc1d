// SPDX-License-Identifier: Apache-2.0
// Reports against the truth: the figure before gnuplot, and the table of the page.
#include "explain/bias.h"
#include "reports/support_figures.h"
#include "reports/support_page.h"
#include "reports/synthetic_explained.h"

static const double untyped[2] = {(double)NAN, (double)NAN}, add[] = {0.2};
static const hpb_estimate none = {(double)NAN, (double)NAN, (double)NAN};

// A holdout of 0.34, and a search that reports 0.009 where its model is worth 0.012.
static hpb_bias made_bias(void)
{
    return (hpb_bias){.is_known = true,
                      .side = {{.n = 1000,
                                .reported = {0.34, 0.33, 0.35},
                                .worth = {0.341, 0.331, 0.351},
                                .optimism = {0.001, -0.004, 0.006},
                                .selection = none,
                                .tibshirani = none,
                                .nested = none},
                               {.n = 900,
                                .reported = {0.009, 0.0088, 0.0092},
                                .worth = {0.012, 0.0119, 0.0121},
                                .optimism = {0.003, 0.0028, 0.0032},
                                .selection = {0.0025, 0.002, 0.003},
                                .tibshirani = {0.002, 0.0019, 0.0021},
                                .nested = {0.0125, 0.012, 0.013},
                                .n_nested = 200,
                                .n_candidates = 3}},
                      .keys = "learning_rate",
                      .n_pairs = 900,
                      .n_same = 450};
}

static hpb_explanation *explain(hpb_report_data *data, const hpb_bias *bias)
{
    hpb_report_data_init(data);
    hpb_explanation *e = synthetic_explanation(
        data, &(synthetic_causes){1, 30, add, 0.03, 0.01, 0.004, NULL}, untyped);
    e->bias = bias;
    return e;
}

static double place(const made *m, uint32_t row)
{
    const char *at = m->drawing.canvas.layer[HPB_LAYER_POINTS].data;
    for (uint32_t i = 0; i < row; i++)
        at = strchr(at, '\n') + 1;
    return strtod(at, NULL);
}

static void test_figure(void **state)
{
    (void)state;
    const hpb_bias bias = made_bias();
    hpb_report_data data;
    explain(&data, &bias);
    made m = make(&data, &hpb_figure_bias, 0);
    assert_true(m.is_there);
    assert_true(m.drawing.scale[0].is_log); // 0.351 against 0.0088
    const hpb_canvas *canvas = &m.drawing.canvas;
    assert_int_equal(count_lines(&canvas->layer[HPB_LAYER_POINTS]), 6);
    assert_int_equal(count_lines(&canvas->layer[HPB_LAYER_MEAN]), 2); // hollow
    assert_true(place(&m, 2) < place(&m, 3));                         // too low
    assert_true(place(&m, 3) > place(&m, 4) && place(&m, 3) < place(&m, 5));
    assert_says(&canvas->layer[HPB_LAYER_RIGHT], "manual is worth");
    assert_says(&canvas->layer[HPB_LAYER_RIGHT], "grid in nested folds");
    assert_says(&canvas->layer[HPB_LAYER_NOTE], "0.0120  [0.0119, 0.0121]");
    assert_says(&m.figure.alt, " grid reports: 0.00900. grid is worth: 0.0120.");
    assert_says(&m.figure.caption, "nested cross-validation");
    assert_int_equal(count_lines(&m.csv), 7);
    assert_says(&m.csv,
                "side,figure,value,low_95,high_95,runs\nmanual,reported,0.34,0.33,0.35,1000\n");
    assert_says(&m.csv, "\ngrid,corrected,0.011,");
    assert_says(&m.csv, "\ngrid,nested,0.0125,0.012,0.013,200\n");
    drop(&m);
    assert_false(make(&data, &hpb_figure_bias, 1).is_there);
    hpb_report_data_free(&data);
}

// Not asked for, not known, one side alone, and a number that is not one.
static void test_figure_of_less(void **state)
{
    (void)state;
    hpb_bias bias = made_bias();
    hpb_report_data data;
    explain(&data, NULL);
    assert_false(make(&data, &hpb_figure_bias, 0).is_there);
    hpb_report_data_free(&data);
    bias.is_known = false;
    explain(&data, &bias);
    assert_false(make(&data, &hpb_figure_bias, 0).is_there);
    hpb_report_data_free(&data);
    bias.is_known = true;
    bias.side[1] = (hpb_bias_side){0};
    bias.side[0].reported = (hpb_estimate){0.34, (double)NAN, (double)NAN}; // one run
    explain(&data, &bias);
    made m = make(&data, &hpb_figure_bias, 0);
    assert_true(m.is_there && !m.drawing.scale[0].is_log);
    assert_int_equal(count_lines(&m.csv), 3);
    assert_silent(&m.figure.caption, "nested");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], "\t0.340\n");
    drop(&m);
    hpb_report_data_free(&data);
}

static void test_table(void **state)
{
    (void)state;
    const hpb_bias bias = made_bias();
    hpb_report_data data;
    explain(&data, &bias)->side[0].title = "<manual>";
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    static const char *const words[] = {
        "<b>Reports against the truth.</b>",
        "<th scope=\"col\" class=\"n\">&lt;manual&gt;</th><th scope=\"col\" class=\"n\">grid</th>",
        "reports, on average</td><td class=\"n\" data-head=\"&lt;manual&gt;\">0.340 [0.330, 0.350]",
        "its model is worth on new rows</td>",
        "data-head=\"grid\">0.0120 [0.0119, 0.0121]",
        "+0.0030 [+0.0028, +0.0032]",
        "of it by choosing the best candidate</td>",
        "data-head=\"&lt;manual&gt;\">–</td>",
        "(Tibshirani)",
        "nested cross-validation reports",
        "Means over 1,000 and 900 runs",
        "200 runs; what it chose",
        "No run draws the data again",
        "Both choose the same learning_rate in 450 of 900 runs"};
    const char *at = d.page.data;
    for (size_t i = 0; i < HPB_COUNT(words); i++) {
        const char *found = at ? strstr(at, words[i]) : NULL;
        if (!found)
            fail_msg("missing, or too early: %s", words[i]);
        at = found;
    }
    if (needs_gnuplot())
        assert_drawn(&d, "bias");
    discard(&d);
    hpb_report_data_free(&data);
    explain(&data, NULL);
    draw(&data, &d);
    assert_null(strstr(d.page.data, "against the truth"));
    discard(&d);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figure),
        cmocka_unit_test(test_figure_of_less),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests_name("bias", tests, NULL, NULL);
}
