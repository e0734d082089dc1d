// SPDX-License-Identifier: Apache-2.0
// hpbench explain: corners are run, resumed and read; the causes add up; suites with nothing to explain say so.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_json.h"
#include "cli/support_process.h"

#include <math.h>

#define HEAD                                                                                       \
    "[suite]\nreplicates = 30\n[data]\ngenerator = linear\nrows = 40\nseed = 0\n"                  \
    "[model]\nhidden = 4\n[fit]\nepochs = 8\n[splitter.half]\nplugin = train_test_split\n"         \
    "test_size = 0.5\nrandom_state = 42\n[early_stopping.late]\nplugin = patience\n"               \
    "monitor = loss\npatience = 50\n[seeds.mine]\npolicy = keras.utils.set_random_seed\n"          \
    "seed = 42\n[seeds.none]\npolicy = unseeded\n"
#define MANUAL                                                                                     \
    "[protocol.manual]\noptimizer = sgd\nsplitter = half\nseeds = mine\nearly_stopping = late\n"
#define GRID                                                                                       \
    "[protocol.grid]\noptimizer = adam\nsplitter = half\nseeds = none\nearly_stopping = none\n"

static void test_runs_resumes_and_reads(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD MANUAL GRID);
    // optimizer, early stopping, seeds: 8 corners, both ends with more epochs, what is written, and 3 x 3 x 3 seeds of each
    ran r = run_hpbench("explain s.ini --no-report");
    assert_int_equal(r.code, 0);
    expect_run("status s", 0, "385 of 385 trials stored", "");
    expect_run("explain s.ini --no-report", 0, r.out, "");
    expect_run("explain s --no-report", 0, r.out, "");
    expect_run("run s.ini --no-report", 0, "s.ini: 2 cells, 31 trials",
               NULL); // corners are put aside
    expect_run("explain s", 3, "", "s: no two protocols are compared in it");
    expect_run("explain s.ini --no-report", 0, r.out, ""); // and found again
    ran_free(&r);
    work_end(folder);
}

static void test_causes_add_up(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD MANUAL GRID);
    json_t *json = json_of("explain s.ini --json --reported manual=0.9");
    const json_t *e = explanation_of(json), *sides = json_object_get(e, "sides"), *cause;
    double sum = 0;
    size_t i;
    json_array_foreach(json_object_get(e, "causes"), i, cause)
    {
        const char *name = json_string_value(json_object_get(cause, "setting"));
        const bool is_inert = strcmp(name, "early_stopping") == 0;
        assert_true((json_integer_value(json_object_get(cause, "acted_in_runs")) == 0) == is_inert);
        sum += number_at(cause, "value");
    }
    assert_int_equal(i, 3);
    const double difference = number_at(json_object_get(e, "difference"), "value");
    assert_true(fabs(sum - difference) <= 1e-12 * fabs(difference));
    assert_true(number_at(e, "largest_relative_error_of_the_sum") <= 1e-12);
    // luck of A + protocol - luck of B = the two numbers apart
    const json_t *a = json_array_get(sides, 0), *b = json_array_get(sides, 1);
    assert_true(number_at(a, "reported") == 0.9);
    assert_string_equal(json_string_value(json_object_get(a, "reported_is")), "typed");
    assert_string_equal(json_string_value(json_object_get(b, "reported_is")), "run");
    assert_true(fabs(number_at(a, "luck") + difference - number_at(b, "luck") -
                     (number_at(a, "reported") - number_at(b, "reported"))) < 1e-12);
    json_decref(json);
    work_end(folder);
}

static void test_answer_is_the_same_everywhere(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD MANUAL GRID);
    json_t *json = json_of("explain s.ini --json"), *report = json_of("report s --json");
    const json_t *e = explanation_of(json), *sentence;
    ran r = run_hpbench("explain s"), page = run_hpbench("report s");
    size_t i;
    json_array_foreach(json_object_get(e, "sentences"), i, sentence)
    {
        assert_non_null(strstr(r.out, json_string_value(sentence)));
        assert_non_null(strstr(page.out, json_string_value(sentence)));
    }
    assert_true(i > 3);
    assert_true(json_equal(e, explanation_of(report)));
    ran_free(&r);
    ran_free(&page);
    json_decref(json);
    json_decref(report);
    work_end(folder);
}

static void test_same_procedure(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD GRID "[protocol.other]\noptimizer = adam\nsplitter = half\n"
                                        "seeds = none\nearly_stopping = none\n");
    expect_run("explain s.ini", 0,
               "grid and other are the same procedure: no setting differs, so there is nothing to "
               "explain.\n",
               NULL);
    work_end(folder);
}

static void test_nothing_to_explain(void **state)
{
    (void)state;
    char *folder = work_begin("[suite]\nreplicates = 3\n");
    expect_run("explain s.ini", 3, "",
               "s.ini: nothing to explain: expected two protocols, [protocol.A] and "
               "[protocol.B]; got none");
    expect_run("explain s.ini --reported manual", 2, "",
               "expected PROTOCOL=NUMBER; got \"manual\"");
    expect_run("explain nowhere --reported manual=1", 2, "", "expected the suite");
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_resumes_and_reads),
        cmocka_unit_test(test_causes_add_up),
        cmocka_unit_test(test_answer_is_the_same_everywhere),
        cmocka_unit_test(test_same_procedure),
        cmocka_unit_test(test_nothing_to_explain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
