// SPDX-License-Identifier: Apache-2.0
// hpbench explain with [explain] precision: it goes on until it is known, and says so where it does not get there.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_json.h"
#include "cli/support_process.h"
#include "cli/support_store.h"

#include <math.h>

// Least squares: a fit is no work, and the two differ in the rows that they train on.
#define SUITE(data, explain)                                                                       \
    "[suite]\nreplicates = 20\n" data "[model]\nhidden = none\n[fit]\nsolver = least_squares\n"    \
    "[splitter.small]\nplugin = train_test_split\ntest_size = 0.8\n"                               \
    "[splitter.large]\nplugin = train_test_split\ntest_size = 0.2\n"                               \
    "[protocol.a]\nsplitter = small\n[protocol.b]\nsplitter = large\n[explain]\n"                  \
    "luck = no\n" explain
#define DATA "[data]\ngenerator = linear\nrows = 60\nseed = 0\n"
#define KNOWN SUITE(DATA, "precision = 8%\nmax_replicates = 4000\n")

// The first explanation of what `command` prints with --json. `all` is to be released.
static const json_t *explanation(const char *command, json_t **all)
{
    *all = json_of(command);
    return explanation_of(*all);
}

static const json_t *last_of(const json_t *array)
{
    return json_array_get(array, json_array_size(array) - 1);
}

// What was decided on: of each look the runs, and the state of the last. Returns its runs.
static json_int_t expect_state(const json_t *e, const char *state)
{
    const json_t *precision = json_object_get(e, "precision"),
                 *looks = json_object_get(precision, "looks"), *look;
    double before = 0;
    size_t i;
    assert_string_equal(json_string_value(json_object_get(precision, "state")), state);
    json_array_foreach(looks, i, look)
    {
        assert_true(number_at(look, "runs") > before);
        before = number_at(look, "runs");
        const char *is = json_string_value(json_object_get(look, "state"));
        assert_string_equal(is, i + 1 < json_array_size(looks) ? "go_on" : state);
    }
    assert_true(number_at(json_object_get(e, "difference"), "runs") == before);
    return (json_int_t)before;
}

static void test_stops_when_it_is_known(void **state)
{
    (void)state;
    char *folder = work_begin(KNOWN);
    ran r = run_hpbench("explain s.ini");
    assert_int_equal(r.code, 0);
    json_t *all;
    const json_t *e = explanation("explain s --json", &all),
                 *looks = json_object_get(json_object_get(e, "precision"), "looks");
    const json_int_t n = expect_state(e, "known");
    assert_true(n > 100 && n < 4000 && json_array_size(looks) > 5);
    const json_t *last = last_of(looks), *one = json_array_get(looks, json_array_size(looks) - 2);
    const double difference = number_at(json_object_get(e, "difference"), "value");
    assert_true(number_at(last, "half_width") <= 0.08 * fabs(difference));
    assert_true(number_at(one, "half_width") > 0.08 * fabs(number_at(one, "difference")));
    assert_true(number_at(last, "difference") == difference);
    // nothing is said of what is as it was asked to be
    assert_null(strstr(r.out, "Not every cause"));
    char *page = ran_text("hpbench-results/s/report.html"), *counted;
    assert_non_null(strstr(page, "They are sequential, nominal"));
    assert_non_null(strstr(page, "<h3>When to stop</h3>"));
    char text[HPB_NUMBER_SIZE];
    hpb_count_text((uint64_t)n, text);
    counted = hpb_format("%s runs: known to within ", text);
    assert_non_null(strstr(r.err, "20 runs: known to within "));
    assert_non_null(strstr(r.err, counted));
    assert_null(strstr(strstr(r.err, counted), "would do"));
    free(counted);
    counted = hpb_format("%d of %d trials stored", 2 * (int)n, 2 * (int)n);
    char *status = hpb_format("%s of", hpb_count_text(2 * (uint64_t)n, text));
    expect_run("status s", 0, status, "");
    expect_run("status s", 0, "\nlast look: ", "");
    expect_run("plan s.ini --set explain.corners=yes", 0,
               "20 runs of what is explained, then a quarter more at a time until every cause is "
               "known\n  to within 8 % of the difference; at most 4,000\n",
               "");
    // all is there: nothing is run, looked at or written
    json_t *again;
    assert_true(json_equal(explanation("explain s.ini --json", &again), e));
    expect_run("run s.ini --set explain.corners=yes --no-report", 0, "nothing to do: all ", "");
    json_decref(again);
    json_decref(all);
    free(status);
    free(counted);
    free(page);
    ran_free(&r);
    work_end(folder);
}

