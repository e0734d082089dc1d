// SPDX-License-Identifier: Apache-2.0
// Plans: counts, keys that hold all that counts and nothing else, seeds, twins, reference and warnings.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define HEAD "[suite]\nreplicates = 10\n"
#define SGD "[optimizer.sgd]\nlearning_rate = 0.01\n"

static void test_the_shipped_suite(void **state)
{
    (void)state;
    char *bytes;
    size_t n;
    const char *path = HPB_TEST_SOURCE "/../suites/optimizers.ini";
    assert_int_equal(hpb_file_read(path, HPB_SUITE_LIMIT, HPB_EXIT_SUITE, &bytes, &n, NULL), 0);
    tested_parse_bytes(&fixture, path, bytes, n, NULL, 0);
    assert_true(fixture.is_good);
    const hpb_plan *plan = &fixture.plan;
    assert_int_equal(plan->n_cells, 8);
    assert_int_equal(plan->n_trials, 4004);
    assert_int_equal(plan->n_fits, 12012);
    assert_int_equal(plan->n_warnings, 0);
    assert_string_equal(plan->cells[plan->reference].label, "sgd & holdout & random");
    assert_string_equal(plan->cells[1].label, "adam & holdout & fixed");
    assert_int_equal(plan->cells[1].n_replicates, 1);
    assert_int_equal(plan->cells[1].twin, 0);
    assert_int_equal(plan->cells[0].twin, -1);
    assert_int_equal(plan->cells[2].n_splits, 5);
    assert_true(hpb_plan_is_factor(plan, HPB_AXIS_SEEDS));
    assert_false(hpb_plan_is_factor(plan, HPB_AXIS_DATA));
    assert_true(plan->data[0].truth_mse > 0.005 && plan->data[0].truth_mse < 0.02);
    tested_drop(&fixture);
    free(bytes);
}

// The key of the only cell.
static void key_of(const char *text, char out[HPB_SHA256_TEXT])
{
    tested_accept(&fixture, text);
    assert_int_equal(fixture.plan.n_cells, 1);
    strcpy(out, fixture.plan.cells[0].key);
    tested_drop(&fixture);
}

static void test_keys_leave_out_what_does_not_count(void **state)
{
    (void)state;
    char key[HPB_SHA256_TEXT], same[HPB_SHA256_TEXT];
    key_of(HEAD "[fit]\nepochs = 5\nbatch_size = 8\n" SGD, key);
    static const char other_order[] =
        "[suite]\nreplicates = 99\nquestion = why?\ntime_limit = 3\n[optimizer.sgd]\n"
        "[fit]\nbatch_size = 8\nepochs = 005\n";
    static const char other_words[] =
        HEAD "# comment\n[optimizer.mine]\nplugin = sgd\nlabel = Mine\nlearning_rate = 1e-2\n"
             "momentum = 0\n[fit]\nbatch_size = 8\nepochs = 5\nshuffle = yes\n"
             "[report]\ncurves = yes\norder = median\n";
    static const char other_labels[] = HEAD SGD "[fit]\nepochs = 5\nbatch_size = 8\n[data.linear]\n"
                                                "[splitter.x]\nplugin = train_test_split\n";
    const char *const equal[] = {other_order, other_words, other_labels};
    for (size_t i = 0; i < HPB_COUNT(equal); i++) {
        key_of(equal[i], same);
        assert_string_equal(same, key);
    }
}

