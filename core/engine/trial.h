// SPDX-License-Identifier: Apache-2.0
// Trials: data, split, scaling, fits and what they add up to. The bridge from a plan to the engine.
#ifndef HPB_TRIAL_H
#define HPB_TRIAL_H

#include "engine/engine.h"
#include "suite/plan.h"

typedef enum hpb_status {
    HPB_STATUS_OK = 0,
    HPB_STATUS_DIVERGED = 1,  ///< a result: the MSE is infinite or not a number
    HPB_STATUS_CRASHED = 2,   ///< the worker died with it, twice
    HPB_STATUS_TIMEOUT = 3,   ///< the worker was silent for longer than time_limit, twice
    HPB_STATUS_CONTRACT = 4,  ///< a plugin broke its contract (a row number out of range, fail())
    HPB_STATUS_SET_ASIDE = 5, ///< not run: three trials of the cell failed in the same way
} hpb_status;
#define HPB_STATUS_COUNT 6
const char *hpb_status_name(hpb_status status); ///< "ok", "diverged", "crashed", ...

/// What one trial reports.
typedef struct hpb_trial_result {
    uint32_t cell; ///< index into the plan
    uint32_t replicate;
    hpb_status status;
    double mse; ///< mean of the folds' MSEs, in fold order, not weighted; NaN canonical
    /// Folds are the fits that are reported: the chosen candidate's on each split, [O][F]; or the refits, [O].
    uint32_t n_folds;
    const double *fold_mse;   ///< [n_folds]
    uint64_t epochs, updates; ///< over all fits
    double loss, val_loss;    ///< mean over the folds of the last epoch's; NaN where there is none
    double
        baseline_mse; ///< of predicting the mean of the training rows; mean over the folds, like the two below
    double truth_mse; ///< of the true function on the test rows; NaN where it is not known
    double r2;        ///< scikit-learn's r2_score, mean over the folds; NaN where a fold has none
    double pooled_mse, pooled_r2; ///< of the test rows of all folds together (averages.h)
    /// Of a search (hpb_cell_is_search): scores of its candidates, [O][C][F], more is better, NaN where not finite; and
    /// the candidate that each outer split chose, [O] (search.h). Else none.
    uint32_t n_scores, n_chosen;
    const double *scores;
    const uint32_t *chosen;
    /// MSE on HPB_NEW_ROWS new rows (worth.h), where the cell has_worth: of the models that were scored, [C][F] as `scores`, or
    /// with outer splits [n_folds] as `fold_mse`; then of the one that a user has at the end. Else none.
    uint32_t n_worth;
    const double *worth; ///< [n_worth]
    uint32_t seed[HPB_STREAM_COUNT];
    uint64_t fit_ns; ///< processor time in bulk, divided by the fits it was spent on; not a result
    const float *curves; ///< for each fold: epochs (as float), then [epochs][2]; NULL: not kept
    uint32_t n_curve_floats;
    const char *cause; ///< why it failed; NULL where it did not
} hpb_trial_result;

/// A result without numbers, all of them NaN: of what failed, or was not trained. `seeds` may be NULL.
hpb_trial_result hpb_trial_result_make(uint32_t cell, uint32_t replicate,
                                       const hpb_trial_seeds *seeds, hpb_status status,
                                       const char *cause);

/// Whether its arrays can be those of a trial of this cell: a result that came over a pipe, say.
bool hpb_trial_result_is_of(const hpb_trial_result *result, const hpb_cell *cell);

/// Curves are kept for the first replicates alone, so that a store stays small.
#define HPB_CURVE_REPLICATES 100

typedef void (*hpb_trial_done_function)(void *context, const hpb_trial_result *result);

/// Loads the plugins of a plan and runs trials of its cells. Worker processes only.
/// Split by split: rows from the splitter, checked (splits.h); `standardise = train` scales by all its training
/// rows; then Keras' validation_split takes the last rows, all after the first floor(n (1 - v)), off those trained on.
/// A search goes on as GridSearchCV does: each candidate on each split, scores, the choice, the refit on all
/// training rows of the outer split. Under Keras' policy each fit's weights go on where those of the fits before it
/// end: a refit counts as what was chosen, and an initializer that draws nothing not at all.
typedef struct hpb_trial_runner hpb_trial_runner;
hpb_exit hpb_trial_runner_create(const hpb_plan *plan, uint32_t isa, hpb_trial_runner **out,
                                 hpb_error *error);
/// Runs replicates first ... first + n - 1 of a cell; delivers each as it is done, in any order.
/// `alive` is called often while it works. Contract failures are results, not errors.
void hpb_trial_runner_run(hpb_trial_runner *runner, uint32_t cell, uint32_t first, uint32_t n,
                          hpb_trial_done_function done, void (*alive)(void *context),
                          void *context);
void hpb_trial_runner_destroy(hpb_trial_runner *runner);

/// What one fit of a trial begins with. Row numbers are the data set's; train is in the splitter's order.
typedef struct hpb_fold {
    uint32_t cell, replicate, fold; ///< fold: number of the fit, from 0
    /// Where it stands (plan.h). A refit has the number after the last candidate, and neither validation rows nor
    /// weights: those are the chosen candidate's.
    uint32_t outer, candidate, split;
    const uint32_t *train, *validation, *test;
    uint32_t n_train, n_validation, n_test;
    const float *weights; ///< [n_weights]: initial ones, in the order of hpb_network_parameters()
    uint32_t n_weights;   ///< 0: not asked for
} hpb_fold;
typedef void (*hpb_fold_function)(void *context, const hpb_fold *fold);

/// Which fits of a trial are handed out, and what of each.
typedef enum hpb_handed {
    HPB_HANDED_ROWS,    ///< the rows of all
    HPB_HANDED_WEIGHTS, ///< and the initial weights
    HPB_HANDED_SPLITS, ///< the rows of the first candidate's on the first outer split: all candidates have the same
} hpb_handed;

/// Prepares one trial: hands out its fits in order, then what came of it to `done`: a broken contract and its cause, or
/// HPB_STATUS_OK without numbers. Trains nothing, but for weights that go on from refits of candidates that draw
/// different numbers of kernels: then what comes before the last outer split, calling `alive` often.
void hpb_trial_runner_prepare(hpb_trial_runner *runner, uint32_t cell, uint32_t replicate,
                              hpb_handed what, hpb_fold_function each, hpb_trial_done_function done,
                              void (*alive)(void *context), void *context);

#endif // HPB_TRIAL_H
