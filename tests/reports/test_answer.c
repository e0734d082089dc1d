// SPDX-License-Identifier: Apache-2.0
// The sentences: one golden text for each template.
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

// Log-normal quantiles in an order given by `step`, which has no common divisor with n: median and spread are exact.
static void fill(hpb_report_cell *cell, double median, double sigma, uint32_t step)
{
    const uint32_t n = cell->n_planned;
    for (uint32_t r = 0; r < n; r++) {
        const double p = ((double)((uint64_t)r * step % n) + 0.5) / n;
        cell->mse[r] = median * exp(sigma * hpb_normal_quantile(p));
    }
    memset(cell->count, 0, sizeof cell->count);
    cell->count[HPB_STATUS_OK] = n;
    cell->fit_ns = 20000;
}

static void fill_fixed(hpb_report_cell *cell, double mse, int32_t twin)
{
    cell->mse[0] = mse;
    cell->count[HPB_STATUS_OK] = 1;
    cell->twin = twin;
}

// The suite of journeys.md, (a).
static void make_optimizers(hpb_report_data *data)
{
    hpb_report_data_init(data);
    data->suite = "optimizers";
    fill(synthetic_cell(data, "adam", "holdout", "random", 1001, 1), 0.061, 1.07, 29);
    fill(synthetic_cell(data, "adam", "cv5", "random", 1001, 5), 0.083, 0.55, 17);
    fill(synthetic_cell(data, "sgd", "holdout", "random", 1001, 1), 0.322, 0.44, 19);
    fill(synthetic_cell(data, "sgd", "cv5", "random", 1001, 5), 0.334, 0.21, 23);
    fill_fixed(synthetic_cell(data, "adam", "holdout", "fixed", 1, 1), 0.065, 0);
    fill_fixed(synthetic_cell(data, "sgd", "holdout", "fixed", 1, 1), 0.41, 2);
    data->reference = 2;
}

static void finish(hpb_report_data *data)
{
    hpb_report_summarise(data);
    hpb_report_answer(data);
}

// Frees the data, so that each test ends with it.
static void assert_answer(hpb_report_data *data, const char *const *expected, uint32_t n)
{
    for (uint32_t i = 0; i < data->n_sentences && i < n; i++)
        assert_string_equal(data->sentences[i], expected[i]);
    assert_int_equal(data->n_sentences, n);
    static const char *const forbidden[] = {"significan", "replicate", "estimand",
                                            "p =", "Shapley"};
    for (uint32_t i = 0; i < data->n_sentences; i++)
        for (size_t k = 0; k < HPB_COUNT(forbidden); k++)
            assert_null(strstr(data->sentences[i], forbidden[k]));
    hpb_report_data_free(data);
}

static void test_better(void **state)
{
    (void)state;
    hpb_report_data data;
    make_optimizers(&data);
    finish(&data);
    assert_string_equal(
        data.advice,
        "take `Adam(learning_rate=0.01)`, and judge it by many runs: to see a 10 % difference "
        "of two means takes about 3,200 runs a side, or about 550 runs of 5-fold CV (2,750 fits).");
    const char *const expected[] = {
        "Adam is better here: median MSE 0.0610 against 0.322 for SGD (5.3 times lower).",
        "One run tells you little: with Adam, 90 runs in 100 lie between 0.0105 and 0.353.",
        "5-fold CV narrows the spread 2.7 times (SD 0.152 to 0.0571) for 5 fits a run.",
        "The fixed seed 42 reports 0.0650: one draw from that range.",
    };
    assert_answer(&data, expected, HPB_COUNT(expected));
}

static void test_no_difference(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), 0.061, 0.1, 29);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 0.0611, 0.1, 19);
    finish(&data);
    const char *const expected[] = {
        "No difference between Adam and SGD that 1,001 runs can show: median MSE 0.0610 against "
        "0.0611.",
        "One run is a fair guide: with Adam, 90 runs in 100 lie between 0.0518 and 0.0719.",
    };
    assert_answer(&data, expected, HPB_COUNT(expected));
}