static void test_keys_hold_what_counts(void **state)
{
    (void)state;
    static const char other_seed[] = "[suite]\nreplicates = 10\nseed = 1\n" SGD;
    const char *const different[] = {
        HEAD SGD,
        HEAD "[optimizer.adam]\nlearning_rate = 0.01\n",
        HEAD SGD "momentum = 0.9\n",
        HEAD SGD "clipnorm = 1\n",
        HEAD SGD "[fit]\nepochs = 2\n",
        HEAD SGD "[fit]\nshuffle = no\n",
        HEAD SGD "[model]\nhidden = 10 10\n",
        HEAD SGD "[model]\nhidden = none\n",
        HEAD SGD "[model]\nactivation = tanh\n",
        HEAD SGD "[schedule.exponential_decay]\ndecay_steps = 10\ndecay_rate = 0.9\n",
        HEAD SGD "[schedule.exponential_decay]\ndecay_steps = 11\ndecay_rate = 0.9\n",
        HEAD SGD "[data]\nnoise = 0\n",
        HEAD SGD "[data]\nseed = 1\n",
        HEAD SGD "[data]\nseed = fresh\n",
        HEAD SGD "[data]\nstandardise = train\n",
        HEAD SGD "[splitter.train_test_split]\nrandom_state = 1\n",
        HEAD SGD "[seeds.a]\nsplit = 1\n",
        HEAD SGD "[seeds.a]\npolicy = unseeded\n",
        HEAD SGD "[seeds.a]\npolicy = keras.utils.set_random_seed\n",
        HEAD SGD "[seeds.a]\npolicy = tf.random.set_seed\n",
        other_seed,
    };
    char key[HPB_COUNT(different) + 2][HPB_SHA256_TEXT];
    size_t n = 0;
    for (; n < HPB_COUNT(different); n++)
        key_of(different[n], key[n]);
    for (uint32_t i = 0; i < fixture.registry.n_plugins; i++) {
        hpb_plugin_info *plugin = &fixture.registry.plugins[i];
        if (strcmp(plugin->id, "sgd") != 0)
            continue;
        const char *sha256 = plugin->sha256;
        plugin->sha256 = "another build";
        key_of(HEAD SGD, key[n++]);
        plugin->sha256 = sha256;
        plugin->results_revision++;
        key_of(HEAD SGD, key[n++]);
        plugin->results_revision--;
    }
    assert_int_equal(n, HPB_COUNT(key));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(key[i], key[k]) == 0)
                fail_msg("suites %zu and %zu have one key", k, i);
}

// Where nothing is fresh the master seed is not drawn from.
static void test_fixed_cells_do_not_depend_on_the_master_seed(void **state)
{
    (void)state;
    char a[HPB_SHA256_TEXT], b[HPB_SHA256_TEXT];
    static const char fixed[] = "\n[seeds.a]\nsplit = 1\nweights = 2\norder = 3\n" SGD;
    char *with_seed = hpb_format("[suite]\nseed = 5%s", fixed);
    char *without = hpb_format("[suite]%s", fixed);
    key_of(with_seed, a);
    key_of(without, b);
    assert_string_equal(a, b);
    free(with_seed);
    free(without);
}

static void test_what_is_fresh(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t n_replicates;
    } cases[] = {
        {HEAD SGD "[seeds.a]\nsplit = 1\nweights = 2\norder = 3\n", 1},
        {HEAD SGD "[seeds.a]\nsplit = 1\nweights = 2\n", 10},
        {HEAD SGD "[seeds.a]\nsplit = 1\nweights = 2\n[fit]\nshuffle = no\n", 1},
        {HEAD SGD "[seeds.a]\nweights = 2\norder = 3\n", 10},
        {HEAD SGD "[seeds.a]\nweights = 2\norder = 3\n[splitter.kfold]\n", 1},
        {HEAD SGD "[seeds.a]\nweights = 2\norder = 3\n[splitter.kfold]\nshuffle = yes\n", 10},
        {HEAD SGD "[seeds.a]\nweights = 2\norder = 3\n[splitter.leave_one_out]\n", 1},
        {HEAD SGD "[seeds.a]\nweights = 2\norder = 3\n[splitter.time_series_split]\n", 1},
        {HEAD SGD "[seeds.a]\nweights = 2\norder = 3\n[splitter.bootstrap]\n", 10},
        {HEAD SGD
         "[seeds.a]\nweights = 2\norder = 3\n[splitter.train_test_split]\nrandom_state = 42\n",
         1},
        {HEAD SGD "[seeds.a]\nsplit = 1\nweights = 2\norder = 3\n[data]\nseed = fresh\n", 10},
        {HEAD SGD "[seeds.a]\npolicy = keras.utils.set_random_seed\nseed = 42\n", 1},
        {HEAD SGD "[seeds.a]\npolicy = keras.utils.set_random_seed\n", 10},
        {HEAD SGD "[seeds.a]\npolicy = tf.random.set_seed\nseed = 42\nsplit = 42\n", 10},
        {HEAD SGD "[seeds.a]\npolicy = unseeded\n", 10},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        tested_accept(&fixture, cases[i].text);
        if (fixture.plan.cells[0].n_replicates != cases[i].n_replicates)
            fail_msg("%s: %u replicates", cases[i].text, fixture.plan.cells[0].n_replicates);
        tested_drop(&fixture);
    }
}

