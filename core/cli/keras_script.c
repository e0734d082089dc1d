// SPDX-License-Identifier: Apache-2.0
// The script, from top to bottom: imports, data, folds, model, and the loop that trains and tests.
#include "cli/keras_parts.h"
#include "suite/presets.h"
#include "suite/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const hpb_choice *choice_of(const hpb_keras_writer *w, hpb_axis axis)
{
    return w->choice[axis];
}

double hpb_keras_number(const hpb_keras_writer *w, hpb_axis axis, const char *name)
{
    return hpb_choice_number(w->choice[axis], name);
}

bool hpb_keras_scales(const hpb_keras_writer *w)
{
    return strcmp(hpb_choice_text(choice_of(w, HPB_AXIS_DATA), "standardise"), "train") == 0;
}

bool hpb_keras_is_same(const hpb_trial_seeds *seeds)
{
    return seeds->policy == HPB_POLICY_KERAS;
}

bool hpb_keras_needs_rows(const hpb_cell *cell)
{
    return !hpb_python_find(cell->choice[HPB_AXIS_SPLITTER]->plugin);
}

// --- the head -----------------------------------------------------------------------------------------

static void add_seeds_comment(const hpb_keras_writer *w)
{
    static const char *const sentences[] = {
        [HPB_POLICY_HPBENCH] =
            "# The policy of its seeds is hpbench: initial weights and row order are hpbench's "
            "own, "
            "which Keras can't\n# draw. These are other draws from the same distribution, so the "
            "MSE "
            "is another one; with --exact DIR\n# the script starts from hpbench's.\n",
        [HPB_POLICY_KERAS] = "",
        [HPB_POLICY_TENSORFLOW] =
            "# tf.random.set_seed leaves the initial weights unseeded, so the MSE is another one "
            "at "
            "each start; with\n# --exact DIR the script starts from hpbench's weights.\n",
        [HPB_POLICY_UNSEEDED] = "# Nothing is seeded but the split, so the MSE is another one at "
                                "each start; with --exact "
                                "DIR the script\n# starts from hpbench's weights and row order.\n",
    };
    if (w->trial->start)
        hpb_text_add(w->out,
                     "# Initial weights and row order are hpbench's, in the folder below.\n");
    else
        hpb_text_add(w->out, "%s", sentences[w->trial->seeds.policy]);
}

// The setting that a preset's row is about, if it has the preset's value.
static const hpb_setting *preset_setting(const hpb_keras_writer *w, const char *key)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const hpb_setting *setting = hpb_choice_setting(choice_of(w, (hpb_axis)axis), key);
        if (setting && setting->source)
            return setting;
    }
    return NULL;
}

// Whose the defaults are that the suite does not say.
static void add_preset(const hpb_keras_writer *w)
{
    const hpb_protocol *protocol = w->trial->cell->protocol;
    uint32_t n = 0;
    const char *preset = protocol ? hpb_choice_text(protocol->choice, "preset") : "";
    const hpb_preset_row *rows = hpb_preset_rows(preset, &n);
    for (uint32_t i = 0; i < n; i++) {
        const hpb_setting *setting = preset_setting(w, rows[i].key);
        if (setting)
            hpb_text_add(w->out, "#   %s = %s: %s\n", rows[i].key, setting->text, rows[i].why);
    }
    for (uint32_t i = 0; protocol && i < protocol->n_lost; i++)
        hpb_text_add(w->out, "#   %s is lost\n", protocol->lost[i].text);
}

// Whether the suite trains: else the script is scikit-learn's LinearRegression.
static bool trains(const hpb_keras_writer *w)
{
    return hpb_choice_trains(choice_of(w, HPB_AXIS_FIT));
}

static void add_imports_of_training(const hpb_keras_writer *w)
{
    const hpb_keras_trial *trial = w->trial;
    hpb_text_add(w->out, "import os\n");
    if (!trial->start && trial->seeds.policy == HPB_POLICY_HPBENCH)
        hpb_text_add(w->out, "import random\n");
    hpb_text_add(w->out,
                 "\nos.environ[\"KERAS_BACKEND\"] = \"tensorflow\"  # whose seeds are meant\n"
                 "os.environ.setdefault(\"TF_ENABLE_ONEDNN_OPTS\", \"0\")  # plain float32\n"
                 "os.environ.setdefault(\"TF_CPP_MIN_LOG_LEVEL\", \"2\")\n"
                 "import keras\nimport numpy as np\n");
    if (w->is_search)
        hpb_text_add(w->out, "from sklearn.base import BaseEstimator, RegressorMixin\n");
}

