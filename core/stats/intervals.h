// SPDX-License-Identifier: Apache-2.0
// Intervals of one sample: which figure they are of, how they are made, and where they fail.
//
// Where n is too small for the confidence asked, both ends are NaN: no interval is given rather than a wrong one.
#ifndef HPB_INTERVALS_H
#define HPB_INTERVALS_H

#include <stddef.h>
#include <stdint.h>

typedef struct hpb_interval {
    double low, high;
} hpb_interval;

/// A figure and its interval.
typedef struct hpb_estimate {
    double value, low, high;
} hpb_estimate;

typedef enum hpb_mean_method { HPB_MEAN_NONE, HPB_MEAN_T, HPB_MEAN_BOOTSTRAP_T } hpb_mean_method;

/// The population mean. The one rule: bootstrap-t (Efron and Tibshirani 1993, 12.5; 1,999 resamples by a fixed-seed
/// Philox stream) where 5 <= n <= HPB_BOOTSTRAP_LARGEST, since MSEs are skewed; else Student's t, which beyond covers as
/// well within one in 100.
/// Simulated coverage of a nominal 95 % (tests/stats/test_coverage.c): 94 to 95 for normal data; for log-normal data of
/// sigma 1 91 at n = 10 and 93 at n = 50. Fails for heavy tails: a mean that rare runs dominate.
hpb_interval hpb_mean_interval(const double *values, size_t n, double confidence,
                               hpb_mean_method *method);
hpb_interval hpb_mean_t(double mean, double sd, size_t n, double confidence);
/// NaN where too many resamples have no spread to divide by (n < 5, or many equal values).
hpb_interval hpb_mean_bootstrap_t(const double *values, size_t n, double confidence);
#define HPB_BOOTSTRAP_LARGEST 1000

/// Ends of the BCa interval (Efron 1987; SciPy's conventions: bias correction with ties halved, type 7 quantiles) from `n`
/// replicates of a statistic (sorted in place). NaN where all replicates lie on one side of the estimate. Under-covers
/// the mean below n = 30; not for discrete statistics such as a median.
hpb_interval hpb_bca_interval(double *replicates, size_t n, double estimate, double acceleration,
                              double confidence);
/// sum d^3 / (6 (sum d^2)^1.5) of the jackknife values' deviations; 0 where they are all equal.
double hpb_bca_acceleration(const double *jackknife, size_t n);

/// Mean of what is left when floor(n / 4) values are dropped at each end: scipy.stats.trim_mean(x, 0.25).
double hpb_stats_iqm(const double *sorted, size_t n);
/// The interquartile mean by BCa. NaN where n < 30 or n > HPB_BOOTSTRAP_LARGEST.
hpb_interval hpb_iqm_interval(const double *sorted, size_t n, double confidence);

/// A quantile by order statistics, no assumption but independent runs: at least the confidence asked, each tail at
/// most half of the rest (Hahn and Meeker 1991, 5.2). The median needs n >= 6 for 95 %.
hpb_interval hpb_quantile_interval(const double *sorted, size_t n, double probability,
                                   double confidence);

/// Half the width of a band around an empirical distribution function that holds everywhere at once
/// (Dvoretzky-Kiefer-Wolfowitz with Massart's constant 1990): at least the confidence asked.
double hpb_dkw_half_width(size_t n, double confidence);

/// A share of n independent trials (Wilson 1927); `count` may hold halves. Near nominal on average, between 0 and 1.
hpb_interval hpb_wilson_interval(double count, size_t n, double confidence);

#endif // HPB_INTERVALS_H
