// SPDX-License-Identifier: Apache-2.0
// A suite: the INI file, parsed and checked against the plugins' descriptors, before anything is crossed.
//
// Every part of a suite that can vary is an axis, and all axes are parsed by the same code from tables of
// hpb_param: plugins bring theirs, the host's are in tables.c. A section [axis.LABEL] (or [axis] alone) whose keys
// have several levels unfolds into one choice for each combination of its levels that [cross] mode makes.
#ifndef HPB_SUITE_H
#define HPB_SUITE_H

#include "base/base.h"
#include "loader/registry.h"

/// What a suite can vary, in the order in which cells are crossed and labels are joined.
typedef enum hpb_axis {
    HPB_AXIS_PROTOCOL, ///< none: cells are crossed
    HPB_AXIS_DATA,
    HPB_AXIS_MODEL,
    HPB_AXIS_FIT, ///< solver, epochs, batch_size, shuffle, validation_split
    HPB_AXIS_OPTIMIZER,
    HPB_AXIS_SCHEDULE,
    HPB_AXIS_INITIALIZER,
    HPB_AXIS_EARLY_STOPPING,
    HPB_AXIS_SPLITTER,
    HPB_AXIS_SEEDS,
    HPB_AXIS_COUNT
} hpb_axis;

const char *hpb_axis_name(hpb_axis axis); ///< the section's name: "data", "optimizer", ...
uint32_t hpb_axis_kind(hpb_axis axis);    ///< HPB_KIND_* of a plugin axis, 0 of a host's

#define HPB_TYPE_TEXT 100u ///< host parameters only: `hpb_setting.text` is the value
#define HPB_TYPE_INTS                                                                              \
    101u ///< host parameters only: a list of integers; the default has one element
#define HPB_PARAM_FRESH 0x100u ///< host parameters only: `fresh` is allowed

/// One key with its one value in a choice, default or not.
typedef struct hpb_setting {
    const hpb_param *param;
    hpb_value value;
    const char *text; ///< canonical, as stored and printed: "0.01", "none", "yes", "64 32", "fresh"
    bool is_fresh;
    bool is_default;    ///< not in the suite
    const char *source; ///< of a default: the preset that has it; NULL: hpb_setting_source() knows
    hpb_place place;    ///< of the value; file NULL for a default
} hpb_setting;

#define HPB_MAX_RULES 8 ///< of early stopping that watch one fit

/// One level of an axis.
typedef struct hpb_choice {
    hpb_axis axis;
    const char *
        name; ///< the section's label, lower case: what [cross] names; "" for a default, or [axis] alone
    const char *title; ///< in print: `label =` or the name; the same in all choices of a section
    const char *label; ///< the title, then what its levels are ("adam learning_rate 0.01")
    const hpb_plugin_info *plugin; ///< NULL on a host's axis
    const hpb_setting *settings; ///< [n_settings]: the plugin's own, in its order, then the host's
    uint32_t n_settings;
    const hpb_value *values; ///< [plugin->n_params], for the plugin
    const struct hpb_choice
        *also;       ///< early stopping: the rule that sees each epoch after this one, or NULL
    hpb_place place; ///< of the section
} hpb_choice;

/// The setting of that name; every name of the axis' tables is there.
const hpb_setting *hpb_choice_setting(const hpb_choice *choice, const char *name);
double hpb_choice_number(const hpb_choice *choice, const char *name);
const char *hpb_choice_text(const hpb_choice *choice, const char *name);

/// Whether the setting changes any result of the choice: not so for `noise` beside `file`, or a label, say.
bool hpb_setting_is_used(const hpb_choice *choice, const hpb_setting *setting);

/// Whether fits with this choice of [fit] draw weights and train them: not so by least squares.
bool hpb_choice_trains(const hpb_choice *fit);

/// Whose default the setting has: "Keras", "scikit-learn", "hpbench", or the plugin's id.
const char *hpb_setting_source(const hpb_choice *choice, const hpb_setting *setting);

/// A term of [cross] exclude or [report] reference: the choices that carry these names, `a & b`.
typedef struct hpb_match {
    const char *const *names; ///< [n_names], lower case
    uint32_t n_names;
    hpb_place place;
} hpb_match;

/// Whether a combination (one choice an axis) carries all the names.
bool hpb_match_holds(const hpb_match *match, const hpb_choice *const choice[HPB_AXIS_COUNT]);

