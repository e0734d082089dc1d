// SPDX-License-Identifier: Apache-2.0
// The waterfall before gnuplot: bars that add up, luck at the edge, causes of all sizes and names.
#include "reports/support_figures.h"
#include "reports/synthetic_explained.h"

static const double untyped[2] = {(double)NAN, (double)NAN};

static made waterfall(hpb_report_data *data)
{
    hpb_report_summarise(data);
    return make(data, &hpb_figure_waterfall, 0);
}

// The ends of the boxes of a layer, from left to right on the axis: [n][2].
static uint32_t boxes(const made *m, hpb_layer layer, double out[][2])
{
    uint32_t n = 0;
    const char *at = m->drawing.canvas.layer[layer].data;
    for (; at && *at; at = strchr(at, '\n') + 1) {
        double x, y;
        assert_int_equal(sscanf(at, "%lf %lf %lf %lf", &x, &y, &out[n][0], &out[n][1]), 4);
        n++;
    }
    return n;
}

static void test_bars_add_up(void **state)
{
    (void)state;
    static const double add[] = {0.05, -0.02, 0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){3, 100, add, 0.03, 0, 0.004, NULL}, untyped);
    made m = waterfall(&data);
    assert_true(m.is_there);
    double mean[4][2], more[4][2], less[4][2];
    assert_int_equal(boxes(&m, HPB_LAYER_BOX, mean), 2); // B's, then A's
    assert_int_equal(boxes(&m, HPB_LAYER_MORE, more), 2);
    assert_int_equal(boxes(&m, HPB_LAYER_LESS, less), 1);
    assert_true(fabs(mean[0][1] - less[0][1]) < 1e-5); // the smallest next to B
    assert_true(fabs(less[0][0] - more[0][0]) < 1e-5);
    assert_true(fabs(more[0][1] - more[1][0]) < 1e-5);
    assert_true(fabs(more[1][1] - mean[1][1]) < 1e-5); // the largest next to A
    assert_true(more[1][1] - more[1][0] > 3 * (more[0][1] - more[0][0]));
    const hpb_text *note = &m.drawing.canvas.layer[HPB_LAYER_NOTE];
    assert_says(note, "+0.20 (87 %)");
    assert_says(note, "−0.020 (−9 %)");
    assert_says(note, "\t0.260\n");
    assert_says(&m.figure.alt, "from the mean test MSE of grid, 0.0297, to that of manual, 0.260.");
    assert_says(&m.figure.alt, "setting3=0.2 instead of 0: +0.20.");
    assert_says(&m.figure.caption, "intervals that hold for all causes at once");
    assert_silent(&m.figure.caption, "luck");
    assert_int_equal(m.drawing.canvas.layer[HPB_LAYER_LUCK].length, 0);
    assert_false(m.drawing.scale[0].is_log);
    assert_true(m.drawing.scale[0].low == 0);
    assert_int_equal(count_lines(&m.csv), 1 + 6 + 1 + 3);
    assert_says(&m.csv, "part,name,as_a,as_b,value,low_95,high_95,share,alone,last\n");
    assert_says(&m.csv, "\ncause,setting3,0.2,0,0.2");
    drop(&m);
    m = make(&data, &hpb_figure_waterfall, 1);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
}

// Numbers far from all runs: the causes stay readable, the number is said.
static void test_luck_far_away(void **state)
{
    (void)state;
    static const double add[] = {0.004, 0.003}, reported[] = {0.27, 0.006}, absurd[] = {1e30, -5};
    for (int i = 0; i < 2; i++) {
        hpb_report_data data;
        hpb_report_data_init(&data);
        synthetic_explanation(&data, &(synthetic_causes){2, 50, add, 0.014, 0.002, 0.001, NULL},
                              i ? absurd : reported);
        made m = waterfall(&data);
        const hpb_scale *x = m.drawing.canvas.x;
        double luck[4][2], more[4][2];
        assert_int_equal(boxes(&m, HPB_LAYER_LUCK, luck), 2);
        assert_true(luck[1][1] == 1); // up to the edge
        assert_int_equal(boxes(&m, HPB_LAYER_MORE, more), 2);
        assert_true(more[1][1] - more[1][0] > 0.05); // and the causes are to be seen
        assert_in_range((int)(x->high * 1000), 21, 40);
        assert_says(&m.drawing.canvas.layer[HPB_LAYER_MARK],
                    i ? "yours: 1" : "yours: 0.27 (luck +0.25)");
        assert_says(&m.drawing.canvas.layer[HPB_LAYER_MARK], i ? "luck −5.0" : "yours: 0.006 ");
        assert_says(&m.figure.caption, "cut off where it goes far beyond");
        assert_says(&m.csv, i ? "\nyours,grid,,,-5," : "\nyours,manual,,,0.27,");
        drop(&m);
        hpb_report_data_free(&data);
    }
}

