// SPDX-License-Identifier: Apache-2.0
// What components of variance come to: shares, Sobol and Shapley effects, and what to repeat next.
#ifndef HPB_EFFECTS_H
#define HPB_EFFECTS_H

#include "stats/components.h"

/// Of independent factors (Sobol 1993; Owen 2014): first order S <= Shapley effect <= total S_T; Shapley effects sum to 1.
typedef struct hpb_effects {
    double first[HPB_FACTORS];   ///< S: the factor alone
    double total[HPB_FACTORS];   ///< S_T: with all terms that it takes part in
    double shapley[HPB_FACTORS]; ///< each term shared equally among its factors
} hpb_effects;

/// From the variance of each term, variance[2^n_factors], [0] unused; negative ones count as 0. NaN where all are 0.
void hpb_effects_of(const double *variance, uint32_t n_factors, hpb_effects *out);

/// A share of the total variance of one value, with its interval.
typedef struct hpb_shares {
    hpb_estimate term[HPB_TERMS];
    hpb_estimate first[HPB_FACTORS], total[HPB_FACTORS], shapley[HPB_FACTORS];
} hpb_shares;

/// Generalised confidence intervals (Weerahandi 1993; Hannig, Iyer and Patterson 2006): 2,000 draws of df MS / chi-square
/// for the expected mean squares by a fixed-seed Philox stream, each turned into shares; their percentiles. A point
/// estimate on the boundary belongs to its interval. NaN where all values are equal.
void hpb_components_shares(const hpb_components *components, double confidence, hpb_shares *out);

/// The standard error of the mean of a crossed grid with these levels (any from 1), negative components as 0.
double hpb_components_se(const hpb_components *components, const uint32_t *levels);
/// Half the width of its interval: t with the degrees of freedom that Satterthwaite's formula has for the mean squares
/// expected there (levels of 1 as if they were 2: a grid that repeats a factor once can't tell its spread).
double hpb_components_half_width(const hpb_components *components, const uint32_t *levels,
                                 double confidence);

/// What a larger grid may cost: of each cell, and of each level of a factor.
typedef struct hpb_costs {
    double cell, level[HPB_FACTORS];
} hpb_costs;
double hpb_costs_sum(const hpb_costs *costs, uint32_t n_factors, const uint32_t *levels);

/// The cheapest levels but for an eighth a factor, each from `least` to `most`, whose interval is at most `half` to each
/// side; the first in order of levels among equals. False where `most` does not reach it: `out` is then `most`.
bool hpb_components_allocate(const hpb_components *components, double half, double confidence,
                             const hpb_costs *costs, const uint32_t *least, uint32_t most,
                             uint32_t *out);
#define HPB_ALLOCATE_MOST 4096u ///< levels of a factor at most

#endif // HPB_EFFECTS_H
