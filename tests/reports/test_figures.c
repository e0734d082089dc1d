// SPDX-License-Identifier: Apache-2.0
// What the figures draw, before gnuplot: which there are, their numbers, words and scales.
#include "reports/support_figures.h"

// A cell of an optimizer with a rate, on a data set whose scale is `baseline`.
static hpb_report_cell *rate_cell(hpb_report_data *data, const char *set, double baseline,
                                  const char *optimizer, const char *rate, double median)
{
    char *level = hpb_arena_format(data->arena, "%s learning_rate %s", optimizer, rate);
    hpb_report_cell *cell = synthetic_cell(data, level, "holdout", "random", 40, 1);
    cell->levels[HPB_AXIS_DATA] = set;
    cell->titles[HPB_AXIS_OPTIMIZER] = optimizer;
    cell->label = hpb_arena_format(data->arena, "%s & %s", set, level);
    cell->spec = hpb_arena_format(data->arena,
                                  "{\"optimizer\":{\"plugin\":\"%s\",\"learning_rate\":\"%s\"},"
                                  "\"splitter\":{\"random_state\":\"none\"}}",
                                  optimizer, rate);
    synthetic_lognormal(cell, median, 0.3, data->n_cells);
    cell->baseline_mse = baseline;
    return cell;
}

static void add_rates(hpb_report_data *data, const char *set, double baseline, uint32_t n)
{
    static const char *const rates[] = {"0.1", "0.001", "0.01", "1"};
    for (uint32_t i = 0; i < n; i++) {
        rate_cell(data, set, baseline, "adam", rates[i], baseline * (0.1 + 0.1 * i));
        rate_cell(data, set, baseline, "sgd", rates[i], baseline * (0.5 - 0.1 * i));
    }
}

// --- MSE against a numeric factor ------------------------------------------------------------------------------

static void test_against_rates(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add_rates(&data, "linear", 1, 4);
    hpb_report_cell *lost = &data.cells[data.n_cells - 1]; // sgd at 1
    for (uint32_t r = 0; r < 10; r++)
        lost->mse[r] = (double)NAN;
    lost->count[HPB_STATUS_OK] = 30;
    lost->count[HPB_STATUS_DIVERGED] = 10;
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_against, 0);
    assert_true(m.is_there);
    assert_string_equal(m.figure.name, "against-learning_rate");
    assert_false(m.figure.is_on_first_screen);
    assert_int_equal(m.drawing.canvas.n_series, 2);
    assert_true(m.drawing.scale[0].is_log && m.drawing.scale[1].is_log);
    assert_int_equal(m.drawing.scale[0].n_ticks, 4); // at the levels
    assert_string_equal(m.drawing.scale[0].tick[0].text, "0.001");
    const hpb_text *left = &m.drawing.canvas.layer[HPB_LAYER_LEFT];
    assert_says(left, "\tadam\n"); // without the rate
    assert_says(left, "\tsgd\n");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], "best at 0.1: 0.1");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], "best at 1: 0.19");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE_RIGHT], "diverged");
    assert_says(&m.figure.caption, "share of the runs that diverged");
    assert_says(&m.csv, "cell,learning_rate,n_finite,n_stored,n_planned,diverged,failed");
    assert_says(&m.csv, "linear & sgd learning_rate 1,1,30,40,40,10,0,");
    assert_int_equal(count_lines(&m.csv), 9);
    assert_true(strstr(m.csv.data, ",0.001,40") < strstr(m.csv.data, ",0.01,40")); // by rate
    assert_int_equal(count_lines(&m.drawing.canvas.layer[HPB_LAYER_BOX]), 1);
    drop(&m);
    m = make(&data, &hpb_figure_against, 1);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
}

static void test_against_needs_three_levels(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add_rates(&data, "linear", 1, 2);
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_against, 0);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data);
    add_rates(&data, "linear", 1, 3);
    hpb_report_summarise(&data);
    m = make(&data, &hpb_figure_against, 0);
    assert_true(m.is_there);
    assert_silent(&m.figure.caption, "diverged."); // no strip where nothing was lost
    assert_int_equal(m.drawing.canvas.layer[HPB_LAYER_BOX].length, 0);
    drop(&m);
    hpb_report_data_free(&data);
}

