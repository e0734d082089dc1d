// SPDX-License-Identifier: Apache-2.0
// Averages over folds.
#include "engine/averages.h"

#include <math.h>

double hpb_r2_score(double mse, double variance, size_t n)
{
    if (n < 2 || isnan(mse))
        return (double)NAN;
    if (variance == 0)
        return mse == 0 ? 1 : 0;
    return 1 - mse / variance;
}

hpb_averages hpb_average_folds(const hpb_fold_score *fold, uint32_t n_folds)
{
    hpb_averages out = {0};
    size_t n_rows = 0;
    double mean = 0, variance = 0;
    for (uint32_t f = 0; f < n_folds; f++) {
        const double n = (double)fold[f].n;
        const double r2 = hpb_r2_score(fold[f].mse, fold[f].variance, fold[f].n);
        n_rows += fold[f].n;
        mean += n * fold[f].mean;
        out.mse_mean += fold[f].mse;
        out.mse_pooled += n * fold[f].mse;
        out.rmse_mean += sqrt(fold[f].mse);
        out.r2_mean += r2;
    }
    const double rows = (double)n_rows;
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
    out.r2_pooled = hpb_r2_score(out.mse_pooled, variance / rows, n_rows);
    return out;
}
