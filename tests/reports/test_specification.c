// SPDX-License-Identifier: Apache-2.0
// The specification curve before gnuplot: every combination in order, and both sides among those that are shown.
#include "reports/support_figures.h"
#include "reports/synthetic_explained.h"

static const double untyped[2] = {(double)NAN, (double)NAN};

// Points of a type, in the order drawn: [n][2].
static uint32_t points(const made *m, int type, double size, double out[][2])
{
    uint32_t n = 0;
    const char *at = m->drawing.canvas.layer[HPB_LAYER_POINTS].data;
    for (; at && *at; at = strchr(at, '\n') + 1) {
        double x, y, of_size;
        int of_type;
        assert_int_equal(sscanf(at, "%lf %lf %d %lf", &x, &y, &of_type, &of_size), 4);
        if (of_type != type || of_size != size)
            continue;
        out[n][0] = x;
        out[n++][1] = y;
    }
    return n;
}

static void test_every_combination_in_order(void **state)
{
    (void)state;
    static const double add[] = {0.05, 0.2, -0.02};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){3, 50, add, 0.03, 0.01, 0.001, NULL}, untyped);
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_specification, 0);
    assert_true(m.is_there);
    assert_false(m.figure.is_on_first_screen);
    double mean[16][2], ring[4][2], full[32][2], hollow[32][2];
    assert_int_equal(points(&m, 7, 0.75, mean), 8);
    for (int i = 1; i < 8; i++)
        assert_true(mean[i][0] > mean[i - 1][0] && mean[i][1] >= mean[i - 1][1]);
    // B is the second, since one setting of A lowers it; A the last but one
    assert_int_equal(points(&m, hpb_mark_of(1).hollow_type, 2, ring), 1);
    assert_true(fabs(ring[0][0] - mean[1][0]) < 1e-6);
    assert_int_equal(points(&m, hpb_mark_of(0).hollow_type, 2, ring), 1);
    assert_true(fabs(ring[0][0] - mean[6][0]) < 1e-6);
    assert_int_equal(points(&m, 7, 0.8, full) + points(&m, 6, 0.8, hollow), 24);
    assert_int_equal(points(&m, 7, 0.8, full), 12); // each setting is A's in half of them
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "\tmanual\n");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_LEFT], "\tgrid\n");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE_RIGHT], "● 0.2  ○ 0\n");
    assert_says(&m.figure.alt, "all 8 combinations of the settings, from 0.0");
    assert_says(&m.figure.alt, "manual is number 7 from the lowest. grid is number 2");
    assert_silent(&m.figure.caption, "Shown");
    assert_true(m.drawing.scale[1].is_log); // 0.01 to 0.28
    assert_int_equal(count_lines(&m.csv), 9);
    assert_says(&m.csv, "place,mean,low_95,high_95,diverged,setting2,setting1,setting3\n1,0.0");
    drop(&m);
    m = make(&data, &hpb_figure_specification, 1);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
}

// 1,024 combinations: 64 of them at even distances, A and B always among them, wherever they are in the order.
static void test_a_thousand(void **state)
{
    (void)state;
    static const double add[][10] = {
        {0.5, 0.3, 0.2, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01, 0.005},         // A highest, B lowest
        {-0.5, 0.49, -0.2, 0.21, 0.05, -0.04, 0.03, -0.02, 0.001, -0.005}, // both in the middle
        {-0.005, 0.3, 0.2, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01, 0.1},        // neighbours of the ends
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};                                   // all alike: by number
    for (size_t i = 0; i < HPB_COUNT(add); i++) {
        hpb_report_data data;
        hpb_report_data_init(&data);
        synthetic_explanation(&data, &(synthetic_causes){10, 2, add[i], 2, 0.001, 0, NULL},
                              untyped);
        hpb_report_summarise(&data);
        made m = make(&data, &hpb_figure_specification, 0);
        double mean[80][2], ring[4][2];
        assert_int_equal(points(&m, 7, 0.75, mean), 64);
        for (int k = 1; k < 64; k++)
            assert_true(mean[k][0] > mean[k - 1][0] && mean[k][1] >= mean[k - 1][1] - 1e-9);
        assert_int_equal(points(&m, hpb_mark_of(0).hollow_type, 2, ring), 1);
        assert_int_equal(points(&m, hpb_mark_of(1).hollow_type, 2, ring), 1);
        assert_says(&m.figure.caption, "Shown: 64 of 1,024");
        assert_int_equal(count_lines(&m.csv), 1025);
        drop(&m);
        hpb_report_data_free(&data);
    }
}

// One setting; none; combinations without a finite run.
static void test_few(void **state)
{
    (void)state;
    static const double one[] = {0.5}, lost[] = {(double)NAN, 0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){1, 30, one, 0.1, 0.01, 0.001, NULL}, untyped);
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_specification, 0);
    double mean[4][2];
    assert_int_equal(points(&m, 7, 0.75, mean), 2);
    drop(&m);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){0, 30, NULL, 0.1, 0.01, 0, NULL}, untyped);
    hpb_report_summarise(&data);
    m = make(&data, &hpb_figure_specification, 0);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){2, 30, lost, 0.1, 0.01, 0, NULL}, untyped);
    hpb_report_summarise(&data);
    m = make(&data, &hpb_figure_specification, 0);
    assert_int_equal(points(&m, 7, 0.75, mean), 2);
    assert_says(&m.figure.caption, "2 more have no finite run.");
    assert_silent(&m.figure.alt, "manual is number"); // it has none
    assert_silent(&m.csv, "nan");
    drop(&m);
    hpb_report_data_free(&data);
}

// A combination that all but diverged stands at the edge.
static void test_far_above(void **state)
{
    (void)state;
    static const double add[] = {1e30, 0.02};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){2, 30, add, 0.02, 0.01, 0.001, NULL}, untyped);
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_specification, 0);
    double mean[8][2];
    assert_int_equal(points(&m, 7, 0.75, mean), 4);
    assert_true(mean[1][1] - mean[0][1] > 10 && mean[1][1] < mean[2][1]); // 0.02 and 0.04
    assert_true(m.drawing.scale[1].high < log10(30)); // 10 times 1.7 and a margin
    assert_says(&m.figure.caption, "stands at its end, 10 times the error");
    drop(&m);
    hpb_report_data_free(&data);
}

// Lists of the same setting are told apart by what differs in them.
static void test_values(void **state)
{
    (void)state;
    static const double one[] = {0.5};
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_cause *cause = synthetic_explanation(
                           &data, &(synthetic_causes){1, 30, one, 0.1, 0.01, 0.001, NULL}, untyped)
                           ->causes;
    cause->value[0] = "learning_rate 0.01, 0.05";
    cause->value[1] = "learning_rate 0.001, 0.01, 0.05, 0.1, 0.5";
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_specification, 0);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE_RIGHT],
                "● 0.01, 0.05  ○ 0.001, 0.01, 0.05,…");
    drop(&m);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination_in_order),
        cmocka_unit_test(test_a_thousand),
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_far_above),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
