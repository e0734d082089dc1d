// SPDX-License-Identifier: Apache-2.0
// The plan: all cells of a suite, how many trials and fits each takes, and the key under which its
// results are kept. A pure function of the suite, the data files and the plugins: the parent and every
// worker make the same plan from the same text.
#ifndef HPB_PLAN_H
#define HPB_PLAN_H

#include "data/dataset.h"
#include "random/random.h"
#include "suite/suite.h"

/// Raised whenever the engine, its random streams or its data preparation change any result's bits.
#define HPB_ENGINE_REVISION 2

/// The data of one choice of the data axis.
typedef struct hpb_plan_data {
    const hpb_choice *choice;
    hpb_dataset dataset; ///< empty where every replicate draws its own (`seed = fresh`)
    uint32_t n_rows, n_features;
    char sha256[HPB_SHA256_TEXT]; ///< of the CSV file; "" for generated data
    double
        truth_mse; ///< mean squared error of the true function over all rows; NaN where not known
} hpb_plan_data;

/// One of the settings among which a cell chooses.
typedef struct hpb_candidate {
    const hpb_choice *choice[HPB_AXIS_COUNT]; ///< data, splitter and seeds are those of the cell
    const char
        *label; ///< what tells it from the others: "learning_rate 0.01"; "" where there are none
} hpb_candidate;

/// Models are scored on so many new rows, of the first replicates so many: [explain] truth.
#define HPB_NEW_ROWS 100000u
#define HPB_WORTH_REPLICATES 1000u

/// What is run. Shapes: O outer splits (1 where there are none), C candidates, F splits.
/// A trial fits, for each outer split, each candidate on each split, split fastest (GridSearchCV's order), then,
/// where it refits, the chosen one once more. Fits count on in that order: n_fits = O (C F + refits).
/// A cell of a crossed suite has one candidate, no outer splits, and does not refit.
typedef struct hpb_cell {
    const hpb_choice *choice[HPB_AXIS_COUNT]; ///< of the first candidate
    const hpb_candidate *candidates;          ///< [n_candidates]
    uint32_t n_candidates;                    ///< C, at least 1
    const hpb_choice *outer;                  ///< a splitter, or NULL: all rows are split
    uint32_t n_outer;                         ///< O
    hpb_select select;
    hpb_scoring scoring;
    hpb_reports reports;
    const hpb_protocol *protocol; ///< NULL: crossed
    uint32_t data;                ///< index into hpb_plan.data
    const char *
        label; ///< its levels of the factors, " & " between them; the suite's name if there are none
    char key[HPB_SHA256_TEXT]; ///< hash of all that changes its results, and of nothing else
    uint32_t n_replicates;     ///< 1 where nothing is fresh; of a grid the product of its levels
    /// Levels of each stream of a crossed grid of seeds, the last stream's fastest; 0: not crossed, the stream keeps the
    /// number of level 0. All 0: no grid. Level 0 is the number that the suite gives, or the first fresh one.
    uint32_t grid[HPB_STREAM_COUNT];
    uint32_t n_splits; ///< F, of the splitter
    uint32_t n_fits;   ///< of a trial
    bool has_worth;    ///< [explain] truth: its models are scored on HPB_NEW_ROWS new rows as well
    bool refits_whole; ///< the chosen candidate is fitted once more on all rows for that, and last
    uint32_t level[HPB_AXIS_COUNT]; ///< index of choice[axis] among the suite's choices
    bool grows;                     ///< [explain] precision adds replicates at each look
    int32_t
        twin; ///< where nothing is fresh: the random cell it is drawn on (same but for seeds), else -1
} hpb_cell;

/// The two protocols of [explain] compare on one setting of what is crossed beside.
typedef struct hpb_compared {
    uint32_t own[2]; ///< cells of the protocols as they are written
    const uint32_t *
        corners; ///< [suite->explain.n_masks] cells; equal corners, and corners that equal an own cell, are one
    uint32_t longer[2]; ///< both ends with HPB_LONGER times their epochs, where the suite has these
    int32_t grid[2];    ///< crossed grids of seeds of the own cells; -1: there is none
    uint32_t nested[2]; ///< the search of each side within outer folds; HPB_NO_CELL: there is none
} hpb_compared;
#define HPB_NO_CELL UINT32_MAX

