// SPDX-License-Identifier: Apache-2.0
// Rates chosen on validation rows, places that say what is known, and the figure with its warning.
#include "reports/page.h"
#include "reports/ranking.h"
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

// A cell "FAMILY learning_rate RATE" on a data set: log-normal test MSEs around `median`.
static hpb_report_cell *add(hpb_report_data *data, const char *family, const char *rate,
                            const char *set, double validation, double median)
{
    const char *level = hpb_arena_format(data->arena, "%s learning_rate %s", family, rate);
    hpb_report_cell *cell = synthetic_cell(data, level, "holdout", "random", 60, 1);
    cell->levels[HPB_AXIS_DATA] = set;
    cell->titles[HPB_AXIS_OPTIMIZER] = family;
    cell->spec = hpb_arena_format(
        data->arena, "{\"optimizer\": {\"plugin\": \"x\", \"learning_rate\": \"%s\"}}", rate);
    cell->validation = validation;
    synthetic_lognormal(cell, median, 0.3, data->n_cells);
    return cell;
}

static void finish(hpb_report_data *data)
{
    hpb_report_summarise(data);
    hpb_report_rank(data);
    hpb_report_answer(data);
}

static bool says(const hpb_report_data *data, const char *words)
{
    for (uint32_t i = 0; i < data->n_sentences; i++)
        if (strstr(data->sentences[i], words))
            return true;
    for (uint32_t i = 0; i < data->n_sentences; i++)
        print_message("%s\n", data->sentences[i]);
    return false;
}

static bool page_says(const hpb_report_data *data, const char *words)
{
    hpb_text html = {0};
    hpb_page_best_rates(data, &html);
    hpb_page_ranking(data, &html);
    const bool found = html.data && strstr(html.data, words);
    hpb_text_free(&html);
    return found;
}

// adam is best at 0.01 by validation, though 0.1 has the lower test MSE: that would be the winner's luck.
static void make_rates(hpb_report_data *data)
{
    hpb_report_data_init(data);
    add(data, "adam", "0.001", "linear", 0.5, 0.5);
    add(data, "adam", "0.01", "linear", 0.10, 0.11);
    add(data, "adam", "0.1", "linear", 0.12, 0.09);
    add(data, "adam", "1", "linear", HUGE_VAL, 3)->count[HPB_STATUS_DIVERGED] = 12;
    add(data, "sgd", "0.01", "linear", 0.9, 0.9);
    add(data, "sgd", "0.1", "linear", 0.3, 0.33);
    add(data, "lion", "0.01", "linear", 0.8, 0.8);
    data->reference = 4; // sgd, not at its best
}

static void test_rates_are_chosen_on_validation_rows(void **state)
{
    (void)state;
    hpb_report_data data;
    make_rates(&data);
    finish(&data);
    const hpb_report_ranking *r = data.ranking;
    assert_true(r->is_tuned);
    assert_int_equal(r->n_best, 3);
    assert_int_equal(r->best[0].cell, 1);
    assert_int_equal(r->best[1].cell, 5);
    assert_int_equal(r->best[2].cell, 6);
    assert_true(r->best[0].rate == 0.01 && r->best[0].n_tried == 4);
    // 0.12 is within 1.5 times of 0.10, 0.5 is not, and infinity never
    assert_true(r->best[0].good_low == 0.01 && r->best[0].good_high == 0.1);
    assert_false(r->best[0].is_open);
    assert_false(r->best[0].is_at_edge);
    assert_true(r->best[1].is_at_edge && r->best[1].is_open && r->best[1].good_low == 0.1);
    assert_false(r->best[2].is_at_edge); // nothing else was tried
    assert_true(r->best[0].diverged == 12 && r->best[0].diverged_from == 1);
    // compared with the reference's optimizer at its own best rate
    assert_int_equal(r->best[0].base, 5);
    assert_int_equal(r->best[1].base, -1);
    assert_true(r->best[0].difference.high < 0);
    assert_int_equal(r->k, 3); // adam, sgd and lion, each once
    assert_int_equal(r->cells[0], 1);
    assert_int_equal(r->reference, 1);
    assert_true(r->rank[0].may_be_best && !r->rank[1].may_be_best && r->rank[2].low == 3);
    hpb_report_data_free(&data);
}

