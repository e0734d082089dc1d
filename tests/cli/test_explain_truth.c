// SPDX-License-Identifier: Apache-2.0
// [explain] truth: reports against what the models are worth, from the store; of a closed form; and of a file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_json.h"
#include "cli/support_process.h"

#include <math.h>

#define SEARCH                                                                                     \
    "[suite]\nreplicates = 24\n[data]\ngenerator = linear\nrows = 40\n[model]\nhidden = 2\n"       \
    "[fit]\nepochs = 4\n[explain]\ntruth = yes\n"                                                  \
    "[protocol.manual]\noptimizer = sgd\nsplitter = train_test_split\n"                            \
    "grid.learning_rate = 0.1, 0.01\n"                                                             \
    "[protocol.grid]\npreset = gridsearchcv\noptimizer = adam\n"                                   \
    "grid.learning_rate = 0.001, 0.01, 0.1\n"

static const json_t *truth_of(const json_t *json)
{
    return json_object_get(explanation_of(json), "truth");
}

static double value_of(const json_t *side, const char *key)
{
    return json_number_value(json_object_get(json_object_get(side, key), "value"));
}

// The number of the cell that is a side with fresh seeds.
static json_int_t cell_of(const json_t *export, size_t side)
{
    const json_t *explain = json_object_get(json_object_get(export, "about"), "explain"),
                 *setting = json_array_get(json_object_get(explain, "settings"), 0),
                 *corners = json_object_get(setting, "corners"), *cell;
    const json_t *key = json_array_get(corners, side ? json_array_size(corners) - 1 : 0);
    size_t i;
    json_array_foreach(json_object_get(export, "cells"), i, cell)
    {
        if (json_equal(json_object_get(cell, "key"), key))
            return (json_int_t)i;
    }
    fail();
    return -1;
}

// Sums over the trials of a side.
typedef struct sums {
    double n, reported, worth, tibshirani;
} sums;

static double tibshirani_by_hand(const json_t *scores, size_t chosen)
{
    const size_t n = json_array_size(json_array_get(scores, 0));
    double bias = 0;
    for (size_t f = 0; f < n; f++) {
        double best = -HUGE_VAL;
        for (size_t c = 0; c < json_array_size(scores); c++)
            best = fmax(best, json_number_value(json_array_get(json_array_get(scores, c), f)));
        bias += (best - json_number_value(json_array_get(json_array_get(scores, chosen), f))) /
                (double)n;
    }
    return bias;
}

static sums add_up(const json_t *export, size_t side)
{
    sums sum = {0};
    const json_t *trial;
    size_t i;
    json_array_foreach(json_object_get(export, "trials"), i, trial)
    {
        if (json_integer_value(json_object_get(trial, "cell")) != cell_of(export, side))
            continue;
        const json_t *chosen = json_array_get(json_object_get(trial, "chosen"), 0);
        const json_t *models = json_object_get(trial, "model_new_rows_mse");
        assert_int_equal(json_array_size(models), side ? 3 * 5 : 2); // candidates x splits
        sum.n++;
        sum.reported += number_at(trial, "test_mse");
        sum.worth += number_at(trial, "new_rows_mse");
        sum.tibshirani += tibshirani_by_hand(json_array_get(json_object_get(trial, "scores"), 0),
                                             (size_t)json_integer_value(chosen));
    }
    return sum;
}

static void the_means_are_those_of_the_store(void **state)
{
    (void)state;
    char *folder = work_begin(SEARCH);
    json_t *json = json_of("explain s.ini --no-report --json"),
           *export = json_of("export s -f json");
    const json_t *truth = truth_of(json), *sides = json_object_get(truth, "sides");
    assert_true(json_is_true(json_object_get(truth, "known")));
    assert_int_equal(json_integer_value(json_object_get(truth, "new_rows")), 100000);
    for (size_t i = 0; i < 2; i++) {
        const json_t *side = json_array_get(sides, i);
        const sums sum = add_up(export, i);
        assert_true(sum.n == 24 && number_at(side, "runs") == 24);
        assert_true(fabs(value_of(side, "reported") - sum.reported / sum.n) < 1e-12);
        assert_true(fabs(value_of(side, "worth") - sum.worth / sum.n) < 1e-12);
        assert_true(fabs(value_of(side, "optimism") - (sum.worth - sum.reported) / sum.n) < 1e-12);
        assert_true(json_is_object(json_object_get(side, "selection")));
        if (i == 0)
            assert_true(json_is_null(json_object_get(side, "tibshirani")) &&
                        json_is_null(json_object_get(side, "nested")));
        else
            assert_true(fabs(value_of(side, "tibshirani") - sum.tibshirani / sum.n) < 1e-12);
    }
    const json_t *nested = json_object_get(json_array_get(sides, 1), "nested");
    assert_true(number_at(nested, "runs") == 24 && number_at(nested, "value") > 0);
    const json_t *same = json_object_get(truth, "same_choice");
    assert_string_equal(json_string_value(json_object_get(same, "keys")), "learning_rate");
    assert_true(number_at(same, "runs") == 24 && number_at(same, "same") <= 24);
    expect_run("explain s --no-report", 0, "On new rows manual's model is worth ", "");
    json_decref(json);
    json_decref(export);
    work_end(folder);
}

