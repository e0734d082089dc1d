// SPDX-License-Identifier: Apache-2.0
// Ratios with intervals, on the scale of logarithms: MSE and time are positive and skewed, and half is as far
// from one as double is.
#include "stats/compare.h"

#include "base/base.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UPPER 0.975
#define FEWEST_TIMES 5 // order statistics of fewer say nothing about a median

// value e^(-+half); no interval where one of the three is no number.
static hpb_estimate around(double value, double half)
{
    const bool is_known = isfinite(value) && value > 0 && isfinite(half);
    return (hpb_estimate){value, is_known ? value * exp(-half) : (double)NAN,
                          is_known ? value * exp(half) : (double)NAN};
}

hpb_estimate hpb_stats_ratio_paired(const double *y, const double *x, size_t n)
{
    double mean_y, mean_x, unused, mean_d, sd_d;
    if (n && memcmp(y, x, n * sizeof *y) == 0)
        return (hpb_estimate){1, 1, 1};
    hpb_moments(y, n, &mean_y, &unused);
    hpb_moments(x, n, &mean_x, &unused);
    double *d = hpb_alloc(n, sizeof *d);
    for (size_t i = 0; i < n; i++)
        d[i] = y[i] / mean_y - x[i] / mean_x;
    hpb_moments(d, n, &mean_d, &sd_d);
    free(d);
    const double pairs = (double)n;
    return around(mean_y / mean_x,
                  n < 2 ? (double)NAN : hpb_t_quantile(UPPER, pairs - 1) * sd_d / sqrt(pairs));
}

hpb_estimate hpb_stats_ratio_unpaired(const double *y, size_t n_y, const double *x, size_t n_x)
{
    double mean_y, mean_x, sd_y, sd_x;
    hpb_moments(y, n_y, &mean_y, &sd_y);
    hpb_moments(x, n_x, &mean_x, &sd_x);
    const double relative_y = sd_y / mean_y, relative_x = sd_x / mean_x;
    const double part_y = relative_y * relative_y / (double)n_y;
    const double part_x = relative_x * relative_x / (double)n_x;
    const double sum = part_y + part_x;
    const double df =
        sum * sum / (part_y * part_y / ((double)n_y - 1) + part_x * part_x / ((double)n_x - 1));
    return around(mean_y / mean_x, sum == 0 ? 0 : hpb_t_quantile(UPPER, df) * sqrt(sum));
}

// The median of sorted numbers, and the standard error of its logarithm.
static double log_median_error(const double *sorted, size_t n, double *median)
{
    *median = hpb_stats_quantile(sorted, n, 0.5);
    if (n < FEWEST_TIMES)
        return (double)NAN;
    const double rank = nearbyint((double)n / 2 - sqrt((double)n)); // from 1
    const size_t low = rank < 1 ? 0 : (size_t)rank - 1;
    const double z = -hpb_normal_quantile(hpb_binomial_cdf((double)low, (double)n, 0.5));
    return (log(sorted[n - 1 - low]) - log(sorted[low])) / (2 * z);
}

hpb_estimate hpb_stats_ratio_medians(double *y, size_t n_y, double *x, size_t n_x)
{
    if (!n_y || !n_x)
        return (hpb_estimate){(double)NAN, (double)NAN, (double)NAN};
    double median_y, median_x;
    qsort(y, n_y, sizeof *y, hpb_compare_doubles);
    qsort(x, n_x, sizeof *x, hpb_compare_doubles);
    const double error_y = log_median_error(y, n_y, &median_y);
    const double error_x = log_median_error(x, n_x, &median_x);
    return around(median_y / median_x,
                  hpb_normal_quantile(UPPER) * sqrt(error_y * error_y + error_x * error_x));
}
