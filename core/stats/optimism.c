// SPDX-License-Identifier: Apache-2.0
// Selection optimism: the closed form, the estimate from fold scores, and nested cross-validation.
#include "stats/optimism.h"

#include "stats/stats.h"

#include <math.h>
#include <stdbool.h>

#define STEP 0.03125
#define STEPS 416 // to 13: beyond it the integrand is below 1e-28 for any m up to 1e9

static const double root_of_tau = 2.506628274631000502;

double hpb_expected_best(size_t m)
{
    if (m == 0)
        return (double)NAN;
    const double n = (double)m;
    double sum = 0;
    for (int i = 1; i <= STEPS; i++) { // x and -x together; 0 adds nothing
        const double x = i * STEP, tail = hpb_normal_cdf(-x),
                     density = exp(-x * x / 2) / root_of_tau;
        const double above = exp((n - 1) * log1p(-tail)), below = pow(tail, n - 1);
        sum += x * density * (above - below);
    }
    return n * sum * STEP;
}

double hpb_selection_optimism(size_t m, double sd, double correlation)
{
    return sd * sqrt(1 - correlation) * hpb_expected_best(m);
}

double hpb_holdout_relative_sd(double kurtosis, size_t n_test)
{
    return sqrt((kurtosis - 1) / (double)n_test);
}

// --- Tibshirani and Tibshirani --------------------------------------------------------------------------

hpb_tibshirani hpb_tibshirani_bias(const double *scores, uint32_t n_candidates, uint32_t n_folds)
{
    const double nan = (double)NAN;
    hpb_tibshirani out = {0, HUGE_VAL, 0, nan};
    for (uint32_t c = 0; c < n_candidates; c++) {
        double sum = 0;
        for (uint32_t f = 0; f < n_folds; f++)
            sum += scores[(size_t)c * n_folds + f];
        if (isfinite(sum) && sum / n_folds < out.score) {
            out.best = c;
            out.score = sum / n_folds;
        }
    }
    if (!isfinite(out.score))
        return (hpb_tibshirani){0, nan, nan, nan};
    for (uint32_t f = 0; f < n_folds; f++) {
        const double chosen = scores[(size_t)out.best * n_folds + f];
        double lowest = chosen;
        for (uint32_t c = 0; c < n_candidates; c++) {
            const double score = scores[(size_t)c * n_folds + f];
            lowest = isfinite(score) && score < lowest ? score : lowest;
        }
        out.bias += (chosen - lowest) / n_folds;
    }
    out.corrected = out.score + out.bias;
    return out;
}

// --- nested cross-validation ------------------------------------------------------------------------------

// Mean and SD of samples put together, two passes over their moments.
static hpb_row_errors pool(const hpb_nested_fold *fold, size_t n, bool is_inner)
{
    hpb_row_errors out = {0};
    double squares = 0;
    for (size_t f = 0; f < n; f++) {
        const hpb_row_errors *part = is_inner ? &fold[f].inner : &fold[f].outer;
        out.n += part->n;
        out.mean += (double)part->n * part->mean;
    }
    out.mean /= (double)out.n;
    for (size_t f = 0; f < n; f++) {
        const hpb_row_errors *part = is_inner ? &fold[f].inner : &fold[f].outer;
        const double d = part->mean - out.mean;
        squares += (double)part->n * d * d;
        if (part->n > 1)
            squares += ((double)part->n - 1) * part->sd * part->sd;
    }
    out.sd = sqrt(squares / ((double)out.n - 1));
    return out;
}

hpb_nested hpb_nested_cv(const hpb_nested_fold *fold, uint32_t n_repetitions, uint32_t n_folds,
                         hpb_nested_exponent exponent, double confidence)
{
    const double nan = (double)NAN;
    if (n_folds < 2 || n_repetitions == 0)
        return (hpb_nested){nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan};
    const size_t n = (size_t)n_repetitions * n_folds;
    const hpb_row_errors outer = pool(fold, n, false), inner = pool(fold, n, true);
    const double k = n_folds, rows = (double)outer.n / n_repetitions;
    hpb_nested out = {.cv = outer.mean, .raw = inner.mean, .sd = inner.sd};
    for (size_t f = 0; f < n; f++) {
        const hpb_row_errors *held_out = &fold[f].outer;
        const double d = fold[f].inner.mean - held_out->mean;
        out.mse += (d * d - held_out->sd * held_out->sd / (double)held_out->n) / (double)n;
    }
    const double left = (k - 2) / k;
    const double power = exponent == HPB_NESTED_EXPONENT_1 ? left : left * sqrt(left);
    out.bias = (1 + power) * (out.raw - out.cv);
    out.value = out.raw - out.bias;
    out.inflation_raw = sqrt(fmax(out.mse, 0) * (k - 1) / k) / (out.sd / sqrt(rows));
    out.inflation = fmin(fmax(out.inflation_raw, 1), sqrt(k));
    out.se = out.inflation * out.sd / sqrt(rows);
    const double half = hpb_normal_quantile((1 + confidence) / 2) * out.se;
    out.low = out.value - half;
    out.high = out.value + half;
    return out;
}
