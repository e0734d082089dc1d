// SPDX-License-Identifier: Apache-2.0
// Statistics in float64, each named with its estimand and source. NaN is returned where a figure does not exist.
#ifndef HPB_STATS_H
#define HPB_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Summary of a sample of finite numbers.
typedef struct hpb_summary {
    size_t n;
    double mean, sd;                            ///< two passes; sd with divisor n - 1
    double min, p5, p25, median, p75, p95, max; ///< Hyndman-Fan type 7 (NumPy's default)
} hpb_summary;

/// Sorts `values[n]` in place.
hpb_summary hpb_stats_summarise(double *values, size_t n);
/// Type 7 quantile of sorted values.
double hpb_stats_quantile(const double *sorted, size_t n, double probability);

/// One comparison with the reference: paired by replicate (common random numbers).
typedef struct hpb_difference {
    size_t n_pairs;
    double mean;        ///< of d = y - y_reference
    double sd;          ///< of d
    double low, high;   ///< 95 % simultaneous over all comparisons given together
    double worse;       ///< share of pairs with y > y_reference, ties one half
    double ratio;       ///< median(y) / median(y_reference) over the pairs
    double correlation; ///< of y and y_reference: what pairing bought
} hpb_difference;

/// Differences of `n_cells` cells to a reference, with single-step max-t intervals: multivariate t with the
/// sample correlations of the differences (Hothorn, Bretz and Westfall 2008) and each comparison's own
/// degrees of freedom (Hasler and Hothorn 2008); its quantile by a fixed-seed Philox sample, so that the same
/// data give the same interval.
/// values[c][r] is replicate r of cell c, reference[r] the reference's; not finite: missing or diverged, that pair
/// is left out of that comparison. A comparison of fewer than 2 pairs has no interval (NaN); one whose
/// differences are all equal has an interval of length 0. Beyond HPB_STATS_MAX_CORRELATED comparisons the
/// correlations are taken as 0 (Sidak 1967), which is never too narrow.
#define HPB_STATS_MAX_CORRELATED 1000
void hpb_stats_differences(const double *const *values, uint32_t n_cells, const double *reference,
                           size_t n_replicates, hpb_difference *out);

// Distributions, by Boost.Math behind a C shim (distributions.cc). NaN for arguments outside the domain.
double hpb_t_quantile(double probability, double df);
double hpb_t_cdf(double x, double df);
double hpb_f_cdf(double x, double df1, double df2);
double hpb_f_tail(double x, double df1, double df2); ///< 1 - cdf, without its loss of digits
double hpb_f_quantile(double probability, double df1, double df2);
double hpb_chi2_tail(double x, double df);
double hpb_chi2_quantile(double probability, double df);
double hpb_normal_quantile(double probability);
double hpb_normal_cdf(double x);
double hpb_binomial_cdf(double count, double n, double probability);

#ifdef __cplusplus
}
#endif

#endif // HPB_STATS_H