static hpb_trial_seeds seeds_of(uint32_t replicate)
{
    return hpb_cell_seeds(&fixture.plan, &fixture.plan.cells[0], replicate);
}

static void test_seeds(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD SGD "[data]\nseed = 9\n[seeds.a]\nsplit = 7\n");
    const hpb_trial_seeds first = seeds_of(0), second = seeds_of(1);
    assert_int_equal(first.policy, HPB_POLICY_HPBENCH);
    assert_int_equal(first.seed[HPB_STREAM_DATA], 9);
    assert_int_equal(first.seed[HPB_STREAM_SPLIT], 7);
    assert_int_equal(first.seed[HPB_STREAM_WEIGHTS], hpb_seed_fresh(0, HPB_STREAM_WEIGHTS, 0));
    assert_int_equal(second.seed[HPB_STREAM_ORDER], hpb_seed_fresh(0, HPB_STREAM_ORDER, 1));
    assert_int_not_equal(first.seed[HPB_STREAM_WEIGHTS], second.seed[HPB_STREAM_WEIGHTS]);
    tested_drop(&fixture);

    tested_accept(&fixture, HEAD SGD "[splitter.kfold]\nshuffle = yes\nrandom_state = 3\n"
                                     "[seeds.a]\nsplit = 7\n");
    assert_int_equal(seeds_of(0).seed[HPB_STREAM_SPLIT], 3);
    tested_drop(&fixture);

    tested_accept(&fixture,
                  HEAD SGD "[seeds.a]\npolicy = keras.utils.set_random_seed\nseed = 42\n");
    assert_int_equal(seeds_of(4).policy, HPB_POLICY_KERAS);
    for (int stream = HPB_STREAM_SPLIT; stream < HPB_STREAM_COUNT; stream++)
        assert_int_equal(seeds_of(4).seed[stream], 42);
    tested_drop(&fixture);

    // a fresh number is one number for all that one call would seed
    tested_accept(&fixture,
                  HEAD SGD "[seeds.a]\npolicy = keras.utils.set_random_seed\nsplit = 1\n");
    assert_int_equal(seeds_of(4).seed[HPB_STREAM_SPLIT], 1);
    assert_int_equal(seeds_of(4).seed[HPB_STREAM_WEIGHTS], seeds_of(4).seed[HPB_STREAM_ORDER]);
    assert_int_not_equal(seeds_of(4).seed[HPB_STREAM_ORDER], seeds_of(5).seed[HPB_STREAM_ORDER]);
    tested_drop(&fixture);

    tested_accept(&fixture, HEAD SGD "[seeds.a]\npolicy = tf.random.set_seed\nseed = 42\n");
    assert_int_equal(seeds_of(4).seed[HPB_STREAM_ORDER], 42);
    assert_int_equal(seeds_of(4).seed[HPB_STREAM_WEIGHTS],
                     hpb_seed_fresh(0, HPB_STREAM_WEIGHTS, 4));
    tested_drop(&fixture);
}

