// SPDX-License-Identifier: Apache-2.0
// --filter: which cells are left, what stands in for the reference, and what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

#include <stdio.h>

static const char suite[] =
    "[suite]\nreplicates = 10\n[data.linear]\n[data.friedman1]\ngenerator = friedman1\n"
    "[optimizer.sgd]\nlabel = Plain [SGD]\n[optimizer.adam]\nlearning_rate = 0.1, 0.01\n"
    "[seeds.fixed]\nsplit = 1\nweights = 1\norder = 1\n[seeds.random]\n"
    "[report]\nreference = sgd & linear\n";

#define MOST 4

// Plans the suite with these filters; the code of the first fault, whose text is in fixture.diagnostics.
static hpb_exit plan_with(const char *const filters[MOST])
{
    uint32_t n = 0;
    while (n < MOST && filters[n])
        n++;
    tested_accept(&fixture, suite);
    hpb_plan_free(&fixture.plan);
    hpb_error error = {0};
    hpb_exit code = hpb_suite_filter(&fixture.suite, filters, n, &error);
    if (code) {
        fixture.diagnostics.item[0] = error;
        return code;
    }
    fixture.is_good = hpb_plan_make(&fixture.suite, tested_count, &fixture.probe, &fixture.plan,
                                    &fixture.diagnostics);
    return fixture.is_good ? HPB_EXIT_OK : fixture.diagnostics.item[0].code;
}

static void test_cells_that_are_left(void **state)
{
    (void)state;
    static const struct {
        const char *filters[MOST];
        uint32_t n_cells;
        const char *reference, *left_out; // NULL: the suite's own is there
    } cases[] = {
        {{NULL}, 12, "linear & Plain [SGD] & random", NULL},
        {{"data=linear"}, 6, "linear & Plain [SGD] & random", NULL},
        {{"data=LINEAR", "optimizer=Sgd"}, 2, "linear & Plain [SGD] & random", NULL},
        {{"optimizer=plain [sgd]"}, 4, "linear & Plain [SGD] & random", NULL},
        {{"optimizer=plain*, adam"}, 12, "linear & Plain [SGD] & random", NULL},
        {{"optimizer=adam"},
         8,
         "linear & adam learning_rate 0.1 & random",
         "linear & Plain [SGD] & random"},
        {{"optimizer=*0.0?"},
         4,
         "linear & adam learning_rate 0.01 & random",
         "linear & Plain [SGD] & random"},
        {{"optimizer=adam", "optimizer=*0.1"},
         4,
         "linear & adam learning_rate 0.1 & random",
         "linear & Plain [SGD] & random"},
        // of cells with the reference's labels, then of random ones, the first
        {{"seeds=fixed"}, 6, "linear & Plain [SGD] & fixed", "linear & Plain [SGD] & random"},
        {{"data=friedman1", "seeds=fixed"},
         3,
         "friedman1 & Plain [SGD] & fixed",
         "linear & Plain [SGD] & random"},
        {{"optimizer=*a*[sgd]*"}, 4, "linear & Plain [SGD] & random", NULL},
        {{"splitter=train_test_split"}, 12, "linear & Plain [SGD] & random", NULL},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        if (plan_with(cases[i].filters))
            fail_msg("case %zu: %s", i, fixture.diagnostics.item[0].text);
        const hpb_plan *plan = &fixture.plan;
        assert_int_equal(plan->n_cells, cases[i].n_cells);
        assert_string_equal(plan->cells[plan->reference].label, cases[i].reference);
        if (cases[i].left_out)
            assert_string_equal(plan->left_out, cases[i].left_out);
        else
            assert_null(plan->left_out);
        tested_drop(&fixture);
    }
}

