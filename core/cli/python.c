// SPDX-License-Identifier: Apache-2.0
// Python text. The one table of what hpbench's plugins are called in Keras 3 and scikit-learn 1.9.
#include "cli/python.h"
#include "loader/json.h"
#include "suite/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 100 // columns

#define OPTIMIZER(id, name, ours)                                                                  \
    {                                                                                              \
        HPB_KIND_OPTIMIZER, 0, id, "keras.optimizers." name, ours, NULL                            \
    }
#define INITIALIZER(id, name)                                                                      \
    {                                                                                              \
        HPB_KIND_INITIALIZER, 0, id, "keras.initializers." name, NULL, NULL                        \
    }
#define SCHEDULE(id, name)                                                                         \
    {                                                                                              \
        HPB_KIND_SCHEDULE, 0, id, "keras.optimizers.schedules." name, NULL, NULL                   \
    }
#define SPLITTER(id, name, flags)                                                                  \
    {                                                                                              \
        HPB_KIND_SPLITTER, flags, id, name, NULL, NULL                                             \
    }
#define SEEDED HPB_PYTHON_SEEDED

static const char budget[] =
    "class Budget(keras.callbacks.Callback):\n"
    "    def __init__(self, epochs=None, updates=None):\n"
    "        super().__init__()\n"
    "        self.epochs, self.updates = epochs, updates\n"
    "\n"
    "    def on_epoch_end(self, epoch, logs=None):\n"
    "        updates = int(self.model.optimizer.iterations)\n"
    "        if epoch + 1 >= (self.epochs or np.inf) or updates >= (self.updates or np.inf):\n"
    "            self.model.stop_training = True\n";

static const char target[] =
    "class Target(keras.callbacks.Callback):\n"
    "    def __init__(self, value, monitor=\"val_loss\", restore_best_weights=False):\n"
    "        super().__init__()\n"
    "        self.value, self.monitor, self.restores = value, monitor, restore_best_weights\n"
    "        self.best, self.weights = np.inf, None\n"
    "\n"
    "    def on_epoch_end(self, epoch, logs=None):\n"
    "        loss = (logs or {}).get(self.monitor, np.nan)\n"
    "        if loss < self.best and self.restores:\n"
    "            self.best, self.weights = loss, self.model.get_weights()\n"
    "        if loss <= self.value:\n"
    "            self.model.stop_training = True\n"
    "\n"
    "    def on_train_end(self, logs=None):\n"
    "        if self.weights is not None:\n"
    "            self.model.set_weights(self.weights)\n";

