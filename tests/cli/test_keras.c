// SPDX-License-Identifier: Apache-2.0
// hpbench keras: what the script says, that every shipped plugin has a name in it, and the arrays of --exact. That
// the scripts get hpbench's MSE is checked with Keras itself: docs/keras.md.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#include <jansson.h>

#define SUITE                                                                                      \
    "[suite]\nreplicates = 4\n[data]\nrows = 30\n[fit]\nepochs = 7\nbatch_size = 8\n"              \
    "[optimizer.adam]\nlearning_rate = 0.01\n[optimizer.sgd]\nmomentum = 0.9\nclipnorm = 2\n"      \
    "[splitter.holdout]\nplugin = train_test_split\ntest_size = 0.2\n"                             \
    "[splitter.cv3]\nplugin = kfold\nn_splits = 3\nshuffle = yes\nrandom_state = 42\n"             \
    "[seeds.keras]\npolicy = keras.utils.set_random_seed\nseed = 11\nsplit = fresh\n"              \
    "[seeds.own]\npolicy = hpbench\nweights = 5\n"

static double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

static void test_script(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    static const char *const texts[] = {
        "#   suite      \"s.ini\"\n#   cell       \"sgd & cv3 & keras\"\n#   replicate  0\n",
        "from sklearn.model_selection import KFold\n",
        ("numbers = np.random.RandomState(0)\nX = numbers.rand(30, 5)\n"
         "y = 2 * X[:, 0] + 3 * X[:, 1] - X[:, 2] + 0.5 * X[:, 3] + 0.1 * X[:, 4] + 0.1 * "
         "numbers.randn(30)\n"
         "folds = KFold(n_splits=3, shuffle=True, random_state=42).split(X)\n"),
        "Dense(1, kernel_initializer=keras.initializers.GlorotUniform()))\n",
        ("optimizer = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=False, "
         "clipnorm=2.0)\n"),
        "\n\nkeras.utils.set_random_seed(11)\nhpbench = (",
        "batch_size=8",
        "epochs=7",
        "print(f\"hpbench ",
    };
    char *script = expect_script("keras s.ini --cell 'sgd & cv3 & keras'", texts, HPB_COUNT(texts));
    assert_null(strstr(script, "callbacks"));
    assert_null(strstr(script, "StandardScaler"));
    free(script);
    work_end(folder);
}

// What hpbench gets is what a run stores, digit for digit.
static void test_number_is_that_of_a_run(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    expect_run("run s.ini --no-report --quiet --output out", 0, NULL, NULL);
    ran r = run_hpbench("export out --format json");
    json_t *root = json_loads(r.out, 0, NULL), *trial, *cells = json_object_get(root, "cells");
    size_t i, n_seen = 0;
    json_array_foreach(json_object_get(root, "trials"), i, trial)
    {
        const char *label;
        json_int_t cell, replicate, split;
        json_t *folds;
        assert_int_equal(json_unpack(trial, "{s:I, s:s, s:I, s:I, s:o}", "cell", &cell, "label",
                                     &label, "replicate", &replicate, "split_seed", &split,
                                     "fold_mse", &folds),
                         0);
        if (replicate != 2 || !strstr(label, "holdout"))
            continue;
        char *arguments = hpb_format("keras s.ini --cell '%s' --replicate 2", label);
        ran script = run_hpbench(arguments);
        assert_int_equal(script.code, 0);
        assert_true(number_after(script.out, "hpbench = (") ==
                    json_number_value(json_array_get(folds, 0)));
        assert_true(number_after(script.out, "random_state=") == (double)split);
        ran_free(&script);
        free(arguments);
        n_seen++;
    }
    assert_int_equal(n_seen, 4);
    assert_int_equal(json_array_size(cells), 8);
    json_decref(root);
    ran_free(&r);
    work_end(folder);
}

// Callbacks stand in the order in which rules see an epoch; what one needs before it, once.
static void test_several_rules(void **state)
{
    (void)state;
    char *folder = work_begin(
        "[suite]\n[fit]\nvalidation_split = 0.25\n[optimizer.sgd]\n"
        "[early_stopping.first]\nplugin = budget\nupdates = 40\nalso = second\n"
        "[early_stopping.second]\nplugin = reduce_lr_on_plateau\nfactor = 0.5\nmin_lr = 0.001\n"
        "also = third\n[early_stopping.third]\nplugin = never\nalso = fourth\n"
        "[early_stopping.fourth]\nplugin = budget\nepochs = 9\n"
        "[cross]\nearly_stopping = first\n[seeds.k]\npolicy = keras.utils.set_random_seed\n");
    static const char *const texts[] = {
        "\n\nclass Budget(",
        ("    stopping = Budget(updates=40)\n"
         "    stopping2 = keras.callbacks.ReduceLROnPlateau(\n        monitor=\"val_loss\",\n"
         "        factor=0.5,\n        patience=10,\n        mode=\"auto\",\n"
         "        min_delta=0.0001,\n        cooldown=0,\n        min_lr=0.001,\n    )\n"
         "    stopping3 = Budget(epochs=9)\n"),
        "callbacks=[stopping, stopping2, stopping3],",
    };
    char *script = expect_script("keras s.ini --no-run", texts, HPB_COUNT(texts));
    assert_null(strstr(strstr(script, "class Budget(") + 1, "class Budget("));
    assert_null(strstr(script, "also"));
    free(script);
    work_end(folder);
}