static void test_little_better_is_in_per_cent(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), 0.098, 0.01, 29);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 0.1, 0.01, 19);
    finish(&data);
    assert_string_equal(
        data.sentences[0],
        "Adam is better here: median MSE 0.0980 against 0.100 for SGD (2.0 % lower).");
    hpb_report_data_free(&data);
}

// Better in most runs, but a few go so wrong that the means can't be told apart.
static void test_usually_better(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_report_cell *adam = synthetic_cell(&data, "adam", "holdout", "random", 1001, 1);
    fill(adam, 0.1, 0.3, 29);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 0.2, 0.3, 29);
    adam = &data.cells[0];
    for (uint32_t r = 0; r < 5; r++)
        adam->mse[200 * r] = 30;
    finish(&data);
    assert_string_equal(data.sentences[0],
                        "Adam is usually better (in 99 of 100 runs; median MSE 0.100 against 0.200 "
                        "for SGD), but its mean is not: a few runs go far wrong.");
    hpb_report_data_free(&data);
}

static void test_best_of_three(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 0.3, 0.3, 29);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), 0.2, 0.3, 17);
    fill(synthetic_cell(&data, "lionheart", "holdout", "random", 1001, 1), 0.1, 0.3, 19);
    finish(&data);
    assert_string_equal(
        data.sentences[0],
        "Lionheart is the best of 3 optimizers here: median MSE 0.100 against 0.200 "
        "for Adam, the next (2.0 times lower).");
    hpb_report_data_free(&data);
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 0.3, 0.3, 29);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), 0.1, 0.3, 17);
    fill(synthetic_cell(&data, "lionheart", "holdout", "random", 1001, 1), 0.1001, 0.3, 19);
    finish(&data);
    assert_string_equal(
        data.sentences[0],
        "Adam and lionheart lead 3 optimizers, with no difference that 1,001 runs can "
        "show: median MSE 0.100 and 0.100.");
    hpb_report_data_free(&data);
}

// Best of all is only who beats all: the third by median has the same mean, and is named.
static void test_best_by_median_alone(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), 0.1, 1, 29);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 0.15, 1, 17);
    fill(synthetic_cell(&data, "lion", "holdout", "random", 1001, 1), 0.165, 0, 19);
    finish(&data);
    assert_string_equal(data.sentences[0],
                        "Adam is usually better (in 69 of 100 runs; median MSE 0.100 against 0.165 "
                        "for Lion), but its mean is not: a few runs go far wrong.");
    hpb_report_data_free(&data);
}

static void test_lower_median_but_higher_mean(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), 0.1, 2, 29);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), 0.101, 0.1, 17);
    finish(&data);
    assert_string_equal(data.sentences[0],
                        "Adam has the lower median MSE (0.100 against 0.101 for SGD), but the "
                        "higher mean: its bad runs are worse.");
    assert_null(strstr(data.advice, "take either"));
    hpb_report_data_free(&data);
}

// Half of the runs are lost: what is left is no whole picture, and each sentence says what it is of.
static void test_better_where_it_does_not_diverge(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 100, 1), 0.1, 0.01, 29);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 100, 1), 0.2, 0.01, 17);
    hpb_report_cell *adam = &data.cells[0];
    for (uint32_t r = 0; r < 50; r++)
        adam->mse[r] = (double)NAN;
    adam->count[HPB_STATUS_OK] = adam->count[HPB_STATUS_DIVERGED] = 50;
    finish(&data);
    static const char *const starts[] = {
        "Where it does not diverge, Adam is better: median MSE 0.1",
        "With Adam, 50 of 100 runs diverged and are not in these numbers.",
        "One run tells you little: with Adam, 90 in 100 of the runs that did not diverge lie"};
    for (size_t i = 0; i < HPB_COUNT(starts); i++)
        if (strncmp(data.sentences[i], starts[i], strlen(starts[i])) != 0)
            fail_msg("expected \"%s...\"; got \"%s\"", starts[i], data.sentences[i]);
    hpb_report_data_free(&data);
}