static const hpb_python_name names[] = {
    OPTIMIZER("adadelta", "Adadelta", NULL),
    OPTIMIZER("adafactor", "Adafactor", "convention=keras"),
    OPTIMIZER("adagrad", "Adagrad", "convention=keras,lr_decay=0"),
    OPTIMIZER("adam", "Adam", "convention=keras"),
    OPTIMIZER("adamax", "Adamax", "convention=keras"),
    OPTIMIZER("adamw", "AdamW", "convention=keras"),
    OPTIMIZER("ftrl", "Ftrl", NULL),
    OPTIMIZER("lamb", "Lamb", "convention=keras"),
    OPTIMIZER("lion", "Lion", NULL),
    OPTIMIZER("muon", "Muon", "convention=keras"),
    OPTIMIZER("nadam", "Nadam", "momentum_decay=1"),
    OPTIMIZER("rmsprop", "RMSprop", "convention=keras"),
    OPTIMIZER("sgd", "SGD", "convention=keras"),
    INITIALIZER("constant", "Constant"),
    INITIALIZER("glorot_normal", "GlorotNormal"),
    INITIALIZER("glorot_uniform", "GlorotUniform"),
    INITIALIZER("he_normal", "HeNormal"),
    INITIALIZER("he_uniform", "HeUniform"),
    INITIALIZER("identity", "Identity"),
    INITIALIZER("lecun_normal", "LecunNormal"),
    INITIALIZER("lecun_uniform", "LecunUniform"),
    INITIALIZER("ones", "Ones"),
    INITIALIZER("orthogonal", "Orthogonal"),
    INITIALIZER("random_normal", "RandomNormal"),
    INITIALIZER("random_uniform", "RandomUniform"),
    INITIALIZER("truncated_normal", "TruncatedNormal"),
    INITIALIZER("variance_scaling", "VarianceScaling"),
    INITIALIZER("zeros", "Zeros"),
    {HPB_KIND_SCHEDULE, 0, "constant", NULL, NULL, NULL},
    SCHEDULE("cosine_decay", "CosineDecay"),
    SCHEDULE("cosine_decay_restarts", "CosineDecayRestarts"),
    SCHEDULE("exponential_decay", "ExponentialDecay"),
    SCHEDULE("inverse_time_decay", "InverseTimeDecay"),
    SCHEDULE("piecewise_constant_decay", "PiecewiseConstantDecay"),
    SCHEDULE("polynomial_decay", "PolynomialDecay"),
    SPLITTER("group_kfold", "GroupKFold", SEEDED | HPB_PYTHON_GROUPS),
    SPLITTER("group_shuffle_split", "GroupShuffleSplit", SEEDED | HPB_PYTHON_GROUPS),
    SPLITTER("kfold", "KFold", SEEDED),
    SPLITTER("leave_one_group_out", "LeaveOneGroupOut", HPB_PYTHON_GROUPS),
    SPLITTER("leave_one_out", "LeaveOneOut", 0),
    SPLITTER("leave_p_out", "LeavePOut", 0),
    SPLITTER("predefined_split", "PredefinedSplit", HPB_PYTHON_FOLDS),
    SPLITTER("repeated_kfold", "RepeatedKFold", SEEDED),
    SPLITTER("shuffle_split", "ShuffleSplit", SEEDED),
    SPLITTER("time_series_split", "TimeSeriesSplit", 0),
    SPLITTER("train_test_split", "train_test_split", SEEDED | HPB_PYTHON_CALL),
    {HPB_KIND_EARLY_STOPPING, 0, "budget", "Budget", NULL, budget},
    {HPB_KIND_EARLY_STOPPING, 0, "target", "Target", NULL, target},
    {HPB_KIND_EARLY_STOPPING, 0, "never", NULL, NULL, NULL},
    {HPB_KIND_EARLY_STOPPING, 0, "patience", "keras.callbacks.EarlyStopping", NULL, NULL},
    {HPB_KIND_EARLY_STOPPING, 0, "reduce_lr_on_plateau", "keras.callbacks.ReduceLROnPlateau", NULL,
     NULL},
};

const hpb_python_name *hpb_python_find(const hpb_plugin_info *plugin)
{
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (names[i].kind == plugin->kind && strcmp(names[i].id, plugin->id) == 0)
            return &names[i];
    return NULL;
}

// --- literals -----------------------------------------------------------------------------------------

void hpb_python_add_text(hpb_text *out, const char *text)
{
    json_t *json = hpb_json_text(text); // a JSON string in UTF-8 is a Python one
    char *literal = json_dumps(json, JSON_ENCODE_ANY);
    hpb_text_add(out, "%s", literal);
    free(literal);
    json_decref(json);
}

