// SPDX-License-Identifier: Apache-2.0
// The script, from top to bottom: imports, data, folds, model, and the loop that trains and tests.
#include "cli/keras_script.h"
#include "cli/python.h"
#include "suite/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What the parts are called in Python, NULL where they have no name.
typedef struct script {
    const hpb_keras_trial *trial;
    const hpb_python_name *optimizer, *schedule, *initializer, *splitter;
    bool is_file, needs_rows;
    hpb_text *out;
    hpb_error *error;
} script;

static const hpb_choice *choice_of(const script *s, hpb_axis axis)
{
    return s->trial->cell->choice[axis];
}

static double number_of(const script *s, hpb_axis axis, const char *name)
{
    return hpb_choice_number(choice_of(s, axis), name);
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

static void add_seeds_comment(const script *s)
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
    if (s->trial->start)
        hpb_text_add(s->out,
                     "# Initial weights and row order are hpbench's, in the folder below.\n");
    else
        hpb_text_add(s->out, "%s", sentences[s->trial->seeds.policy]);
}

static void add_head(const script *s)
{
    hpb_text *out = s->out;
    const hpb_keras_trial *trial = s->trial;
    hpb_text_add(out,
                 "# One run of a suite in Keras and scikit-learn, written by hpbench %s.\n"
                 "#   suite      ",
                 HPB_VERSION);
    hpb_python_add_text(out, trial->plan->suite->path);
    hpb_text_add(out, "\n#   cell       ");
    hpb_python_add_text(out, trial->cell->label);
    hpb_text_add(out, "\n#   replicate  %" PRIu32 "\n", trial->replicate);
    add_seeds_comment(s);
    hpb_text_add(out, "# Needs Python with keras 3, tensorflow, scikit-learn and numpy.\n");
    if (s->is_file)
        hpb_text_add(out, "import csv\n");
    hpb_text_add(out, "import os\n");
    if (!trial->start && trial->seeds.policy == HPB_POLICY_HPBENCH)
        hpb_text_add(out, "import random\n");
    hpb_text_add(out, "\nos.environ[\"KERAS_BACKEND\"] = \"tensorflow\"  # whose seeds are meant\n"
                      "os.environ.setdefault(\"TF_ENABLE_ONEDNN_OPTS\", \"0\")  # plain float32\n"
                      "os.environ.setdefault(\"TF_CPP_MIN_LOG_LEVEL\", \"2\")\n"
                      "import keras\nimport numpy as np\n");
    const hpb_choice *data = choice_of(s, HPB_AXIS_DATA);
    const char *generator = hpb_choice_text(data, "generator");
    if (!s->is_file && strncmp(generator, "friedman", 8) == 0)
        hpb_text_add(out, "from sklearn.datasets import make_%s\n", generator);
    if (s->splitter)
        hpb_text_add(out, "from sklearn.model_selection import %s\n", s->splitter->call);
    if (hpb_choice_number(data, "standardise") != 0)
        hpb_text_add(out, "from sklearn.preprocessing import StandardScaler\n");
    const bool has_own_order =
        hpb_keras_is_same(&trial->seeds) &&
        trial->seeds.seed[HPB_STREAM_ORDER] != trial->seeds.seed[HPB_STREAM_WEIGHTS];
    if (!trial->start && (has_own_order || trial->seeds.policy == HPB_POLICY_TENSORFLOW))
        hpb_text_add(out, "import tensorflow as tf\n");
}

// --- data ---------------------------------------------------------------------------------------------