// Workers share the runs in any way: the same bits. Without truth the same reports, and nothing of new rows.
static void workers_change_nothing(void **state)
{
    (void)state;
    char *folder = work_begin(SEARCH);
    ran one = run_hpbench("explain s.ini --no-report --jobs 1 --output one"),
        two = run_hpbench("explain s.ini --no-report --jobs 2 --isa baseline --output two");
    assert_int_equal(one.code, 0);
    assert_string_equal(one.out, two.out);
    expect_run("compare one two --expect same-bits", 0, NULL, NULL);
    ran without = run_hpbench("explain s.ini --no-report --set explain.truth=no --output none");
    assert_null(strstr(without.out, "new rows"));
    ran_free(&one);
    ran_free(&two);
    ran_free(&without);
    json_t *json = json_of("explain none --no-report --json");
    assert_true(json_is_null(truth_of(json)));
    json_decref(json);
    work_end(folder);
}

// Least squares on n = 40 rows (a search among folds ends with all of them; a holdout with 30) of 3 standard normal features:
// (1 + 1/n) (n - 2) / (n - p - 2).
static void the_closed_form_is_within_its_interval(void **state)
{
    (void)state;
    char *folder = work_begin(
        "[suite]\nreplicates = 60\n[data]\ngenerator = gaussian\nrows = 40\nfeatures = 3\nnoise = "
        "1\n"
        "seed = fresh\n[model]\nhidden = none\n[fit]\nsolver = least_squares\n[explain]\n"
        "truth = yes\n[protocol.holdout]\nsplitter = train_test_split\n[protocol.folds]\n"
        "splitter = kfold\n");
    json_t *json = json_of("explain s.ini --no-report --json");
    for (size_t i = 0; i < 2; i++) {
        const json_t *side = json_array_get(json_object_get(truth_of(json), "sides"), i),
                     *interval = json_object_get(json_object_get(side, "worth"), "interval_95");
        const double n = i ? 40 : 30, expected = (1 + 1 / n) * (n - 2) / (n - 5);
        assert_in_range(json_array_size(interval), 2, 2);
        const double low = json_number_value(json_array_get(interval, 0)),
                     high = json_number_value(json_array_get(interval, 1));
        if (!(low < expected && expected < high && high - low < 0.08))
            fail_msg("%g of [%g, %g]", expected, low, high);
    }
    json_decref(json);
    work_end(folder);
}

// Where no seed changes anything the one run is sure: all others would be that one.
static void one_run_of_no_seed_is_sure(void **state)
{
    (void)state;
    char *folder = work_begin(
        "[suite]\nreplicates = 30\n[data]\ngenerator = gaussian\nrows = 16\nfeatures = 6\nnoise = "
        "1\nseed = 0\n[model]\nhidden = none\n[fit]\nsolver = least_squares\n[explain]\n"
        "truth = yes\n[splitter.two]\nplugin = kfold\nn_splits = 2\n[protocol.two]\n"
        "splitter = two\n[protocol.five]\nsplitter = kfold\n");
    ran r = run_hpbench("explain s.ini --no-report");
    assert_non_null(strstr(r.out, ": two reports "));
    assert_null(strstr(r.out, "told from that"));
    ran_free(&r);
    json_t *json = json_of("explain s --no-report --json");
    for (size_t i = 0; i < 2; i++) {
        const json_t *side = json_array_get(json_object_get(truth_of(json), "sides"), i),
                     *optimism = json_object_get(side, "optimism"),
                     *interval = json_object_get(optimism, "interval_95");
        assert_int_equal(number_at(side, "runs"), 30);
        for (size_t end = 0; end < 2; end++)
            assert_true(fabs(json_number_value(json_array_get(interval, end)) -
                             number_at(optimism, "value")) < 1e-12);
    }
    json_decref(json);
    work_end(folder);
}

static void nobody_knows_the_truth_of_a_file(void **state)
{
    (void)state;
    char *text = hpb_format("[suite]\nreplicates = 3\n[data]\nfile = %s/digests/rows.csv\n"
                            "target = y\ngroup = ward\ntest_fold = fold\n[model]\nhidden = 2\n"
                            "[explain]\ntruth = yes\n[protocol.a]\noptimizer = sgd\n"
                            "[protocol.b]\noptimizer = adam\n",
                            HPB_TEST_SOURCE);
    char *folder = work_begin(text);
    free(text);
    expect_run(
        "explain s.ini --no-report", 0,
        "What the models are worth on new rows can't be known: the data are those of a file.",
        NULL);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_means_are_those_of_the_store),
        cmocka_unit_test(workers_change_nothing),
        cmocka_unit_test(the_closed_form_is_within_its_interval),
        cmocka_unit_test(one_run_of_no_seed_is_sure),
        cmocka_unit_test(nobody_knows_the_truth_of_a_file),
    };
    return cmocka_run_group_tests_name("explain truth", tests, NULL, NULL);
}
