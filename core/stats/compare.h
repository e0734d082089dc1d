// SPDX-License-Identifier: Apache-2.0
// A run against a baseline: ratios of their means and medians, each with a 95 % interval of its own.
#ifndef HPB_STATS_COMPARE_H
#define HPB_STATS_COMPARE_H

#include "stats/intervals.h"

// Ratios are y over x, NaN where there is none.

/// mean(y) / mean(x) of n pairs of finite numbers, not negative. The interval is symmetric on the scale of logarithms:
/// log(value) -+ t(n - 1) se, se^2 = var(y / mean(y) - x / mean(x)) / n, the delta method for a log ratio of paired
/// means (Lajeunesse 2011, Ecology 92, 2049-2055); what the pairs share cancels. All pairs equal: 1 [1, 1].
/// One pair that differs has no interval.
hpb_estimate hpb_stats_ratio_paired(const double *y, const double *x, size_t n);
/// The same of samples that are not paired: se^2 is the sum of var / (n mean^2) of both (Hedges, Gurevitch and Curtis
/// 1999, Ecology 80, 1150-1156), with the degrees of freedom of Welch and Satterthwaite.
hpb_estimate hpb_stats_ratio_unpaired(const double *y, size_t n_y, const double *x, size_t n_x);
/// median(y) / median(x) of two samples of positive numbers, free of assumptions about their distributions: standard
/// errors of log medians from order statistics (Price and Bonett 2002, J. Stat. Comput. Simul. 72, 119-124). Fewer than
/// 5 numbers on a side have no interval. Sorts both in place.
hpb_estimate hpb_stats_ratio_medians(double *y, size_t n_y, double *x, size_t n_x);

#endif // HPB_STATS_COMPARE_H