static void test_the_answer_speaks_of_best_rates(void **state)
{
    (void)state;
    hpb_report_data data;
    make_rates(&data);
    finish(&data);
    assert_true(says(&data, "Adam at its best rate (0.01) is the best of 3 optimizers here: median "
                            "MSE 0.104 against 0.318 for SGD at its best rate (0.1), the next"));
    assert_true(says(&data, "Adam has the lower MSE in 100 of 100 runs with the same seeds ["));
    assert_true(says(&data, "its good rates span 1.0 decades, against one alone for SGD"));
    assert_true(says(&data, "12 runs diverged, all at rates of 1 or more."));
    assert_false(strstr(data.sentences[0], "significant") != NULL);
    assert_true(page_says(&data, "Each optimizer at its best rate"));
    assert_true(page_says(&data, "end of the grid"));
    assert_true(page_says(&data, "0.01 to 0.1: 1.0"));
    hpb_report_data_free(&data);
}

// Labels are their author's: one that reads like a setting makes no two optimizers one.
static void test_labels_that_read_like_settings(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    static const char *const rates[] = {"0.01", "0.1"};
    for (uint32_t i = 0; i < 2; i++) {
        add(&data, "SGD", rates[i], "", 1 + i, 1 + i);
        add(&data, "SGD learning_rate free", rates[i], "", 2 + i, 2 + i);
    }
    finish(&data);
    assert_true(data.ranking->is_tuned);
    assert_int_equal(data.ranking->k, 2);
    hpb_report_data_free(&data);
}

// Beside rates, another factor has its effect with each optimizer at its best rate, not over rates that learn nothing.
static void test_effects_are_at_best_rates(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    static const char *const rates[] = {"0.01", "0.1", "1"};
    static const double small[] = {3, 2, 1e6}, deep[] = {1, 4, 1e9};
    for (uint32_t i = 0; i < 3; i++)
        add(&data, "adam", rates[i], "", small[i], small[i]);
    for (uint32_t i = 0; i < 3; i++)
        add(&data, "adam", rates[i], "", deep[i], deep[i]);
    for (uint32_t c = 0; c < 6; c++)
        data.cells[c].levels[HPB_AXIS_MODEL] = c < 3 ? "small" : "deep";
    finish(&data);
    bool is_found = false;
    for (uint32_t i = 0; i < data.n_effects; i++) {
        const hpb_report_effect *effect = &data.effects[i];
        if (effect->axis != HPB_AXIS_MODEL)
            continue;
        is_found = true;
        assert_int_equal(effect->n_contexts, 1);
        assert_true(effect->difference.mean > -1.6 && effect->difference.mean < -0.6); // 1 - 2
    }
    assert_true(is_found);
    hpb_report_data_free(&data);
}

static void test_without_validation_rows_nothing_is_chosen(void **state)
{
    (void)state;
    hpb_report_data data;
    make_rates(&data);
    for (uint32_t c = 0; c < data.n_cells; c++)
        data.cells[c].validation = (double)NAN;
    finish(&data);
    assert_true(data.ranking->has_rates && !data.ranking->is_tuned);
    assert_int_equal(data.ranking->k, 7);
    assert_true(says(&data, "Adam learning_rate 0.1 is the best of 7 optimizer settings"));
    assert_true(page_says(&data, "<code>validation_split = 0.2</code>"));
    assert_false(page_says(&data, "end of the grid"));
    hpb_report_data_free(&data);
}

static void test_labels_with_spaces_are_families_of_their_own(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add(&data, "my adam", "0.01", "linear", 0.2, 0.2);
    add(&data, "my adam", "0.1", "linear", 0.1, 0.1);
    add(&data, "my sgd", "0.1", "linear", 0.4, 0.4);
    finish(&data);
    assert_int_equal(data.ranking->n_best, 2);
    assert_string_equal(data.ranking->best[0].family, "my adam");
    assert_string_equal(data.ranking->best[1].family, "my sgd");
    hpb_report_data_free(&data);
}

static void test_one_optimizer_at_several_rates(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    add(&data, "adam", "0.001", "linear", 0.2, 0.2);
    add(&data, "adam", "0.01", "linear", 0.1, 0.1);
    add(&data, "adam", "0.1", "linear", 0.3, 0.3);
    finish(&data);
    assert_true(says(&data, "Adam at its best rate (0.01), chosen from 3 settings on validation "
                            "rows, has a median MSE of 0.0"));
    assert_true(says(&data, "Its good rates are one alone."));
    hpb_report_data_free(&data);
}