// One level, whose label is given.
static bool is_level(const char *label, const char *pattern)
{
    char *text = hpb_format("[suite]\nreplicates = 2\n[optimizer.sgd]\nlabel = %s\n", label);
    char *filter = hpb_format("optimizer=%s", pattern);
    const char *filters[] = {filter};
    hpb_error error;
    tested_accept(&fixture, text);
    const bool is_it = hpb_suite_filter(&fixture.suite, filters, 1, &error) == HPB_EXIT_OK;
    tested_drop(&fixture);
    free(filter);
    free(text);
    return is_it;
}

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *label, *pattern;
        bool is_it;
    } cases[] = {
        {"abcabd", "abc*abd", true},
        {"abcabd", "a*bd", true},
        {"abcabd", "*ab?", true},
        {"abcabd", "ABCABD", true},
        {"abcabd", "abcab", false},
        {"abcabd", "abcabde", false},
        {"abcabd", "*abc", false},
        {"abcabd", "**", true},
        {"abcabd", "??????", true},
        {"abcabd", "?????", false},
        {"a[b]", "a[b]", true},
        {"a[b]", "ab", false},
        {"\xc2\xb5 = 0", "? = 0", true},
        {"\xc2\xb5", "??", false},
        {"a*b", "a\\*b", false},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", false},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++)
        if (is_level(cases[i].label, cases[i].pattern) != cases[i].is_it)
            fail_msg("\"%s\" and \"%s\"", cases[i].label, cases[i].pattern);
}

// Labels and keys are those of the whole suite, so that what is stored counts.
static void test_cells_are_the_same_cells(void **state)
{
    (void)state;
    char key[HPB_SHA256_TEXT];
    tested_accept(&fixture, suite);
    strcpy(key, fixture.plan.cells[11].key);
    tested_drop(&fixture);
    assert_int_equal(
        plan_with((const char *[MOST]){"data=friedman1", "optimizer=*0.01", "seeds=random"}),
        HPB_EXIT_OK);
    assert_int_equal(fixture.plan.n_cells, 1);
    assert_string_equal(fixture.plan.cells[0].key, key);
    assert_string_equal(fixture.plan.cells[0].label,
                        "friedman1 & adam learning_rate 0.01 & random");
    assert_string_equal(
        fixture.suite.overrides,
        " --filter data=friedman1 --filter 'optimizer=*0.01' --filter seeds=random");
    tested_drop(&fixture);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *text, *hint;
    } cases[] = {
        {"optimisers=adam", "--filter optimisers=adam: no such factor",
         "did you mean optimizer=adam?"},
        {"x=1", "--filter x=1: no such factor",
         "factors: protocol, data, model, fit, optimizer, schedule, initializer, early_stopping, "
         "splitter, "
         "seeds"},
        {"optimizer=adam,sdg", "--filter optimizer=adam,sdg: no level of optimizer is \"sdg\"",
         "did you mean sgd?"},
        {"optimizer=z*", "--filter optimizer=z*: no level of optimizer is \"z*\"",
         "levels: Plain [SGD], adam learning_rate 0.1, adam learning_rate 0.01"},
        {"optimizer=adam,", "--filter optimizer=adam,: no level of optimizer is \"\"",
         "levels: Plain [SGD], adam learning_rate 0.1, adam learning_rate 0.01"},
        {"optimizer", "--filter: not of the form factor=level,level; got \"optimizer\"", ""},
        {"=adam", "--filter: not of the form factor=level,level; got \"=adam\"", ""},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        assert_int_equal(plan_with((const char *[MOST]){cases[i].filter}), HPB_EXIT_USAGE);
        assert_string_equal(fixture.diagnostics.item[0].text, cases[i].text);
        assert_string_equal(fixture.diagnostics.item[0].hint, cases[i].hint);
        tested_drop(&fixture);
    }
    assert_int_equal(plan_with((const char *[MOST]){"optimizer=sgd", "optimizer=adam"}),
                     HPB_EXIT_USAGE);
    assert_string_equal(fixture.diagnostics.item[0].text,
                        "suites/tested.ini: --filter leaves no cell of 12");
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_that_are_left),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_cells_are_the_same_cells),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
