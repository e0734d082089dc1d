// SPDX-License-Identifier: Apache-2.0
// Two cells by shares of wins and ratios, and how many runs it takes to see a difference.
#include "stats/pairs.h"
#include "base/base.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

// Ranks of sorted values a among a and b together, minus their ranks among a alone: how many of b are below, ties
// one half. Returns their sum.
static double placements(const double *a, size_t n_a, const double *b, size_t n_b, double *out)
{
    double sum = 0;
    for (size_t i = 0, below = 0, at_most = 0; i < n_a; i++) {
        while (below < n_b && b[below] < a[i])
            below++;
        while (at_most < n_b && b[at_most] <= a[i])
            at_most++;
        out[i] = ((double)below + (double)at_most) / 2;
        sum += out[i];
    }
    return sum;
}

hpb_unpaired hpb_unpaired_compare(double *x, size_t n_x, double *y, size_t n_y, double confidence)
{
    const double nan = (double)NAN;
    hpb_unpaired out = {nan, nan, nan, nan, nan, nan, nan, nan};
    if (n_x < 2 || n_y < 2)
        return out;
    qsort(x, n_x, sizeof *x, hpb_compare_doubles);
    qsort(y, n_y, sizeof *y, hpb_compare_doubles);
    double *of_x = hpb_alloc(n_x, sizeof *of_x), *of_y = hpb_alloc(n_y, sizeof *of_y);
    const double a = (double)n_x, b = (double)n_y;
    double mean, sd_x, sd_y;
    out.u = placements(x, n_x, y, n_y, of_x);
    out.share = placements(y, n_y, x, n_x, of_y) / (a * b);
    hpb_moments(of_x, n_x, &mean, &sd_x);
    hpb_moments(of_y, n_y, &mean, &sd_y);
    free(of_x);
    free(of_y);
    // variances of the shares of the other sample that a value beats
    const double v_x = sd_x * sd_x / (b * b * a), v_y = sd_y * sd_y / (a * a * b);
    out.error = sqrt(v_x + v_y);
    out.df = (v_x + v_y) * (v_x + v_y) / (v_x * v_x / (a - 1) + v_y * v_y / (b - 1));
    out.statistic = (out.share - 0.5) / out.error;
    out.p = 2 * hpb_t_cdf(-fabs(out.statistic), out.df);
    const double slope = out.share * (1 - out.share);
    if (slope > 0 && out.error > 0) {
        const double logit = log(out.share / (1 - out.share));
        const double half = hpb_t_quantile((1 + confidence) / 2, out.df) * out.error / slope;
        out.low = 1 / (1 + exp(half - logit));
        out.high = 1 / (1 + exp(-half - logit));
    }
    return out;
}

hpb_estimate hpb_ratio_of_geometric_means(const double *y, const double *reference, size_t n,
                                          double confidence)
{
    double *logs = hpb_alloc(n + 1, sizeof *logs), mean, sd;
    for (size_t i = 0; i < n; i++)
        logs[i] = log(y[i]) - log(reference[i]); // not above 0: NaN, and so is all
    hpb_moments(logs, n, &mean, &sd);
    free(logs);
    const hpb_interval interval = hpb_mean_t(mean, sd, n, confidence);
    return (hpb_estimate){exp(mean), exp(interval.low), exp(interval.high)};
}

// (z_alpha + z_beta) / (share - 1/2), squared: what both sample sizes are a multiple of.
static double effort(double share, double alpha, double beta)
{
    const double z = hpb_normal_quantile(1 - alpha) + hpb_normal_quantile(1 - beta);
    const double distance = share - 0.5;
    return z * z / (distance * distance);
}

double hpb_sign_test_pairs(double share, double alpha, double beta)
{
    return ceil(effort(share, alpha, beta) / 4);
}

double hpb_mann_whitney_runs(double share, double alpha, double beta)
{
    return ceil(effort(share, alpha, beta) / 6);
}