static void test_levels_of_seeds_are_cells(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD SGD "[seeds.a]\nsplit = range(0, 3)\nweights = 1\norder = 1\n"
                                     "[seeds.random]\n");
    assert_int_equal(fixture.plan.n_cells, 4);
    assert_int_equal(fixture.plan.n_trials, 13);
    assert_string_equal(fixture.plan.cells[2].label, "a split 2");
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(fixture.plan.cells[i].twin, 3);
    assert_int_equal(fixture.plan.reference, 3); // a distribution, where there is one
    tested_drop(&fixture);
}

static void test_json_of_a_cell(void **state)
{
    (void)state;
    tested_accept(&fixture,
                  HEAD SGD "[seeds.a]\npolicy = keras.utils.set_random_seed\nseed = 42\n");
    json_t *json = hpb_cell_to_json(&fixture.plan, &fixture.plan.cells[0]);
    const char *plugin, *rate, *split, *rows, *epochs;
    assert_int_equal(json_unpack(json, "{s:{s:s, s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "optimizer",
                                 "plugin", &plugin, "learning_rate", &rate, "seeds", "split",
                                 &split, "data", "rows", &rows, "fit", "epochs", &epochs),
                     0);
    assert_string_equal(plugin, "sgd");
    assert_string_equal(rate, "0.01");
    assert_string_equal(split, "42");
    assert_string_equal(rows, "100");
    assert_string_equal(epochs, "1");
    assert_null(json_object_get(json, "suite_seed"));
    assert_null(json_object_get(json_object_get(json, "data"), "file")); // not used
    json_decref(json);
    tested_drop(&fixture);
}

static void test_limit_of_trials(void **state)
{
    (void)state;
    tested_accept(&fixture, "[suite]\nreplicates = 500000\n[fit]\nepochs = 1, 2\n" SGD);
    assert_int_equal(fixture.plan.n_trials, 1000000);
    tested_drop(&fixture);
    tested_refuse(&fixture, "[suite]\nreplicates = 500001\n[fit]\nepochs = 1, 2\n" SGD,
                  "plans 1,000,002 trials, limit 1,000,000 (max_trials)");
    tested_drop(&fixture);
    // excluded combinations do not count
    tested_accept(&fixture, "[suite]\nreplicates = 600000\n" SGD "[optimizer.adam]\n"
                            "[cross]\nexclude = adam\n");
    assert_int_equal(fixture.plan.n_cells, 1);
    tested_drop(&fixture);
}

static void test_reference(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD SGD "[optimizer.adam]\n[seeds.fixed]\nsplit = 1\nweights = 1\n"
                                     "order = 1\n[seeds.random]\n[report]\nreference = Adam\n");
    assert_string_equal(fixture.plan.cells[fixture.plan.reference].label, "adam & random");
    tested_drop(&fixture);
}

static void expect_warning(const char *text, const char *expected)
{
    tested_accept(&fixture, text);
    if (fixture.plan.n_warnings != 1 || !strstr(fixture.plan.warnings[0], expected))
        fail_msg("%s: %u warnings, first \"%s\"", text, fixture.plan.n_warnings,
                 fixture.plan.n_warnings ? fixture.plan.warnings[0] : "");
    tested_drop(&fixture);
}

