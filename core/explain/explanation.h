// SPDX-License-Identifier: Apache-2.0
// Why two protocols report two numbers, as numbers: read from a store, before any word of it is said.
//
// Shapes: k causes (factors in which the two differ), C corners (all 2^k, or those that a sample of orders passes), R
// replicates; every replicate has the same seeds in every corner. Side 0 is A, side 1 is B; effects are of A against B: what a cause adds to A's number.
// The identity: reported(A) - reported(B) = luck of A + (M(A) - M(B)) - luck of B, where M is the mean over the replicates
// used, those that are finite in all corners; luck of a side = reported - M, and M(A) - M(B) is the sum of the causes.
#ifndef HPB_EXPLANATION_H
#define HPB_EXPLANATION_H

#include "explain/averaging.h"
#include "explain/failures.h"
#include "stats/permutations.h"
#include "store/store.h"

#define HPB_MAX_CAUSES 31 ///< k: bits of a mask

/// The cells of one comparison, in hpb_stored_run.cells: corners that are one cell have one number.
typedef struct hpb_compared_cells {
    uint32_t own[2];
    const uint32_t *corners; ///< [C]
    bool has_longer;
    uint32_t longer[2]; ///< each side with more epochs
    uint32_t nested[2]; ///< each side's search within outer folds; HPB_NO_CELL: there is none
} hpb_compared_cells;

/// One of the two numbers, and what its protocol reports under fresh seeds.
typedef struct hpb_side {
    const char *title; ///< of the protocol: "manual"
    double
        reported;  ///< the user's number, or what one run with the user's seeds gave; NaN: neither
    bool is_typed; ///< the user's
    const double *mse;   ///< [R] with fresh seeds; not finite: failed or diverged
    hpb_summary summary; ///< of the finite ones
    hpb_interval mean;   ///< 95 %, of the mean of the finite ones
    double level;        ///< M; NaN where no replicate is used
    uint64_t count[HPB_STATUS_COUNT];
    uint32_t n_finite;
    double luck;  ///< reported - M; NaN
    double place; ///< share of the runs that are at or below `reported`, 0 to 1; NaN
    double baseline_mse, truth_mse; ///< mean over the runs
    double stopped;       ///< share of the runs in which a fit ended before its epochs did
    uint32_t n_fits;      ///< of a run
    double epochs_given;  ///< of a fit, as the suite has them; 0: not known, or several numbers
    uint32_t n_longer;    ///< runs that were trained longer as well; 0: none, and no figure of it
    double longer_epochs; ///< of a fit there
    double longer_level;  ///< their mean, trained longer
    hpb_estimate gain;    ///< how much lower that is, in pairs of the same seeds; 95 %
    const char *spec;     ///< JSON: every effective value
    hpb_averaging averaging; ///< of the finite ones
    const struct hpb_sources *
        sources; ///< where its luck comes from (explain/sources.h); NULL: no grid of its seeds was run
} hpb_side;

/// One setting in which the two differ.
typedef struct hpb_cause {
    const char *name;     ///< "optimizer", "validation_split", "candidates", ...
    const char *value[2]; ///< as A and as B have it
    /// JSON of what the suite gives where a section stands behind it: {"plugin": "patience", "patience": "10"}; NULL: one value
    const char *settings[2];
    uint32_t rows[2],
        updates
            [2]; ///< validation_split: rows that A's splits train on, updates an epoch; 0: not known
    hpb_estimate
        effect;   ///< what A's value adds to A's mean: Shapley, 95 % simultaneous over the causes
    double share; ///< of the difference of means; NaN where its interval holds 0
    double
        sampling_error; ///< standard error of the effect that the sample of orders leaves, within its interval; NaN: no sample
    double
        sampling_half; ///< what it leaves of half the width of the interval, whatever the runs are; NaN: no sample
    double alone; ///< changed first, from A's settings: how much lower A's mean gets
    double last;  ///< changed last: how much is left to it once all others are as B has them
    uint32_t bit; ///< of the corner masks
    uint32_t
        n_acted; ///< replicates in which it makes a difference in some corner; 0: it never acted
    const struct hpb_cause
        *parts; ///< [n_parts] of a group, "a + b": names, values and settings; none: not a group
    uint32_t n_parts;
} hpb_cause;

typedef struct hpb_explanation {
    hpb_arena *arena;    ///< owns all below; the reader's
    const char *suite;   ///< its name
    const char *setting; ///< levels of the crossed axes; "" where there are none
    const char *shared;  ///< "data", "data, split": what both numbers have in common
    const hpb_compared_cells *cells;
    hpb_side side[2];
    uint32_t n_replicates;   ///< R, planned
    uint32_t n_used;         ///< of them finite in all corners: what causes and M are computed from
    hpb_estimate difference; ///< M(A) - M(B) over those, paired
    double worse;            ///< share of the pairs with A above B, ties one half
    double
        reversed; ///< share of two runs, one of each with seeds of its own, that are ordered the other way
    double noise;                     ///< median distance of two runs of A
    hpb_cause causes[HPB_MAX_CAUSES]; ///< [n_causes], largest effect first
    uint32_t n_causes;
    const uint8_t *orders; ///< [2 n_pairs][k], as stats/permutations.h has them
    uint32_t n_pairs;      ///< 0: all combinations were run
    const uint32_t
        *corner_mask;   ///< [n_corners], ascending: bit i is set where cause i is as B has it
    uint32_t n_corners; ///< C
    const hpb_interaction *
        interactions; ///< [n_interactions]: of two causes each, B minus A; `factors` is a mask of bits; none of a sample
    uint32_t n_interactions;
    uint32_t worst;            ///< the mask of the corner that diverged or failed most often
    uint32_t worst_count;      ///< how often
    double variance_ratio;     ///< runs that common seeds saved
    const double *corner_mean; ///< [C] over the replicates used; none: over its own
    const hpb_interval *corner_interval; ///< [C], 95 %, each by itself
    const uint64_t *corner_diverged;     ///< [C]
    hpb_failure failure;                 ///< the commonest cause of failures
    const struct hpb_looks *looks;       ///< [explain] precision (looks.h); NULL: not asked
    const struct hpb_bias *bias;         ///< [explain] truth (bias.h); NULL: not asked
    double
        largest_error; ///< of the sum of the causes against the difference, relative, over the replicates
} hpb_explanation;

/// Reads setting `index` of what the run explains. False in *is_there: it explains nothing, or has no such setting.
/// Runs that are not stored yet count as missing. Code: the store's, which may be damaged.
hpb_exit hpb_explanation_read(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                              hpb_arena *arena, hpb_explanation *out, bool *is_there,
                              hpb_error *error);
/// Fills corner_mask and n_corners from the causes and the orders.
void hpb_explanation_list(hpb_explanation *e);
/// The number of the corner of that mask; n_corners: it was not run.
uint32_t hpb_corner_find(const hpb_explanation *e, uint32_t mask);
/// Fills what follows from values[C][R], which stay where they are, and from the sides' `reported`: what the runs of
/// each side say, the difference, causes and corners; lists these unless they are listed. core/explain's own.
void hpb_explanation_attribute(hpb_explanation *out, const double *const *values);
/// Fills what training a side longer brings, from mse[R] of the same seeds with `epochs` a fit. After the above.
void hpb_explanation_prolong(hpb_explanation *out, int side, double epochs, const double *mse);

#endif // HPB_EXPLANATION_H
