// SPDX-License-Identifier: Apache-2.0
// What two protocols report, held against what their models are worth on new rows ([explain] truth).
//
// A run's worth is the MSE on 100,000 new rows of the model that a user has at its end (engine/worth.h). Optimism is worth less
// report: above 0 the report is too low. All means are over the runs of one side that were scored and are finite, its first
// 1,000 at most; what is subtracted is subtracted run by run. Intervals are 95 %, Student's t.
#ifndef HPB_BIAS_H
#define HPB_BIAS_H

#include "explain/explanation.h"

typedef struct hpb_bias_side {
    uint32_t n; ///< runs; 0: no figure of this side
    hpb_estimate reported, worth, optimism;
    /// Of a side that chooses among several candidates by MSE, and reports the chosen one's: how much more optimistic the
    /// score of a candidate is in the runs that choose it than over all runs, so that the luck of the rows is left out. A
    /// candidate fixed beforehand has 0: this is what choosing the best adds. NaN: no such side.
    hpb_estimate selection;
    /// Of a search by MSE among several splits: the mean bias that Tibshirani and Tibshirani (2009) estimate from the scores
    /// alone (stats/optimism.h): what to add to the report. NaN: no such search.
    hpb_estimate tibshirani;
    /// What the same search within outer folds of the same kind reports, each chosen candidate fitted again and scored on rows
    /// that chose nothing: the mean over its own runs.
    hpb_estimate nested;
    uint32_t n_nested; ///< runs of it; 0: there is none
    bool is_refitted;  ///< the model at the end is fitted to all rows
    uint32_t n_candidates;
} hpb_bias_side;

typedef struct hpb_bias {
    bool is_known; ///< the data are generated; else all below is 0
    hpb_bias_side side[2];
    const char *
        keys; ///< "learning_rate, batch_size": that both grids list; "": none, or a side chooses more than once a run
    uint32_t n_pairs; ///< runs in which both chose
    uint32_t n_same;  ///< of them: in which these have the same values on both sides
} hpb_bias;

/// Reads it, into the arena of `e`, whose cells are there. *out is NULL where it was not asked for, or no run is scored of
/// data whose truth is known. Code: the store's.
hpb_exit hpb_bias_read(hpb_store *store, const hpb_stored_run *run, const hpb_explanation *e,
                       const hpb_bias **out, hpb_error *error);
/// As --json has it; null for NULL. A new reference.
json_t *hpb_bias_to_json(const hpb_bias *bias);

/// What a side's report is, against what its model is worth: a difference counts where it is 5 % of the worth at least, and
/// is sure where its interval leaves 0 out.
typedef enum hpb_bias_kind {
    HPB_BIAS_NONE,
    HPB_BIAS_TOO_LOW,
    HPB_BIAS_TOO_HIGH,
    HPB_BIAS_UNSURE, ///< too few runs, or runs too far apart, to say
} hpb_bias_kind;
hpb_bias_kind hpb_bias_kind_of(const hpb_bias_side *side);
/// Whether choosing the best is at least half of what its report is too low by.
bool hpb_bias_is_selection(const hpb_bias_side *side);

#endif // HPB_BIAS_H
