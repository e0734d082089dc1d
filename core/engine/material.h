// SPDX-License-Identifier: Apache-2.0
// What fits are made of, before any weight is drawn: data, splits, and the tables that each fold sees.
#ifndef HPB_MATERIAL_H
#define HPB_MATERIAL_H

#include "engine/splits.h"
#include "suite/plan.h"

// In the order of the choices of `[data] standardise`.
typedef enum hpb_standardise {
    HPB_STANDARDISE_NONE,
    HPB_STANDARDISE_TRAIN, ///< each split by all its training rows
    HPB_STANDARDISE_ALL,
} hpb_standardise;

/// Where a cell's material comes from.
typedef struct hpb_material_source {
    const hpb_plan_data *data;
    bool draws_data; ///< by the trial's seed, though the plan has data: a crossed grid of seeds
    const hpb_choice *splitter;
    const hpb_splitter_ops *splitter_ops;
    uint32_t n_splits;       ///< F
    const hpb_choice *outer; ///< NULL: the splitter splits all rows
    const hpb_splitter_ops *outer_ops;
    uint32_t n_outer; ///< O
    bool refits;      ///< each outer split is one of the splits as well
    bool
        has_whole; ///< a last split trains on all rows and tests none; only where there are no outer splits
    hpb_standardise standardise;
    hpb_table *whole; ///< of the plan's data, where one serves all folds: filled when first needed
} hpb_material_source;

/// What an MSE of one split compares with; means over its test rows, in float64.
typedef struct hpb_fold_scale {
    double
        baseline_mse; ///< of predicting the mean target of the rows that the splitter gives to train on
    double truth_mse; ///< of the true function; NaN where it is not known
    double mean,
        variance; ///< of the target, divisor n: what R2 and rows of several folds together need
} hpb_fold_scale;

/// Of one pair of data and split seeds; trials that have both in common share it.
typedef struct hpb_material {
    uint32_t data_seed, split_seed;
    const hpb_dataset *data;
    /// [O][F]: of the training rows of each outer split, as scikit-learn splits X[train], y[train]: row numbers are the
    /// data set's. Then, where the cell refits, the O outer ones; or that of all rows.
    hpb_splits splits;
    const hpb_table **tables; ///< [splits.n]
    hpb_fold_scale *scales;   ///< [splits.n]
    char *fault;              ///< how a splitter broke its contract; then there are no splits
    hpb_dataset own;          ///< drawn for these seeds; empty where the plan holds the data
    hpb_table *own_tables;    ///< [n_own_tables]
    uint32_t n_own_tables;
} hpb_material;

void hpb_material_make(const hpb_material_source *source, const hpb_trial_seeds *seeds,
                       hpb_material *out);
void hpb_material_free(hpb_material *material);

#endif // HPB_MATERIAL_H