// Beside another factor: its effects are listed, those of single rates are not.
static void test_effects_beside_rates(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    static const char *const models[] = {"small", "deep"};
    for (int m = 0; m < 2; m++) {
        add(&data, "adam", "0.01", "linear", 0.2, 0.2)->levels[HPB_AXIS_MODEL] = models[m];
        add(&data, "adam", "0.1", "linear", 0.1, 0.1)->levels[HPB_AXIS_MODEL] = models[m];
    }
    finish(&data);
    hpb_text html = {0};
    hpb_page_write(&data, &(hpb_figures){0}, "", "", &html);
    assert_non_null(strstr(html.data, "deep instead of small"));
    assert_null(strstr(html.data, " instead of Adam"));
    hpb_text_free(&html);
    hpb_report_data_free(&data);
}

// Another best rate on each of two data sets, and another winner.
static void test_several_data_sets(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    static const char *const sets[] = {"linear", "friedman1"};
    for (int s = 0; s < 2; s++) {
        add(&data, "adam", "0.01", sets[s], s ? 0.2 : 0.1, s ? 4.0 : 0.1);
        add(&data, "adam", "0.1", sets[s], s ? 0.1 : 0.2, s ? 2.0 : 0.2);
        add(&data, "sgd", "0.01", sets[s], s ? 0.1 : 0.2, s ? 1.0 : 0.3);
        add(&data, "sgd", "0.1", sets[s], s ? 0.2 : 0.1, s ? 1.5 : 0.2);
        add(&data, "lion", "0.1", sets[s], 0.9, 6);
    }
    finish(&data);
    const hpb_report_ranking *r = data.ranking;
    assert_int_equal(r->n_best, 6);
    assert_true(r->best[0].rate == 0.01 && r->best[3].rate == 0.1);
    assert_int_equal(r->best[4].base, 6);
    assert_true(says(&data, "On linear, Adam at its best rate (0.01) is the best of 3 optimizers"));
    assert_true(says(&data, "Adam against SGD on other data, each at its best rate: worse on "
                            "friedman1 (median MSE 1.84 against 0.933)."));
    assert_true(r->blocks_are_data && r->friedman.n == 2);
    assert_true(r->mean_rank[r->order[0]] == 1.5 && r->mean_rank[r->order[2]] == 3);
    hpb_drawing drawing = {0};
    hpb_figure figure = {0};
    assert_true(hpb_figure_critical_difference.build(&data, 0, &drawing, &figure));
    assert_non_null(strstr(figure.caption.data, "Blocks are 2 data sets"));
    assert_non_null(strstr(figure.caption.data, "too few"));
    assert_non_null(strstr(figure.alt.data, "lion 3.00")); // no rate: it is another on each
    hpb_canvas_free(&drawing.canvas);
    hpb_figures_free(&(hpb_figures){.items = &figure, .n = 1});
    hpb_report_data_free(&data);
}

// --- plain settings ---------------------------------------------------------------------------------------

static void make_settings(hpb_report_data *data)
{
    static const char *const names[] = {"adam", "sgd", "lion", "<b>ftrl"};
    static const double medians[] = {0.1, 0.1, 1, 10};
    hpb_report_data_init(data);
    for (uint32_t i = 0; i < 4; i++)
        synthetic_lognormal(synthetic_cell(data, names[i], "holdout", "random", 50, 1), medians[i],
                            0.3, i);
    synthetic_lognormal(synthetic_cell(data, "adam", "cv5", "random", 50, 5), 0.05, 0.3, 9);
}

static void test_places_of_settings(void **state)
{
    (void)state;
    hpb_report_data data;
    make_settings(&data);
    finish(&data);
    const hpb_report_ranking *r = data.ranking;
    assert_false(r->has_rates);
    assert_int_equal(r->k, 4); // 5 folds are another way to measure, no rival
    assert_true(r->rank[0].may_be_best && r->rank[1].may_be_best);
    assert_true(r->rank[2].low == 3 && r->rank[2].high == 3 && r->rank[3].low == 4);
    assert_true(data.cells[r->cells[2]].median_interval.low <
                    data.cells[r->cells[2]].median_interval.high &&
                data.cells[r->cells[2]].median_interval.high < 2);
    assert_int_equal(r->n_cliques, 1);
    assert_true(r->cliques[0].first == 0 && r->cliques[0].last == 1);
    assert_false(r->blocks_are_data);
    const hpb_report_pair *pair = &r->pairs[2]; // the first against lion
    assert_true(pair->test.p < 1e-6 && pair->shift.high < 0 && pair->ratio.high < 1);
    assert_true(pair->share == 1 && pair->wins.low > 0.9);
    assert_true(page_says(&data, "&lt;b&gt;ftrl") && !page_says(&data, "<b>ftrl"));
    assert_true(page_says(&data, "hold for all 6 pairs of settings at once"));
    assert_true(page_says(&data, "44 pairs of the same seeds, or 29 runs"));
    hpb_report_data_free(&data);
}