// Two optimizers at three levels of a setting of [fit].
static void add_fits(hpb_report_data *data, const char *key)
{
    static const char *const values[] = {"10", "20", "30"}, *const optimizers[] = {"adam", "sgd"};
    for (uint32_t i = 0; i < 6; i++) {
        hpb_report_cell *cell = synthetic_cell(data, optimizers[i / 3], "holdout", "random", 30, 1);
        cell->levels[HPB_AXIS_FIT] = hpb_arena_format(data->arena, "%s %s", key, values[i % 3]);
        cell->spec = hpb_arena_format(data->arena, "{\"fit\":{\"%s\":\"%s\"},\"optimizer\":{}}",
                                      key, values[i % 3]);
        synthetic_lognormal(cell, 1 + i % 3 + (i < 3 ? 0 : 0.5), 0.2, 9);
    }
}

// The lines are the levels of the other factor. A seed is a number, but no amount of anything.
static void test_against_levels_of_another_factor(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add_fits(&data, "epochs");
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_against, 0);
    assert_true(m.is_there);
    assert_string_equal(m.figure.name, "against-epochs");
    assert_int_equal(m.drawing.canvas.n_series, 2);
    assert_false(m.drawing.scale[0].is_log);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_LEFT], "\tsgd\n");
    assert_says(&m.figure.caption, "Lines: levels of optimizer.");
    drop(&m);
    m = make(&data, &hpb_figure_against, 1);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
    hpb_report_data_init(&data);
    add_fits(&data, "seed");
    hpb_report_summarise(&data);
    m = make(&data, &hpb_figure_against, 0);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
}

// --- data sets of different scales --------------------------------------------------------------------------------

static void test_a_picture_for_each_scale(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add_rates(&data, "linear", 1, 3);
    add_rates(&data, "houses", 5000, 3);
    hpb_report_summarise(&data);
    const hpb_figure_kind *const kinds[] = {&hpb_figure_distribution, &hpb_figure_differences,
                                            &hpb_figure_against, &hpb_figure_ecdf};
    for (size_t k = 0; k < HPB_COUNT(kinds); k++) {
        made m = make(&data, kinds[k], 0);
        assert_true(m.is_there);
        assert_int_equal(strncmp(m.figure.caption.data, "Data: linear. ", 14), 0);
        for (int layer = HPB_LAYER_LEFT; layer < HPB_LAYER_COUNT;
             layer++) // said once, in the caption
            assert_silent(&m.drawing.canvas.layer[layer], "linear &");
        drop(&m);
        m = make(&data, kinds[k], 1);
        assert_true(m.is_there);
        assert_int_equal(strncmp(m.figure.caption.data, "Data: houses. ", 14), 0);
        assert_false(m.figure.is_on_first_screen);
        assert_string_equal(m.figure.name + strlen(m.figure.name) - 2, "-2");
        assert_silent(&m.csv, "linear");
        drop(&m);
        m = make(&data, kinds[k], 2);
        assert_false(m.is_there);
    }
    hpb_report_data_free(&data);
    hpb_report_data_init(&data); // alike: one picture
    add_rates(&data, "one", 1, 3);
    add_rates(&data, "two", 2.5, 3);
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_distribution, 0);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_RIGHT], "two");
    drop(&m);
    m = make(&data, &hpb_figure_distribution, 1);
    assert_false(m.is_there);
    hpb_report_data_free(&data);
}

// --- distribution -------------------------------------------------------------------------------------------------

