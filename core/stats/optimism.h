// SPDX-License-Identifier: Apache-2.0
// Why the best score of a search is too good, and what it is worth on new rows. Scores are errors: lower is better.
#ifndef HPB_OPTIMISM_H
#define HPB_OPTIMISM_H

#include <stddef.h>
#include <stdint.h>

/// c_m: the expected largest of m independent standard normal numbers, 0 for m = 1. By the trapezoidal rule for
/// x m phi(x) Phi(x)^(m - 1), which converges geometrically: 1e-12 up to m = 1e9.
double hpb_expected_best(size_t m);
/// How much too low the best of m equally good candidates is on average: s sqrt(1 - rho) c_m, for scores of noise SD s that
/// correlate by rho between candidates (all see the same rows).
double hpb_selection_optimism(size_t m, double sd, double correlation);

/// The SD of the MSE on n_test rows over the MSE, for one fitted model: sqrt((kurtosis - 1) / n_test). The kurtosis is of its
/// residuals, about 0; 3 for normal ones.
double hpb_holdout_relative_sd(double kurtosis, size_t n_test);

/// Tibshirani and Tibshirani (2009, Annals of Applied Statistics 3, 822-829).
typedef struct hpb_tibshirani {
    uint32_t
        best;     ///< the candidate chosen: the lowest mean over the folds, the first of equal ones
    double score; ///< its mean
    double bias;  ///< mean over the folds of its score less the fold's lowest
    double corrected; ///< score + bias
} hpb_tibshirani;
/// scores[n_candidates][n_folds]. A candidate that diverged on a fold (not finite) is not chosen, nor is that score a
/// fold's lowest. All NaN where none is left.
hpb_tibshirani hpb_tibshirani_bias(const double *scores, uint32_t n_candidates, uint32_t n_folds);

/// Moments of the squared errors of single rows; sd with divisor n - 1.
typedef struct hpb_row_errors {
    size_t n;
    double mean, sd;
} hpb_row_errors;

/// One outer fold of a nested cross-validation.
typedef struct hpb_nested_fold {
    hpb_row_errors outer; ///< of the rows held out, by the model that was fitted to all others
    hpb_row_errors
        inner; ///< of all others, each by a model fitted without its fold and without the rows held out
} hpb_nested_fold;

/// The exponent in the bias (1 + ((K - 2) / K)^exponent) (raw - cv): implementations differ.
typedef enum hpb_nested_exponent {
    HPB_NESTED_EXPONENT_1_5, ///< the authors' nestedcv
    HPB_NESTED_EXPONENT_1,   ///< mlr3inferr
} hpb_nested_exponent;

typedef struct hpb_nested {
    double cv;          ///< mean of all outer errors: ordinary cross-validation
    double raw;         ///< mean of all inner errors
    double bias, value; ///< value = raw - bias
    double
        mse; ///< mean((inner.mean - outer.mean)^2) - mean(outer.sd^2 / outer.n) over the folds; may be negative
    double sd;            ///< of all inner errors
    double inflation_raw; ///< sqrt(mse (K - 1) / K) over sd / sqrt(n)
    double inflation;     ///< the same within 1 and sqrt(K)
    double se;            ///< inflation sd / sqrt(n)
    double low, high;     ///< value -+ z se
} hpb_nested;

/// Nested cross-validation (Bates, Hastie and Tibshirani 2024, JASA 119, 1434-1445) of K folds: fold[n_repetitions][K], the
/// n rows split anew in each repetition; 50 or more are advised. NaN with fewer than 2 folds or no repetition.
/// What its intervals are worth where the inner step tunes parameters is not known.
hpb_nested hpb_nested_cv(const hpb_nested_fold *fold, uint32_t n_repetitions, uint32_t n_folds,
                         hpb_nested_exponent exponent, double confidence);

#endif // HPB_OPTIMISM_H