static void test_data_sets(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    const char *const sets[] = {"linear", "friedman1"};
    for (int i = 0; i < 2; i++) {
        fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), i ? 2 : 0.1, 0.1, 29);
        fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), i ? 1 : 0.2, 0.1, 17);
        data.cells[2 * i].levels[HPB_AXIS_DATA] = data.cells[2 * i + 1].levels[HPB_AXIS_DATA] =
            sets[i];
    }
    finish(&data);
    assert_string_equal(
        data.sentences[0],
        "On linear, Adam is better: median MSE 0.100 against 0.200 for SGD (2.0 times lower).");
    assert_int_equal(data.cells[1].base, 0); // each is compared with the reference of its own data
    assert_int_equal(data.cells[3].base, 2);
    assert_int_equal(data.n_compared, 2);
    hpb_report_data_free(&data);
}

// Adam without early stopping, SGD with it: the answer depends on what else is set.
static void test_reversal(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    const char *const rules[] = {"never", "patience"};
    for (int i = 0; i < 2; i++) {
        fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), i ? 0.3 : 0.1, 0.1, 29);
        fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), i ? 0.05 : 0.2, 0.1, 17);
        data.cells[2 * i].levels[HPB_AXIS_EARLY_STOPPING] = rules[i];
        data.cells[2 * i + 1].levels[HPB_AXIS_EARLY_STOPPING] = rules[i];
        data.cells[2 * i + 1].label = i ? "sgd & patience" : "sgd & never";
    }
    finish(&data);
    assert_non_null(strstr(data.sentences[0], "Adam is better here"));
    assert_string_equal(data.sentences[1],
                        "Not so with patience: there SGD is better (0.0500 against 0.300).");
    const char advice[] = "decide on all settings together (lowest median: sgd & patience, 0.0500)";
    assert_int_equal(strncmp(data.advice, advice, strlen(advice)), 0);
    hpb_report_data_free(&data);
}

// Adam is better with either model, and the other model is better still.
static void test_lower_still(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (int i = 0; i < 2; i++) {
        fill(synthetic_cell(&data, "sgd", "holdout", "random", 1001, 1), i ? 0.08 : 0.2, 0.1, 17);
        fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), i ? 0.04 : 0.1, 0.1, 29);
        fill(synthetic_cell(&data, "adam", "cv5", "random", 1001, 5), i ? 0.03 : 0.1, 0.05, 19);
        for (int k = 0; k < 3; k++)
            data.cells[3 * i + k].levels[HPB_AXIS_MODEL] = i ? "deep" : "small";
    }
    finish(&data);
    assert_string_equal(data.sentences[1],
                        "Lower still, of all that was run: deep & adam, 0.0400.");
    const char advice[] = "decide on all settings together (lowest median: deep & adam, 0.0400)";
    assert_int_equal(strncmp(data.advice, advice, strlen(advice)), 0);
    hpb_report_data_free(&data);
}

static void test_many_diverge(void **state)
{
    (void)state;
    static const char *const names[] = {"sgd learning_rate 1", "sgd learning_rate 2",
                                        "sgd learning_rate 3", "sgd learning_rate 4",
                                        "sgd learning_rate 5"};
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 30, 1), 0.1, 0.3, 7);
    fill(synthetic_cell(&data, "lionheart", "holdout", "random", 30, 1), 0.2, 0.3, 11);
    fill(synthetic_cell(&data, "nadam", "holdout", "random", 30, 1), 0.3, 0.3, 13);
    for (size_t i = 0; i < HPB_COUNT(names); i++) {
        hpb_report_cell *cell = synthetic_cell(&data, names[i], "holdout", "random", 30, 1);
        cell->titles[HPB_AXIS_OPTIMIZER] = "sgd";
        cell->count[HPB_STATUS_DIVERGED] = 30;
    }
    data.cells[1].mse[3] = data.cells[2].mse[4] = (double)NAN;
    for (int i = 1; i < 3; i++) {
        data.cells[i].count[HPB_STATUS_OK] = 29;
        data.cells[i].count[HPB_STATUS_DIVERGED] = 1;
    }
    finish(&data);
    assert_non_null(strstr(data.sentences[0], "Adam is the best of 8 optimizer settings here"));
    assert_string_equal(
        data.sentences[1],
        "All 150 runs with SGD learning_rate 1, SGD learning_rate 2 and 3 more diverged.");
    assert_string_equal(
        data.sentences[2],
        "With lionheart and Nadam, 2 of 60 runs diverged and are not in these numbers.");
    hpb_report_data_free(&data);
}

