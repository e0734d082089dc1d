// SPDX-License-Identifier: Apache-2.0
// One number from the scores of several folds: the ways there are, side by side.
#ifndef HPB_AVERAGES_H
#define HPB_AVERAGES_H

#include <stddef.h>
#include <stdint.h>

/// What a fold's test rows say: n of them, the MSE on them, mean and variance (divisor n) of their targets.
typedef struct hpb_fold_score {
    size_t n;
    double mse, mean, variance;
} hpb_fold_score;

typedef struct hpb_averages {
    double
        mse_mean; ///< mean of the folds' MSEs, all alike: scikit-learn's best_score_ and cross_val_score
    double
        mse_pooled; ///< of all rows together; the mean of the folds' MSEs weighted by their sizes is this number
    double rmse_mean;         ///< mean of the folds' RMSEs: "neg_root_mean_squared_error"
    double rmse_mean_squared; ///< its square: at most mse_mean (Jensen), so not an MSE
    double rmse_pooled;       ///< root of mse_pooled
    double r2_mean;           ///< mean of the folds' R2, each against the fold's own mean
    double
        r2_pooled; ///< of all rows together, against the mean of them all: r2_score(cross_val_predict)
} hpb_averages;

/// sklearn.metrics.r2_score of n rows whose targets have that variance: 1 - MSE / variance. As there, NaN of fewer than 2
/// rows; where the targets are all equal, 1 for no error at all, else 0.
double hpb_r2_score(double mse, double variance, size_t n);

/// Sums run over the folds in order. What is not finite makes what it enters not finite. No folds: NaN.
hpb_averages hpb_average_folds(const hpb_fold_score *fold, uint32_t n_folds);

#endif // HPB_AVERAGES_H
