// SPDX-License-Identifier: Apache-2.0
// The host's keys: name, type, default and range of each. Names are Keras' and scikit-learn's.
#include "suite/tables.h"

#include <math.h>

#define MAX_SEED 4294967295.0        // NumPy's and Keras' seeds have 32 bits
#define MAX_EXACT 9007199254740991.0 // 2^53 - 1: whole numbers up to here are exact
#define NONE ((double)NAN)

#define CHOICE(name, words, doc, value)                                                            \
    {                                                                                              \
        name, NULL, doc, NULL, words, HPB_TYPE_CHOICE, 0, value, 0, 0                              \
    }
#define FLAG(name, doc, value)                                                                     \
    {                                                                                              \
        name, NULL, doc, NULL, NULL, HPB_TYPE_FLAG, 0, value, 0, 1                                 \
    }
#define INT(name, doc, unit, flags, value, min, max)                                               \
    {                                                                                              \
        name, NULL, doc, unit, NULL, HPB_TYPE_INT, flags, value, min, max                          \
    }
#define REAL(name, doc, unit, flags, value, min, max)                                              \
    {                                                                                              \
        name, NULL, doc, unit, NULL, HPB_TYPE_REAL, flags, value, min, max                         \
    }
#define TEXT(name, doc)                                                                            \
    {                                                                                              \
        name, NULL, doc, NULL, NULL, HPB_TYPE_TEXT, 0, 0, 0, 0                                     \
    }

static const hpb_param protocol_params[] = {
    CHOICE("preset", "manual_search,gridsearchcv,gridsearchcv_scikeras,gridsearchcv_keras",
           "Whose defaults the other keys have", 0),
    CHOICE("select", "train,validation,test,cv",
           "What chooses among the candidates: loss, val_loss, or the score on the test rows", 2),
    CHOICE("scoring", "neg_mean_squared_error,r2", "What the score of select = test or cv is", 0),
    CHOICE("report", "best,refit",
           "The chosen candidate's score, or that of fitting it again, on the rows of outer", 0),
    TEXT("outer", "The splitter that takes test rows away before the search"),
    REAL("reported", "The number that you got", NULL, HPB_PARAM_OPTIONAL, NONE, -HUGE_VAL,
         HUGE_VAL),
    TEXT("data", "A label"),
    TEXT("model", "A label"),
    TEXT("optimizer", "A label, or a plugin with its defaults"),
    TEXT("schedule", "A label, or a plugin with its defaults; none: constant"),
    TEXT("initializer", "A label, or a plugin with its defaults"),
    TEXT("early_stopping", "A label, or a plugin with its defaults; none: never"),
    TEXT("splitter", "A label, or a plugin with its defaults"),
    TEXT("seeds", "A label"),
};

static const hpb_param data_params[] = {
    CHOICE("generator", "linear,article,friedman1,friedman2,friedman3,gaussian",
           "Where generated data come from", 0),
    INT("rows", "How many rows are generated", "rows", 0, 100, 2, 10000000),
    INT("features",
        "Columns of linear, gaussian (none: 5) or friedman1 (none: 10), of which the first 5 "
        "matter",
        "columns", HPB_PARAM_OPTIONAL, NONE, 1, 10000),
    REAL("noise", "Standard deviation of the noise of the target", NULL, 0, 0.1, 0, HUGE_VAL),
    INT("seed", "numpy.random.RandomState(seed) draws the data", NULL, HPB_PARAM_FRESH, 0, 0,
        MAX_SEED),
    TEXT("file", "A CSV file with a header, in place of a generator; relative to the suite"),
    TEXT("target", "The column of the file that is predicted; all others are features"),
    TEXT("group", "The column that says which rows belong together, for splitters of groups"),
    TEXT("test_fold",
         "The column that says which fold tests a row, -1: none; for predefined_split"),
    CHOICE("separator", "comma,semicolon,tab", "What stands between the columns of the file", 0),
    TEXT("na", "The text of a missing value; rows with one are left out"),
    CHOICE("standardise", "none,train,all",
           "Scale features to mean 0 and SD 1, fitted on the training rows or (a leak) on all", 0),
};

static const hpb_param model_params[] = {
    {"hidden", NULL, "Units of each hidden layer, with spaces between; none: no hidden layer",
     "units", NULL, HPB_TYPE_INTS, HPB_PARAM_OPTIONAL, 10, 1, 4096},
    CHOICE("activation", "relu,tanh,sigmoid,elu,linear", "Activation of the hidden layers", 0),
};