static void test_scale_of_an_mse(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 100);
    data.cells[0].mse[3] = 1e30; // all but diverged
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_distribution, 0);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], "error of the true function: 0.00790");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], "predicting the mean: 1.71");
    assert_says(&m.figure.caption, "that of predicting the mean of the training rows");
    assert_true(m.drawing.scale[0].high < log10(30)); // 10 times 1.71 and a margin
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_WARN], "1 beyond");
    assert_says(&m.figure.caption, "1 run beyond the axis");
    assert_says(&m.csv, ",1.71,0.0079,0.9,\n");
    json_t *json = hpb_report_to_json(&data);
    const json_t *cell = json_array_get(json_object_get(json, "cells"), 0);
    assert_true(json_real_value(json_object_get(cell, "baseline_mse")) == 1.71);
    assert_true(json_real_value(json_object_get(cell, "truth_mse")) == 0.0079);
    assert_true(json_real_value(json_object_get(cell, "r2")) == 0.9);
    json_decref(json);
    drop(&m);
    for (uint32_t c = 0; c < data.n_cells; c++)
        data.cells[c].truth_mse = c == 2 ? 0.02 : 0.0079; // not one number for all rows
    m = make(&data, &hpb_figure_distribution, 0);
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE],
                "error of the true function: 0.00790 to 0.0200");
    drop(&m);
    hpb_report_data_free(&data);
}

static double x_of(const made *m, double value)
{
    return hpb_scale_at(m->drawing.canvas.x, value);
}

// The number that a user got is on the row of its protocol, however far it is from the runs.
static void test_yours(void **state)
{
    (void)state;
    static const struct {
        double reported;
        const char *said;
        bool is_log;
    } cases[] = {{0.012, "yours: 0.012\n", false},
                 {0.27, "yours: 0.27\n", true},
                 {0.0008, "yours: 0.0008\n", false},
                 {27000, "yours: 27000, beyond this axis", false},
                 {-0.006, "yours: -0.006, beyond this axis", false},
                 {0, "yours: 0\n", false}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_report_data data;
        hpb_report_data_init(&data);
        hpb_report_cell *cell = synthetic_cell(&data, "sgd", "holdout", "random", 100, 1);
        for (uint32_t r = 0; r < 100; r++)
            cell->mse[r] = 0.004 + 0.026 * synthetic_uniform(r, 3);
        cell->count[HPB_STATUS_OK] = 100;
        cell->reported = cases[i].reported;
        hpb_report_summarise(&data);
        made m = make(&data, &hpb_figure_distribution, 0);
        hpb_text said = {0};
        hpb_text_add(&said, "%s%s",
                     m.drawing.canvas.layer[HPB_LAYER_MARK].length
                         ? m.drawing.canvas.layer[HPB_LAYER_MARK].data
                         : "",
                     m.drawing.canvas.layer[HPB_LAYER_MARK_RIGHT].length
                         ? m.drawing.canvas.layer[HPB_LAYER_MARK_RIGHT].data
                         : "");
        assert_says(&said, cases[i].said);
        hpb_text_free(&said);
        assert_int_equal(m.drawing.scale[0].is_log, cases[i].is_log);
        const hpb_summary *s = &data.cells[0].summary; // and the runs are not pressed together
        assert_true(x_of(&m, s->p95) - x_of(&m, s->p5) > 0.15);
        assert_int_equal(count_lines(&m.drawing.canvas.layer[HPB_LAYER_MARKS]), 1);
        assert_says(&m.figure.caption, "triangle: your number.");
        assert_says(&m.figure.alt, "Yours: ");
        drop(&m);
        hpb_report_data_free(&data);
    }
}