typedef struct hpb_plan {
    hpb_arena *arena;
    const hpb_suite *suite;
    hpb_plan_data *data;
    uint32_t n_data;
    hpb_cell *cells; ///< [n_cells], in the order of the product, the last axis fastest
    uint32_t n_cells;
    uint32_t n_grids;       ///< of them, the last ones: crossed grids of seeds of cells before them
    uint32_t n_corners;     ///< of them, those before the grids: corners (suite/corners.h) alone
    hpb_compared *compared; ///< [n_compared]; none: nothing is explained
    uint32_t n_compared;
    uint32_t reference; ///< index of the cell that the others are compared with
    const char *
        left_out; ///< label of the cell that it stands in for, which --filter leaves out; NULL: it is the suite's
    uint32_t replicates;      ///< of cells that grow, now; of all random cells where none does
    uint32_t most_replicates; ///< that they may grow to: max_replicates, or what max_trials allows
    uint64_t n_trials, n_fits;
    const char *const *warnings; ///< [n_warnings]: sentences, for `plan` and `validate`
    uint32_t n_warnings;
} hpb_plan;

/// Asks a plugin about the values of a section: a splitter, how many splits it makes of these rows; a schedule, whether
/// they make one (*out is then 1, `rows` unused). By the probe in the parent, by the plugin itself in a worker.
typedef hpb_exit (*hpb_check_values_function)(void *context, const hpb_plugin_info *plugin,
                                              const hpb_value *values, const hpb_rows *rows,
                                              uint32_t *out, hpb_error *error);

/// Reads the data, crosses the axes, counts, and names the cells. `suite` must outlive the plan. True when nothing
/// was wrong. Refuses more than suite->max_trials before it allocates cells.
bool hpb_plan_make(const hpb_suite *suite, hpb_check_values_function check_values, void *context,
                   hpb_plan *out, hpb_diagnostics *diagnostics);
void hpb_plan_free(hpb_plan *plan);
/// Gives cells that grow this many replicates, in place of plan->replicates; the trials count on.
void hpb_plan_grow(hpb_plan *plan, uint32_t replicates);

/// The path of a file that a suite names; free() it.
char *hpb_suite_file(const char *suite_path, const char *file);
/// Whether the axis is crossed: it has several levels, which protocols do not name.
bool hpb_plan_is_factor(const hpb_plan *plan, hpb_axis axis);
/// Whether its trials have scores and a choice; where there is one candidate on all rows, it is as a crossed cell.
bool hpb_cell_is_search(const hpb_cell *cell);
/// The seeds of one trial of a cell: numbers as the suite gives them, fresh ones drawn.
hpb_trial_seeds hpb_cell_seeds(const hpb_plan *plan, const hpb_cell *cell, uint32_t replicate);
/// Whether the cell is a crossed grid of seeds.
bool hpb_cell_is_grid(const hpb_cell *cell);
/// The level of each stream in one replicate of a grid; 0 where a stream is not crossed.
void hpb_grid_index(const hpb_cell *cell, uint32_t replicate, uint32_t out[HPB_STREAM_COUNT]);
/// The seed of one of the cell's splitters: its own random_state, else the trial's.
uint32_t hpb_splitter_seed(const hpb_choice *splitter, const hpb_trial_seeds *seeds);
/// Every effective value of a cell, as text: {"optimizer": {"plugin": "adam", "learning_rate": "0.01", ...}, ...}.
/// The cell's key is the SHA-256 of this, of the hashes of data and plugins, and of the revisions.
json_t *hpb_cell_to_json(const hpb_plan *plan, const hpb_cell *cell);
/// Of the same keys those that the suite does not set, and whose default each is: {"epsilon": "adam", ...}.
json_t *hpb_choice_defaults(const hpb_choice *choice);
#define HPB_ALSO                                                                                   \
    "also." ///< goes before the keys of a rule that stands beside another: "also.factor"

#endif // HPB_PLAN_H
