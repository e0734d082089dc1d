// SPDX-License-Identifier: Apache-2.0
// hpbench explain where there is little to explain: a sentence each, in terminal, page and JSON, and never a NaN.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#include <jansson.h>
#include <strings.h>

#define SUITE(fit)                                                                                 \
    "[suite]\nreplicates = 24\n[data]\ngenerator = linear\nrows = 40\nseed = 0\n" fit              \
    "[splitter.half]\nplugin = train_test_split\ntest_size = 0.5\nrandom_state = 42\n"
#define HEAD SUITE("[model]\nhidden = 4\n[fit]\nepochs = 4\n")
#define LINEAR                                                                                     \
    SUITE("[model]\nhidden = none\n[fit]\nepochs = 60\n") // SGD with a large rate diverges
#define A "[protocol.a]\nsplitter = half\noptimizer = sgd\n"
#define B "[protocol.b]\nsplitter = half\noptimizer = adam\n"

// No number that is none stands as a word; what is in base64 is no word.
static void expect_no_nan(const char *text, const char *where)
{
    static const char inner[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_";
    static const char *const words[] = {"nan", "inf"};
    for (const char *c = text; *c; c++)
        for (size_t i = 0; i < 2; i++)
            if (strncasecmp(c, words[i], 3) == 0 && (c == text || !strchr(inner, c[-1])) &&
                (!c[3] || !strchr(inner, c[3])))
                fail_msg("%s: %.80s", where, c);
}

// Runs `explain s.ini OPTIONS`, then --json and the page of the same: one verdict, the same sentences. Returns what was
// printed; free() it.
static char *explained(const char *suite, const char *options, const char *verdict)
{
    char *folder = work_begin(suite);
    char *command = hpb_format("explain s.ini %s", options);
    char *json_command = hpb_format("%s --json", command);
    ran text = run_hpbench(command), json = run_hpbench(json_command);
    if (text.code || json.code)
        fail_msg("%s: exit %d\n%s%s", command, text.code, text.out, text.err);
    char *page = ran_text("hpbench-results/s/report.html");
    json_t *all = json_loads(json.out, 0, NULL);
    const json_t *e = json_array_get(json_object_get(all, "explanations"), 0), *sentence;
    assert_string_equal(json_string_value(json_object_get(e, "verdict")), verdict);
    size_t i;
    json_array_foreach(json_object_get(e, "sentences"), i, sentence)
        assert_non_null(strstr(text.out, json_string_value(sentence)));
    assert_true(i > 0);
    expect_no_nan(text.out, command);
    expect_no_nan(json.out, json_command);
    expect_no_nan(page, "the page");
    char *printed = hpb_strdup(text.out);
    json_decref(all);
    ran_free(&text);
    ran_free(&json);
    free(page);
    free(json_command);
    free(command);
    work_end(folder);
    return printed;
}

static void expect_explained(const char *suite, const char *options, const char *verdict,
                             const char *expected)
{
    char *printed = explained(suite, options, verdict);
    if (!strstr(printed, expected))
        fail_msg("expected \"%s\" in\n%s", expected, printed);
    free(printed);
}

static void test_the_same_procedure(void **state)
{
    (void)state;
    expect_explained(HEAD A "[protocol.b]\nsplitter = half\noptimizer = sgd\n", "",
                     "same_procedure", "a and b are the same procedure");
    // what never acts is a setting all the same
    char *printed = explained(HEAD "[early_stopping.late]\nplugin = patience\nmonitor = loss\n"
                                   "patience = 50\n" A "early_stopping = late\n"
                                   "[protocol.b]\nsplitter = half\noptimizer = sgd\n"
                                   "early_stopping = none\n",
                              "", "luck");
    free(printed);
}

static void test_too_few_runs(void **state)
{
    (void)state;
    static const char *const few[] = {"1", "2", "5"};
    for (size_t i = 0; i < HPB_COUNT(few); i++) {
        char *options = hpb_format("--set suite.replicates=%s", few[i]);
        expect_explained(HEAD A B, options, "too_few_runs", "oo few runs");
        free(options);
    }
}

static void test_a_side_that_diverges(void **state)
{
    (void)state;
    expect_explained(LINEAR A "learning_rate = 200\n" B, "", "side_diverges", "diverge");
}

// Each side trains, and one of their mixtures never does: it is named.
static void test_a_corner_that_diverges(void **state)
{
    (void)state;
    expect_explained(LINEAR A "grid.learning_rate = 0.01, 0.02\n" B
                              "grid.learning_rate = 200, 400\n",
                     "", "side_diverges",
                     "a with the grid learning_rate=[200, 400] does not train: most of its runs "
                     "diverge");
}

static void test_a_number_outside_of_all_runs(void **state)
{
    (void)state;
    static const char *const numbers[] = {"1e-9", "1e300", "0"};
    for (size_t i = 0; i < HPB_COUNT(numbers); i++) {
        char *options = hpb_format("--reported a=%s --reported b=5", numbers[i]);
        char *folder = work_begin(HEAD A B);
        char *command = hpb_format("explain s.ini %s", options);
        ran r = run_hpbench(command);
        assert_int_equal(r.code, 0);
        assert_non_null(strstr(r.out, "never seen"));
        expect_no_nan(r.out, command);
        ran_free(&r);
        free(command);
        work_end(folder);
        free(options);
    }
}

static void test_numbers_that_are_none(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD A B);
    static const char *const bad[] = {"a=nan", "a=inf", "a=1e400", "a=", "=1", "a=0,27"};
    for (size_t i = 0; i < HPB_COUNT(bad); i++) {
        char *command = hpb_format("explain s.ini --reported %s", bad[i]);
        char *expected = hpb_format("--reported: expected PROTOCOL=NUMBER; got \"%s\"", bad[i]);
        expect_run(command, 2, "", expected);
        free(expected);
        free(command);
    }
    expect_run("explain s.ini --reported c=1", 2, "",
               "[protocol.c]: the suite has no such section");
    expect_run("explain s.ini --reported a=-0.27", 2, "",
               "[protocol.a] reported: an MSE is never below 0; expected 0 or more; got -0.27\n"
               "hint: scikit-learn prints neg_mean_squared_error: turn its sign\n");
    work_end(folder);
}