/// How the levels of the factors are combined into cells, and those of a section's keys into choices.
typedef enum hpb_cross_mode {
    HPB_CROSS_PRODUCT,       ///< each with each
    HPB_CROSS_ONE_AT_A_TIME, ///< the reference cell, and each factor moved alone from it
    HPB_CROSS_PAIRED,        ///< the k-th levels together; a factor of one level stays
} hpb_cross_mode;            ///< in the order of the choices of `[cross] mode`

// How weights are found, in the order of the choices of `[fit] solver`.
typedef enum hpb_solver {
    HPB_SOLVER_GRADIENT,      ///< epoch by epoch, as Keras' fit()
    HPB_SOLVER_LEAST_SQUARES, ///< as scikit-learn's LinearRegression: nothing is drawn or trained
} hpb_solver;

// What a protocol chooses its candidate by, in the order of the choices of `[protocol.LABEL] select`.
typedef enum hpb_select {
    HPB_SELECT_TRAIN,      ///< the loss of the last epoch
    HPB_SELECT_VALIDATION, ///< the val_loss of the last epoch
    HPB_SELECT_TEST,       ///< the score on the splitter's test rows
    HPB_SELECT_CV,         ///< the same, as GridSearchCV calls it
} hpb_select;

// What is scored, in the order of the choices of `[protocol.LABEL] scoring`. More is better, as in scikit-learn.
typedef enum hpb_scoring {
    HPB_SCORING_NEG_MSE, ///< neg_mean_squared_error
    HPB_SCORING_R2,
} hpb_scoring;

// What a protocol reports, in the order of the choices of `[protocol.LABEL] report`.
typedef enum hpb_reports {
    HPB_REPORTS_BEST, ///< the chosen candidate's score: best_score_
    HPB_REPORTS_REFIT, ///< of the chosen candidate, fitted again on all rows that were split: on the outer test rows
} hpb_reports;

/// A key that a protocol sets and its preset loses.
typedef struct hpb_lost {
    const char *text; ///< "epochs = 100"
    const char *why;  ///< of the preset: "Keras: SKLearnRegressor loses ..."
} hpb_lost;

/// What [protocol.LABEL] comes to. Its candidates are all combinations of its grid, as scikit-learn's ParameterGrid has
/// them: keys in alphabetical order, the last fastest.
typedef struct hpb_protocol {
    const hpb_choice *choice; ///< on HPB_AXIS_PROTOCOL: presets are applied to its settings
    hpb_select select;
    hpb_scoring scoring;
    hpb_reports reports;
    int32_t outer;                            ///< level of the splitter axis; -1: none
    const uint32_t (*levels)[HPB_AXIS_COUNT]; ///< [n_candidates]: on the axes that protocols name
    const char *const *labels;                ///< [n_candidates]: "learning_rate 0.01"
    uint32_t n_candidates;
    bool trains;             ///< some candidate draws weights and trains them
    bool shuffles;           ///< some candidate visits its rows in random order
    const char *const *grid; ///< [n_grid]: its keys
    uint32_t n_grid;
    const hpb_lost *lost; ///< [n_lost]
    uint32_t n_lost;
} hpb_protocol;

/// A setting in which the two compared protocols differ, or a group of them with " + " between: one cause.
typedef struct hpb_factor {
    const char *name;     ///< "optimizer", "validation_split", "candidates", "selection", "report"
    const char *value[2]; ///< "sgd", "adam"
} hpb_factor;

#define HPB_MOST_ORDERS 1000 ///< of [explain] orders
#define HPB_NESTED_REPLICATES                                                                      \
    200u ///< of a nested search, at most: it fits as often as a run of it has folds more
#define HPB_LONGER 4 ///< times the epochs: whether training had finished is seen by going on

/// Combinations of the factors as protocols of their own: corner c has factor i as B has it where bit i of masks[c] is set.
typedef struct hpb_explain {
    const hpb_factor *factors; ///< [n_factors]
    uint32_t n_factors;
    const uint32_t
        *masks; ///< [n_masks], ascending: 0 is A, the last is B; all, or those that orders pass
    uint32_t n_masks;
    const uint8_t *orders; ///< [2 n_pairs][n_factors], as in stats/permutations.h
    uint32_t n_pairs;      ///< 0: all 2^n_factors combinations
    uint32_t first;        ///< protocol of corner 0; 0: [explain] corners is no
    bool
        has_longer; ///< behind the corners are A and B once more, each with HPB_LONGER times its epochs
    /// With `truth`, protocols of each side's search once more within outer folds like its own, refitted and scored on these
    /// (nested cross-validation); 0: it is no search among folds.
    uint32_t nested[2];
    hpb_place place; ///< of [explain] compare, or the first of the two
} hpb_explain;