void hpb_python_add_number(hpb_text *out, double value, bool is_real)
{
    char text[HPB_NUMBER_SIZE];
    if (!isfinite(value)) {
        hpb_text_add(out, "float(\"%s\")", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    hpb_value_text(value, text);
    hpb_text_add(out, "%s%s", text, is_real && !strpbrk(text, ".e") ? ".0" : "");
}

static void add_list(hpb_text *out, const hpb_value *value, bool is_real)
{
    hpb_text_add(out, "[");
    for (uint32_t i = 0; i < value->count; i++) {
        hpb_text_add(out, "%s", i ? ", " : "");
        hpb_python_add_number(out, value->list[i], is_real);
    }
    hpb_text_add(out, "]");
}

void hpb_python_add_setting(hpb_text *out, const hpb_setting *setting, bool is_real)
{
    const hpb_param *param = setting->param;
    switch (param->type) {
    case HPB_TYPE_FLAG:
        hpb_text_add(out, "%s", setting->value.number != 0 ? "True" : "False");
        break;
    case HPB_TYPE_REALS:
        add_list(out, &setting->value, is_real && !param->unit); // counts are whole
        break;
    case HPB_TYPE_INTS:
        add_list(out, &setting->value, false);
        break;
    case HPB_TYPE_CHOICE:
    case HPB_TYPE_TEXT:
        hpb_python_add_text(out, setting->text);
        break;
    default:
        if (isnan(setting->value.number))
            hpb_text_add(out, "None");
        else
            hpb_python_add_number(out, setting->value.number,
                                  is_real && param->type == HPB_TYPE_REAL);
    }
}

// --- calls --------------------------------------------------------------------------------------------

hpb_text *hpb_python_argument(hpb_python_call *call)
{
    call->arguments =
        hpb_grow(call->arguments, &call->capacity, call->n + 1, sizeof *call->arguments);
    call->arguments[call->n] = (hpb_text){0};
    return &call->arguments[call->n++];
}

// Whether a parameter is none of Keras'; *same: it has the value that Keras' way amounts to.
static bool is_ours(const char *ours, const hpb_setting *setting, bool *same)
{
    size_t n;
    const char *word;
    const size_t length = strlen(setting->param->name);
    for (uint32_t i = 0; ours && (word = hpb_choice_word(ours, i, &n)); i++) {
        if (n <= length || word[length] != '=' || strncmp(word, setting->param->name, length) != 0)
            continue;
        const char *value = word + length + 1;
        *same = strlen(setting->text) == n - length - 1 &&
                strncmp(setting->text, value, n - length - 1) == 0;
        return true;
    }
    return false;
}

hpb_exit hpb_python_settings(hpb_python_call *call, const hpb_choice *choice,
                             const hpb_python_name *name, hpb_error *error)
{
    const bool is_splitter = choice->axis == HPB_AXIS_SPLITTER;
    for (uint32_t i = 0; i < choice->n_settings; i++) {
        const hpb_setting *setting = &choice->settings[i];
        const bool is_own = i < choice->plugin->n_params;
        bool same;
        if (is_own && is_ours(name->ours, setting, &same)) {
            if (same)
                continue;
            return hpb_error_set(error, HPB_EXIT_SUITE, "%s %s: %s = %s has no equivalent in Keras",
                                 hpb_axis_name(choice->axis), choice->label, setting->param->name,
                                 setting->text);
        }
        if (setting->is_default && isnan(setting->value.number))
            continue; // None is the default there as well
        // the host's random_state is in the seed of the split already
        if (!is_own &&
            (setting->is_default || is_splitter || !hpb_setting_is_used(choice, setting)))
            continue;
        hpb_text *argument = hpb_python_argument(call);
        hpb_text_add(argument, "%s=", setting->param->name);
        hpb_python_add_setting(argument, setting, !is_splitter);
    }
    return HPB_EXIT_OK;
}

void hpb_python_replace(hpb_python_call *call, const char *name, const char *value)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < call->n; i++) {
        hpb_text *argument = &call->arguments[i];
        if (strncmp(argument->data, name, length) != 0 || argument->data[length] != '=')
            continue;
        hpb_text_free(argument);
        hpb_text_add(argument, "%s=%s", name, value);
    }
}

void hpb_python_drop(hpb_python_call *call)
{
    for (size_t i = 0; i < call->n; i++)
        hpb_text_free(&call->arguments[i]);
    free(call->arguments);
    hpb_text_free(&call->head);
    *call = (hpb_python_call){0};
}

void hpb_python_end(hpb_python_call *call, int indent, const char *tail, hpb_text *out)
{
    size_t width = (size_t)indent + call->head.length + strlen(tail) + 1;
    for (size_t i = 0; i < call->n; i++)
        width += call->arguments[i].length + (i ? 2 : 0);
    const bool is_long = width > WIDTH;
    hpb_text_add(out, "%*s%s", indent, "", call->head.data);
    for (size_t i = 0; i < call->n; i++) {
        if (is_long)
            hpb_text_add(out, "\n%*s%s,", indent + 4, "", call->arguments[i].data);
        else
            hpb_text_add(out, "%s%s", i ? ", " : "", call->arguments[i].data);
    }
    if (is_long)
        hpb_text_add(out, "\n%*s", indent, "");
    hpb_text_add(out, ")%s\n", tail);
    hpb_python_drop(call);
}
