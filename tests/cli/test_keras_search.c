// SPDX-License-Identifier: Apache-2.0
// hpbench keras SUITE PROTOCOL: what the script of a search says, that it is Python, its numbers and its arrays. That it
// gets hpbench's scores is checked with Keras and scikit-learn: docs/keras.md.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#define SUITE                                                                                      \
    "[suite]\nreplicates = 4\n[data]\nrows = 30\n[fit]\nepochs = 7\nbatch_size = 8\n"              \
    "[splitter.cv3]\nplugin = kfold\nn_splits = 3\nshuffle = yes\nrandom_state = 42\n"             \
    "[splitter.holdout]\nplugin = train_test_split\ntest_size = 0.2\n"                             \
    "[early_stopping.patience]\nmonitor = loss\npatience = 2\n"                                    \
    "[early_stopping.budget]\nupdates = 5\nalso = patience\n"                                      \
    "[seeds.own]\npolicy = hpbench\n"                                                              \
    "[seeds.keras]\npolicy = keras.utils.set_random_seed\nseed = 11\n"

// Those of several levels and labels, each its own way to the same script.
static const char grids[] =
    SUITE "[protocol.labels]\nsplitter = cv3\nselect = cv\nseeds = keras\n"
          "grid.optimizer = sgd, adam\ngrid.early_stopping = none, patience, budget\n"
          "grid.hidden = none, 10, 8 4\ngrid.learning_rate = 0.1, 1\ngrid.shuffle = yes, no\n"
          "[protocol.refit]\nearly_stopping = none\nsplitter = cv3\nouter = holdout\nreport = "
          "refit\nselect = cv\n"
          "scoring = r2\noptimizer = sgd\ngrid.momentum = 0, 0.9\nseeds = keras\n"
          "[protocol.loop]\nsplitter = holdout\nselect = validation\nvalidation_split = 0.25\n"
          "optimizer = adam\nearly_stopping = patience\ngrid.batch_size = 4, 16\nseeds = own\n"
          "[protocol.nested]\nearly_stopping = none\nsplitter = cv3\nouter = cv3\nselect = "
          "train\nreport = refit\n"
          "optimizer = adam\ngrid.epochs = 2, 3\nseeds = own\n"
          "[protocol.one]\nearly_stopping = none\nsplitter = cv3\noptimizer = adam\nseeds = own\n";

static void test_labels_have_lines_of_their_own(void **state)
{
    (void)state;
    char *folder = work_begin(grids);
    static const char *const texts[] = {
        "#   cell       \"labels\"\n",
        ("from sklearn.base import BaseEstimator, RegressorMixin\n"
         "from sklearn.model_selection import GridSearchCV, KFold\n"),
        "class Budget(keras.callbacks.Callback):",
        ("class Network(RegressorMixin, BaseEstimator):\n    def __init__(\n        self,\n"
         "        early_stopping=None,\n        hidden=[],\n        learning_rate=0.1,\n"
         "        optimizer=\"sgd\",\n        shuffle=True,\n    ):\n"
         "        self.early_stopping = early_stopping\n"),
        ("        for units in self.hidden:\n            model.add(keras.layers.Dense(\n"
         "                units,\n"),
        ("        if self.optimizer == \"sgd\":\n            optimizer = keras.optimizers.SGD(\n"
         "                learning_rate=self.learning_rate,\n"),
        ("        elif self.optimizer == \"adam\":\n            optimizer = "
         "keras.optimizers.Adam(\n"),
        ("        model.compile(optimizer=optimizer, loss=\"mse\")\n"
         "        if self.early_stopping is None:\n            callbacks = []\n"
         "        elif self.early_stopping == \"patience\":\n            stopping = "
         "keras.callbacks."),
        ("            callbacks = [stopping]\n        elif self.early_stopping == \"budget\":\n"
         "            stopping = Budget("),
        "            stopping2 = keras.callbacks.EarlyStopping(",
        "            callbacks = [stopping, stopping2]\n",
        "shuffle=self.shuffle",
        "callbacks=callbacks",
        ("keras.utils.set_random_seed(11)\ngrid = {\n"
         "    \"early_stopping\": [None, \"patience\", \"budget\"],\n"
         "    \"hidden\": [[], [10], [8, 4]],\n    \"learning_rate\": [0.1, 1.0],\n"
         "    \"optimizer\": [\"sgd\", \"adam\"],\n    \"shuffle\": [True, False],\n}\n"),
        ("cv = KFold(n_splits=3, shuffle=True, random_state=42)\n"
         "search = GridSearchCV(Network(), grid, scoring=\"neg_mean_squared_error\", cv=cv, "
         "refit=False)\nsearch.fit(X, y)\n"),
    };
    char *script = expect_script("keras s.ini labels --no-run", texts, HPB_COUNT(texts));
    assert_null(strstr(script, "hpbench ="));
    free(script);
    work_end(folder);
}