static void test_warnings(void **state)
{
    (void)state;
    expect_warning(HEAD SGD "[early_stopping.patience]\n", "it never acts");
    expect_warning(HEAD SGD "[early_stopping.target]\nvalue = 1\n",
                   "[early_stopping.target] watches val_loss, but");
    expect_warning(HEAD SGD "[early_stopping.budget]\n",
                   "[early_stopping.budget] has neither epochs nor updates: it never acts");
    expect_warning(HEAD SGD "[fit]\nvalidation_split = 0.2\n[splitter.bootstrap]\n"
                            "[early_stopping.patience]\n",
                   "keeps back rows that are trained on as well");
    expect_warning(HEAD SGD "[fit]\nvalidation_split = 0.2\n", "nothing looks at");
    expect_warning(HEAD SGD "[fit]\nbatch_size = 91\n[splitter.shuffle_split]\n",
                   "more than the 90 training rows");
    expect_warning(HEAD SGD "[fit]\nbatch_size = 101\n[splitter.bootstrap]\n",
                   "more than the 100 training rows");
    expect_warning(HEAD SGD "[fit]\nbatch_size = 100\n[splitter.leave_one_out]\n",
                   "more than the 99 training rows");
    tested_accept(&fixture, HEAD "[optimizer.sgd]\nlearning_rate = 0.1, 0.01\n"
                                 "[fit]\nvalidation_split = 0.2\n"); // they choose the rate
    assert_int_equal(fixture.plan.n_warnings, 0);
    tested_drop(&fixture);
    expect_warning(HEAD SGD "[fit]\nbatch_size = 76\n", "more than the 75 training rows");
    expect_warning(HEAD SGD "[fit]\nvalidation_split = 0.2\nbatch_size = 61\n"
                            "[early_stopping.patience]\n",
                   "more than the 60 training rows");
    expect_warning(HEAD SGD "[seeds.a]\npolicy = tf.random.set_seed\n", "under Keras 3");
    expect_warning(HEAD SGD "[data]\nstandardise = all\n", "a leak");
    // KFold(random_state=3) raises ValueError, train_test_split(shuffle=False, random_state=3) says nothing
    expect_warning(HEAD SGD "[splitter.kfold]\nrandom_state = 3\n",
                   "[splitter.kfold] random_state = 3 has no effect since shuffle is no; "
                   "scikit-learn refuses it");
    expect_warning(HEAD SGD "[splitter.s]\nplugin = train_test_split\nshuffle = no\n"
                            "random_state = 3\n",
                   "[splitter.s] random_state = 3 has no effect since shuffle is no");
    tested_accept(&fixture, HEAD SGD "[splitter.kfold]\nrandom_state = 3\nshuffle = yes\n");
    assert_int_equal(fixture.plan.n_warnings, 0);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SGD "[fit]\nvalidation_split = 0.2\n[early_stopping.never]\n"
                                     "[early_stopping.patience]\n");
    assert_int_equal(fixture.plan.n_warnings, 0);
    tested_drop(&fixture);
    // a late split of a time series has more rows than n_splits would tell
    tested_accept(&fixture, HEAD SGD "[data]\nrows = 20\n[fit]\nvalidation_split = 0.92\n"
                                     "[early_stopping.patience]\n[splitter.time_series_split]\n"
                                     "n_splits = 2\n");
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SGD "[early_stopping.budget]\nupdates = 5\n"
                                     "[early_stopping.target]\nvalue = 0.1\nmonitor = loss\n");
    assert_int_equal(fixture.plan.n_warnings, 0);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SGD "[fit]\nbatch_size = 75\n");
    assert_int_equal(fixture.plan.n_warnings, 0);
    tested_drop(&fixture);
}