static const hpb_param fit_params[] = {
    CHOICE("solver", "gradient,least_squares",
           "How weights are found: by training, or of a linear model in one step", 0),
    INT("epochs", "How often every training row is seen", "epochs", 0, 1, 1, 1000000),
    INT("batch_size", "Rows of one update", "rows", 0, 32, 1, 10000000),
    FLAG("shuffle", "Visit the training rows in random order", 1),
    REAL("validation_split", "Share of the training rows, the last ones, that is kept back", NULL,
         HPB_PARAM_MAX_OPEN, 0, 0, 1),
};

static const hpb_param optimizer_params[] = {
    REAL("weight_decay", "Weights shrink by this share of the learning rate at each update", NULL,
         HPB_PARAM_OPTIONAL, NONE, 0, HUGE_VAL),
    REAL("clipvalue", "Each gradient is clipped to this size", NULL,
         HPB_PARAM_OPTIONAL | HPB_PARAM_MIN_OPEN, NONE, 0, HUGE_VAL),
    REAL("clipnorm", "The gradient of each tensor is scaled down to this norm", NULL,
         HPB_PARAM_OPTIONAL | HPB_PARAM_MIN_OPEN, NONE, 0, HUGE_VAL),
    REAL("global_clipnorm", "The gradient of the whole network is scaled down to this norm", NULL,
         HPB_PARAM_OPTIONAL | HPB_PARAM_MIN_OPEN, NONE, 0, HUGE_VAL),
    FLAG("use_ema", "End with the exponential moving average of the weights", 0),
    REAL("ema_momentum", "What the average keeps of itself at each update", NULL, 0, 0.99, 0, 1),
    INT("ema_overwrite_frequency", "The average replaces the weights so often; none: at the end",
        "updates", HPB_PARAM_OPTIONAL, NONE, 1, 1000000000),
};

static const hpb_param splitter_params[] = {
    INT("random_state", "A fixed seed of the split, whatever [seeds] says", NULL,
        HPB_PARAM_OPTIONAL, NONE, 0, MAX_SEED),
};

static const hpb_param early_stopping_params[] = {
    TEXT("also",
         "The label of another rule, or a plugin with its defaults, that watches each epoch "
         "after this one"),
};

static const hpb_param seeds_params[] = {
    CHOICE("policy", "hpbench,keras.utils.set_random_seed,tf.random.set_seed,unseeded",
           "Whose random numbers initial weights and row order are", 0),
    INT("seed", "The number that the policy's function is called with", NULL, HPB_PARAM_FRESH, NONE,
        0, MAX_SEED),
    INT("split", "Seed of the split", NULL, HPB_PARAM_FRESH, NONE, 0, MAX_SEED),
    INT("weights", "Seed of the initial weights", NULL, HPB_PARAM_FRESH, NONE, 0, MAX_SEED),
    INT("order", "Seed of the row order", NULL, HPB_PARAM_FRESH, NONE, 0, MAX_SEED),
};

static const hpb_param suite_params[] = {
    TEXT("question", "What the suite is to answer; the report opens with it"),
    INT("replicates", "Runs of every cell; a cell in which nothing is fresh runs once", "runs", 0,
        1000, 1, 1000000000),
    INT("seed", "hpbench's master seed: fresh numbers are drawn from it", NULL, 0, 0, 0, MAX_EXACT),
    REAL("time_limit", "A worker that is silent for longer has failed its trial", "seconds",
         HPB_PARAM_MIN_OPEN, 30, 0, 86400),
    INT("max_trials", "A suite that plans more is refused", "trials", 0, 1000000, 1, 1000000000),
};

static const hpb_param cross_params[] = {
    CHOICE("mode", "product,one_at_a_time,paired", "How the levels of factors make cells", 0),
};

static const hpb_param timing_params[] = {
    INT("repetitions", "How often each cell and plugin is timed", "repetitions", 0, 15, 1, 1000),
    REAL("min_time", "Length of one repetition", "seconds", HPB_PARAM_MIN_OPEN, 0.02, 0, 3600),
    REAL("budget",
         "All timing takes no longer: first repetitions get shorter, then fewer, then "
         "cells are left out",
         "seconds", HPB_PARAM_MIN_OPEN, 5, 0, 86400),
};

static const hpb_param report_params[] = {
    TEXT("reference", "The cell that the others are compared with: sgd & holdout; else the first"),
    FLAG("curves", "Keep learning curves", 0),
    CHOICE("order", "suite,median", "How the rows of tables and figures are sorted", 0),
};

