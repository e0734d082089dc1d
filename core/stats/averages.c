// SPDX-License-Identifier: Apache-2.0
// Averages over folds.
#include "stats/averages.h"

#include <math.h>

static double r2_of(double mse, double variance, double n)
{
    if (!(n >= 2) || !isfinite(mse))
        return (double)NAN;
    if (variance > 0)
        return 1 - mse / variance;
    return mse == 0 ? 1 : 0;
}

hpb_averages hpb_average_folds(const hpb_fold_score *fold, uint32_t n_folds)
{
    hpb_averages out = {0};
    double rows = 0, mean = 0, variance = 0;
    for (uint32_t f = 0; f < n_folds; f++) {
        const double n = (double)fold[f].n, r2 = r2_of(fold[f].mse, fold[f].variance, n);
        rows += n;
        mean += n * fold[f].mean;
        out.mse_mean += fold[f].mse;
        out.mse_pooled += n * fold[f].mse;
        out.rmse_mean += sqrt(fold[f].mse);
        out.r2_mean += r2;
        out.r2_weighted += n * r2;
    }
    mean /= rows;
    for (uint32_t f = 0; f < n_folds; f++) {
        const double d = fold[f].mean - mean;
        variance += (double)fold[f].n * (fold[f].variance + d * d);
    }
    out.mse_mean /= n_folds;
    out.mse_pooled /= rows;
    out.rmse_mean /= n_folds;
    out.rmse_mean_squared = out.rmse_mean * out.rmse_mean;
    out.rmse_pooled = sqrt(out.mse_pooled);
    out.r2_mean /= n_folds;
    out.r2_weighted /= rows;
    out.r2_pooled = r2_of(out.mse_pooled, variance / rows, rows);
    return out;
}
