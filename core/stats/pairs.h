// SPDX-License-Identifier: Apache-2.0
// Two cells against each other: paired by replicate (the same seeds), or as two independent samples.
#ifndef HPB_PAIRS_H
#define HPB_PAIRS_H

#include "stats/intervals.h"

#include <stdbool.h>

/// What becomes of differences of 0: dropped (Wilcoxon 1945), ranked and then dropped (Pratt 1959), or ranked and
/// split between the sides (as Demsar 2006 does).
typedef enum hpb_zeros { HPB_ZEROS_DROP, HPB_ZEROS_PRATT, HPB_ZEROS_SPLIT } hpb_zeros;

typedef struct hpb_signed_rank {
    size_t n;           ///< differences ranked
    double plus, minus; ///< sums of the ranks of positive and negative differences
    double z, p;        ///< two-sided p; z by the normal approximation, with tie correction
    bool is_exact;      ///< p is by the exact distribution: n <= 50, no ties, no zeros
} hpb_signed_rank;

/// Wilcoxon's signed-rank test that differences are symmetric about 0 (not: that means are equal). z without
/// continuity correction, as SciPy's. All differences 0: z = 0, p = 1. Many ties make the approximation rough.
hpb_signed_rank hpb_signed_rank_test(const double *d, size_t n, hpb_zeros zeros);

/// Hodges and Lehmann's (1963) shift: the median of the n (n + 1) / 2 Walsh averages of the differences (sorted
/// in place), with the interval that inverts the signed-rank test (exact for n <= 50, normal beyond). It is the median
/// of the differences where they are symmetric. Bounded: 64 passes over the differences an end, so 1e6 pairs will do.
hpb_estimate hpb_hodges_lehmann(double *d, size_t n, double confidence);

/// Two independent samples (Brunner and Munzel 2000): P(X < Y) + P(X = Y) / 2.
typedef struct hpb_unpaired {
    double share;        ///< the estimate
    double u;            ///< Mann and Whitney's U of X: pairs with x > y, ties one half
    double error, df;    ///< standard error of `share`; Satterthwaite's degrees of freedom
    double statistic, p; ///< of share = 1/2, by Student's t
    double low,
        high; ///< on the logit scale, so within 0 and 1; NaN where one sample is wholly above
} hpb_unpaired;
/// Sorts both in place. Unlike paired wins it asks about two runs with different seeds. n < 2 or no spread at
/// all: NaN.
hpb_unpaired hpb_unpaired_compare(double *x, size_t n_x, double *y, size_t n_y, double confidence);

/// Ratio of geometric means of y and reference over n pairs, by Student's t on log differences. All must be above 0.
hpb_estimate hpb_ratio_of_geometric_means(const double *y, const double *reference, size_t n,
                                          double confidence);

/// Pairs that a sign test (wins of paired runs) needs to see a share of wins `share` instead of 1/2: one-sided `alpha`,
/// missed with probability `beta`. 44 for .75 at .05 and .05.
double hpb_sign_test_pairs(double share, double alpha, double beta);
/// Runs of each of two unpaired samples for the same (Noether 1987). 29 for .75 at .05 and .05.
double hpb_mann_whitney_runs(double share, double alpha, double beta);

/// Average ranks (1 ... n) of sorted values and the sum of t^3 - t over groups of t equal ones.
double hpb_tied_ranks(const double *sorted, size_t n, double *rank);

#endif // HPB_PAIRS_H
