// SPDX-License-Identifier: Apache-2.0
// How lucky one run was, and by which seed: functional ANOVA at one point of a crossed grid of seeds.
#ifndef HPB_LUCK_H
#define HPB_LUCK_H

#include "stats/effects.h"

typedef struct hpb_luck {
    double mean; ///< of all cells
    /// f_u at the user's levels, u a set of sources as in components.h: the mean over the cells that share the levels of u,
    /// less f of all that is smaller. [0] is the mean; the sum of all is the user's number.
    double term[HPB_TERMS];
    double source
        [HPB_FACTORS]; ///< each term shared equally among its sources: sums to the user's number - mean
    double variance
        [HPB_TERMS]; ///< mean of f_u^2 over the grid; [0] is 0; the sum is the variance of the cells (divisor n)
    hpb_effects effects; ///< of `variance`: NaN where all cells are equal
} hpb_luck;

/// values[levels[0]][levels[1]]..., the last source fastest, 1 to HPB_FACTORS sources of at least 1 level (one level: no
/// luck); own[i] is the user's level of source i. Means over cells are taken of differences to the grand mean, cells in
/// order; then game.h's Moebius transform and Shapley's value (Owen 2014; Hooker 2007 for the decomposition). False, and NaN,
/// where a value is not finite or the grid is none.
bool hpb_luck_split(const double *values, uint32_t n_sources, const uint32_t *levels,
                    const uint32_t *own, hpb_luck *out);

#endif // HPB_LUCK_H
