// SPDX-License-Identifier: Apache-2.0
// hpbench compare: the same bits, ratios with intervals, what was expected, and stores that fit together in part.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#include <jansson.h>
#include <sqlite3.h>

static const char suite[] = "[suite]\nreplicates = 60\n[data]\ngenerator = linear\nrows = 40\n"
                            "[fit]\nepochs = 3\n[model]\nhidden = 2\n"
                            "[optimizer.adam]\n[optimizer.sgd]\nlearning_rate = 0.01\n"
                            "[splitter]\nplugin = train_test_split\n";

// The baseline, and a copy of it for each test to alter.
static int set_up(void **state)
{
    *state = work_begin(suite);
    expect_run("run s.ini --no-report --quiet --output base", 0, "", NULL);
    return 0;
}

static int tear_down(void **state)
{
    work_end(*state);
    return 0;
}

// Makes `other` a copy of the baseline and runs SQL on it.
static void alter(const char *sql)
{
    assert_int_equal(system("rm -rf other && cp -r base other"), 0);
    sqlite3 *db;
    char *fault = NULL;
    assert_int_equal(sqlite3_open("other/run.sqlite", &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &fault) != SQLITE_OK)
        fail_msg("%s: %s", sql, fault);
    sqlite3_close(db);
}

// SQL: MSE and its bits in one, for trials that `where` names. Twice the value: one more in the exponent.
#define TWICE "UPDATE trial SET mse = 2 * mse, mse_bits = mse_bits + 4503599627370496 WHERE "

static json_t *compare_json(const char *arguments, int code)
{
    ran r = run_hpbench(arguments);
    if (r.code != code)
        fail_msg("hpbench %s: exit %d\n%s%s", arguments, r.code, r.out, r.err);
    json_t *json = json_loads(r.out, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json, "exit")), code);
    ran_free(&r);
    return json;
}

static double ratio_of(const json_t *json, size_t cell, const char *what, const char *which)
{
    const json_t *at = json_array_get(json_object_get(json, "cells"), cell);
    return json_number_value(json_object_get(json_object_get(at, what), which));
}

static void the_same_results(void **state)
{
    (void)state;
    expect_run("run s.ini --no-report --quiet --jobs 1 --isa baseline --output again", 0, "", NULL);
    expect_run("compare base again", 0, "Results: the same bits in all 120 pairs.\n", "");
    expect_run("compare base again", 0, "         60           60  1.00 [1.00, 1.00]  ", "");
    expect_run("compare base again --expect same-bits --expect 'mse<=1x' --expect 'mse >= 1.0x'", 0,
               "MSE: higher in 0 cells, lower in 0, no difference seen in 2", "");
    json_t *json = compare_json("compare base again --json", 0);
    assert_int_equal(json_integer_value(json_object_get(json, "pairs")), 120);
    assert_int_equal(json_integer_value(json_object_get(json, "same_bits")), 120);
    assert_true(json_is_true(json_object_get(json, "complete")));
    assert_true(ratio_of(json, 1, "mse", "low") == 1 && ratio_of(json, 1, "mse", "high") == 1);
    json_decref(json);
}

static void runs_by_folder_name_and_file(void **state)
{
    (void)state;
    expect_run("run s.ini --no-report --quiet", 0, "", NULL);
    expect_run("compare s base/run.sqlite --expect same-bits", 0, "hpbench-results/s: hpbench ",
               "");
    expect_run("compare ./base hpbench-results/s/ --quiet", 0, "Results: the same bits in all", "");
    expect_run("compare base nowhere", 5, "",
               "hpbench-results/nowhere/run.sqlite: can't be opened");
    expect_run("compare base s.ini", 5, "", "s.ini/run.sqlite");
    expect_run("status base/run.sqlite", 0, "base: 120 of 120 trials stored", "");
}

static void one_bit_is_another_result(void **state)
{
    (void)state;
    alter("UPDATE trial SET folds = zeroblob(8) WHERE cell = 1 AND replicate = 7");
    expect_run("compare base other", 0, "Results: the same bits in 119 of 120 pairs.\n", "");
    expect_run("compare base other --expect same-bits", 8, NULL,
               "hpbench: cell adam: 1 of 60 pairs have other bits; the first is replicate 7; "
               "expected the same bits\n");
    alter("UPDATE trial SET epochs = epochs + 1 WHERE replicate = 3");
    expect_run("compare base other --expect same-bits", 8, NULL, "the first is replicate 3;");
}