static void add_file(const script *s)
{
    static const struct {
        const char *key, *variable, *type;
    } roles[] = {{"target", "y", ", dtype=np.float64"},
                 {"group", "groups", ""},
                 {"test_fold", "test_fold", ", dtype=int"}};
    hpb_text *out = s->out;
    const hpb_choice *data = choice_of(s, HPB_AXIS_DATA);
    const char separator = HPB_SEPARATORS[(size_t)hpb_choice_number(data, "separator")];
    char *path = hpb_suite_file(s->trial->plan->suite->path, hpb_choice_text(data, "file"));
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

// The article's sum, ending early where there are fewer features.
static void add_linear(const script *s, uint32_t n_rows, uint32_t n_features, double noise)
{
    static const char *const terms[] = {"2 * X[:, 0]", " + 3 * X[:, 1]", " - X[:, 2]",
                                        " + 0.5 * X[:, 3]", " + 0.1 * X[:, 4]"};
    hpb_text_add(s->out,
                 "numbers = np.random.RandomState(%" PRIu32 ")\nX = numbers.rand(%" PRIu32
                 ", %" PRIu32 ")\ny = ",
                 s->trial->seeds.seed[HPB_STREAM_DATA], n_rows, n_features);
    for (uint32_t i = 0; i < n_features && i < HPB_COUNT(terms); i++)
        hpb_text_add(s->out, "%s", terms[i]);
    hpb_text_add(s->out, " + ");
    hpb_python_add_number(s->out, noise, true);
    hpb_text_add(s->out, " * numbers.randn(%" PRIu32 ")\n", n_rows);
}

static void add_generator(const script *s)
{
    const hpb_choice *data = choice_of(s, HPB_AXIS_DATA);
    const hpb_plan_data *size = &s->trial->plan->data[s->trial->cell->data];
    const char *generator = hpb_choice_text(data, "generator");
    const double noise = hpb_choice_number(data, "noise");
    if (strncmp(generator, "friedman", 8) != 0) {
        add_linear(s, size->n_rows, size->n_features, noise);
        return;
    }
    hpb_text_add(s->out, "X, y = make_%s(n_samples=%" PRIu32, generator, size->n_rows);
    if (strcmp(generator, "friedman1") == 0) // the others have no choice
        hpb_text_add(s->out, ", n_features=%" PRIu32, size->n_features);
    hpb_text_add(s->out, ", noise=");
    hpb_python_add_number(s->out, noise, true);
    hpb_text_add(s->out, ", random_state=%" PRIu32 ")\n", s->trial->seeds.seed[HPB_STREAM_DATA]);
}

static void add_data(const script *s)
{
    hpb_text_add(s->out, "\n");
    if (s->is_file)
        add_file(s);
    else
        add_generator(s);
    if (strcmp(hpb_choice_text(choice_of(s, HPB_AXIS_DATA), "standardise"), "all") == 0)
        hpb_text_add(s->out, "X = StandardScaler().fit_transform(X)  # of all rows: a leak\n");
}

static hpb_exit add_folds(const script *s)
{
    const hpb_choice *splitter = choice_of(s, HPB_AXIS_SPLITTER);
    if (!s->splitter) {
        hpb_text_add(
            s->out,
            "folds = [[np.load(f\"{start}/fold{fold}_{part}.npy\") for part in (\"train\", "
            "\"test\")] for fold in range(%" PRIu32 ")]\n",
            s->trial->cell->n_splits);
        return HPB_EXIT_OK;
    }
    const bool is_call = s->splitter->flags & HPB_PYTHON_CALL;
    hpb_python_call call = {0};
    hpb_text_add(&call.head, "folds = %s%s(", is_call ? "[" : "", s->splitter->call);
    if (is_call)
        hpb_text_add(hpb_python_argument(&call), "np.arange(len(X))");
    if (s->splitter->flags & HPB_PYTHON_FOLDS)
        hpb_text_add(hpb_python_argument(&call), "test_fold");
    const hpb_exit code = hpb_python_settings(&call, splitter, s->splitter, s->error);
    const hpb_setting *shuffle = hpb_choice_setting(splitter, "shuffle");
    if (s->splitter->flags & HPB_PYTHON_SEEDED && (!shuffle || shuffle->value.number != 0))
        hpb_text_add(hpb_python_argument(&call), "random_state=%" PRIu32,
                     s->trial->seeds.seed[HPB_STREAM_SPLIT]);
    const char *tail =
        s->splitter->flags & HPB_PYTHON_GROUPS ? ".split(X, groups=groups)" : ".split(X)";
    hpb_python_end(&call, 0, is_call ? "]" : tail, s->out);
    return code;
}

// --- model --------------------------------------------------------------------------------------------

// Muon's layers that Adam updates, or NULL: layers then have names, by which Keras knows them.
static const hpb_value *excluded_layers(const script *s)
{
    const hpb_setting *setting =
        hpb_choice_setting(choice_of(s, HPB_AXIS_OPTIMIZER), "exclude_layers");
    return setting && setting->value.count ? &setting->value : NULL;
}

static hpb_exit add_layers(const script *s)
{
    const hpb_choice *model = choice_of(s, HPB_AXIS_MODEL);
    const hpb_value hidden = hpb_choice_setting(model, "hidden")->value;
    hpb_exit code = HPB_EXIT_OK;
    hpb_text_add(s->out,
                 "    model = keras.Sequential()\n    model.add(keras.Input((%" PRIu32 ",)))\n",
                 s->trial->plan->data[s->trial->cell->data].n_features);
    for (uint32_t i = 0; i <= hidden.count && !code; i++) {
        const bool is_output = i == hidden.count;
        hpb_python_call call = {0}, initializer = {0};
        hpb_text_add(&call.head, "model.add(keras.layers.Dense(");
        hpb_text_add(hpb_python_argument(&call), "%.0f", is_output ? 1 : hidden.list[i]);
        if (!is_output)
            hpb_text_add(hpb_python_argument(&call), "activation=\"%s\"",
                         hpb_choice_text(model, "activation"));
        if (excluded_layers(s))
            hpb_text_add(hpb_python_argument(&call), "name=\"layer%" PRIu32 "\"", i);
        if (!s->trial->start) { // else they are replaced
            hpb_text *argument = hpb_python_argument(&call);
            hpb_text_add(argument, "kernel_initializer=%s(", s->initializer->call);
            code = hpb_python_settings(&initializer, choice_of(s, HPB_AXIS_INITIALIZER),
                                       s->initializer, s->error);
            for (size_t k = 0; k < initializer.n; k++)
                hpb_text_add(argument, "%s%s", k ? ", " : "", initializer.arguments[k].data);
            hpb_text_add(argument, ")");
            hpb_python_drop(&initializer);
        }
        hpb_python_end(&call, 4, ")", s->out);
    }
    return code;
}

// The rate of the schedule, which stands for the optimizer's own.
static hpb_exit add_schedule(const script *s)
{
    const hpb_choice *schedule = choice_of(s, HPB_AXIS_SCHEDULE);
    const hpb_setting *initial = hpb_choice_setting(schedule, "initial_learning_rate");
    hpb_python_call call = {0};
    hpb_text_add(&call.head, "learning_rate = %s(", s->schedule->call);
    if (initial && isnan(initial->value.number)) {
        hpb_text *argument = hpb_python_argument(&call);
        hpb_text_add(argument, "initial_learning_rate=");
        hpb_python_add_number(argument, number_of(s, HPB_AXIS_OPTIMIZER, "learning_rate"), true);
    }
    const hpb_exit code = hpb_python_settings(&call, schedule, s->schedule, s->error);
    hpb_python_end(&call, 4, "", s->out);
    return code;
}

// Patterns that are looked for in "layer1/kernel".
static void add_excluded(const script *s, hpb_text *argument)
{
    const hpb_value *excluded = excluded_layers(s);
    const uint32_t n_layers =
        hpb_choice_setting(choice_of(s, HPB_AXIS_MODEL), "hidden")->value.count + 1;
    const char *comma = "";
    hpb_text_add(argument, "exclude_layers=[");
    for (uint32_t layer = 0; layer < n_layers; layer++)
        for (uint32_t i = 0; excluded && i < excluded->count; i++)
            if (excluded->list[i] == layer || excluded->list[i] + n_layers == layer) {
                hpb_text_add(argument, "%s\"layer%" PRIu32 "/\"", comma, layer);
                comma = ", ";
                break;
            }
    hpb_text_add(argument, "]");
}

static bool is_argument(const hpb_text *argument, const char *name)
{
    const size_t n = strlen(name);
    return strncmp(argument->data, name, n) == 0 && argument->data[n] == '=';
}

static hpb_exit add_optimizer(const script *s)
{
    hpb_python_call call = {0};
    hpb_text_add(&call.head, "optimizer = %s(", s->optimizer->call);
    const hpb_exit code =
        hpb_python_settings(&call, choice_of(s, HPB_AXIS_OPTIMIZER), s->optimizer, s->error);
    for (size_t i = 0; i < call.n; i++) {
        hpb_text *argument = &call.arguments[i];
        if (s->schedule->call && is_argument(argument, "learning_rate")) {
            hpb_text_free(argument);
            hpb_text_add(argument, "learning_rate=learning_rate");
        } else if (is_argument(argument, "exclude_layers")) {
            hpb_text_free(argument);
            add_excluded(s, argument);
        }
    }
    hpb_python_end(&call, 4, "", s->out);
    return code;
}

static hpb_exit add_model(const script *s)
{
    hpb_text_add(s->out, "\n\ndef make_model():\n");
    hpb_exit code = add_layers(s);
    if (!code && s->schedule->call)
        code = add_schedule(s);
    if (!code)
        code = add_optimizer(s);
    hpb_text_add(s->out,
                 "    model.compile(optimizer=optimizer, loss=\"mse\")\n    return model\n");
    return code;
}

static void add_seeds(const script *s)
{
    const hpb_trial_seeds *seeds = &s->trial->seeds;
    const uint32_t weights = seeds->seed[HPB_STREAM_WEIGHTS], order = seeds->seed[HPB_STREAM_ORDER];
    hpb_text_add(s->out, "\n\n");
    if (s->trial->start)
        return;
    if (hpb_keras_is_same(seeds)) {
        hpb_text_add(s->out, "keras.utils.set_random_seed(%" PRIu32 ")\n", weights);
        if (order != weights)
            hpb_text_add(s->out, "tf.random.set_seed(%" PRIu32 ")  # the row order alone\n", order);
    } else if (seeds->policy == HPB_POLICY_TENSORFLOW) {
        hpb_text_add(s->out, "tf.random.set_seed(%" PRIu32 ")\n", order);
    } else if (seeds->policy == HPB_POLICY_HPBENCH) {
        hpb_text_add(s->out,
                     "random.seed(%" PRIu32 ")  # what Keras' initializers draw their seeds from\n",
                     weights);
    }
}

// --- hpbench's start ----------------------------------------------------------------------------------

static void add_start(const script *s)
{
    if (!s->trial->start)
        return;
    hpb_text_add(s->out, "\nstart = ");
    hpb_python_add_text(s->out, s->trial->start);
    hpb_text_add(s->out, "  # what hpbench's fits begin with\n");
}

static void add_start_code(const script *s)
{
    if (!s->trial->start)
        return;
    hpb_text_add(s->out, "\n\ndef set_weights(model, numbers):\n"
                         "    weights = []\n"
                         "    for old in model.get_weights():  # kernel and bias, layer by layer\n"
                         "        weights.append(numbers[: old.size].reshape(old.shape))\n"
                         "        numbers = numbers[old.size :]\n"
                         "    model.set_weights(weights)\n");
    if (number_of(s, HPB_AXIS_FIT, "shuffle") == 0)
        return;
    hpb_text_add(s->out,
                 "\n\ndef batches(x, y, order):\n"
                 "    while True:\n"
                 "        for rows in order:  # one row of it an epoch\n"
                 "            for i in range(0, len(rows), %.0f):\n"
                 "                batch = rows[i : i + %.0f]\n"
                 "                yield x[batch], y[batch]\n",
                 number_of(s, HPB_AXIS_FIT, "batch_size"),
                 number_of(s, HPB_AXIS_FIT, "batch_size"));
}

// --- the loop -----------------------------------------------------------------------------------------

// What fit() trains and validates on.
static void add_rows(const script *s, hpb_python_call *call)
{
    const double batch_size = number_of(s, HPB_AXIS_FIT, "batch_size");
    const double validation_split = number_of(s, HPB_AXIS_FIT, "validation_split");
    const bool shuffles = number_of(s, HPB_AXIS_FIT, "shuffle") != 0;
    if (s->trial->start && shuffles) {
        hpb_text_add(hpb_python_argument(call), "batches(inputs[train], y[train], order)");
        hpb_text_add(hpb_python_argument(call), "steps_per_epoch=-(-n // %.0f)", batch_size);
        hpb_text_add(hpb_python_argument(call), "shuffle=False"); // they are in order
        if (validation_split > 0) {
            hpb_text_add(hpb_python_argument(call),
                         "validation_data=(inputs[validation], y[validation])");
            hpb_text_add(hpb_python_argument(call), "validation_batch_size=%.0f", batch_size);
        }
        return;
    }
    hpb_text_add(hpb_python_argument(call), "inputs[train]");
    hpb_text_add(hpb_python_argument(call), "y[train]");
    hpb_text_add(hpb_python_argument(call), "batch_size=%.0f", batch_size);
    hpb_text_add(hpb_python_argument(call), "shuffle=%s", shuffles ? "True" : "False");
    hpb_text *argument = hpb_python_argument(call);
    hpb_text_add(argument, "validation_split=");
    hpb_python_add_number(argument, validation_split, true);
}

// One callback a rule, in the order in which they see an epoch.
static hpb_exit add_callbacks(const script *s, hpb_python_call *fit)
{
    hpb_text names = {0};
    hpb_exit code = HPB_EXIT_OK;
    const hpb_choice *rule = choice_of(s, HPB_AXIS_EARLY_STOPPING);
    for (uint32_t n = 1; rule && !code; rule = rule->also) {
        const hpb_python_name *name = hpb_python_find(rule->plugin);
        if (!name->call)
            continue;
        hpb_python_call callback = {0};
        char number[16] = "";
        if (n > 1)
            snprintf(number, sizeof number, "%" PRIu32, n);
        hpb_text_add(&callback.head, "stopping%s = %s(", number, name->call);
        code = hpb_python_settings(&callback, rule, name, s->error);
        hpb_python_end(&callback, 4, "", s->out);
        hpb_text_add(&names, "%sstopping%s", n > 1 ? ", " : "", number);
        n++;
    }
    if (names.length)
        hpb_text_add(hpb_python_argument(fit), "callbacks=[%s]", names.data);
    hpb_text_free(&names);
    return code;
}

// What a callback needs before it, once each.
static void add_callback_code(const script *s)
{
    const hpb_choice *first = choice_of(s, HPB_AXIS_EARLY_STOPPING);
    for (const hpb_choice *rule = first; rule; rule = rule->also) {
        const hpb_python_name *name = hpb_python_find(rule->plugin);
        bool is_there = !name->code;
        for (const hpb_choice *before = first; before != rule; before = before->also)
            is_there |= before->plugin == rule->plugin;
        if (!is_there)
            hpb_text_add(s->out, "\n\n%s", name->code);
    }
}

static hpb_exit add_fit(const script *s)
{
    hpb_python_call call = {0};
    hpb_exit code = HPB_EXIT_OK;
    if (s->trial->start) {
        hpb_text_add(s->out,
                     "    set_weights(model, np.load(f\"{start}/fold{fold}_weights.npy\"))\n");
        if (number_of(s, HPB_AXIS_FIT, "shuffle") != 0)
            hpb_text_add(s->out, "    order = np.load(f\"{start}/fold{fold}_order.npy\")\n"
                                 "    n = order.shape[1]  # the rows behind validate\n"
                                 "    train, validation = train[:n], train[n:]\n");
    }
    hpb_text_add(&call.head, "model.fit(");
    add_rows(s, &call);
    hpb_text_add(hpb_python_argument(&call), "epochs=%.0f", number_of(s, HPB_AXIS_FIT, "epochs"));
    if (!code)
        code = add_callbacks(s, &call);
    hpb_text_add(hpb_python_argument(&call), "verbose=0");
    hpb_python_end(&call, 4, "", s->out);
    return code;
}

static hpb_exit add_loop(const script *s)
{
    hpb_text *out = s->out;
    const hpb_trial_result *result = s->trial->result;
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
    if (strcmp(hpb_choice_text(choice_of(s, HPB_AXIS_DATA), "standardise"), "train") == 0)
        hpb_text_add(out, "    inputs = StandardScaler().fit(X[train]).transform(X)\n");
    else
        hpb_text_add(out, "    inputs = X\n");
    hpb_text_add(out, "    model = make_model()\n");
    const hpb_exit code = add_fit(s);
    hpb_text_add(out,
                 "    errors = model.predict(inputs[test], verbose=0)[:, 0].astype(np.float64) - "
                 "y[test]\n"
                 "    mse.append(float(np.mean(errors**2)))\n"
                 "    print(f\"fold {fold}: test MSE {mse[-1]!r}%s\")\n"
                 "print(f\"keras {keras.__version__}: test MSE {float(np.mean(mse))!r}\")\n",
                 result ? "  hpbench: {hpbench[fold]!r}" : "");
    if (result)
        hpb_text_add(out, "print(f\"hpbench %s: test MSE {float(np.mean(hpbench))!r}\")\n",
                     HPB_VERSION);
    return code;
}

// --- the whole ----------------------------------------------------------------------------------------

static hpb_exit lacks(const script *s, const hpb_choice *choice, const char *what)
{
    return hpb_error_set(
        s->error, HPB_EXIT_SUITE, "cell %s: %s has no %s \"%s\"", s->trial->cell->label,
        choice->axis == HPB_AXIS_SPLITTER ? "scikit-learn" : "Keras", what, choice->plugin->id);
}

static hpb_exit find_names(script *s)
{
    const bool has_start = s->trial->start;
    s->optimizer = hpb_python_find(choice_of(s, HPB_AXIS_OPTIMIZER)->plugin);
    s->schedule = hpb_python_find(choice_of(s, HPB_AXIS_SCHEDULE)->plugin);
    s->initializer = hpb_python_find(choice_of(s, HPB_AXIS_INITIALIZER)->plugin);
    s->splitter = hpb_python_find(choice_of(s, HPB_AXIS_SPLITTER)->plugin);
    if (!s->optimizer)
        return lacks(s, choice_of(s, HPB_AXIS_OPTIMIZER), "optimizer");
    if (!s->schedule)
        return lacks(s, choice_of(s, HPB_AXIS_SCHEDULE), "schedule");
    for (const hpb_choice *rule = choice_of(s, HPB_AXIS_EARLY_STOPPING); rule; rule = rule->also)
        if (!hpb_python_find(rule->plugin))
            return lacks(s, rule, "callback");
    hpb_exit code = HPB_EXIT_OK;
    if (!s->initializer && !has_start)
        code = lacks(s, choice_of(s, HPB_AXIS_INITIALIZER), "initializer");
    else if (!s->splitter && !has_start)
        code = lacks(s, choice_of(s, HPB_AXIS_SPLITTER), "splitter");
    if (code)
        hpb_error_hint(s->error, "--exact DIR takes hpbench's own");
    return code;
}

hpb_exit hpb_keras_script(const hpb_keras_trial *trial, hpb_text *out, hpb_error *error)
{
    script s = {.trial = trial, .out = out, .error = error};
    s.is_file = *hpb_choice_text(choice_of(&s, HPB_AXIS_DATA), "file") != '\0';
    hpb_exit code = find_names(&s);
    if (code)
        return code;
    add_head(&s);
    add_start(&s);
    add_data(&s);
    code = add_folds(&s);
    add_start_code(&s);
    add_callback_code(&s);
    if (!code)
        code = add_model(&s);
    add_seeds(&s);
    return code ? code : add_loop(&s);
}
