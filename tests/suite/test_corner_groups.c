// SPDX-License-Identifier: Apache-2.0
// Corners that can't be run are said in one sentence, with the groups that it takes; groups are turned over as one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_corners.h"

static void test_corners_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *expected, *group;
    } cases[] = {
        {"optimizer = sgd\ngrid.momentum = 0, 0.9\n",
         "optimizer = adam\ngrid.learning_rate = 0.1, 0.2\n",
         "[explain]: a with b's optimizer can't be run: adam has no momentum",
         "optimizer + candidates"},
        {"optimizer = sgd\nvalidation_split = 0.2\nselect = validation\n"
         "grid.learning_rate = 0.1, 0.2\nepochs = 4\n",
         "optimizer = adam\nvalidation_split = 0\ngrid.learning_rate = 0.1, 0.2\n",
         "[explain]: a with b's validation_split can't be run: select: chooses by val_loss, but "
         "validation_split of candidate learning_rate 0.1 is 0",
         "validation_split + selection"},
        {"optimizer = sgd\nschedule = exponential_decay\nepochs = 5\nearly_stopping = none\n",
         "optimizer = sgd\nearly_stopping = slower\nschedule = none\n",
         "[explain]: a with b's early_stopping can't be run: [early_stopping.slower] "
         "sets the learning rate, and so does [schedule.exponential_decay]",
         "schedule + early_stopping"},
        {"optimizer = sgd\nhidden = 10\n",
         "optimizer = sgd\nhidden = none\nsolver = least_squares\n",
         "[explain]: a with b's solver can't be run: [fit] solver: least_squares is for a model "
         "without hidden layers",
         "hidden + solver"},
        {"optimizer = sgd\nsplitter = loo\n",
         "optimizer = adam\nsplitter = kfold\nouter = kfold\nreport = refit\n",
         "[explain]: a with b's report can't be run: outer: leaves 80 of 100 rows, of which "
         "leave_one_out makes 80 splits, not 100",
         "splitter + report"},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        const char *sections =
            strstr(cases[i].a, "loo") ? "[splitter.loo]\nplugin = leave_one_out\n"
            : strstr(cases[i].a, "decay")
                ? "[early_stopping.slower]\nplugin = reduce_lr_on_plateau\nmonitor = loss\n"
                  "[schedule.exponential_decay]\ndecay_steps = 10\n"
                  "decay_rate = 0.9\n"
                : "";
        char *text =
            hpb_format(HEAD "%s[protocol.a]\n%s[protocol.b]\n%s", sections, cases[i].a, cases[i].b);
        tested_refuse(&fixture, text, cases[i].expected);
        tested_drop(&fixture); // some are refused by the plan alone
        assert_int_equal(fixture.diagnostics.count, 1);
        char *hint =
            hpb_format("[explain] group = %s: one cause, turned over as one", cases[i].group);
        assert_string_equal(fixture.diagnostics.item[0].hint, hint);
        free(hint);
        char *grouped = hpb_format(HEAD "group = %s\n%s[protocol.a]\n%s[protocol.b]\n%s",
                                   cases[i].group, sections, cases[i].a, cases[i].b);
        tested_accept(&fixture, grouped);
        const hpb_explain *explain = &fixture.suite.explain;
        bool is_there = false;
        for (uint32_t k = 0; k < explain->n_factors; k++)
            is_there |= strcmp(explain->factors[k].name, cases[i].group) == 0;
        assert_true(is_there);
        tested_drop(&fixture);
        free(grouped);
        free(text);
    }
}

// Two groups are needed, one is there already.
static void test_several_groups(void **state)
{
    (void)state;
#define TANGLED                                                                                    \
    "[schedule.decay]\nplugin = exponential_decay\ndecay_steps = 10\ndecay_rate = 0.9\n"           \
    "[protocol.a]\noptimizer = sgd\nschedule = decay\ngrid.momentum = 0, 0.9\nepochs = 3\n"        \
    "[protocol.b]\noptimizer = adam\nearly_stopping = reduce_lr_on_plateau\nschedule = none\n"     \
    "grid.beta_1 = 0.8, 0.9\nhidden = 3\n"
    tested_refuse(&fixture, HEAD "group = epochs + hidden\n" TANGLED,
                  "a with b's optimizer can't be run: adam has no momentum");
    tested_drop(&fixture);
    assert_string_equal(fixture.diagnostics.item[0].hint,
                        "[explain] group = hidden + epochs, optimizer + candidates: one cause, "
                        "turned over as one");
    tested_accept(&fixture, HEAD "group = epochs+hidden,optimizer + candidates , "
                                 "Early_Stopping + schedule\n" TANGLED);
    static const char *const names[] = {"hidden + epochs", "optimizer + candidates",
                                        "schedule + early_stopping"};
    assert_int_equal(fixture.suite.explain.n_factors, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_string_equal(fixture.suite.explain.factors[i].name, names[i]);
    assert_string_equal(fixture.suite.explain.factors[0].value[0], "10 + 3");
    assert_string_equal(fixture.suite.explain.factors[0].value[1], "3 + 1");
    assert_string_equal(value_at(1, "fit.epochs"), "1");
    assert_string_equal(value_at(1, "model.hidden"), "3");
    assert_string_equal(value_at(6, "fit.epochs"), "3");
    tested_drop(&fixture);
}

static void test_bad_groups(void **state)
{
    (void)state;
#define GROUP(text) HEAD "group = " text "\n" TWO
    tested_refuse(&fixture, GROUP("early_stoping + validation_split"),
                  "[explain] group: expected settings with + between, of data, hidden");
    tested_drop(&fixture);
    assert_string_equal(fixture.diagnostics.item[0].hint, "did you mean early_stopping?");
    tested_refuse(&fixture, GROUP("optimizer"), "one setting is no group; expected two or more");
    tested_drop(&fixture);
    tested_refuse(&fixture, GROUP("optimizer +"), "got \"\"");
    tested_drop(&fixture);
    tested_refuse(&fixture, GROUP("optimizer + report, seeds + report"),
                  "report stands twice; expected each setting once");
    tested_drop(&fixture);
    // settings that do not differ are no causes, alone or in a group
    tested_accept(&fixture, GROUP("optimizer + report, epochs + hidden"));
    assert_int_equal(fixture.suite.explain.n_factors, 1);
    assert_string_equal(fixture.suite.explain.factors[0].name, "optimizer");
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corners_that_cannot_be),
        cmocka_unit_test(test_several_groups),
        cmocka_unit_test(test_bad_groups),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