static void the_end_of_the_interval_decides(void **state)
{
    (void)state;
    alter(TWICE "cell = 1"); // twice in every pair: nothing is left to chance
    expect_run(
        "compare base other --expect 'mse <= 1.02x'", 8,
        "MSE: higher in 1 cell, lower in 0, no difference seen in 1",
        "hpbench: cell adam: MSE is 2.00 times the baseline's [2.00, 2.00]; expected at most "
        "1.02\n");
    expect_run("compare base other --expect 'mse < 2.001x'", 0, NULL, "");
    expect_run("compare base other --expect 'mse < 2x'", 8, NULL, "; expected less than 2\n");
    expect_run("compare base other --expect 'mse >= 1x' --expect 'mse > 0.99x'", 0, NULL, "");
    expect_run("compare base other --expect 'mse > 1x'", 8, NULL,
               "cell sgd: MSE is 1.00 times the baseline's [1.00, 1.00]; expected more than 1\n");
    expect_run("compare other base --expect 'mse <= 0.5x'", 8, NULL, "cell sgd: MSE is 1.00 times");
    alter(TWICE "replicate % 2"); // about 1.5, and how near is said
    json_t *json = compare_json("compare base other --json --expect 'mse >= 1x'", 0);
    const double low = ratio_of(json, 0, "mse", "low"), ratio = ratio_of(json, 0, "mse", "ratio");
    const double high = ratio_of(json, 0, "mse", "high");
    assert_true(1 < low && low < ratio && ratio < high && high < 2);
    json_decref(json);
    char *within = hpb_format("compare base other --expect 'mse <= %.17gx'", ratio);
    expect_run(within, 8, NULL, "; expected at most "); // the upper end, not the middle
    free(within);
}

static void times_are_compared_beyond_their_noise(void **state)
{
    (void)state;
#define TIMES "DELETE FROM timing; UPDATE trial SET fit_ns = "
    alter(TIMES "1000000 + 1000 * replicate");
    assert_int_equal(system("rm -rf first && mv other first"), 0);
    alter(TIMES "1.04 * (1000000 + 1000 * replicate)");
    expect_run("compare first other --expect 'time <= 1x'", 0,
               "Time: slower in 0 cells, faster in 0, no difference seen in 2; up to 5 % is noise.",
               "");
    expect_run("compare first other --noise 1 --expect 'time <= 1x'", 8, "Time: slower in 2 cells",
               "hpbench: cell adam: time is 1.04 times the baseline's [1.0");
    expect_run("compare first other --noise 1 --expect 'time <= 1x'", 8, NULL,
               ", with 1.00 % of noise allowed for; expected at most 1\n");
    expect_run("compare other first --noise 1 --expect 'time <= 1x'", 0, "faster in 2", "");
    expect_run("compare other first --noise 1 --expect 'time >= 1x'", 8, NULL, "at least 1\n");
    alter(TIMES "2000000 + replicate / 20"); // three batches: no distribution
    expect_run("compare first other --expect 'time <= 9x'", 8, "too little to tell in 2",
               "time can't be told from 60 timings in BASE and 3 in RUN; expected at most 9\n");
}

// Repetitions of [timing], where both have them, are better than what trials cost in bulk.
static void timed_repetitions_come_first(void **state)
{
    (void)state;
#define TIMED(factor)                                                                              \
    "DELETE FROM timing; DELETE FROM repetition; UPDATE trial SET fit_ns = 5 + replicate;"         \
    "INSERT INTO timing SELECT id, 1, 'fit_bulk', label, '', id, 1, 1 FROM cell;"                  \
    "WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < 19)"                 \
    " INSERT INTO repetition SELECT timing.id, i, " factor                                         \
    " * (1e-5 + 1e-8 * i), 1 FROM timing, k"
    alter(TIMED("1.0"));
    assert_int_equal(system("rm -rf first && mv other first"), 0);
    alter(TIMED("1.5"));
    json_t *json = compare_json("compare first other --json --expect 'time <= 1.2x'", 8);
    assert_true(ratio_of(json, 0, "time", "ratio") > 1.49 &&
                ratio_of(json, 0, "time", "ratio") < 1.51);
    json_decref(json);
    alter(
        "DELETE FROM timing; UPDATE trial SET fit_ns = 10 + 2 * replicate"); // one of them has none
    json = compare_json("compare first other --json", 0);
    assert_true(ratio_of(json, 0, "time", "ratio") == 2);
    json_decref(json);
}