static void test_partial_and_failed_come_first(void **state)
{
    (void)state;
    hpb_report_data data;
    make_optimizers(&data);
    hpb_report_cell *cell = &data.cells[0];
    for (uint32_t r = 0; r < 20; r++)
        cell->mse[r] = (double)NAN;
    cell->count[HPB_STATUS_OK] = 981;
    cell->count[HPB_STATUS_CRASHED] = 2;
    cell->count[HPB_STATUS_TIMEOUT] = 1;
    cell->count[HPB_STATUS_DIVERGED] = 7; // and 10 are not there
    finish(&data);
    assert_true(data.n_sentences >= 4);
    assert_string_equal(data.sentences[0],
                        "PARTIAL: 3,996 of 4,006 runs are there; all figures are of those.");
    assert_string_equal(
        data.sentences[1],
        "3 of 4,006 runs failed (2 crashed, 1 ran into the time limit) and have no result.");
    assert_non_null(strstr(data.sentences[2], "Adam is better here"));
    assert_string_equal(data.sentences[3],
                        "With Adam, 7 of 991 runs diverged and are not in these numbers.");
    hpb_report_data_free(&data);
}

static void test_all_diverged(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_report_cell *cell = synthetic_cell(&data, "adam", "holdout", "random", 30, 1);
    fill(cell, 0.1, 0.3, 7);
    cell = synthetic_cell(&data, "sgd", "holdout", "random", 30, 1);
    cell->count[HPB_STATUS_DIVERGED] = 30;
    data.reference = 1;
    finish(&data);
    const char *const expected[] = {
        "Only Adam has a finite median MSE: 0.100 over 30 runs.",
        "All 30 runs with SGD diverged.",
        "One run tells you little: with Adam, 90 runs in 100 lie between 0.0633 and 0.158.",
    };
    assert_answer(&data, expected, HPB_COUNT(expected));

    hpb_report_data_init(&data);
    cell = synthetic_cell(&data, "sgd", "holdout", "random", 30, 1);
    cell->count[HPB_STATUS_DIVERGED] = 30;
    finish(&data);
    assert_null(data.advice);
    const char *const none[] = {"All 30 runs diverged."};
    assert_answer(&data, none, 1);
}

// What is left of an optimizer of which most runs diverged is no rival, however low.
static void test_most_diverged(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 30, 1), 0.1, 0.3, 7);
    hpb_report_cell *cell = synthetic_cell(&data, "sgd", "holdout", "random", 30, 1);
    cell->mse[4] = 0.01;
    cell->count[HPB_STATUS_OK] = 1;
    cell->count[HPB_STATUS_DIVERGED] = 29;
    finish(&data);
    const char *const expected[] = {
        "Only Adam has a finite median MSE: 0.100 over 30 runs.",
        "With SGD, 29 of 30 runs diverged and are not in these numbers.",
        "One run tells you little: with Adam, 90 runs in 100 lie between 0.0633 and 0.158.",
    };
    assert_answer(&data, expected, HPB_COUNT(expected));
}