static void test_data_and_stopping(void **state)
{
    (void)state;
    char *folder = work_begin(
        "[suite]\n[data]\nfile = my data.csv\ntarget = y\nseparator = semicolon\nna = NA\n"
        "standardise = train\n[model]\nhidden = none\n[fit]\nepochs = 3\nvalidation_split = 0.25\n"
        "[optimizer.adam]\n[schedule.cosine_decay]\ndecay_steps = 20\n"
        "[early_stopping.patience]\npatience = 4\nrestore_best_weights = yes\n"
        "[seeds.tf]\npolicy = tf.random.set_seed\nseed = 3\n");
    hpb_text csv = {0};
    hpb_text_add(&csv, "a;y;b\n");
    for (int i = 0; i < 20; i++)
        hpb_text_add(&csv, "%d;%d;%s\n", i, i % 7, i == 3 ? "NA" : "2");
    hpb_file_write("my data.csv", csv.data, csv.length, NULL);
    hpb_text_free(&csv);
    static const char *const texts[] = {
        "# tf.random.set_seed leaves the initial weights unseeded",
        "import csv\n",
        "from sklearn.preprocessing import StandardScaler\nimport tensorflow as tf\n",
        "/my data.csv\", encoding=\"utf-8-sig\", newline=\"\") as file:\n",
        "delimiter=\";\"",
        "if \"\" not in line and \"NA\" not in line]\n",
        "if name not in [\"y\"]]\n",
        "y = np.array([line[names.index(\"y\")] for line in lines], dtype=np.float64)\n",
        "keras.Input((2,))",
        ("    learning_rate = keras.optimizers.schedules.CosineDecay(\n"
         "        initial_learning_rate=0.001,\n        decay_steps=20,\n"),
        "        learning_rate=learning_rate,\n",
        "tf.random.set_seed(3)\nmse = []\n",
        "inputs = StandardScaler().fit(X[train]).transform(X)\n",
        ("    stopping = keras.callbacks.EarlyStopping(\n        monitor=\"val_loss\",\n"
         "        min_delta=0.0,\n        patience=4,\n        mode=\"auto\",\n"
         "        restore_best_weights=True,\n        start_from_epoch=0,\n    )\n"),
        "validation_split=0.25",
        "callbacks=[stopping]",
    };
    char *script = expect_script("keras s.ini --no-run", texts, HPB_COUNT(texts));
    assert_null(strstr(script, "hpbench ="));
    assert_null(strstr(script, "baseline"));
    free(script);
    work_end(folder);
}

static const char *bytes_behind_header(const char *path, const char *descr, size_t *n)
{
    static char *bytes;
    size_t size;
    hpb_error error;
    free(bytes);
    if (hpb_file_read(path, 1 << 20, HPB_EXIT_STORE, &bytes, &size, &error))
        fail_msg("%s", error.text);
    const size_t begin = 10 + (unsigned char)bytes[8];
    assert_non_null(strstr(bytes + 10, descr));
    *n = size - begin;
    return bytes + begin;
}

