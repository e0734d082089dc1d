// SPDX-License-Identifier: Apache-2.0
// hpbench plan: what would run, in text that fits a terminal and in JSON; nothing is written.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"

#include <jansson.h>

static int set_up(void **state)
{
    (void)state;
    return chdir(HPB_TEST_SOURCE "/..");
}

static void test_text(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "suites/optimizers.ini: 8 cells, 4,004 trials, 12,012 fits\nAdam or SGD, ",
        "\n  optimizer        adam, sgd\n",
        "\n    learning_rate            0.01\n",
        "\n    shuffle                  yes                      default, Keras\n",
        ("\n    drawn from               data, split: NumPy's RandomState\n"
         "                             weights, order: hpbench's Philox\n"),
        "default, scikit-learn\n",
        "\n    replicates               1000                     default, hpbench\n",
        "\n    1,000           5         5,000  adam & cv5 & random\n",
        "sgd & holdout & random  (reference)\n",
        "\nData\n  linear: 100 rows, 5 features\n",
        "\nResults go to hpbench-results/optimizers/; nothing was run.\n",
    };
    ran r = run_hpbench("plan suites/optimizers.ini");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.err, "");
    for (size_t i = 0; i < HPB_COUNT(lines); i++)
        if (!strstr(r.out, lines[i]))
            fail_msg("\"%s\" is not in\n%s", lines[i], r.out);
    size_t column = 0;
    for (const char *c = r.out; *c; c++) {
        column = *c == '\n' ? 0 : column + 1;
        assert_true(column <= 100);
    }
    ran_free(&r);
}

static void test_long_lists_are_wrapped(void **state)
{
    (void)state;
    ran r = run_hpbench("plan suites/optimizers.ini --set suite.replicates=1 "
                        "--set fit.batch_size=90 "
                        "--set 'optimizer.adam.learning_rate=geomspace(1e-4, 1e-1, 40)'");
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "... (40 in all)"));
    assert_non_null(
        strstr(r.out, "\nwarning: [fit] batch_size 90 is more than the 80 training rows"));
    assert_non_null(strstr(r.out, "and 114 more; --json lists all"));
    size_t column = 0;
    for (const char *c = r.out; *c; c++) {
        column = *c == '\n' ? 0 : column + 1;
        assert_true(column <= 100);
    }
    ran_free(&r);
}

// Levels come back with every level of the keys before; they are counted once.
static void test_levels_are_counted_once(void **state)
{
    (void)state;
    expect_run("plan suites/optimizers.ini --set suite.replicates=1 "
               "--set 'optimizer.adam.learning_rate=0.1, 0.01' "
               "--set 'optimizer.adam.beta_2=linspace(0.5, 0.99, 100)'",
               0, "... (100 in all)\n", "");
}

// AdamW lists weight_decay, which is the host's: its default is then the plugin's, here as in Keras.
static void test_a_plugin_changes_a_default(void **state)
{
    (void)state;
    expect_run("plan suites/optimizers.ini --set optimizer.sgd.plugin=adamw", 0,
               "    weight_decay             0.004                    default, Keras\n", "");
}

static void test_json(void **state)
{
    (void)state;
    ran r = run_hpbench("plan --json suites/optimizers.ini");
    assert_int_equal(r.code, 0);
    json_t *root = json_loads(r.out, 0, NULL), *cells, *optimizers;
    json_int_t fits, trials;
    const char *reference, *output;
    assert_int_equal(json_unpack(root, "{s:I, s:I, s:s, s:s, s:o, s:{s:o}}", "trials", &trials,
                                 "fits", &fits, "reference", &reference, "output", &output, "cells",
                                 &cells, "factors", "optimizer", &optimizers),
                     0);
    assert_int_equal(trials, 4004);
    assert_int_equal(fits, 12012);
    assert_int_equal(json_array_size(cells), 8);
    assert_int_equal(json_array_size(optimizers), 2);
    assert_string_equal(reference, "sgd & holdout & random");
    assert_string_equal(output, "hpbench-results/optimizers");
    const char *beta, *twin, *key;
    json_t *fixed = json_array_get(cells, 1);
    assert_int_equal(json_unpack(fixed, "{s:s, s:s, s:{s:{s:s}}}", "key", &key, "twin", &twin,
                                 "values", "optimizer", "beta_1", &beta),
                     0);
    assert_int_equal(strlen(key), HPB_SHA256_TEXT - 1);
    assert_string_equal(twin, "adam & holdout & random");
    assert_string_equal(beta, "0.9");
    json_decref(root);
    ran_free(&r);
}

// Policies cross as levels; of each section, and of each level in one, it is said whose numbers it draws.
static void test_sources_of_every_policy(void **state)
{
    (void)state;
    expect_run("plan suites/seeds.ini --set 'seeds.all.policy=tf.random.set_seed, unseeded'", 0,
               "    drawn from               data, split: NumPy's RandomState\n"
               "                             weights: hpbench's Philox\n"
               "                             order: TensorFlow's shuffle with one order for all "
               "epochs\n"
               "                             weights, order: hpbench's Philox\n",
               NULL);
    ran r = run_hpbench("plan suites/seeds.ini --json");
    json_t *root = json_loads(r.out, 0, NULL);
    const char *split, *weights, *order, *own;
    assert_int_equal(json_unpack(root, "{s:{s:{s:s, s:s, s:s}, s:{s:s}}}", "sources",
                                 "set_random_seed(n)", "split", &split, "weights", &weights,
                                 "order", &order, "everything fresh", "order", &own),
                     0);
    assert_string_equal(split, "NumPy's RandomState");
    assert_string_equal(weights, "Python's random through TensorFlow's stateless draws");
    assert_string_equal(order, "TensorFlow's shuffle with one order for all epochs");
    assert_string_equal(own, "hpbench's Philox");
    json_decref(root);
    ran_free(&r);
}

static void test_groups_are_shown(void **state)
{
    (void)state;
    expect_run("plan suites/diabetes.ini --set data.group=sex", 0,
               "442 rows, 9 features, 2 groups in sex, sha256 ", NULL);
    expect_run("plan suites/diabetes.ini --set data.group=sex --json", 0,
               "\"features\": 9,\n      \"groups\": 2,\n      \"test_folds\": 0,\n", NULL);
    expect_run("plan suites/diabetes.ini --set data.group=sexes", 3, "",
               "no column for the group; expected one of age, sex, ");
}

static void test_bad_suites(void **state)
{
    (void)state;
    expect_run("plan tests/bad_suites/21-decimal-comma.ini", 3, "", "use a point for decimals");
    expect_run("plan suites/optimizers.ini --set fit.epoch=5", 2, "",
               "hpbench: error: --set fit.epoch=5: [fit]: unknown key \"epoch\"\n"
               "hint: did you mean epochs?\n");
    expect_run("plan --plugin-dir relative suites/optimizers.ini", 4, "", "relative");
}

static void test_nothing_is_written(void **state)
{
    (void)state;
    char folder[] = "/tmp/hpbench-plan-XXXXXX", here[4096];
    assert_non_null(mkdtemp(folder));
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    expect_run("plan '" HPB_TEST_SOURCE "/../suites/optimizers.ini'", 0, NULL, "");
    assert_int_equal(chdir(here), 0);
    assert_int_equal(rmdir(folder), 0); // it is empty
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_long_lists_are_wrapped),
        cmocka_unit_test(test_levels_are_counted_once),
        cmocka_unit_test(test_a_plugin_changes_a_default),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_sources_of_every_policy),
        cmocka_unit_test(test_groups_are_shown),
        cmocka_unit_test(test_bad_suites),
        cmocka_unit_test(test_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