static void add_head(const hpb_keras_writer *w)
{
    hpb_text *out = w->out;
    const hpb_keras_trial *trial = w->trial;
    hpb_text_add(out,
                 "# One run of a suite in %sscikit-learn, written by hpbench %s.\n"
                 "#   suite      ",
                 trains(w) ? "Keras and " : "", HPB_VERSION);
    hpb_python_add_text(out, trial->plan->suite->path);
    hpb_text_add(out, "\n#   cell       ");
    hpb_python_add_text(out, trial->cell->label);
    hpb_text_add(out, "\n#   replicate  %" PRIu32 "\n", trial->replicate);
    add_preset(w);
    if (trains(w))
        add_seeds_comment(w);
    hpb_text_add(out, "# Needs Python with %sscikit-learn and numpy.\n",
                 trains(w) ? "keras 3, tensorflow, " : "");
    if (w->is_file)
        hpb_text_add(out, "import csv\n");
    if (trains(w))
        add_imports_of_training(w);
    else
        hpb_text_add(out, "import numpy as np\nimport sklearn\n");
    const hpb_choice *data = choice_of(w, HPB_AXIS_DATA);
    const char *generator = hpb_choice_text(data, "generator");
    if (!w->is_file && strncmp(generator, "friedman", 8) == 0)
        hpb_text_add(out, "from sklearn.datasets import make_%s\n", generator);
    if (!trains(w))
        hpb_text_add(out, "from sklearn.linear_model import LinearRegression\n");
    if (w->is_search)
        hpb_keras_add_search_imports(w);
    else if (w->splitter)
        hpb_text_add(out, "from sklearn.model_selection import %s\n", w->splitter->call);
    if (hpb_choice_number(data, "standardise") != 0)
        hpb_text_add(out, "from sklearn.preprocessing import StandardScaler\n");
    const bool has_own_order =
        hpb_keras_is_same(&trial->seeds) &&
        trial->seeds.seed[HPB_STREAM_ORDER] != trial->seeds.seed[HPB_STREAM_WEIGHTS];
    if (trains(w) && !trial->start &&
        (has_own_order || trial->seeds.policy == HPB_POLICY_TENSORFLOW))
        hpb_text_add(out, "import tensorflow as tf\n");
}

// --- data ---------------------------------------------------------------------------------------------

static void add_file(const hpb_keras_writer *w)
{
    static const struct {
        const char *key, *variable, *type;
    } roles[] = {{"target", "y", ", dtype=np.float64"},
                 {"group", "groups", ""},
                 {"test_fold", "test_fold", ", dtype=int"}};
    hpb_text *out = w->out;
    const hpb_choice *data = choice_of(w, HPB_AXIS_DATA);
    const char separator = HPB_SEPARATORS[(size_t)hpb_choice_number(data, "separator")];
    char *path = hpb_suite_file(w->trial->plan->suite->path, hpb_choice_text(data, "file"));
    char *whole = realpath(path, NULL);
    const char *na = hpb_choice_text(data, "na");
    hpb_text_add(out, "with open(");
    hpb_python_add_text(out, whole ? whole : path);
    hpb_text_add(out,
                 ", encoding=\"utf-8-sig\", newline=\"\") as file:\n"
                 "    lines = [line for line in csv.reader(file, delimiter=\"%s\") if line]\n"
                 "names, *lines = [[field.strip() for field in line] for line in lines]\n",
                 separator == '\t'  ? "\\t"
                 : separator == ';' ? ";"
                                    : ",");
    if (*na) {
        hpb_text_add(out, "lines = [line for line in lines if \"\" not in line and ");
        hpb_python_add_text(out, na);
        hpb_text_add(out, " not in line]\n");
    }
    hpb_text_add(out, "features = [i for i, name in enumerate(names) if name not in [");
    for (size_t i = 0; i < HPB_COUNT(roles); i++) {
        const char *name = hpb_choice_text(data, roles[i].key);
        if (!*name)
            continue;
        hpb_text_add(out, "%s", i ? ", " : "");
        hpb_python_add_text(out, name);
    }
    hpb_text_add(out, "]]\n"
                      "X = np.array([[line[i] for i in features] for line in lines], "
                      "dtype=np.float64)\n");
    for (size_t i = 0; i < HPB_COUNT(roles); i++) {
        const char *name = hpb_choice_text(data, roles[i].key);
        if (!*name)
            continue;
        hpb_text_add(out, "%s = np.array([line[names.index(", roles[i].variable);
        hpb_python_add_text(out, name);
        hpb_text_add(out, ")] for line in lines]%s)\n", roles[i].type);
    }
    if (*hpb_choice_text(data, "group")) // groups of numbers are ordered as numbers
        hpb_text_add(out, "try:\n    groups = groups.astype(np.float64)\nexcept ValueError:\n"
                          "    pass  # names\n");
    free(whole);
    free(path);
}