static void what_is_missing_is_not_as_expected(void **state)
{
    (void)state;
    alter("DELETE FROM trial WHERE cell = 2 AND replicate >= 50");
    expect_run("compare base other", 6,
               "PARTIAL: 110 of 120 pairs are there; all figures are of those.", "");
    expect_run("compare other base --json", 6, "\"complete\": false", "");
    expect_run("compare base other --expect same-bits", 8, "PARTIAL",
               "cell sgd: 50 of 60 pairs are there; expected the same bits\n");
    alter("UPDATE trial SET status = 2, mse = NULL WHERE cell = 2 AND replicate < 4;"
          "INSERT INTO failure SELECT cell, replicate, 'signal 11' FROM trial WHERE status = 2");
    expect_run("compare base other", 0, "the same bits in all 116 pairs", "");
    expect_run("compare base other --expect 'mse <= 9x'", 8, NULL,
               "cell sgd: 56 of 60 pairs are there; 4 failed in RUN; expected at most 9\n");
    // fewer replicates are compared as far as they go, and that is all of them
    expect_run("run s.ini --no-report --quiet --output few --set suite.replicates=20", 0, "", NULL);
    expect_run("compare base few --expect same-bits", 0, "the same bits in all 40 pairs", "");
    expect_run("compare few base --expect same-bits", 0, "the same bits in all 40 pairs", "");
}

static void divergence_is_no_small_mse(void **state)
{
    (void)state;
    alter("UPDATE trial SET status = 1, mse = NULL, mse_bits = 9221120237041090560 "
          "WHERE cell = 1 AND replicate < 3");
    expect_run("compare base other --expect 'mse <= 9x'", 8,
               "Diverged in RUN alone: 3 trials; they are in no ratio.\n",
               "cell adam: 3 trials diverged in RUN alone; expected at most 9\n");
    alter("UPDATE trial SET status = 1, mse = NULL, mse_bits = 9221120237041090560 WHERE cell = 1");
    assert_int_equal(system("rm -rf first && cp -r other first"), 0);
    expect_run("compare first other --expect same-bits", 0, "the same bits in all 120 pairs", "");
    expect_run("compare first other --expect 'mse <= 9x'", 8, NULL,
               "cell adam: MSE can't be told from 0 finite pairs; expected at most 9\n");
}

static void cells_are_found_by_their_values(void **state)
{
    (void)state;
    // other labels, another order, a default that is spelt out
    hpb_error error;
    static const char renamed[] =
        "[suite]\nreplicates = 60\n[data]\ngenerator = linear\nrows = 40\n"
        "[fit]\nepochs = 3\nbatch_size = 32\n[model]\nhidden = 2\n[optimizer.slow]\nplugin = sgd\n"
        "learning_rate = 0.01\n[optimizer.quick]\nplugin = adam\nlearning_rate = 0.001\n"
        "[splitter]\nplugin = train_test_split\n";
    assert_int_equal(hpb_file_write("r.ini", renamed, sizeof renamed - 1, &error), HPB_EXIT_OK);
    expect_run("run r.ini --no-report --quiet --output renamed", 0, "", NULL);
    expect_run("compare base renamed --expect same-bits", 0, "  quick\n", "");
    expect_run("run s.ini --no-report --quiet --output changed --set fit.epochs=4", 0, "", NULL);
    expect_run("compare base changed", 2, "Not compared: adam: fit.epochs is 3 in BASE, 4 in RUN\n",
               "base and changed have no cell in common");
    expect_run("compare base changed --expect same-bits", 8, NULL,
               "cell adam: fit.epochs is 3 in BASE, 4 in RUN; expected same-bits\n");
    expect_run("run s.ini --no-report --quiet --output one --set cross.optimizer=adam", 0, "",
               NULL);
    expect_run("compare base one --expect same-bits", 8, "Only in BASE: sgd\n",
               "hpbench: cell sgd: only in BASE; expected same-bits\n");
    expect_run("compare one base", 0, "Only in RUN: sgd\n", "");
}