/// One --filter: cells stay whose level on the axis has a name or label that matches one of the patterns.
typedef struct hpb_filter {
    const char *text; ///< as given: "optimizer=adam,sgd"
    hpb_axis axis;
    const char *const *patterns; ///< [n_patterns]: with * and ?
    uint32_t n_patterns;
} hpb_filter;

typedef struct hpb_suite {
    hpb_arena *arena; ///< owns all below
    const char *path; ///< as given
    const char *text; ///< the file, byte for byte
    size_t text_size;
    const char *
        overrides; ///< as a command line has them, --filter too: " --set fit.epochs=5", quoted where needed
    const char *name;                          ///< file name without .ini: [A-Za-z0-9._-]{1,64}
    const char *question;                      ///< may be ""
    uint32_t replicates;                       ///< default 1000
    uint64_t seed;                             ///< default 0
    double time_limit;                         ///< seconds that a worker may be silent; default 30
    uint64_t max_trials;                       ///< default 1,000,000
    const hpb_choice *choices[HPB_AXIS_COUNT]; ///< as [cross] selects them, at least one
    uint32_t n_choices[HPB_AXIS_COUNT];
    const hpb_protocol *protocols; ///< [n_protocols]; none: cells are crossed
    uint32_t n_protocols;
    bool is_shared[4]; ///< by hpb_stream: [explain] shared: data, split, weights, order
    hpb_explain explain;
    bool
        has_truth; ///< [explain] truth: the models of the two compared protocols are scored on new rows
    hpb_place truth_place;
    double precision; ///< [explain]: half of the widest interval of a cause, at most; 0: not asked
    bool is_precision_relative; ///< as a share of the difference; else in units of MSE
    uint32_t max_replicates;    ///< no more of them for the sake of precision; default 20,000
    uint32_t compare[2];        ///< numbers of protocols: [explain] compare, or the first two
    bool is_named
        [HPB_AXIS_COUNT]; ///< by protocols: their choices go with the protocol, and are not crossed
    hpb_cross_mode mode;
    const hpb_match *excludes;
    uint32_t n_excludes;
    hpb_match
        reference; ///< the first cell with these labels, a random one if there is one; n_names 0: of all
    const hpb_filter *filters; ///< a cell passes all; set by hpb_suite_filter
    uint32_t n_filters;
    bool has_grid;        ///< [variance] grid: each cell also runs as a crossed grid of seeds
    uint32_t grid[4];     ///< levels of each hpb_stream there; 0: not crossed
    bool has_luck;        ///< [explain] luck: both sides run as a crossed grid of seeds as well
    uint32_t luck_levels; ///< of each source there; 0: as many as make `replicates` runs
    bool is_grid_data_default; ///< its data are crossed as often as the split, where they are fresh
    bool curves;               ///< store learning curves
    bool order_median;         ///< [report] order = median
    uint32_t timing_repetitions; ///< [timing]; 0: the section is not there
    double timing_min_time;      ///< seconds a repetition
    double timing_budget;        ///< seconds for all that is timed
} hpb_suite;

/// Parses and checks a suite read from `path`. `overrides` are the --set options "section.key=value",
/// applied as if they stood in the file (their place is the option). True when nothing was wrong;
/// else `diagnostics` holds all faults and `out` is empty.
bool hpb_suite_parse(const char *path, const char *bytes, size_t n, const char *const *overrides,
                     uint32_t n_overrides, const hpb_registry *registry, hpb_suite *out,
                     hpb_diagnostics *diagnostics);
void hpb_suite_free(hpb_suite *suite);

/// How many levels of an axis are crossed: its choices, or 1 where protocols name them.
uint32_t hpb_suite_levels(const hpb_suite *suite, hpb_axis axis);

/// Takes the --filter options "FACTOR=PATTERN,PATTERN" of a parsed suite, before it is planned. Code: HPB_EXIT_USAGE for
/// an unknown factor and for a pattern that no level matches, whatever its case; the hint has the nearest.
hpb_exit hpb_suite_filter(hpb_suite *suite, const char *const *filters, uint32_t n,
                          hpb_error *error);

#define HPB_SUITE_LIMIT ((size_t)4 << 20) ///< bytes of a suite file
#define HPB_MAX_CELLS 100000u             ///< of a suite, and choices on an axis
#define HPB_MAX_COMBINATIONS 10000000u    ///< before [cross] exclude

#endif // HPB_SUITE_H
