// SPDX-License-Identifier: Apache-2.0
// hpbench variance: a crossed grid is run, resumed and read; what it says in each case, and that its trials are those
// that the same seeds give when they are typed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"
#include "cli/support_store.h"
#include "store/store.h"

#include <math.h>

#define HEAD "[suite]\nreplicates = 5\n[fit]\nepochs = 4\n[optimizer.sgd]\nlearning_rate = 0.05\n"
#define LEVELS "[variance]\nsplit = 4\nweights = 5\norder = 2\n"

static void write_suite(const char *text)
{
    FILE *file = fopen("s.ini", "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static char *answer_of(const char *command, int code)
{
    ran r = run_hpbench(command);
    if (r.code != code)
        fail_msg("%s: exit %d\n%s%s", command, r.code, r.out, r.err);
    free(r.err);
    return r.out;
}

static json_t *json_of(const char *command)
{
    char *text = answer_of(command, 0);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static double number_at(const json_t *json, const char *a, const char *b)
{
    return json_number_value(json_object_get(json_object_get(json, a), b));
}

static void test_runs_resumes_and_reads(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD LEVELS);
    expect_run("run s.ini --no-report", 0, "s.ini: 1 cell, 5 trials", NULL);
    char *first = answer_of("variance s.ini", 0);
    expect_run("variance s.ini", 0, first, "");
    expect_run("variance s", 0, first, "");
    expect_run("status s", 0, "45 of 45 trials stored", "");
    expect_run("status s", 0, "40 of 40           s, seeds crossed", "");
    expect_run("variance s --quiet", 0, "s: ", "");
    // reports do not see the grid
    expect_run("report s --json", 0, "\"planned\": 5", NULL);
    store_alter("DELETE FROM trial WHERE replicate > 10");
    expect_run("variance s", 6, "s: 11 of 40 runs are stored; hpbench variance SUITE goes on.\n",
               "");
    expect_run("variance s.ini", 0, first, NULL);
    free(first);
    work_end(folder);
}

#define MOST_TRIALS 1000

typedef struct trials {
    double mse[MOST_TRIALS];
    uint32_t seed[MOST_TRIALS][HPB_STREAM_COUNT], n;
} trials;

static bool keep(void *context, const hpb_trial_result *result)
{
    trials *all = context;
    all->mse[all->n] = result->mse;
    memcpy(all->seed[all->n++], result->seed, sizeof result->seed);
    return all->n < MOST_TRIALS;
}

static trials read_trials(bool of_grid)
{
    trials all = {0};
    hpb_store *store;
    hpb_stored_run run;
    hpb_error error;
    assert_int_equal(hpb_store_open_read("hpbench-results/s", &store, &error), 0);
    assert_int_equal(hpb_store_read_run(store, &run, &error), 0);
    assert_int_equal(
        hpb_store_each_trial(store, &run, of_grid ? run.n_cells : 0, keep, &all, &error), 0);
    hpb_stored_run_free(&run);
    hpb_store_close(store, NULL);
    return all;
}

// Data, split, weights and order of some trials of the grid, typed into a suite of one run.
static void test_seeds_of_the_grid_can_be_typed(void **state)
{
    (void)state;
    char *folder =
        work_begin(HEAD "[data]\nseed = 7\n[splitter.holdout]\nplugin = train_test_split\n"
                        "random_state = 42\n[variance]\ndata = 2\nsplit = 2\nweights = 5\n"
                        "order = 2\n");
    free(answer_of("variance s.ini", 0));
    const trials grid = read_trials(true);
    assert_int_equal(grid.n, 40);
    assert_int_equal(grid.seed[0][HPB_STREAM_DATA], 7);
    assert_int_equal(grid.seed[0][HPB_STREAM_SPLIT], 42);
    static const uint32_t tried[] = {0, 3, 10, 29, 39};
    for (size_t i = 0; i < HPB_COUNT(tried); i++) {
        const uint32_t *seed = grid.seed[tried[i]];
        char *text = hpb_format(HEAD "[data]\nseed = %u\n[splitter.holdout]\nplugin = "
                                     "train_test_split\nrandom_state = %u\n"
                                     "[seeds.typed]\nweights = %u\norder = %u\n",
                                seed[0], seed[1], seed[2], seed[3]);
        write_suite(text);
        free(text);
        free(answer_of("run s.ini --no-report --quiet", 0));
        const trials alone = read_trials(false);
        assert_int_equal(alone.n, 1);
        assert_true(hpb_double_bits(alone.mse[0]) == hpb_double_bits(grid.mse[tried[i]]));
    }
    work_end(folder);
}

// Against the same sums over the trials, done the plain way.
static void test_figures(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD "[variance]\nsplit = 8\nweights = 5\norder = none\n");
    free(answer_of("variance s.ini", 0));
    const trials all = read_trials(true);
    double mean = 0, ss_split = 0;
    for (int i = 0; i < 40; i++)
        mean += all.mse[i] / 40;
    for (int i = 0; i < 8; i++) {
        double row = 0;
        for (int j = 0; j < 5; j++)
            row += all.mse[i * 5 + j] / 5;
        ss_split += 5 * (row - mean) * (row - mean);
    }
    json_t *json = json_of("variance s --json"),
           *cell = json_array_get(json_object_get(json, "cells"), 0);
    json_t *terms = json_object_get(cell, "terms");
    assert_int_equal(json_array_size(terms), 3);
    assert_true(fabs(number_at(cell, "mean", "value") / mean - 1) < 1e-12);
    const json_t *split = json_array_get(terms, 0);
    assert_true(fabs(json_number_value(json_object_get(split, "ss")) / ss_split - 1) < 1e-9);
    double sum = 0;
    for (size_t i = 0; i < 2; i++)
        sum += number_at(json_array_get(json_object_get(cell, "factors"), i), "shapley", "value");
    assert_true(fabs(sum - 1) < 1e-12);
    assert_string_equal(json_string_value(json_object_get(cell, "given")),
                        "this data set (seed 0) and this row order");
    json_decref(json);
    work_end(folder);
}

static void test_stops_in_order(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD "[variance]\nsplit = 100\nweights = 100\norder = 90\n");
    expect_run("variance s.ini --max-time 1", 6, "", "hpbench: --max-time is over: ");
    work_end(folder);
}