static void test_many_causes(void **state)
{
    (void)state;
    static const double add[] = {0.5, 0.3, 0.001, 0.1, -0.002, 0.0005, -0.05, 0.02, 0, 0.012};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){10, 30, add, 0.1, 0.01, 0.0001, NULL},
                          untyped);
    made m = waterfall(&data);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "4 others"); // under 1 % of 0.88
    assert_says(&m.figure.caption, "under 1 % are one bar");
    assert_int_equal(count_lines(&m.csv), 1 + 6 + 1 + 10); // all of them
    drop(&m);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data); // one small one keeps its name
    static const double few[] = {0.5, 0.001};
    synthetic_explanation(&data, &(synthetic_causes){2, 30, few, 0.1, 0.01, 0.0001, NULL}, untyped);
    m = waterfall(&data);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "\tsetting2=0.2 instead of 0\n");
    assert_silent(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "others");
    drop(&m);
    hpb_report_data_free(&data);
}

static void test_one_cause_and_none_that_acts(void **state)
{
    (void)state;
    static const double one[] = {0.5}, none[] = {0, 0, 0};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){1, 30, one, 0.1, 0.01, 0.001, NULL}, untyped);
    made m = waterfall(&data);
    assert_says(&m.figure.caption, "Whisker: 95 % interval.");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], "(100 %)");
    drop(&m);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data); // bars of no length, a picture all the same
    synthetic_explanation(&data, &(synthetic_causes){3, 30, none, 0.1, 0.01, 0, NULL}, untyped);
    assert_int_equal(data.explanations->causes[0].n_acted, 0);
    m = waterfall(&data);
    assert_true(m.is_there);
    double box[8][2];
    assert_int_equal(boxes(&m, HPB_LAYER_MORE, box), 1);
    assert_true(box[0][0] == box[0][1]);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "3 others");
    drop(&m);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data); // beside one that acts they have none
    static const double some[] = {0, 0.5, 0};
    synthetic_explanation(&data, &(synthetic_causes){3, 30, some, 0.1, 0.01, 0, NULL}, untyped);
    m = waterfall(&data);
    assert_int_equal(boxes(&m, HPB_LAYER_MORE, box), 1);
    assert_silent(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "setting1");
    assert_silent(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "others");
    drop(&m);
    hpb_report_data_free(&data);
}

// No difference to split: no picture, and no table of NaN.
static void test_nothing_finite(void **state)
{
    (void)state;
    static const double none[] = {(double)NAN, 0.1};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){2, 30, none, 0.1, 0.01, 0, NULL}, untyped);
    made m = waterfall(&data);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data); // the same procedure
    synthetic_explanation(&data, &(synthetic_causes){0, 30, NULL, 0.1, 0.01, 0, NULL}, untyped);
    m = waterfall(&data);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data); // one run: effects without intervals
    static const double one[] = {0.2};
    synthetic_explanation(&data, &(synthetic_causes){1, 1, one, 0.1, 0.01, 0, NULL}, untyped);
    m = waterfall(&data);
    assert_true(m.is_there);
    assert_int_equal(m.drawing.canvas.layer[HPB_LAYER_RANGE].length, 0);
    assert_silent(&m.figure.caption, "Whisker");
    assert_silent(&m.csv, "nan");
    drop(&m);
    hpb_report_data_free(&data);
}

static void test_long_names(void **state)
{
    (void)state;
    static const double add[] = {0.5, 0.3};
    char name[4001];
    memset(name, '{', 4000);
    name[4000] = '\0';
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){2, 30, add, 0.1, 0.01, 0.001, name}, untyped);
    made m = waterfall(&data);
    assert_true(m.drawing.canvas.left < 400);
    assert_true(m.drawing.canvas.layer[HPB_LAYER_RIGHT].length < 1000);
    drop(&m);
    hpb_report_data_free(&data);
}

static void test_one_a_data_set(void **state)
{
    (void)state;
    static const double add[] = {0.5};
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (int i = 0; i < 2; i++)
        synthetic_explanation(&data, &(synthetic_causes){1, 30, add, 0.1, 0.01, 0.001, NULL},
                              untyped)
            ->setting = i ? "houses" : "linear";
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_waterfall, 1);
    assert_true(m.is_there);
    assert_string_equal(m.figure.name, "waterfall-2");
    assert_int_equal(m.figure.explanation, 1);
    assert_int_equal(strncmp(m.figure.caption.data, "On houses. ", 11), 0);
    drop(&m);
    m = make(&data, &hpb_figure_waterfall, 2);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
}

// Neither of two numbers that are explained is the better one.
static void test_nothing_is_ranked(void **state)
{
    (void)state;
    static const double add[] = {0.5};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){1, 30, add, 0.1, 0.01, 0.001, NULL}, untyped);
    hpb_report_summarise(&data);
    assert_int_equal(data.n_effects, 0);
    assert_int_equal(data.n_compared, 0);
    const hpb_figure_kind *const kinds[] = {&hpb_figure_differences, &hpb_figure_against,
                                            &hpb_figure_critical_difference};
    for (size_t i = 0; i < HPB_COUNT(kinds); i++) {
        made m = make(&data, kinds[i], 0);
        assert_false(m.is_there);
    }
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars_add_up),    cmocka_unit_test(test_luck_far_away),
        cmocka_unit_test(test_many_causes),    cmocka_unit_test(test_one_cause_and_none_that_acts),
        cmocka_unit_test(test_nothing_finite), cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_one_a_data_set), cmocka_unit_test(test_nothing_is_ranked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