static void test_data_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/hpbench-plan-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *data = hpb_format("%s/d.csv", folder), *path = hpb_format("%s/s.ini", folder);
    static const char csv[] = "a,b,y\n1,2,3\n4,5,6\n7,8,9\n1,0,1\n";
    static const char other[] = "a,b,y\n1,2,3\n4,5,6\n7,8,9\n1,0,2\n";
    static const char text[] = HEAD SGD "[data]\nfile = d.csv\ntarget = y\n";
    char first[HPB_SHA256_TEXT];
    assert_int_equal(hpb_file_write(data, csv, strlen(csv), NULL), 0);
    tested_parse_bytes(&fixture, path, text, strlen(text), NULL, 0);
    assert_true(fixture.is_good);
    assert_int_equal(fixture.plan.data[0].n_rows, 4);
    assert_int_equal(fixture.plan.data[0].n_features, 2);
    assert_true(isnan(fixture.plan.data[0].truth_mse));
    strcpy(first, fixture.plan.cells[0].key);
    tested_drop(&fixture);

    char *absolute =
        hpb_format(HEAD SGD "[data]\nfile = %s\ntarget = y\n", data); // another path, same bytes
    tested_parse_bytes(&fixture, "elsewhere/x.ini", absolute, strlen(absolute), NULL, 0);
    assert_true(fixture.is_good);
    assert_string_equal(fixture.plan.cells[0].key, first);
    tested_drop(&fixture);

    assert_int_equal(hpb_file_write(data, other, strlen(other), NULL), 0);
    tested_parse_bytes(&fixture, path, text, strlen(text), NULL, 0);
    assert_true(fixture.is_good);
    assert_string_not_equal(fixture.plan.cells[0].key, first);
    tested_drop(&fixture);

    static const char holes[] = "a,b,y\n1,2,3\n4,,6\n7,8,9\n1,0,NA\n";
    static const char with_na[] = HEAD SGD "[data]\nfile = d.csv\ntarget = y\nna = NA\n"
                                           "standardise = none, train\n";
    assert_int_equal(hpb_file_write(data, holes, strlen(holes), NULL), 0);
    tested_parse_bytes(&fixture, path, with_na, strlen(with_na), NULL, 0);
    assert_true(fixture.is_good);
    assert_int_equal(fixture.plan.data[0].n_rows, 2);
    bool is_said = false;
    for (uint32_t i = 0; i < fixture.plan.n_warnings; i++)
        if (strstr(fixture.plan.warnings[i], "left out")) {
            assert_false(is_said); // once a file, not once a level
            is_said = true;
            assert_string_equal(fixture.plan.warnings[i],
                                "[data] file = d.csv: 2 of 4 rows left out: missing values");
        }
    assert_true(is_said);
    tested_drop(&fixture);
    unlink(data);
    rmdir(folder);
    free(absolute);
    free(data);
    free(path);
}

// A level of a geomspace has 17 digits; its name has as many as tell it apart.
static void test_labels_are_short(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[optimizer.sgd]\nlearning_rate = geomspace(1e-4, 1e-1, 5), "
                                 "0.0012345678, 0.0012345679\n[seeds.x]\nsplit = 1234567890, 7\n");
    static const char *const labels[] = {
        "sgd learning_rate 0.0001 & x split 1234567890",
        "sgd learning_rate 0.00056234133 & x split 1234567890",
        "sgd learning_rate 0.0031622777 & x split 1234567890",
        "sgd learning_rate 0.017782794 & x split 1234567890",
        "sgd learning_rate 0.1 & x split 1234567890",
        "sgd learning_rate 0.0012345678 & x split 1234567890",
        "sgd learning_rate 0.0012345679 & x split 1234567890",
    };
    for (size_t i = 0; i < HPB_COUNT(labels); i++)
        assert_string_equal(fixture.plan.cells[2 * i].label, labels[i]);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "[optimizer.sgd]\nlearning_rate = geomspace(1e-4, 1e-1, 5)\n");
    assert_string_equal(fixture.plan.cells[1].label, "sgd learning_rate 0.000562");
    assert_string_equal(fixture.plan.cells[2].label, "sgd learning_rate 0.00316");
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_suite),
        cmocka_unit_test(test_keys_leave_out_what_does_not_count),
        cmocka_unit_test(test_keys_hold_what_counts),
        cmocka_unit_test(test_fixed_cells_do_not_depend_on_the_master_seed),
        cmocka_unit_test(test_what_is_fresh),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_levels_of_seeds_are_cells),
        cmocka_unit_test(test_json_of_a_cell),
        cmocka_unit_test(test_limit_of_trials),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_data_files),
        cmocka_unit_test(test_labels_are_short),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