// What is said where there is nothing to share out.
static void test_verdicts(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD);
    write_suite(HEAD "[initializer.random_normal]\nstddev = 0\n[variance]\nsplit = none\nweights = "
                     "3\norder = none\n");
    expect_run("variance s.ini", 0, "s: there is no luck in it: every run gives the same MSE, ",
               NULL);
    expect_run("variance s --json", 0, "\"next\": null", "");
    write_suite(HEAD "[variance]\nsplit = none\nweights = 6\norder = none\n");
    expect_run("variance s.ini", 0,
               "s: all of the luck is in the initial weights: nothing else is varied here.\n",
               NULL);
    expect_run("variance s.ini", 0,
               "To know the mean to 5 %: 60 more initial weights, 66 runs in all.\n"
               "From 6 initial weights. Valid for this data set (seed 0), this split and this "
               "row order.\n           variance [95 % interval]\n",
               NULL);
    expect_run("variance s.ini --precision 100%", 0, "The mean is known to 100 % already.\n", NULL);
    write_suite("[suite]\nreplicates = 2\n[fit]\nepochs = 50\n[optimizer.sgd]\nlearning_rate = "
                "1e6\n" LEVELS);
    expect_run("variance s.ini", 0,
               "s: too few runs are left to say where the luck is: 40 of 40 diverged or failed.\n",
               NULL);
    expect_run("variance s --json", 0, "\"terms\": null", "");
    work_end(folder);
}

static void test_too_few_levels(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD "[variance]\nsplit = 2\nweights = 2\norder = none\n");
    expect_run("variance s.ini", 0,
               "s: 2 splits and 2 initial weights are too few to say where the luck is; most "
               "seems to be in the ",
               NULL);
    expect_run("variance s --quiet --precision 0.1%", 0,
               " runs with fresh seeds each. No grid of up to 4,096 levels each would do.\n"
               "From 4 runs: 2 splits and 2 initial weights, each with each other. Valid for this "
               "data set (seed 0) and this row order.\n",
               "");
    work_end(folder);
}