// Rules that can't be told apart: which trains least is said and advised.
static void test_stopping_rules(void **state)
{
    (void)state;
    static const char *const rules[] = {"never", "patience 5", "budget of 75 epochs"};
    static const double epochs[] = {300, 20, 75};
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (int i = 0; i < 3; i++) {
        fill(synthetic_cell(&data, "adam", "holdout", "random", 101, 1), i == 1 ? 3 : 1, 0.3,
             i == 1 ? 29 : 17);
        data.cells[i].levels[HPB_AXIS_EARLY_STOPPING] = rules[i];
        data.cells[i].epochs = epochs[i];
        data.cells[i].mse[0] += 0.1 * i; // else there is no variance
    }
    finish(&data);
    assert_non_null(
        strstr(data.sentences[0], "Never and budget of 75 epochs lead 3 stopping rules"));
    assert_string_equal(data.sentences[1],
                        "Of the 2 that can't be told apart, budget of 75 epochs trains least: 75 "
                        "epochs a fit, against 300 with never.");
    const char advice[] = "take budget of 75 epochs, which is not seen to be worse and trains "
                          "least, and judge it by many runs: ";
    assert_int_equal(strncmp(data.advice, advice, strlen(advice)), 0);
    hpb_report_data_free(&data);
}

// Above the error of predicting the mean: one level of several, then all there is.
static void test_nothing_is_learned(void **state)
{
    (void)state;
    hpb_report_data data;
    make_optimizers(&data);
    for (uint32_t c = 0; c < data.n_cells; c++)
        data.cells[c].baseline_mse = 0.2;
    finish(&data);
    assert_string_equal(data.sentences[1],
                        "SGD learns nothing: median MSE above that of predicting the mean.");
    assert_string_equal(data.sentences[data.n_sentences - 1],
                        "For scale: predicting the mean scores 0.200.");
    hpb_report_data_free(&data);
    make_optimizers(&data);
    for (uint32_t c = 0; c < data.n_cells; c++)
        data.cells[c].baseline_mse = 0.05;
    finish(&data);
    assert_string_equal(
        data.sentences[data.n_sentences - 1],
        "For scale: predicting the mean scores 0.0500. By that, nothing is learned yet.");
    const char advice[] = "get it to learn first: ";
    assert_int_equal(strncmp(data.advice, advice, strlen(advice)), 0);
    hpb_report_data_free(&data);
}

static void test_nothing_stored(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_cell(&data, "sgd", "holdout", "random", 30, 1);
    finish(&data);
    const char *const expected[] = {"PARTIAL: 0 of 30 runs are there; all figures are of those.",
                                    "No run is stored yet."};
    assert_answer(&data, expected, HPB_COUNT(expected));
    hpb_report_data_init(&data);
    finish(&data);
    const char *const empty[] = {"No run is stored yet."};
    assert_answer(&data, empty, 1);
}

static void test_single_cell(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 1001, 1), 0.061, 1.07, 29);
    finish(&data);
    const char *const expected[] = {
        "The median MSE is 0.0610 over 1,001 runs.",
        "One run tells you little: 90 runs in 100 lie between 0.0105 and 0.353.",
    };
    assert_answer(&data, expected, HPB_COUNT(expected));
    hpb_report_data_init(&data);
    fill_fixed(synthetic_cell(&data, "adam", "holdout", "fixed", 1, 1), 0.25, -1);
    finish(&data);
    const char *const one[] = {
        "This one run reports an MSE of 0.250; nothing in it is drawn afresh."};
    assert_answer(&data, one, 1);
    hpb_report_data_init(&data);
    fill_fixed(synthetic_cell(&data, "adam", "holdout", "random", 1, 1), 0.25, -1);
    data.about = json_pack("{s:i}", "replicates", 1);
    finish(&data);
    json_decref(data.about);
    const char *const asked_for_one[] = {"This one run reports an MSE of 0.250; more of them would "
                                         "show how much of that is luck."};
    assert_answer(&data, asked_for_one, 1);
}

static void test_few_runs(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "adam", "holdout", "random", 5, 1), 0.061, 1, 2);
    finish(&data);
    assert_string_equal(data.sentences[1],
                        "One run tells you little: the 5 runs lie between 0.0169 and 0.220.");
    hpb_report_data_free(&data);
}