static void test_outer_and_refit(void **state)
{
    (void)state;
    char *folder = work_begin(grids);
    static const char *const texts[] = {
        "import GridSearchCV, KFold, train_test_split\n",
        ("outer = [train_test_split(np.arange(len(X)), test_size=0.2, shuffle=True, "
         "random_state=11)]\n"
         "for split, (train, test) in enumerate(outer):\n    X_train, y_train = X[train], "
         "y[train]\n"
         "    cv = KFold(n_splits=3, shuffle=True, random_state=42)\n"),
        "        scoring={\"score\": \"r2\", \"mse\": \"neg_mean_squared_error\"},\n",
        "        refit=\"score\",\n    )\n    search.fit(X_train, y_train)\n",
        "    best = search.best_index_\n",
        "hpbench: {hpbench[split][i]!r}",
        "mse.append(float(np.mean((search.predict(X[test]) - y[test]) ** 2)))\n",
    };
    free(expect_script("keras s.ini refit", texts, HPB_COUNT(texts)));
    static const char *const best[] = {
        "refit=False,\n", "errors = -search.cv_results_[\"mean_test_mse\"]\n",
        "best = int(np.argmin(search.cv_results_[\"rank_test_score\"]))\n",
        "mse.append(float(errors[best]))\n"};
    free(
        expect_script("keras s.ini refit --set protocol.refit.report=best", best, HPB_COUNT(best)));
    work_end(folder);
}

static void test_losses_choose_in_a_loop(void **state)
{
    (void)state;
    char *folder = work_begin(grids);
    static const char *const texts[] = {
        "import ParameterGrid, train_test_split\n",
        "        self.history_ = model.fit(\n",
        "batch_size=self.batch_size",
        "callbacks=callbacks",
        "cv = [train_test_split(np.arange(len(X)), test_size=0.2, shuffle=True, random_state=",
        "tried = list(ParameterGrid(grid))\n",
        "scores[i] -= network.history_.history[\"val_loss\"][-1] / len(cv)\n",
    };
    free(expect_script("keras s.ini loop", texts, HPB_COUNT(texts)));
    static const char *const nested[] = {
        "    cv = list(KFold(n_splits=3, shuffle=True, random_state=42).split(X_train))\n",
        "network.history_.history[\"loss\"][-1]",
        "    search = Network(**tried[best]).fit(X_train, y_train)\n"};
    free(expect_script("keras s.ini nested --no-run", nested, HPB_COUNT(nested)));
    work_end(folder);
}

// One candidate on all rows needs no search.
static void test_one_candidate_is_a_loop_over_folds(void **state)
{
    (void)state;
    char *folder = work_begin(grids);
    static const char *const texts[] = {
        "import KFold\n", "def make_model():", "for fold, (train, test) in enumerate(folds):"};
    free(expect_script("keras s.ini one", texts, HPB_COUNT(texts)));
    work_end(folder);
}

static double number_after(const char **text, const char *key)
{
    const char *at = strstr(*text, key);
    assert_non_null(at);
    char *end;
    const double number = strtod(at + strlen(key), &end);
    assert_true(end > at + strlen(key));
    *text = end;
    return number;
}

// The best of the mean scores is the reported MSE, with scikit-learn's sign.
static void test_numbers_are_scores_of_the_candidates(void **state)
{
    (void)state;
    char *folder = work_begin(grids);
    ran r = run_hpbench("keras s.ini loop --set protocol.loop.select=test");
    assert_int_equal(r.code, 0);
    const char *at = r.out;
    const double first = number_after(&at, "candidates\n    ["), second = number_after(&at, ", ");
    assert_true(first < 0 && second < 0 && first != second);
    at = strstr(at, "print(\"hpbench ");
    assert_non_null(at);
    assert_true(number_after(&at, ": test MSE ") == -(first > second ? first : second));
    ran_free(&r);
    work_end(folder);
}

static void test_whose_the_defaults_are(void **state)
{
    (void)state;
    char *folder = work_begin(
        SUITE "[protocol.a]\npreset = gridsearchcv_scikeras\ngrid.hidden = 5, 10\nseeds = own\n"
              "batch_size = 4\n[protocol.b]\npreset = gridsearchcv_keras\noptimizer = adam\n"
              "epochs = 100\ngrid.batch_size = 5, 10\nseeds = own\n");
    static const char *const scikeras[] = {
        "#   splitter = kfold: GridSearchCV: cv=None is KFold(5), not shuffled\n",
        "#   scoring = r2: scikeras: KerasRegressor.score() is R2, you set no scoring\n",
        "#   optimizer = rmsprop: scikeras: model not compiled\n",
        "#   epochs = 1: scikeras: default, you did not set it\n",
        "keras.optimizers.RMSprop(",
        "batch_size=4",
        "epochs=1",
        "cv = KFold(n_splits=5, shuffle=False)\n"};
    char *script = expect_script("keras s.ini a --no-run", scikeras, HPB_COUNT(scikeras));
    assert_null(strstr(script, "#   batch_size"));
    free(script);
    static const char *const keras[] = {"#   epochs = 1: Keras: SKLearnRegressor loses fit_kwargs",
                                        "#   epochs = 100 is lost\n", "epochs=1"};
    script = expect_script("keras s.ini b --no-run", keras, HPB_COUNT(keras));
    assert_null(strstr(script, "#   batch_size"));
    free(script);
    work_end(folder);
}