// Weights have one number a parameter, orders one permutation an epoch.
static void test_exact(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    static const char *const texts[] = {
        "start = \"/",
        "/a start\"  # what hpbench's fits begin with\n",
        "def batches(x, y, order, batch_size):",
        "set_weights(model, np.load(f\"{start}/fold{fold}_weights.npy\"))",
        "batches(inputs[train], y[train], order, 8)",
        "validation_batch_size=8"};
    free(expect_script("keras s.ini --cell 'adam & cv3 & own' --exact 'a start' "
                       "--set fit.validation_split=0.2",
                       texts, HPB_COUNT(texts)));
    size_t n;
    for (int fold = 0; fold < 3; fold++) {
        char path[64];
        snprintf(path, sizeof path, "a start/fold%d_weights.npy", fold);
        const char *bytes =
            bytes_behind_header(path, "'<f4', 'fortran_order': False, 'shape': (71,)", &n);
        assert_int_equal(n, 71 * sizeof(float)); // 5 x 10 + 10 + 10 x 1 + 1
        float sum = 0;
        for (int i = 0; i < 71; i++) {
            float weight;
            memcpy(&weight, bytes + sizeof weight * (size_t)i, sizeof weight);
            assert_true(weight > -2 && weight < 2);
            sum += weight * weight;
        }
        assert_true(sum > 0);
        snprintf(path, sizeof path, "a start/fold%d_order.npy", fold);
        bytes = bytes_behind_header(path, "'<u4', 'fortran_order': False, 'shape': (7, 16)", &n);
        assert_int_equal(n, 7 * 16 * sizeof(uint32_t)); // 80 % of the 20 that fold 0 trains on
        for (size_t epoch = 0; epoch < 7; epoch++) {
            uint32_t seen = 0, row;
            for (size_t i = 0; i < 16; i++) {
                memcpy(&row, bytes + (16 * epoch + i) * sizeof row, sizeof row);
                assert_true(row < 16);
                seen |= 1u << row;
            }
            assert_int_equal(seen, 0xffff);
        }
    }
    // one order for all epochs under Keras' policy, none without shuffling
    expect_run("keras s.ini --cell 'adam & holdout & keras' --exact seeded --output k.py", 0, "",
               "");
    assert_int_equal(access("k.py", F_OK), 0);
    bytes_behind_header("seeded/fold0_order.npy", "(1, 24)", &n);
    expect_run("keras s.ini --exact plain --set fit.shuffle=no", 0, "shuffle=False", "");
    assert_int_equal(access("plain/fold0_order.npy", F_OK), -1);
    work_end(folder);
}

// Layers are numbers in a suite, and names in Keras.
static void test_layers_have_names_where_one_is_excluded(void **state)
{
    (void)state;
    char *folder = work_begin("[suite]\n[model]\nhidden = 8 4\n[fit]\nepochs = 2\n"
                              "[optimizer.muon]\nexclude_layers = 0 -1\nrms_rate = none\n");
    static const char *const texts[] = {
        "        8,\n        activation=\"relu\",\n        name=\"layer0\",\n",
        "        4,\n        activation=\"relu\",\n        name=\"layer1\",\n",
        "        1,\n        name=\"layer2\",\n",
        "keras.optimizers.Muon(\n",
        "        exclude_layers=[\"layer0/\", \"layer2/\"],\n",
        "        ns_steps=5,\n",
        "        rms_rate=None,\n",
    };
    free(expect_script("keras s.ini --no-run", texts, HPB_COUNT(texts)));
    static const char *const none[] = {"exclude_layers=[]"};
    free(expect_script("keras s.ini --no-run --set optimizer.muon.exclude_layers=7", none, 1));
    work_end(folder);
}

// Least squares is scikit-learn's LinearRegression: nothing of Keras, of seeds or of training, whatever stands beside.
static void test_least_squares(void **state)
{
    (void)state;
    char *folder = work_begin("[suite]\n[data]\nrows = 40\nnoise = 1\nstandardise = train\n"
                              "[model]\nhidden = none\n[fit]\nsolver = least_squares\n"
                              "validation_split = 0.25\n[splitter.kfold]\n");
    static const char *const texts[] = {
        "# One run of a suite in scikit-learn, written by hpbench ",
        "# Needs Python with scikit-learn and numpy.\nimport numpy as np\nimport sklearn\n"
        "from sklearn.linear_model import LinearRegression\n"
        "from sklearn.model_selection import KFold\n",
        "folds = KFold(n_splits=5, shuffle=False).split(X)\n\nmse = []\n",
        "    inputs = StandardScaler().fit(X[train]).transform(X)\n"
        "    train = train[: int(len(train) * (1.0 - 0.25))]  # the rows behind validate\n"
        "    model = LinearRegression().fit(inputs[train], y[train])\n"
        "    errors = model.predict(inputs[test]) - y[test]\n",
        "print(f\"scikit-learn {sklearn.__version__}: test MSE {float(np.mean(mse))!r}\")\n",
    };
    static const char *const absent[] = {"keras", "random_seed", "Dense", "optimizer", "start ="};
    static const char *const ways[] = {"keras s.ini --no-run",
                                       "keras s.ini --no-run --exact start"};
    for (size_t way = 0; way < HPB_COUNT(ways); way++) {
        char *script = expect_script(ways[way], texts, HPB_COUNT(texts));
        for (size_t i = 0; i < HPB_COUNT(absent); i++)
            assert_null(strstr(script, absent[i]));
        free(script);
    }
    assert_int_equal(access("start/fold0_weights.npy", F_OK), -1);
    work_end(folder);
    folder = work_begin("[suite]\n[model]\nhidden = none\n[optimizer.sgd]\n[protocol.a]\n"
                        "splitter = kfold\ngrid.solver = gradient, least_squares\n");
    expect_run("keras s.ini a", 3, "",
               "cell a: a search with solver = least_squares has no script");
    work_end(folder);
}