static const hpb_param explain_params[] = {
    TEXT(
        "compare",
        "The two protocols that `diff` and `explain` compare; the first two where it is not there"),
    TEXT("shared",
         "What both numbers have in common: data (the default), split, weights, order; or none"),
    TEXT("group", "Settings that are one cause: early_stopping + validation_split, A + B + C"),
    INT("orders",
        "Orders of the changes, half of them drawn and each with its reverse, that stand for all "
        "combinations; none: 64 from 11 causes on",
        "orders", HPB_PARAM_OPTIONAL, NONE, 16, HPB_MOST_ORDERS),
    FLAG("corners",
         "Run the combinations of the settings in which the two differ, which `explain` asks for",
         0),
    TEXT("precision",
         "Go on until every cause is known so well: 5% of the difference, or 0.01 in units of MSE; "
         "none: `replicates` of them, however well"),
    INT("max_replicates", "The most runs of each combination for the sake of `precision`", "runs",
        0, 20000, 20, 1000000000),
    FLAG("truth", "Score what each of the two chose on 100,000 new rows of generated data as well",
         0),
    FLAG("luck", "Run both sides as a crossed grid of their seeds too, with the corners", 1),
    INT("luck_levels",
        "Seeds of each source of luck in these grids; none: as many as make `replicates` runs, "
        "from 2 to 30",
        "levels", HPB_PARAM_OPTIONAL, NONE, 2, 1000),
};

#define LEVELS(name, doc, value) INT(name, doc, "levels", HPB_PARAM_OPTIONAL, value, 2, 1000)
static const hpb_param variance_params[] = {
    FLAG("grid", "Run each cell as a crossed grid of seeds as well, which `variance` asks for", 0),
    LEVELS("data",
           "Seeds of the data; where the suite draws them fresh the default is as many as `split`",
           NONE),
    LEVELS("split", "Seeds of the split; none: the first one alone", 10),
    LEVELS("weights", "Seeds of the initial weights; none: the first one alone", 10),
    LEVELS("order", "Seeds of the row order; none: the first one alone", 5),
};

#define PARAMS(array, source)                                                                      \
    (hpb_params)                                                                                   \
    {                                                                                              \
        array, (uint32_t)HPB_COUNT(array), source                                                  \
    }

hpb_params hpb_axis_params(hpb_axis axis)
{
    switch (axis) {
    case HPB_AXIS_PROTOCOL:
        return PARAMS(protocol_params, "hpbench");
    case HPB_AXIS_DATA:
        return PARAMS(data_params, "hpbench");
    case HPB_AXIS_MODEL:
        return PARAMS(model_params, "hpbench");
    case HPB_AXIS_FIT:
        return PARAMS(fit_params, "Keras");
    case HPB_AXIS_OPTIMIZER:
        return PARAMS(optimizer_params, "Keras");
    case HPB_AXIS_EARLY_STOPPING:
        return PARAMS(early_stopping_params, "hpbench");
    case HPB_AXIS_SPLITTER:
        return PARAMS(splitter_params, "scikit-learn");
    case HPB_AXIS_SEEDS:
        return PARAMS(seeds_params, "hpbench");
    default:
        return (hpb_params){NULL, 0, "hpbench"};
    }
}

hpb_params hpb_section_params(hpb_section section)
{
    switch (section) {
    case HPB_SECTION_SUITE:
        return PARAMS(suite_params, "hpbench");
    case HPB_SECTION_CROSS:
        return PARAMS(cross_params, "hpbench");
    case HPB_SECTION_TIMING:
        return PARAMS(timing_params, "hpbench");
    case HPB_SECTION_REPORT:
        return PARAMS(report_params, "hpbench");
    case HPB_SECTION_EXPLAIN:
        return PARAMS(explain_params, "hpbench");
    case HPB_SECTION_VARIANCE:
        return PARAMS(variance_params, "hpbench");
    default:
        return (hpb_params){NULL, 0, "hpbench"};
    }
}

const char *hpb_section_name(hpb_section section)
{
    static const char *const names[] = {"suite",  "cross",   "timing",
                                        "report", "explain", "variance"};
    return names[section];
}

const char *hpb_axis_name(hpb_axis axis)
{
    static const char *const names[] = {"protocol",  "data",     "model",       "fit",
                                        "optimizer", "schedule", "initializer", "early_stopping",
                                        "splitter",  "seeds"};
    return names[axis];
}

uint32_t hpb_axis_kind(hpb_axis axis)
{
    switch (axis) {
    case HPB_AXIS_OPTIMIZER:
        return HPB_KIND_OPTIMIZER;
    case HPB_AXIS_SCHEDULE:
        return HPB_KIND_SCHEDULE;
    case HPB_AXIS_INITIALIZER:
        return HPB_KIND_INITIALIZER;
    case HPB_AXIS_EARLY_STOPPING:
        return HPB_KIND_EARLY_STOPPING;
    case HPB_AXIS_SPLITTER:
        return HPB_KIND_SPLITTER;
    default:
        return 0;
    }
}

bool hpb_axis_has_labels(hpb_axis axis)
{
    return axis != HPB_AXIS_FIT;
}