// Half the width of an interval of the mean of many replicates, as a share of their mean.
static double precision_of(trials all)
{
    double mean = 0, ss = 0;
    for (uint32_t i = 0; i < all.n; i++)
        mean += all.mse[i] / all.n;
    for (uint32_t i = 0; i < all.n; i++)
        ss += (all.mse[i] - mean) * (all.mse[i] - mean);
    return 1.96 * sqrt(ss / (all.n - 1) / all.n) / mean;
}

static void test_what_a_larger_grid_takes(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD LEVELS);
    static const struct {
        const char *precision, *words;
    } cases[] = {
        {"1%", "In this grid it takes more than 1,000,000 runs.\n"},
        {"2%", "In this grid it takes 1,667 more splits and 17 more initial weights, 73,524 runs "
               "in all; more row orders would not help.\n"},
        {"43%", " 1 more split, 50 runs in all; more initial weights or more row orders would "
                "not help.\n"},
    };
    free(answer_of("variance s.ini", 0));
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char *arguments = hpb_format("variance s --quiet --precision %s", cases[i].precision);
        expect_run(arguments, 0, cases[i].words, "");
        free(arguments);
    }
    work_end(folder);
}

// What is to be repeated next is repeated, and does what was said.
static void test_what_to_repeat_next(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD);
    char *words = answer_of("variance s.ini --quiet --precision 10%", 0);
    static const char before[] = " runs with fresh seeds each ([suite] replicates = ";
    const char *at = strstr(words, before);
    assert_non_null(at);
    const long n = strtol(at + sizeof before - 1, NULL, 10);
    assert_in_range(n, 20, MOST_TRIALS);
    assert_non_null(strstr(at, "). In this grid it takes "));
    free(words);
    char *command = hpb_format("run s.ini --no-report --quiet --set suite.replicates=%ld", n);
    free(answer_of(command, 0));
    free(command);
    assert_true(fabs(precision_of(read_trials(false)) / 0.10 - 1) < 0.3);
    // where the suite's own runs are no such sample, its replicates are not named
    static const char *const others[] = {
        HEAD "[variance]\nsplit = 3\nweights = none\n",
        HEAD "[data]\nseed = fresh\n[variance]\nsplit = 3\ndata = none\n",
        HEAD "[splitter.train_test_split]\nrandom_state = 1\n[variance]\nsplit = 3\n",
        "[suite]\n[fit]\nepochs = 4\n[splitter.halves]\nplugin = train_test_split\n"
        "[protocol.p]\noptimizer = sgd\nsplitter = halves\nouter = halves\nreport = refit\n"
        "grid.learning_rate = 0.01, 0.1\n[variance]\nsplit = 3\n",
        HEAD "[seeds.mine]\norder = 1\n[variance]\nsplit = 3\n",
    };
    for (size_t i = 0; i < HPB_COUNT(others); i++) {
        write_suite(others[i]);
        words = answer_of("variance s.ini --quiet", 0);
        if (!strstr(words, " runs with fresh seeds each. "))
            fail_msg("%s", words);
        free(words);
    }
    write_suite(others[1]);
    expect_run("variance s.ini --quiet", 0, "Valid for this data set (the first fresh one).", "");
    work_end(folder);
}

