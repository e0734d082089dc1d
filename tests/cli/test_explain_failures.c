// SPDX-License-Identifier: Apache-2.0
// hpbench explain where runs fail: the commonest cause and its combination are named, and what to do; codes with and
// without a report.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_json.h"
#include "cli/support_process.h"
#include "support_order.h"

#define HEAD                                                                                       \
    "[suite]\nreplicates = 30\n[data]\ngenerator = linear\nrows = 20\nseed = 0\n"                  \
    "[model]\nhidden = 2\n[fit]\nepochs = 2\n[splitter.half]\nplugin = train_test_split\n"

// `hostile` aborts where the first weight has certain bits, all 0 among them: with zeros always, else in one of so many
// fits. Both sides train; one combination of them never does.
#define MIX                                                                                        \
    HEAD "[optimizer.bad]\nplugin = hostile\naction = abort\none_in = 1000000000\n"                \
         "[protocol.manual]\noptimizer = bad\nsplitter = half\ninitializer = glorot_uniform\n"     \
         "[protocol.grid]\noptimizer = sgd\nsplitter = half\ninitializer = zeros\n"

// Some runs of one side fail.
#define SOME                                                                                       \
    HEAD "[optimizer.bad]\nplugin = hostile\naction = abort\none_in = 10\n"                        \
         "[protocol.manual]\noptimizer = sgd\nsplitter = half\n"                                   \
         "[protocol.grid]\noptimizer = bad\nsplitter = half\nbatch_size = 4\n"

static void test_a_combination_that_always_fails(void **state)
{
    (void)state;
    char *folder = work_begin(MIX);
    ran r = run_hpbench("explain s.ini --no-report " PLUGINS);
    assert_int_equal(r.code, HPB_EXIT_FAILED);
    static const char *const words[] = {
        "There are too few runs to tell causes from luck.\n",
        "0 of 30 runs finished with every combination of the settings; it takes 20.\n",
        "manual with Zeros fails in 30 of 30 runs: it crashed, signal 6 (aborted).\n",
        "Do this: mend what fails, and run the same command with `--retry-failed`.\n"};
    assert_in_order(r.out, words, HPB_COUNT(words));
    assert_null(strstr(r.out, "other combination"));
    ran_free(&r);
    expect_run("explain s --no-report", HPB_EXIT_FAILED, "manual with Zeros fails in 30 of", "");
    json_t *json = json_of_code("explain s --no-report --json", HPB_EXIT_FAILED);
    const json_t *failure = json_object_get(explanation_of(json), "failure"),
                 *as_b = json_object_get(failure, "as_b");
    assert_int_equal(json_array_size(as_b), 1);
    assert_string_equal(json_string_value(json_array_get(as_b, 0)), "initializer");
    assert_string_equal(json_string_value(json_object_get(failure, "status")), "crashed");
    assert_string_equal(json_string_value(json_object_get(failure, "cause")), "signal 6 (aborted)");
    assert_int_equal(json_integer_value(json_object_get(failure, "runs")), 30);
    assert_int_equal(json_integer_value(json_object_get(failure, "other_combinations")), 0);
    json_decref(json);
    work_end(folder);
}

static void test_some_runs(void **state)
{
    (void)state;
    char *folder = work_begin(SOME);
    ran r = run_hpbench("explain s.ini " PLUGINS);
    assert_int_equal(r.code, HPB_EXIT_FAILED);
    const char *left_out = strstr(r.out, " of 30 runs are left out of the comparison: some of "
                                         "theirs failed.\n");
    assert_non_null(left_out);
    assert_non_null(strstr(left_out, " of 30 runs: it crashed, signal 6 (aborted).\n"));
    assert_non_null(
        strstr(left_out, "\nIn 1 other combination of the settings runs failed too.\n"));
    assert_null(strstr(r.out, "are missing"));
    ran_free(&r);
    work_end(folder);
}

static void test_nothing_fails(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD "[protocol.manual]\noptimizer = sgd\nsplitter = half\n"
                                   "[protocol.grid]\noptimizer = adam\nsplitter = half\n");
    json_t *json = json_of("explain s.ini --no-report --json");
    const json_t *sentences = json_object_get(explanation_of(json), "sentences"), *sentence;
    size_t i;
    assert_true(json_is_null(json_object_get(explanation_of(json), "failure")));
    json_array_foreach(sentences, i, sentence)
        assert_null(strstr(json_string_value(sentence), "fails in"));
    json_decref(json);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_combination_that_always_fails),
        cmocka_unit_test(test_some_runs),
        cmocka_unit_test(test_nothing_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