static void test_a_corner_that_cannot_be(void **state)
{
    (void)state;
#define BY_VALIDATION                                                                              \
    HEAD A "validation_split = 0.2\nselect = validation\ngrid.learning_rate = 0.01, 0.02\n" B      \
           "grid.learning_rate = 0.01, 0.02\n"
    static const char said[] =
        "hpbench: error: s.ini:15:1: [explain]: a with b's validation_split can't be run: select: "
        "chooses by val_loss, but validation_split of candidate learning_rate 0.01 is 0\n"
        "hint: [explain] group = validation_split + selection: one cause, turned over as one\n";
    char *folder = work_begin(BY_VALIDATION);
    expect_run("explain s.ini", 3, "", said);
    expect_run("run s.ini --no-report", 0, NULL, NULL); // both protocols can be run
    work_end(folder);
    expect_explained(BY_VALIDATION "[explain]\ngroup = validation_split + selection\n", "",
                     "not_finished", "validation_split");
}

static void test_a_filter_that_leaves_none_whole(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD A B);
    expect_run("explain s.ini --filter protocol=a", 2, "",
               "[explain]: --filter leaves out settings of the two protocols; expected all that "
               "they differ in");
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_procedure),
        cmocka_unit_test(test_too_few_runs),
        cmocka_unit_test(test_a_side_that_diverges),
        cmocka_unit_test(test_a_corner_that_diverges),
        cmocka_unit_test(test_a_number_outside_of_all_runs),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_a_corner_that_cannot_be),
        cmocka_unit_test(test_a_filter_that_leaves_none_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