// The article's sum, ending early where there are fewer features. `draw`: the method that X comes from.
static void add_linear(const hpb_keras_writer *w, const char *draw, uint32_t n_rows,
                       uint32_t n_features, double noise)
{
    static const char *const terms[] = {"2 * X[:, 0]", " + 3 * X[:, 1]", " - X[:, 2]",
                                        " + 0.5 * X[:, 3]", " + 0.1 * X[:, 4]"};
    hpb_text_add(w->out,
                 "numbers = np.random.RandomState(%" PRIu32 ")\nX = numbers.%s(%" PRIu32
                 ", %" PRIu32 ")\ny = ",
                 w->trial->seeds.seed[HPB_STREAM_DATA], draw, n_rows, n_features);
    for (uint32_t i = 0; i < n_features && i < HPB_COUNT(terms); i++)
        hpb_text_add(w->out, "%s", terms[i]);
    hpb_text_add(w->out, " + ");
    hpb_python_add_number(w->out, noise, true);
    hpb_text_add(w->out, " * numbers.randn(%" PRIu32 ")\n", n_rows);
}

static void add_generator(const hpb_keras_writer *w)
{
    const hpb_choice *data = choice_of(w, HPB_AXIS_DATA);
    const hpb_plan_data *size = &w->trial->plan->data[w->trial->cell->data];
    const char *generator = hpb_choice_text(data, "generator");
    const double noise = hpb_choice_number(data, "noise");
    if (strncmp(generator, "friedman", 8) != 0) {
        add_linear(w, strcmp(generator, "gaussian") == 0 ? "randn" : "rand", size->n_rows,
                   size->n_features, noise);
        return;
    }
    hpb_text_add(w->out, "X, y = make_%s(n_samples=%" PRIu32, generator, size->n_rows);
    if (strcmp(generator, "friedman1") == 0) // the others have no choice
        hpb_text_add(w->out, ", n_features=%" PRIu32, size->n_features);
    hpb_text_add(w->out, ", noise=");
    hpb_python_add_number(w->out, noise, true);
    hpb_text_add(w->out, ", random_state=%" PRIu32 ")\n", w->trial->seeds.seed[HPB_STREAM_DATA]);
}

static void add_data(const hpb_keras_writer *w)
{
    hpb_text_add(w->out, "\n");
    if (w->is_file)
        add_file(w);
    else
        add_generator(w);
    if (strcmp(hpb_choice_text(choice_of(w, HPB_AXIS_DATA), "standardise"), "all") == 0)
        hpb_text_add(w->out, "X = StandardScaler().fit_transform(X)  # of all rows: a leak\n");
}