// A refit has no arrays, and the fits behind it keep their numbers.
static void test_exact(void **state)
{
    (void)state;
    char *folder = work_begin(grids);
    static const char *const texts[] = {
        "        number = next(numbers_of_fits)\n",
        ("        set_weights(model, np.load(f\"{start}/fit{number}_weights.npy\"))\n"
         "        order = np.load(f\"{start}/fit{number}_order.npy\")\n"),
        "batches(X, y, order, 8)",
        "numbers_of_fits = (i for i in range(21) if i % 7 != 6)  # no refits\n",
        "mse.append(float(errors[best]))\n"};
    char *script = expect_script("keras s.ini nested --exact start", texts, HPB_COUNT(texts));
    assert_null(strstr(script, "test MSE"));
    free(script);
    for (int fit = 0; fit < 21; fit++) {
        char path[64];
        snprintf(path, sizeof path, "start/fit%d_weights.npy", fit);
        assert_int_equal(access(path, F_OK), fit % 7 == 6 ? -1 : 0);
        snprintf(path, sizeof path, "start/fit%d_order.npy", fit);
        assert_int_equal(access(path, F_OK), fit % 7 == 6 ? -1 : 0);
    }
    static const char *const labels[] = {"steps_per_epoch=-(-n // 8)", "shuffle=False",
                                         "numbers_of_fits = iter(range(216))\n"};
    free(expect_script("keras s.ini labels --no-run --exact all", labels, HPB_COUNT(labels)));
    char *bytes;
    size_t size;
    hpb_error error;
    // the fourth fit is the first of a candidate that does not shuffle: its rows are 0 1 2 ... in one epoch
    assert_int_equal(
        hpb_file_read("all/fit3_order.npy", 1 << 20, HPB_EXIT_STORE, &bytes, &size, &error),
        HPB_EXIT_OK);
    assert_non_null(strstr(bytes + 10, "'shape': (1, 20)"));
    const char *rows = bytes + 10 + (unsigned char)bytes[8];
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t row;
        memcpy(&row, rows + i * sizeof row, sizeof row);
        assert_int_equal(row, i);
    }
    free(bytes);
    work_end(folder);
}

static void test_scripts_are_python(void **state)
{
    (void)state;
    if (system("python3 -c pass 2>/dev/null") != 0)
        skip();
    char *folder = work_begin(grids);
    static const char *const words[] = {
        "labels",         "refit",           "loop", "nested", "one", "labels --exact a",
        "loop --exact a", "nested --exact a"};
    for (size_t i = 0; i < HPB_COUNT(words); i++) {
        char *arguments = hpb_format("keras s.ini %s --output k%zu.py", words[i], i);
        expect_run(arguments, 0, "", "");
        free(arguments);
    }
    assert_int_equal(system("python3 -c 'import ast, glob\n"
                            "assert len([ast.parse(open(name).read()) for name in "
                            "glob.glob(\"k*.py\")]) == 8'"),
                     0);
    work_end(folder);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    char *folder = work_begin(grids);
    expect_run("keras s.ini labelz", 2, "",
               "no protocol is called \"labelz\"\nhint: did you mean labels?");
    expect_run("keras s.ini loop nested", 2, "", "too many arguments: \"nested\"");
    expect_run("keras s.ini loop --cell nested", 2, "", "--cell: no cell carries all of");
    expect_run("keras s.ini loop --filter protocol=one", 2, "", "--filter leaves no cell of loop");
    expect_run("splits s.ini refit", 0, "cell,replicate,fold,part,position,row\r\nrefit,0,0,train,",
               "");
    expect_run("splits s.ini nope", 2, "", "no protocol is called \"nope\"");
    expect_run("keras s.ini nested --set protocol.nested.outer=bootstrap --exact a", 3, "",
               "scikit-learn has no splitter \"bootstrap\"");
    static const char lacking[] =
        SUITE "[protocol.later]\noptimizer = adam\ngrid.convention = keras, paper\n"
              "[protocol.names]\noptimizer = muon\nexclude_layers = 0\ngrid.hidden = 4, 8\n";
    hpb_file_write("l.ini", lacking, sizeof lacking - 1, NULL);
    // a later candidate has no equivalent, though its lines are the first one's
    expect_run("keras l.ini later", 3, "", "convention = paper has no equivalent in Keras");
    expect_run("keras l.ini names", 3, "", "exclude_layers beside grid.hidden has no equivalent");
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_have_lines_of_their_own),
        cmocka_unit_test(test_outer_and_refit),
        cmocka_unit_test(test_losses_choose_in_a_loop),
        cmocka_unit_test(test_one_candidate_is_a_loop_over_folds),
        cmocka_unit_test(test_numbers_are_scores_of_the_candidates),
        cmocka_unit_test(test_whose_the_defaults_are),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_scripts_are_python),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