// A plugin that is added gets its name in Keras or scikit-learn, or is listed here as one that has none.
static void test_every_plugin_has_a_name(void **state)
{
    (void)state;
    static const char *const without[] = {"bootstrap"};
    char *folder = work_begin("");
    static const char csv[] = "a,y,g,f\n1,2,p,0\n2,3,p,0\n3,5,q,1\n4,7,q,1\n5,11,r,2\n6,13,r,2\n"
                              "7,17,s,3\n8,19,s,3\n9,23,t,-1\n10,29,t,-1\n";
    hpb_file_write("g.csv", csv, sizeof csv - 1, NULL);
    ran r = run_hpbench("plugins list --json");
    json_t *root = json_loads(r.out, 0, NULL), *plugin;
    size_t i, n = 0;
    json_array_foreach(json_object_get(root, "plugins"), i, plugin)
    {
        const char *kind = json_string_value(json_object_get(plugin, "kind"));
        const char *id = json_string_value(json_object_get(plugin, "id"));
        hpb_text text = {0};
        hpb_text_add(&text, "[suite]\n[data]\nfile = g.csv\ntarget = y\ngroup = g\ntest_fold = f\n"
                            "[fit]\nepochs = 2\n");
        if (strcmp(kind, "optimizer") != 0)
            hpb_text_add(&text, "[optimizer.sgd]\n");
        hpb_text_add(&text, "[%s.%s]\n", kind, id);
        for (size_t k = 0; k < json_array_size(json_object_get(plugin, "params")); k++) {
            const json_t *param = json_array_get(json_object_get(plugin, "params"), k);
            if (!json_is_true(json_object_get(param, "required")))
                continue;
            const char *name = json_string_value(json_object_get(param, "name"));
            hpb_text_add(&text, "%s = 2%s\n", name, strcmp(name, "values") == 0 ? " 1" : "");
        }
        hpb_file_write("p.ini", text.data, text.length, NULL);
        ran script = run_hpbench("keras p.ini --no-run");
        bool is_without = false;
        for (size_t k = 0; k < HPB_COUNT(without); k++)
            is_without |= strcmp(without[k], id) == 0;
        if (script.code && !is_without)
            fail_msg("%s %s: exit %d: %s", kind, id, script.code, script.err);
        if (is_without)
            assert_non_null(strstr(script.err, "hint: --exact DIR takes hpbench's own"));
        n++;
        ran_free(&script);
        hpb_text_free(&text);
    }
    assert_true(n > 10);
    json_decref(root);
    ran_free(&r);
    work_end(folder);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    expect_run("keras", 2, "", "SUITE is missing");
    expect_run("keras s.ini --replicate 0-3", 2, "", "a script is one run");
    expect_run("keras s.ini --replicate 4", 2, "", "4 is too large; expected at most 3");
    expect_run("keras s.ini --cell nadam", 2, "", "no cell carries the label \"nadam\"");
    expect_run("keras s.ini --exact s.ini", 5, "", "s.ini: not a folder");
    expect_run("keras s.ini --output absent/k.py", 5, "", "absent/k.py");
    expect_run("keras s.ini --set optimizer.adam.convention=paper", 3, "",
               "optimizer adam: convention = paper has no equivalent in Keras");
    static const char muon[] = "[suite]\n[optimizer.muon]\nconvention = original\n";
    hpb_file_write("m.ini", muon, sizeof muon - 1, NULL);
    expect_run("keras m.ini", 3, "", "optimizer muon: convention = original has no equivalent");
    hpb_file_write("h.ini", "[suite]\n[optimizer.hostile]\n", 28, NULL);
    expect_run("keras h.ini " PLUGINS, 3, "", "Keras has no optimizer \"hostile\"");
    expect_run("keras h.ini --set optimizer.hostile.action=segfault " PLUGINS, 1, "",
               "replicate 0 failed: signal 11 (segmentation fault)");
    static const char splitter[] = "[suite]\n[optimizer.sgd]\n[splitter.hostile_splitter]\n";
    hpb_file_write("h.ini", splitter, sizeof splitter - 1, NULL);
    expect_run("keras h.ini " PLUGINS, 3, "",
               "scikit-learn has no splitter \"hostile_splitter\"\nhint: --exact DIR takes");
    expect_run("keras h.ini --exact rows " PLUGINS, 0,
               "np.load(f\"{start}/fold{fold}_{part}.npy\")", "");
    assert_int_equal(access("rows/fold0_test.npy", F_OK), 0);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_number_is_that_of_a_run),
        cmocka_unit_test(test_several_rules),
        cmocka_unit_test(test_data_and_stopping),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_layers_have_names_where_one_is_excluded),
        cmocka_unit_test(test_least_squares),
        cmocka_unit_test(test_every_plugin_has_a_name),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