static void test_cells_that_draw_nothing(void **state)
{
    (void)state;
    char *folder = work_begin("[suite]\nreplicates = 2\n[fit]\nepochs = 4\nshuffle = no\n"
                              "[optimizer.sgd]\n[splitter.kfold]\n[splitter.holdout]\n"
                              "plugin = train_test_split\n[seeds.random]\n[seeds.fixed]\n"
                              "split = 1\nweights = 1\norder = 1\n"
                              "[variance]\nweights = none\n");
    expect_run("variance s.ini", 0,
               "kfold & random: it draws nothing that is crossed.\n\n"
               "holdout & random: all of the luck is in the split: nothing else is varied here.\n",
               NULL);
    expect_run("variance s --cell fixed", 2, "", "--cell: no cell carries all of \"fixed\"");
    expect_run("variance s.ini --cell kfold --set variance.split=none --set variance.order=2", 0,
               "kfold & random: it draws nothing that is crossed.\n", "");
    expect_run("variance s --json", 3, "", "no crossed grid of seeds is in it");
    work_end(folder);
}

static void test_corners_have_no_grid(void **state)
{
    (void)state;
    char *folder =
        work_begin(HEAD "[optimizer.adam]\n[protocol.a]\noptimizer = sgd\n"
                        "[protocol.b]\noptimizer = adam\nepochs = 2\n" LEVELS "grid = yes\n");
    free(answer_of("explain s.ini --no-report", 0));
    char *words = answer_of("variance s --quiet", 0);
    assert_null(strstr(words, "draws nothing"));
    assert_non_null(strstr(words, "\nb: "));
    free(words);
    work_end(folder);
}

static void test_levels_that_diverged_are_left_out(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD LEVELS);
    free(answer_of("variance s.ini", 0));
    // both orders of the second weights, split 0 and 3: replicates 2, 3 and 32, 33
    store_alter(
        "UPDATE trial SET status = 1, mse = NULL, mse_bits = 0x7ff8000000000000 WHERE replicate "
        "IN (2, 3, 32, 33) AND cell = (SELECT id FROM cell WHERE current = 2)");
    expect_run(
        "variance s", 0,
        "1 of 5 initial weights are left out: 4 of 40 runs diverged or failed, and those had "
        "most.\n",
        "");
    expect_run("variance s", 0, "Taken for 32 independent runs", "");
    work_end(folder);
}

static void test_refusals(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD LEVELS);
    expect_run("run s.ini --no-report --quiet", 0, "", NULL);
    expect_run("variance s", 3, "",
               "hpbench-results/s: no crossed grid of seeds is in it\n"
               "hint: hpbench variance SUITE runs one for each cell\n");
    static const char *const useless[] = {"set suite.seed=1", "filter seeds=a", "output o", "fresh",
                                          "retry-failed",     "max-time 9s"};
    for (size_t i = 0; i < HPB_COUNT(useless); i++) {
        char *arguments = hpb_format("variance s --%s", useless[i]);
        char *text = hpb_format("--%.*s: \"s\" is a run, which is only read; give its suite\n"
                                "hint: hpbench variance --help\n",
                                (int)strcspn(useless[i], " "), useless[i]);
        expect_run(arguments, 2, "", text);
        free(arguments);
        free(text);
    }
    expect_run("variance s.ini --cell adam", 2, "",
               "--cell: no cell carries all of \"adam\"\nhint: one is s\n");
    expect_run("variance s.ini --precision 0", 2, "", "expected a share of the mean");
    expect_run("variance s.ini --set variance.split=1", 2, "", "[variance] split: out of range");
    expect_run("variance nowhere", 5, "", "hpbench-results/nowhere/run.sqlite: can't be opened");
    expect_run("variance nowhere.ini", 3, "", "nowhere.ini");
    expect_run("variance", 2, "", "SUITE is missing");
    store_alter("UPDATE cell SET spec = '{}'");
    store_alter("UPDATE cell SET current = 2 WHERE key = (SELECT key FROM cell LIMIT 1)");
    expect_run("variance s", 5, "", "the levels of cell");
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_resumes_and_reads),
        cmocka_unit_test(test_seeds_of_the_grid_can_be_typed),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_stops_in_order),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_too_few_levels),
        cmocka_unit_test(test_what_a_larger_grid_takes),
        cmocka_unit_test(test_what_to_repeat_next),
        cmocka_unit_test(test_cells_that_draw_nothing),
        cmocka_unit_test(test_corners_have_no_grid),
        cmocka_unit_test(test_levels_that_diverged_are_left_out),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