static void another_hpbench_may_know_more(void **state)
{
    (void)state;
#define KNOWS_MORE                                                                                 \
    "UPDATE session SET hpbench = '9.9.9'; UPDATE plugin SET sha256 = 'x' WHERE id = 'sgd';"       \
    "UPDATE cell SET spec = json_set(spec, '$.optimizer.warp', '9', '$.orbit.speed', '11')"
    alter(KNOWS_MORE);
    expect_run("compare base other", 2,
               "Not compared: adam: optimizer.warp is not known in BASE, 9", NULL);
    alter(KNOWS_MORE ";UPDATE cell SET spec = json_set(spec, '$.defaults.optimizer.warp', 'x', "
                     "'$.defaults.orbit', json('{\"speed\": \"x\"}'))");
    expect_run("compare base other --expect same-bits", 0, "other: hpbench 9.9.9, engine", "");
    expect_run("compare other base", 0, "plugins with other bytes: optimizer sgd\n", "");
    alter("UPDATE cell SET spec = 'no JSON'");
    expect_run("compare base other", 2, NULL, "have no cell in common");
}

static void other_seeds_are_no_pairs(void **state)
{
    (void)state;
    expect_run("run s.ini --no-report --quiet --output seeds --set suite.seed=5", 0, "", NULL);
    expect_run("compare base seeds --expect 'mse <= 3x'", 0, "adam  (not paired: other seeds)\n",
               "");
    expect_run("compare base seeds --expect same-bits", 8, "Not paired: 2 cells with other seeds",
               "cell sgd: 60 of 60 pairs have other seeds");
}

static void a_cell_of_one_trial_is_exact(void **state)
{
    (void)state;
#define FIXED                                                                                      \
    "run s.ini --no-report --quiet --set seeds.split=1 --set seeds.weights=1 --set seeds.order=1 " \
    "--set data.seed=1 "
    expect_run(FIXED "--output fixed", 0, "", NULL);
    expect_run("compare fixed fixed --expect same-bits --expect 'mse <= 1x'", 0,
               "the same bits in all 2 pairs", "");
}

static void usage(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "same",      "bits",       "mse",        "mse <= 1.02", "mse = 1x",
        "mse <=x",    "mse <= x",  "mse <= -1x", "mse <= 0x",  "mse <= nanx", "mse <= 1xx",
        "mse <= 1 x", "mse =< 1x", "mse < = 1x", "rmse <= 1x", "mse <= 1,5x", "MSE <= 1x",
        "mse <<= 1x", "same-bits "};
    for (size_t i = 0; i < HPB_COUNT(wrong); i++) {
        char *arguments = hpb_format("compare base base --expect '%s'", wrong[i]);
        char *text =
            hpb_format("--expect: expected same-bits, or mse or time with <=, <, >= or > and "
                       "a factor: 'mse <= 1.02x'; got \"%s\"\n",
                       wrong[i]);
        expect_run(arguments, 2, "", text);
        free(text);
        free(arguments);
    }
    expect_run("compare", 2, "", "BASE is missing\nhint: hpbench compare --help");
    expect_run("compare base", 2, "", "RUN is missing");
    expect_run("compare base base base", 2, "", "two runs expected, BASE and RUN; got \"base\" as");
    expect_run("compare base base --noise -1", 2, "", "--noise: expected per cent from 0 to 1000");
    expect_run("compare base base --noise x", 2, "", "got \"x\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_results),
        cmocka_unit_test(runs_by_folder_name_and_file),
        cmocka_unit_test(one_bit_is_another_result),
        cmocka_unit_test(the_end_of_the_interval_decides),
        cmocka_unit_test(times_are_compared_beyond_their_noise),
        cmocka_unit_test(timed_repetitions_come_first),
        cmocka_unit_test(what_is_missing_is_not_as_expected),
        cmocka_unit_test(divergence_is_no_small_mse),
        cmocka_unit_test(cells_are_found_by_their_values),
        cmocka_unit_test(another_hpbench_may_know_more),
        cmocka_unit_test(other_seeds_are_no_pairs),
        cmocka_unit_test(a_cell_of_one_trial_is_exact),
        cmocka_unit_test(usage),
    };
    return cmocka_run_group_tests_name("compare", tests, set_up, tear_down);
}