hpb_exit hpb_keras_add_splitter(const hpb_keras_writer *w, const hpb_choice *splitter,
                                const hpb_python_name *name, const char *head, const char *rows,
                                const char *tail, int indent)
{
    const bool is_call = name->flags & HPB_PYTHON_CALL;
    hpb_python_call call = {0};
    hpb_text_add(&call.head, "%s%s%s(", head, is_call ? "[" : "", name->call);
    if (is_call)
        hpb_text_add(hpb_python_argument(&call), "np.arange(len(%s))", *rows ? "train" : "X");
    if (name->flags & HPB_PYTHON_FOLDS)
        hpb_text_add(hpb_python_argument(&call), "test_fold%s", rows);
    const hpb_exit code = hpb_python_settings(&call, splitter, name, w->error);
    const hpb_setting *shuffle = hpb_choice_setting(splitter, "shuffle");
    if (name->flags & HPB_PYTHON_SEEDED && (!shuffle || shuffle->value.number != 0))
        hpb_text_add(hpb_python_argument(&call), "random_state=%" PRIu32,
                     hpb_splitter_seed(splitter, &w->trial->seeds));
    hpb_python_end(&call, indent, is_call ? "]" : tail, w->out);
    return code;
}

static hpb_exit add_folds(const hpb_keras_writer *w)
{
    if (!w->splitter) {
        hpb_text_add(
            w->out,
            "folds = [[np.load(f\"{start}/fold{fold}_{part}.npy\") for part in (\"train\", "
            "\"test\")] for fold in range(%" PRIu32 ")]\n",
            w->trial->cell->n_splits);
        return HPB_EXIT_OK;
    }
    return hpb_keras_add_splitter(
        w, choice_of(w, HPB_AXIS_SPLITTER), w->splitter, "folds = ", "",
        w->splitter->flags & HPB_PYTHON_GROUPS ? ".split(X, groups=groups)" : ".split(X)", 0);
}

// --- model --------------------------------------------------------------------------------------------

static hpb_exit add_model(hpb_keras_writer *w)
{
    w->indent = 4;
    hpb_text_add(w->out, "\n\ndef make_model():\n");
    hpb_exit code = hpb_keras_add_layers(w);
    if (!code)
        code = hpb_keras_add_optimizer(w);
    hpb_text_add(w->out,
                 "    model.compile(optimizer=optimizer, loss=\"mse\")\n    return model\n");
    return code;
}

void hpb_keras_add_seeds(const hpb_keras_writer *w)
{
    const hpb_trial_seeds *seeds = &w->trial->seeds;
    const uint32_t weights = seeds->seed[HPB_STREAM_WEIGHTS], order = seeds->seed[HPB_STREAM_ORDER];
    hpb_text_add(w->out, "\n\n");
    if (w->trial->start)
        return;
    if (hpb_keras_is_same(seeds)) {
        hpb_text_add(w->out, "keras.utils.set_random_seed(%" PRIu32 ")\n", weights);
        if (order != weights)
            hpb_text_add(w->out, "tf.random.set_seed(%" PRIu32 ")  # the row order alone\n", order);
    } else if (seeds->policy == HPB_POLICY_TENSORFLOW) {
        hpb_text_add(w->out, "tf.random.set_seed(%" PRIu32 ")\n", order);
    } else if (seeds->policy == HPB_POLICY_HPBENCH) {
        hpb_text_add(w->out,
                     "random.seed(%" PRIu32 ")  # what Keras' initializers draw their seeds from\n",
                     weights);
    }
}

// --- hpbench's start ----------------------------------------------------------------------------------

static void add_start(const hpb_keras_writer *w)
{
    if (!w->trial->start || (!trains(w) && w->splitter))
        return;
    hpb_text_add(w->out, "\nstart = ");
    hpb_python_add_text(w->out, w->trial->start);
    hpb_text_add(w->out, "  # what hpbench's fits begin with\n");
}

// --- the loop -----------------------------------------------------------------------------------------

// What hpbench gets, and the first lines of the loop: the rows as the fits of a fold see them.
static void begin_loop(const hpb_keras_writer *w)
{
    hpb_text *out = w->out;
    const hpb_trial_result *result = w->trial->result;
    if (result) {
        hpb_python_call call = {0};
        hpb_text_add(&call.head, "hpbench = (");
        for (uint32_t i = 0; i < result->n_folds; i++) {
            hpb_text *argument = hpb_python_argument(&call);
            hpb_python_add_number(argument, result->fold_mse[i], true);
            if (result->n_folds == 1)
                hpb_text_add(argument, ",");
        }
        hpb_python_end(&call, 0, "  # test MSE of each fold", out);
    }
    hpb_text_add(out, "mse = []\nfor fold, (train, test) in enumerate(folds):\n");
    if (hpb_keras_scales(w))
        hpb_text_add(out, "    inputs = StandardScaler().fit(X[train]).transform(X)\n");
    else
        hpb_text_add(out, "    inputs = X\n");
}