static void test_resumed_is_uninterrupted(void **state)
{
    (void)state;
    char *folder = work_begin(KNOWN);
    json_t *clean, *killed;
    const json_t *e = explanation("explain s.ini --no-report --json --output clean", &clean);
    for (int i = 1; i <= 5; i++) {
        const pid_t pid = start_hpbench("explain s.ini --no-report --output killed --jobs 2", 0);
        sleep_seconds(0.04 * i);
        kill(-pid, SIGKILL);
        int status;
        waitpid(pid, &status, 0);
    }
    assert_true(
        json_equal(explanation("explain s.ini --no-report --json --output killed", &killed), e));
    expect_same_results("clean", "killed");
    json_decref(killed);
    json_decref(clean);
    work_end(folder);
}

// As if it had been stopped before the last look: the store is not finished, says so, and is looked at once more.
static void test_stopped_before_the_last_look(void **state)
{
    (void)state;
    char *folder = work_begin(KNOWN);
    json_t *clean, *all;
    const json_t *e = explanation("explain s.ini --no-report --json", &clean);
    store_alter("UPDATE about SET value = json_remove(value, '$.looks[#-1]') WHERE key = 'looks'");
    expect_run("status s", 6, "would do\n", "");
    expect_run("explain s", 6, " would do. The same command goes on.\n", "");
    expect_run("report s", 6, "", NULL);
    const json_t *again = explanation("explain s.ini --no-report --json", &all);
    assert_true(json_equal(again, e));
    json_decref(all);
    json_decref(clean);
    work_end(folder);
}

// Replicates from elsewhere are taken up, and another rule looks anew: at the same runs, with the same answer.
static void test_another_rule_looks_anew(void **state)
{
    (void)state;
    char *folder = work_begin(KNOWN);
    json_t *clean, *other;
    const json_t *e = explanation("explain s.ini --no-report --json --output clean", &clean);
    expect_run("explain s.ini --no-report --set explain.precision=30%", 0, NULL, NULL);
    expect_run("explain s.ini --no-report --set explain.precision=none "
               "--set suite.replicates=500",
               0, "means of 500 runs each", "");
    assert_true(json_equal(explanation("explain s.ini --no-report --json", &other), e));
    expect_same_results("clean", "hpbench-results/s");
    json_decref(other);
    // with none of them nothing is asked
    e = explanation("explain s.ini --no-report --json --set explain.precision=none", &other);
    assert_true(json_is_null(json_object_get(e, "precision")));
    assert_int_equal(number_at(json_object_get(e, "difference"), "runs"), 20);
    json_decref(other);
    json_decref(clean);
    work_end(folder);
}

static void test_no_more_are_allowed(void **state)
{
    (void)state;
    char *folder = work_begin(KNOWN);
    json_t *all;
    const json_t *e =
        explanation("explain s.ini --no-report --json --set explain.max_replicates=200", &all);
    assert_int_equal(expect_state(e, "capped"), 200);
    expect_run("explain s --no-report", 0,
               "Not every cause is known to within 8 % of the difference, as was asked: the least "
               "certain, ",
               "");
    expect_run("explain s --no-report", 0, " after 200 runs, and no more are allowed; about ", "");
    json_decref(all);
    // max_trials is kept to: 200 runs of each of two cells
    e = explanation("explain s.ini --no-report --json --set suite.max_trials=400", &all);
    assert_int_equal(expect_state(e, "capped"), 200);
    json_decref(all);
    work_end(folder);
}

static void test_out_of_reach(void **state)
{
    (void)state;
    char *folder = work_begin(KNOWN);
    json_t *all;
    const json_t *e =
        explanation("explain s.ini --no-report --json --set explain.precision=0.00001", &all);
    assert_int_equal(expect_state(e, "out_of_reach"), 20);
    expect_run("explain s --no-report", 0,
               "after 20 runs, and the 4,000 that are allowed would be far from enough; about ",
               "");
    json_decref(all);
    work_end(folder);
}