// Beside a run with fixed seeds: the words of neither lie on the other's, nor outside the picture.
static void test_two_marks_of_a_row(void **state)
{
    (void)state;
    static const double places[][2] = {{0.1, 0.1}, {0.1, 0.11}, {0.11, 0.1},  {0.01, 1},
                                       {1, 0.01},  {0.9, 1},    {0.011, 0.01}};
    for (size_t i = 0; i < HPB_COUNT(places); i++) {
        hpb_report_data data;
        hpb_report_data_init(&data);
        hpb_report_cell *cell = synthetic_cell(&data, "sgd", "holdout", "random", 100, 1);
        for (uint32_t r = 0; r < 100; r++)
            cell->mse[r] = 0.01 * pow(100, r / 99.0);
        cell->count[HPB_STATUS_OK] = 100;
        cell->reported = places[i][0];
        cell = synthetic_cell(&data, "sgd", "holdout", "fixed", 1, 1);
        cell->mse[0] = places[i][1];
        cell->count[HPB_STATUS_OK] = 1;
        cell->twin = 0;
        hpb_report_summarise(&data);
        made m = make(&data, &hpb_figure_distribution, 0);
        double from[2], to[2];
        uint32_t n = 0;
        for (int right = 0; right < 2; right++) {
            const hpb_text *layer =
                &m.drawing.canvas.layer[right ? HPB_LAYER_MARK_RIGHT : HPB_LAYER_MARK];
            for (const char *at = layer->data; at && *at; at = strchr(at, '\n') + 1) {
                char words[80];
                double x, y;
                assert_true(n < 2);
                assert_int_equal(sscanf(at, "%lf %lf %79[^\n]", &x, &y, words), 3);
                const double width = 7 * (double)strlen(words);
                from[n] = right ? x - width : x;
                to[n] = right ? x : x + width;
                assert_true(from[n] > 0 && to[n] < 1000);
                n++;
            }
        }
        assert_int_equal(n, 2);
        assert_true(to[0] < from[1] || to[1] < from[0]);
        assert_says(&m.figure.caption, "triangles: your number, and the same cell");
        drop(&m);
        hpb_report_data_free(&data);
    }
}

// --- distribution functions ---------------------------------------------------------------------------------------

// Four runs and one that diverged; the band's half width is sqrt(ln(2 / 0.05) / (2 n)).
static void test_ecdf(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_report_cell *cell = synthetic_cell(&data, "adam", "holdout", "random", 5, 1);
    const double values[] = {0.3, 0.1, (double)NAN, 0.4, 0.2};
    memcpy(cell->mse, values, sizeof values);
    cell->count[HPB_STATUS_OK] = 4;
    cell->count[HPB_STATUS_DIVERGED] = 1;
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_ecdf, 0);
    assert_true(m.is_there);
    const double half = sqrt(log(40) / 10);
    char *expected = hpb_format("cell,mse,share_at_or_below,band_half_width\n"
                                "adam & holdout & random,0.1,0.2,%.9g\n"
                                "adam & holdout & random,0.2,0.4,%.9g\n"
                                "adam & holdout & random,0.3,0.6,%.9g\n"
                                "adam & holdout & random,0.4,0.8,%.9g\n",
                                half, half, half, half);
    assert_string_equal(m.csv.data, expected);
    free(expected);
    drop(&m);
    hpb_report_data_free(&data);
}

// How to read it is said once, and what is left out behind it.
static void test_ecdf_of_many(void **state)
{
    (void)state;
    static const char *const names[] = {"sgd",    "adam", "adamw",   "nadam",
                                        "adamax", "lion", "rmsprop", "ftrl"};
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (size_t i = 0; i < HPB_COUNT(names); i++) {
        hpb_report_cell *cell = synthetic_cell(&data, names[i], "holdout", "random", 3, 1);
        for (uint32_t r = 0; r < 3; r++)
            cell->mse[r] = 0.1 * (double)(i + r + 1);
        cell->count[HPB_STATUS_OK] = 3;
    }
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_ecdf, 0);
    assert_true(m.is_there);
    const char *said = strstr(m.figure.caption.data, "Read up from an MSE");
    assert_non_null(said);
    assert_null(strstr(said + 1, "Read up from an MSE"));
    assert_says(&m.figure.caption, "the lowest medians of 8 levels of optimizer.");
    drop(&m);
    hpb_report_data_free(&data);
}

// --- learning curves ----------------------------------------------------------------------------------------------

// A loss that falls by `rate` an epoch to `floor_at`; `n_last` of 100 fits go on to the end.
static void add_curve(hpb_report_data *data, hpb_report_cell *cell, double rate, double floor_at,
                      uint32_t n_last)
{
    cell->n_epochs = 40;
    cell->n_curve_runs = 100;
    cell->curve = hpb_arena_alloc(data->arena, 40, sizeof *cell->curve);
    for (uint32_t e = 0; e < 40; e++) {
        const float loss = (float)fmax(floor_at, pow(1 - rate, e));
        cell->curve[e] = (hpb_report_epoch){e < 20 ? 100 : n_last,
                                            {loss * 0.9f, loss, loss * 1.1f},
                                            {loss, loss * 1.2f, loss * 1.4f}};
    }
}

