// SPDX-License-Identifier: Apache-2.0
// Many cells against each other: all pairs at once, ranks with their uncertainty, and the tests of blocks by cells.
#ifndef HPB_RANKING_H
#define HPB_RANKING_H

#include "stats/stats.h"

/// More cells than this are not ranked: all pairs are compared, which grows with the square.
#define HPB_RANKING_LARGEST 60

/// A cell's place among k by mean, lowest first (Mogstad, Romano, Shaikh and Wilhelm 2024): at simultaneous confidence all
/// true ranks lie within their bounds.
typedef struct hpb_rank {
    uint32_t low, high; ///< 1 + cells shown to be lower; k - cells shown to be higher
    bool may_be_best;   ///< no cell is shown to be lower
} hpb_rank;

/// Mean differences of k cells, paired by replicate; 95 % simultaneous over all k (k - 1) / 2 pairs: max-t as
/// in hpb_stats_differences, with the covariances of the replicates that all cells have. values[c][r] that are not finite
/// are left out of the pairs of that cell. out[i * k + j] is cell i minus cell j (`mean`, `sd`, `low`, `high`, `n_pairs`
/// and `worse` alone); rank[k].
void hpb_stats_all_pairs(const double *const *values, uint32_t k, size_t n_replicates,
                         hpb_difference *out, hpb_rank *rank);

/// Friedman's test over blocks (rows) and k cells (columns), and Iman and Davenport's (1980) F from it.
typedef struct hpb_friedman {
    size_t n;         ///< blocks with a finite value of every cell
    double chi2, f;   ///< without tie correction, as Demsar (2006)
    double chi2_ties; ///< divided by 1 - sum(t^3 - t) / (n k (k^2 - 1)), as SciPy
    double p;         ///< of chi2_ties, k - 1 degrees of freedom
    double p_f; ///< of f, (k - 1) and (k - 1)(n - 1) degrees of freedom; 0 where f is infinite
} hpb_friedman;

/// Ranks each block, 1 the lowest value, ties averaged; mean_rank[k]. Without two blocks and two cells: NaN.
/// Blocks must be independent: replicates on one data set are so given that data set, and speak of it alone.
hpb_friedman hpb_friedman_test(const double *const *values, uint32_t k, size_t n,
                               double *mean_rank);
/// The same from mean ranks that are given; `ties` is the sum of t^3 - t over all blocks.
hpb_friedman hpb_friedman_from_ranks(const double *mean_rank, uint32_t k, size_t n, double ties);

/// Nemenyi's q: the upper quantile of the studentized range of k normal variables (infinite df) over the root of 2.
/// By quadrature to 1e-9.
double hpb_nemenyi_q(double alpha, uint32_t k);
/// q sqrt(k (k + 1) / (6 n)): mean ranks further apart differ, under Nemenyi's test. It depends on all other cells in the
/// ranking (Benavoli, Corani and Mangili 2016); for comparison with published figures.
double hpb_nemenyi_distance(double alpha, uint32_t k, size_t n);

/// Holm's (1979) adjusted p-values, in place.
void hpb_holm_adjust(double *p, uint32_t n);

/// Groups of neighbours in the order given of which no two are told apart: [first, last], maximal, at least two
/// long. differ[i * k + j] for i < j in that order. out has room for k; returns how many.
typedef struct hpb_clique {
    uint32_t first, last;
} hpb_clique;
uint32_t hpb_cliques_find(const bool *differ, uint32_t k, hpb_clique *out);

#endif // HPB_RANKING_H