static void test_lucky_fixed_seed(void **state)
{
    (void)state;
    hpb_report_data data;
    make_optimizers(&data);
    data.cells[4].mse[0] = 0.008;
    finish(&data);
    assert_string_equal(data.sentences[3],
                        "The fixed seed 42 reports 0.00800: a lucky draw, 3rd of 100.");
    hpb_report_data_free(&data);
    make_optimizers(&data);
    data.cells[4].mse[0] = 2;
    data.cells[4].spec = "{\"seeds\": {\"split\": \"1\", \"weights\": \"2\", \"order\": \"3\"}}";
    finish(&data);
    assert_string_equal(data.sentences[3],
                        "The fixed seeds report 2.00: an unlucky draw, 100th of 100.");
    hpb_report_data_free(&data);
}

static void test_folds_that_buy_nothing(void **state)
{
    (void)state;
    hpb_report_data data;
    make_optimizers(&data);
    fill(&data.cells[1], 0.083, 1.2, 17);
    finish(&data);
    assert_string_equal(
        data.sentences[2],
        "5-fold CV costs 5 fits a run and does not narrow the spread (SD 0.152 to 0.287).");
    hpb_report_data_free(&data);
}

static void test_labels_do_no_harm(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    fill(synthetic_cell(&data, "\x1b[2J\nadam", "holdout", "random", 101, 1), 0.1, 0.1, 7);
    fill(synthetic_cell(&data, "sgd", "holdout", "random", 101, 1), 0.2, 0.1, 17);
    finish(&data);
    assert_string_equal(data.sentences[0],
                        "[2J adam is better here: median MSE 0.100 against 0.200 for "
                        "SGD (2.0 times lower).");
    hpb_report_data_free(&data);
}

static void test_names_and_ordinals(void **state)
{
    (void)state;
    hpb_arena *arena = hpb_arena_create();
    assert_string_equal(hpb_report_name(arena, "sgd 0.1"), "SGD 0.1");
    assert_string_equal(hpb_report_name(arena, "rmsprop"), "RMSprop");
    assert_string_equal(hpb_report_name(arena, "sgdx"), "sgdx");
    assert_string_equal(hpb_report_name(arena, "ADAM"), "ADAM"); // as its author wrote it
    const struct {
        uint32_t n;
        const char *text;
    } cases[] = {{1, "1st"},   {2, "2nd"},   {3, "3rd"},   {4, "4th"},   {11, "11th"},
                 {12, "12th"}, {13, "13th"}, {21, "21st"}, {52, "52nd"}, {100, "100th"}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++)
        assert_string_equal(hpb_report_ordinal(arena, cases[i].n), cases[i].text);
    hpb_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_better),
        cmocka_unit_test(test_no_difference),
        cmocka_unit_test(test_little_better_is_in_per_cent),
        cmocka_unit_test(test_usually_better),
        cmocka_unit_test(test_best_of_three),
        cmocka_unit_test(test_best_by_median_alone),
        cmocka_unit_test(test_lower_median_but_higher_mean),
        cmocka_unit_test(test_better_where_it_does_not_diverge),
        cmocka_unit_test(test_data_sets),
        cmocka_unit_test(test_reversal),
        cmocka_unit_test(test_lower_still),
        cmocka_unit_test(test_many_diverge),
        cmocka_unit_test(test_partial_and_failed_come_first),
        cmocka_unit_test(test_all_diverged),
        cmocka_unit_test(test_most_diverged),
        cmocka_unit_test(test_stopping_rules),
        cmocka_unit_test(test_nothing_is_learned),
        cmocka_unit_test(test_nothing_stored),
        cmocka_unit_test(test_single_cell),
        cmocka_unit_test(test_few_runs),
        cmocka_unit_test(test_lucky_fixed_seed),
        cmocka_unit_test(test_folds_that_buy_nothing),
        cmocka_unit_test(test_labels_do_no_harm),
        cmocka_unit_test(test_names_and_ordinals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