// Both train on half of the rows: 5 % of no difference is nothing that could be known, and nobody waits for it.
static void test_a_difference_that_may_be_none(void **state)
{
    (void)state;
    char *folder = work_begin(
        "[suite]\nreplicates = 400\n" DATA "[model]\nhidden = none\n[fit]\nsolver = least_squares\n"
        "[splitter.half]\nplugin = train_test_split\ntest_size = 0.5\n[splitter.two]\n"
        "plugin = kfold\nn_splits = 2\nshuffle = yes\n[protocol.a]\nsplitter = half\n"
        "[protocol.b]\nsplitter = two\n[explain]\nprecision = 5%\n");
    json_t *all;
    const json_t *e = explanation("explain s.ini --no-report --json", &all);
    assert_string_equal(json_string_value(json_object_get(e, "verdict")), "luck");
    assert_true(expect_state(e, "out_of_reach") < 4000);
    expect_run("explain s --no-report", 0,
               "Not every cause is known to within 5 % of the difference, as was asked: the "
               "difference may be 0, and no number of runs gives a share of that. The least "
               "certain, one holdout instead of KFold, is known to within 0.000",
               "");
    json_decref(all);
    work_end(folder);
}

static void test_all_settings_are_to_be_known(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE("[data.few]\ngenerator = linear\nrows = 40\nseed = 0\n"
                                    "[data.many]\ngenerator = linear\nrows = 200\nseed = 0\n",
                                    "precision = 30%\nmax_replicates = 4000\n"));
    ran r = run_hpbench("explain s.ini --no-report --json");
    assert_int_equal(r.code, 0);
    json_t *all = json_loads(r.out, 0, NULL), *explanations = json_object_get(all, "explanations");
    assert_int_equal(json_array_size(explanations), 2);
    const json_t *looks[2];
    for (size_t i = 0; i < 2; i++) {
        const json_t *precision = json_object_get(json_array_get(explanations, i), "precision");
        looks[i] = json_object_get(precision, "looks");
        assert_string_equal(json_string_value(json_object_get(precision, "state")), "known");
    }
    // one is known before the other is, and goes on with it
    const size_t n = json_array_size(looks[0]);
    assert_int_equal(json_array_size(looks[1]), n);
    size_t n_known[2] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 2; k++)
            n_known[k] +=
                strcmp(json_string_value(json_object_get(json_array_get(looks[k], i), "state")),
                       "known") == 0;
    assert_true(n_known[0] != n_known[1] && n_known[0] && n_known[1]);
    ran_free(&r);
    json_decref(all);
    work_end(folder);
}

// Not one run is finite in every combination: more of them would not be.
static void test_a_side_that_diverges(void **state)
{
    (void)state;
    char *folder =
        work_begin("[suite]\nreplicates = 20\n" DATA "[model]\nhidden = none\n[fit]\nepochs = 60\n"
                   "[splitter.half]\nplugin = train_test_split\ntest_size = 0.5\n"
                   "[protocol.a]\nsplitter = half\noptimizer = sgd\nlearning_rate = 200\n"
                   "[protocol.b]\nsplitter = half\noptimizer = adam\n[explain]\nprecision = 5%\n");
    json_t *all;
    const json_t *e = explanation("explain s.ini --no-report --json", &all),
                 *precision = json_object_get(e, "precision");
    assert_string_equal(json_string_value(json_object_get(e, "verdict")), "side_diverges");
    assert_string_equal(json_string_value(json_object_get(precision, "state")), "out_of_reach");
    assert_int_equal(json_array_size(json_object_get(precision, "looks")), 1);
    json_decref(all);
    work_end(folder);
}

static void test_the_same_procedure(void **state)
{
    (void)state;
    char *folder = work_begin("[suite]\nreplicates = 5\n" DATA
                              "[model]\nhidden = none\n[fit]\nsolver = least_squares\n"
                              "[splitter.half]\nplugin = train_test_split\ntest_size = 0.5\n"
                              "[protocol.a]\nsplitter = half\n[protocol.b]\nsplitter = half\n"
                              "[explain]\nprecision = 5%\n");
    json_t *all;
    const json_t *e = explanation("explain s.ini --no-report --json", &all);
    assert_string_equal(json_string_value(json_object_get(e, "verdict")), "same_procedure");
    assert_int_equal(expect_state(e, "known"), 20);
    json_decref(all);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops_when_it_is_known),
        cmocka_unit_test(test_resumed_is_uninterrupted),
        cmocka_unit_test(test_stopped_before_the_last_look),
        cmocka_unit_test(test_another_rule_looks_anew),
        cmocka_unit_test(test_no_more_are_allowed),
        cmocka_unit_test(test_out_of_reach),
        cmocka_unit_test(test_a_difference_that_may_be_none),
        cmocka_unit_test(test_all_settings_are_to_be_known),
        cmocka_unit_test(test_a_side_that_diverges),
        cmocka_unit_test(test_the_same_procedure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
