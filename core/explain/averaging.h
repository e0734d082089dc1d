// SPDX-License-Identifier: Apache-2.0
// How the folds of a run are averaged: what each way gives over the runs of one cell, and how far that is from the way
// that the number it reports is made.
#ifndef HPB_AVERAGING_H
#define HPB_AVERAGING_H

#include "engine/trial.h"
#include "stats/intervals.h"

#include <jansson.h>

/// The ways (engine/averages.h), each beside what is reported in its unit: the MSEs beside the run's own, the RMSEs beside
/// its root, R2 beside the mean of the folds' R2.
typedef enum hpb_way {
    HPB_WAY_MSE_MEAN, ///< what a run reports
    HPB_WAY_MSE_POOLED,
    HPB_WAY_RMSE_MEAN_SQUARED,
    HPB_WAY_RMSE_MEAN,
    HPB_WAY_RMSE_POOLED,
    HPB_WAY_R2_MEAN,
    HPB_WAY_R2_POOLED,
} hpb_way;
#define HPB_WAY_COUNT 7

/// A mean over runs that are added one by one; sd with divisor n - 1.
typedef struct hpb_running {
    uint64_t n;
    double mean, squares; ///< squares: sum of squared deviations from the mean
} hpb_running;

typedef struct hpb_averaging {
    uint32_t n_folds; ///< of a run; below 2 all ways agree
    hpb_running value[HPB_WAY_COUNT], difference[HPB_WAY_COUNT];
} hpb_averaging;

/// Adds a run that is finite; another is left out. Starts from zeros.
void hpb_averaging_add(hpb_averaging *averaging, const hpb_trial_result *result);
/// Whether there is something to compare: several folds, and a run.
bool hpb_averaging_has_ways(const hpb_averaging *averaging);
/// Whether a way is itself what those of its unit stand beside.
bool hpb_way_is_reported(hpb_way way);
/// The mean difference from that, paired run by run, with its 95 % interval (Student's t). One that is nothing but
/// rounding is 0.
hpb_estimate hpb_averaging_difference(const hpb_averaging *averaging, hpb_way way);

/// All of it as JSON; null of one fold, or no run. A new reference.
json_t *hpb_averaging_to_json(const hpb_averaging *averaging);

#endif // HPB_AVERAGING_H
