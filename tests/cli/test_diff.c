// SPDX-License-Identifier: Apache-2.0
// hpbench diff: what differs and whose default it is, loud about what nobody set; nothing is trained.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#define SHIPPED "'" HPB_TEST_SOURCE "/../suites/gridsearch-vs-manual.ini'"
#define HEAD "[suite]\nreplicates = 10\n[fit]\nepochs = 100\n"
#define MANUAL "[protocol.manual]\noptimizer = sgd\n"

static void write_suite(const char *text)
{
    FILE *file = fopen("mine.ini", "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void expect_diff(const char *suite, const char *expected)
{
    write_suite(suite);
    ran r = run_hpbench("diff mine.ini");
    assert_int_equal(r.code, 0);
    if (strcmp(r.out, expected) != 0)
        fail_msg("expected\n%sgot\n%s", expected, r.out);
    ran_free(&r);
}

static void test_defaults_that_nobody_set_are_named(void **state)
{
    (void)state;
    char *folder = work_begin("");
    expect_diff(
        HEAD MANUAL "[protocol.grid]\npreset = gridsearchcv_scikeras\n",
        "manual and grid differ in 5 settings\n"
        "                     manual                    grid\n"
        "  epochs             100                       1                              <- "
        "scikeras: default, you did not set it\n"
        "  optimizer          sgd(learning_rate 0.01)   rmsprop(learning_rate 0.001)   <- "
        "scikeras: model not compiled\n"
        "  splitter           train_test_split          kfold                          <- "
        "GridSearchCV: cv=None is KFold(5), not shuffled\n"
        "  rows trained on    75 of 100                 80 of 100 in each of 5 folds\n"
        "  what is reported   MSE on 25 held-out rows   mean of 5 fold MSEs (best_score_, "
        "sign turned)\n"
        "equal: generator, rows, features, noise, data seed, standardise, hidden, "
        "activation, solver,\n"
        "       batch_size, shuffle, validation_split, schedule, initializer, early stopping, "
        "seeds,\n"
        "       candidates, chosen by, outer split\n"
        "nothing was run; why they differ: hpbench explain mine.ini\n");
    work_end(folder);
}

static void test_what_a_preset_loses_is_said(void **state)
{
    (void)state;
    char *folder = work_begin("");
    write_suite(HEAD MANUAL "[protocol.grid]\npreset = gridsearchcv_keras\noptimizer = sgd\n"
                            "epochs = 100\nvalidation_split = 0.25\nsplitter = train_test_split\n");
    expect_run("diff mine.ini", 0,
               "<- Keras: SKLearnRegressor loses fit_kwargs when scikit-learn clones it\n", NULL);
    expect_run("diff mine.ini", 0, "warning: [protocol.grid] epochs = 100 never acts.", NULL);
    expect_run("diff mine.ini", 0, "warning: [protocol.grid] validation_split = 0.25 never acts.",
               NULL);
    work_end(folder);
}

static void test_rules_beside_one_another(void **state)
{
    (void)state;
    char *folder = work_begin("");
    write_suite(HEAD MANUAL "early_stopping = none\n[early_stopping.both]\nplugin = "
                            "patience\npatience = 4\nalso = slow\n"
                            "[early_stopping.slow]\nplugin = reduce_lr_on_plateau\nfactor = 0.5\n"
                            "[protocol.other]\noptimizer = sgd\nvalidation_split = 0.2\n"
                            "early_stopping = both\n[protocol.third]\noptimizer = sgd\n"
                            "validation_split = 0.2\ngrid.early_stopping = none, both, slow\n");
    expect_run("diff mine.ini", 0, "patience(patience 4), then reduce_lr_on_plateau(factor 0.5)\n",
               NULL);
    expect_run("diff mine.ini manual third", 0, "3: early_stopping none, both, slow\n", NULL);
    work_end(folder);
}

static void test_the_same_procedure(void **state)
{
    (void)state;
    char *folder = work_begin("");
    expect_diff(HEAD MANUAL "reported = 1\n[protocol.other]\noptimizer = sgd\nreported = 2\n",
                "manual and other are the same procedure: no setting differs.\n"
                "Two runs of it still differ, by luck alone: hpbench run mine.ini\n");
    expect_run("diff mine.ini --json", 0, "\"different\": []", NULL);
    work_end(folder);
}

// A reason stands beside the second value: where it is about the first it says so. Many values are not all listed.
static void test_reasons_and_long_grids(void **state)
{
    (void)state;
    char *folder = work_begin("");
    write_suite(HEAD MANUAL "[protocol.grid]\nlabel = The Grid\noptimizer = sgd\n"
                            "grid.batch_size = range(1, 8)\ngrid.momentum = 0, 0.5\n");
    expect_run("diff mine.ini", 0,
               "  batch_size   32          a candidate's   <- Keras: default, you did not set it "
               "(manual)\n",
               NULL);
    expect_run("diff mine.ini manual 'the grid'", 0,
               "  candidates   1           14: batch_size 1, 2, ..., 7 (7 values); "
               "momentum 0, 0.5\n",
               NULL);
    expect_run("diff mine.ini grid manual", 0, " 32   <- Keras: default, you did not set it\n",
               NULL);
    work_end(folder);
}

// Both are taken with the same level of what is crossed with them, which is named.
static void test_what_is_crossed_beside(void **state)
{
    (void)state;
    char *folder = work_begin("");
    write_suite(HEAD "[data.few]\nrows = 40\n[data.many]\nrows = 200\nstandardise = all\n" MANUAL
                     "[protocol.grid]\npreset = gridsearchcv\noptimizer = sgd\n");
    expect_run("diff mine.ini", 0, "both with data few; another of the 2: --filter data=LEVEL\n",
               NULL);
    expect_run("diff mine.ini --filter data=many", 0,
               "  rows trained on    150 of 200                160 of 200 in each of 5 folds\n",
               NULL);
    expect_run("diff mine.ini --set 'cross.exclude=manual & few'", 0, "both with data many;", NULL);
    expect_run("diff mine.ini --json", 0, "\"with\": {\n    \"data\": \"few\"\n  },\n", NULL);
    expect_run("diff mine.ini --json", 0, "\"warnings\": [\n    \"[data] standardise = all lets",
               NULL);
    work_end(folder);
}

static void test_the_shipped_suite(void **state)
{
    (void)state;
    char *folder = work_begin("");
    expect_run("diff " SHIPPED, 0, "manual and grid differ in 9 settings\n", NULL);
    expect_run("diff " SHIPPED, 0,
               "  rows trained on    64 of 100, 16 kept back                            "
               "80 of 100 in each of 5 folds\n",
               NULL);
    expect_run("diff " SHIPPED, 0,
               "  candidates         2: learning_rate 0.01, 0.05                        "
               "3: learning_rate 0.001, 0.01, 0.05\n",
               NULL);
    expect_run("diff " SHIPPED " grid manual", 0, "grid and manual differ in 9 settings\n", NULL);
    expect_run("diff --json " SHIPPED, 0, "\"setting\": \"chosen by\"", NULL);
    work_end(folder);
}

static void test_refusals(void **state)
{
    (void)state;
    char *folder = work_begin("");
    write_suite(HEAD "[optimizer.sgd]\n");
    expect_run("diff mine.ini", 3, "",
               "mine.ini: expected two sections [protocol.LABEL] to compare; got none\n"
               "hint: hpbench new gridsearch-vs-manual FILE writes a suite with two\n");
    write_suite(HEAD MANUAL);
    expect_run("diff mine.ini", 3, "", "got one\n");
    expect_run("diff " SHIPPED " manual gird", 2, "",
               "no protocol is called \"gird\"\nhint: did you mean grid?\n");
    expect_run("diff " SHIPPED " manual xyzzy", 2, "",
               "no protocol is called \"xyzzy\"\nhint: the suite has manual, grid\n");
    expect_run("diff " SHIPPED " manual", 2, "", "expected two protocols, A and B");
    expect_run("diff " SHIPPED " grid Grid", 2, "",
               "expected two protocols, A and B; got \"grid\" twice\n");
    expect_run("diff", 2, "", "SUITE is missing");
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_that_nobody_set_are_named),
        cmocka_unit_test(test_what_a_preset_loses_is_said),
        cmocka_unit_test(test_rules_beside_one_another),
        cmocka_unit_test(test_the_same_procedure),
        cmocka_unit_test(test_reasons_and_long_grids),
        cmocka_unit_test(test_what_is_crossed_beside),
        cmocka_unit_test(test_the_shipped_suite),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