// Its last lines: the MSE of a fold, then of all, by the library called `name` and by hpbench.
static void end_loop(const hpb_keras_writer *w, const char *prediction, const char *name,
                     const char *module)
{
    const hpb_trial_result *result = w->trial->result;
    hpb_text_add(w->out,
                 "    errors = %s - y[test]\n"
                 "    mse.append(float(np.mean(errors**2)))\n"
                 "    print(f\"fold {fold}: test MSE {mse[-1]!r}%s\")\n"
                 "print(f\"%s {%s.__version__}: test MSE {float(np.mean(mse))!r}\")\n",
                 prediction, result ? "  hpbench: {hpbench[fold]!r}" : "", name, module);
    if (result)
        hpb_text_add(w->out, "print(f\"hpbench %s: test MSE {float(np.mean(hpbench))!r}\")\n",
                     HPB_VERSION);
}

static hpb_exit add_loop(const hpb_keras_writer *w)
{
    static const hpb_keras_rows rows = {.fit = "fold{fold}",
                                        .x = "inputs[train]",
                                        .y = "y[train]",
                                        .x_kept = "inputs[validation]",
                                        .y_kept = "y[validation]",
                                        .parts = "    train, validation = train[:n], train[n:]\n"};
    begin_loop(w);
    hpb_text_add(w->out, "    model = make_model()\n");
    hpb_text callbacks = {0};
    const hpb_exit code = hpb_keras_add_callbacks(w, &callbacks);
    hpb_keras_add_fit(w, &rows, "model.fit", callbacks.data);
    hpb_text_free(&callbacks);
    end_loop(w, "model.predict(inputs[test], verbose=0)[:, 0].astype(np.float64)", "keras",
             "keras");
    return code;
}

static hpb_exit add_linear_regression(const hpb_keras_writer *w)
{
    const hpb_exit code = add_folds(w);
    const double kept = hpb_keras_number(w, HPB_AXIS_FIT, "validation_split");
    hpb_text_add(w->out, "\n");
    begin_loop(w);
    if (kept > 0) {
        hpb_text_add(w->out, "    train = train[: int(len(train) * (1.0 - ");
        hpb_python_add_number(w->out, kept, true);
        hpb_text_add(w->out, "))]  # the rows behind validate\n");
    }
    hpb_text_add(w->out, "    model = LinearRegression().fit(inputs[train], y[train])\n");
    end_loop(w, "model.predict(inputs[test])", "scikit-learn", "sklearn");
    return code;
}

static hpb_exit add_crossed(hpb_keras_writer *w)
{
    hpb_exit code = add_folds(w);
    hpb_keras_add_start_code(w);
    hpb_keras_add_callback_code(w);
    if (!code)
        code = add_model(w);
    hpb_keras_add_seeds(w);
    return code ? code : add_loop(w);
}

// --- the whole ----------------------------------------------------------------------------------------

hpb_exit hpb_keras_script(const hpb_keras_trial *trial, hpb_text *out, hpb_error *error)
{
    hpb_keras_writer w = {.trial = trial,
                          .choice = trial->cell->choice,
                          .is_search = hpb_cell_is_search(trial->cell),
                          .out = out,
                          .error = error};
    for (uint32_t c = 0; w.is_search && c < trial->cell->n_candidates; c++)
        if (!hpb_choice_trains(trial->cell->candidates[c].choice[HPB_AXIS_FIT]))
            return hpb_error_set(error, HPB_EXIT_SUITE,
                                 "cell %s: a search with solver = least_squares has no script; "
                                 "expected solver = gradient, or one candidate and no outer",
                                 trial->cell->label);
    w.is_file = *hpb_choice_text(choice_of(&w, HPB_AXIS_DATA), "file") != '\0';
    const hpb_exit code = hpb_keras_find_names(&w);
    if (code)
        return code;
    add_head(&w);
    add_start(&w);
    add_data(&w);
    if (!trains(&w))
        return add_linear_regression(&w);
    return w.is_search ? hpb_keras_add_search(&w) : add_crossed(&w);
}