static void test_curves(void **state)
{
    (void)state;
    static const char *const names[] = {"adam", "sgd",    "lion", "nadam",
                                        "ftrl", "adamax", "lamb", "adagrad"};
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (uint32_t i = 0; i < 3; i++)
        synthetic_cell(&data, names[i], "holdout", "random", 100, 1);
    for (uint32_t i = 0; i < 3; i++)
        synthetic_lognormal(&data.cells[i], 1 + i, 0.2, i);
    add_curve(&data, &data.cells[0], 0.05, 0, 100);
    add_curve(&data, &data.cells[1], 0.2, 0.1, 100);
    add_curve(&data, &data.cells[2], 0.05, 0, 25);
    hpb_report_summarise(&data);
    made m = make(&data, &hpb_figure_curves, 0);
    assert_true(m.is_there);
    const hpb_text *note = &m.drawing.canvas.layer[HPB_LAYER_NOTE];
    assert_says(note, "still falling at the end");
    assert_null(strstr(strstr(note->data, "still falling") + 1, "still falling")); // adam alone
    assert_says(note, "75 % stopped before epoch 40");
    assert_int_equal(count_lines(&m.drawing.canvas.layer[HPB_LAYER_RANGE]), 1);
    assert_says(&m.figure.caption, "Ticks: epochs after which runs stopped");
    assert_int_equal(m.drawing.canvas.n_series, 3);
    drop(&m);
    m = make(&data, &hpb_figure_curves, 1);
    assert_false(m.is_there);

    for (uint32_t i = 3; i < HPB_COUNT(names); i++) { // too many to tell apart
        hpb_report_cell *cell = synthetic_cell(&data, names[i], "holdout", "random", 100, 1);
        synthetic_lognormal(cell, 1 + i, 0.2, i);
        add_curve(&data, cell, 0.05, 0, 100);
    }
    hpb_report_summarise(&data);
    m = make(&data, &hpb_figure_curves, 0);
    assert_int_equal(m.drawing.canvas.n_series, 8);
    assert_says(&m.figure.caption, "Grey: the reference.");
    for (uint32_t i = 0; i < m.drawing.canvas.n_series; i++)
        assert_int_equal(m.drawing.canvas.series_colour[i], HPB_COLOUR_BLUE);
    drop(&m);
    hpb_report_data_free(&data);
}

// Words at the ends of lines: in the lines' order, one below the other, on the canvas.
static void test_end_labels_keep_apart(void **state)
{
    (void)state;
    hpb_canvas canvas = {.width = 1000, .right = 200, .rows_top = 200, .bottom = 50};
    hpb_end_label labels[] = {{.y = 100, .text = "b"},
                              {.y = 101, .text = "a"},
                              {.y = 0, .text = "d"},
                              {.y = 2, .text = "c"},
                              {.y = 200, .text = "0"}};
    hpb_end_labels_write(&canvas, labels, HPB_COUNT(labels));
    double last = HUGE_VAL;
    const char *at = canvas.layer[HPB_LAYER_NOTE].data;
    for (const char *expected = "0abcd"; *expected; expected++) {
        char *end;
        strtod(at, &end); // x
        const double y = strtod(end, &end);
        assert_int_equal(end[1], *expected);
        assert_true(last - y > 19.9 && y > 20);
        last = y;
        at = strchr(at, '\n') + 1;
    }
    hpb_canvas_free(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_rates),
        cmocka_unit_test(test_against_needs_three_levels),
        cmocka_unit_test(test_against_levels_of_another_factor),
        cmocka_unit_test(test_a_picture_for_each_scale),
        cmocka_unit_test(test_scale_of_an_mse),
        cmocka_unit_test(test_yours),
        cmocka_unit_test(test_two_marks_of_a_row),
        cmocka_unit_test(test_ecdf),
        cmocka_unit_test(test_ecdf_of_many),
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_end_labels_keep_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