static void test_the_figure_says_what_it_is_not(void **state)
{
    (void)state;
    hpb_report_data data;
    make_settings(&data);
    finish(&data);
    hpb_drawing drawing = {0};
    hpb_figure figure = {0};
    assert_true(hpb_figure_critical_difference.build(&data, 0, &drawing, &figure));
    assert_non_null(strstr(figure.caption.data,
                           "Ranking on this data set only: blocks are 50 runs with the same "
                           "seeds, not independent data sets"));
    assert_true(drawing.canvas.layer[HPB_LAYER_RANGE].length > 0); // the bar
    hpb_text csv = {0};
    hpb_figure_critical_difference.csv(&data, 0, &csv);
    assert_non_null(strstr(csv.data, "lion,3,50,runs,\n"));
    hpb_text_free(&csv);
    hpb_canvas_free(&drawing.canvas);
    hpb_figures_free(&(hpb_figures){.items = &figure, .n = 1});
    json_t *json = hpb_ranking_to_json(&data);
    assert_int_equal(json_array_size(json_object_get(json, "places")), 4);
    assert_int_equal(json_array_size(json_object_get(json, "pairs")), 6);
    json_decref(json);
    hpb_report_data_free(&data);
}

static void test_nothing_competes(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    finish(&data); // no cell at all
    assert_null(data.ranking);
    assert_false(page_says(&data, "Ranking"));
    synthetic_lognormal(synthetic_cell(&data, "adam", "holdout", "random", 50, 1), 1, 0.3, 1);
    synthetic_lognormal(synthetic_cell(&data, "sgd", "holdout", "random", 50, 1), 2, 0.3, 2);
    synthetic_cell(&data, "lion", "holdout", "random", 50, 1); // not run yet
    data.n_sentences = 0;
    finish(&data);
    hpb_drawing drawing = {0};
    hpb_figure figure = {0};
    assert_int_equal(data.ranking->k, 2);
    assert_false(page_says(&data, "Ranking"));
    assert_null(hpb_ranking_to_json(&data));
    assert_false(hpb_figure_critical_difference.build(&data, 0, &drawing, &figure));
    hpb_report_data_free(&data);
}

// More than are ranked: those of the lowest medians are, and the page says so.
static void test_many_settings(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (uint32_t i = 0; i < 70; i++) {
        const char *name = hpb_arena_format(data.arena, "o%u", i);
        synthetic_lognormal(synthetic_cell(&data, name, "holdout", "random", 20, 1), 70.0 - i, 0.3,
                            i);
    }
    finish(&data);
    assert_int_equal(data.ranking->k, HPB_RANKING_LARGEST);
    assert_int_equal(data.ranking->cells[0], 69);
    assert_int_equal(data.ranking->reference, -1);
    assert_true(page_says(&data, "10 more are not compared"));
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_are_chosen_on_validation_rows),
        cmocka_unit_test(test_the_answer_speaks_of_best_rates),
        cmocka_unit_test(test_labels_that_read_like_settings),
        cmocka_unit_test(test_effects_are_at_best_rates),
        cmocka_unit_test(test_without_validation_rows_nothing_is_chosen),
        cmocka_unit_test(test_labels_with_spaces_are_families_of_their_own),
        cmocka_unit_test(test_one_optimizer_at_several_rates),
        cmocka_unit_test(test_effects_beside_rates),
        cmocka_unit_test(test_several_data_sets),
        cmocka_unit_test(test_places_of_settings),
        cmocka_unit_test(test_the_figure_says_what_it_is_not),
        cmocka_unit_test(test_nothing_competes),
        cmocka_unit_test(test_many_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
