// SPDX-License-Identifier: Apache-2.0
// What a difference between two protocols comes from: exact attribution over all corners of the factors in which they differ.
//
// Each of k factors (1 to HPB_GAME_LARGEST; permutations.h for more) is at A's or at B's level. A corner is a bit mask: bit i is
// set where factor i is at B's, so that corner 0 is A and 2^k - 1 is B. values[corner][r] is replicate r of n, with the same
// seeds in every corner. A replicate in which a corner that is used diverged (not finite, or beyond 1e300) is left out as a
// whole and counted, so that all figures speak of the same replicates. Differences are B minus A, in units of the values.
#ifndef HPB_ATTRIBUTION_H
#define HPB_ATTRIBUTION_H

#include "stats/game.h"
#include "stats/intervals.h"
#include "stats/stats.h"

/// The difference as a whole.
typedef struct hpb_attribution {
    size_t n, n_left_out; ///< replicates used; left out
    uint32_t worst;       ///< the corner that diverged most often, the lowest of several
    size_t worst_count;   ///< how often; 0: none did
    hpb_difference
        difference; ///< B against A over the replicates used; its interval is Student's t
    double
        variance_ratio; ///< (var A + var B) / var(B - A): runs that common seeds saved; below 1 they cost some
    bool has_shares; ///< the interval of the difference excludes 0
} hpb_attribution;

/// What one factor has of it. Intervals are 95 %, NaN below 2 replicates.
typedef struct hpb_effect {
    double mean, sd;           ///< of Shapley's value (Owen's, with groups) over the replicates
    hpb_interval own;          ///< Student's t, of this factor alone
    hpb_interval simultaneous; ///< of all k factors at once, by max-t as in hpb_stats_differences
    double first_in;           ///< mean of v({i}) - v({}): its effect with all others at A's levels
    double last_in;            ///< mean of v(all) - v(all but i): with all others at B's
    double
        interaction; ///< last_in - first_in: the sum of the interactions of all sets of factors with this one
    double share; ///< mean / difference; NaN unless has_shares
} hpb_effect;

/// Finite and not beyond 1e300: else that replicate counts as diverged.
bool hpb_attribution_is_value(double value);

/// The corners that frame it, of n replicates each.
typedef struct hpb_attribution_ends {
    const double *a, *b;          ///< v({}) and v(all)
    const double *const *alone;   ///< [k]: v({i})
    const double *const *without; ///< [k]: v(all but i)
} hpb_attribution_ends;

/// Effects and difference from the value of each factor in each replicate, phi[k][n]: NaN where that is left out. What
/// `out` says of corners that diverged stays as it is.
void hpb_attribution_describe(const double *phi, uint32_t k, size_t n,
                              const hpb_attribution_ends *ends, hpb_effect *effect,
                              hpb_attribution *out);

/// phi[k][n] takes the value of each factor in each replicate, NaN where that is left out: sums to the difference in each,
/// as game.h says. group[k] as in hpb_game_owen, or NULL; a corner that hpb_game_uses() refuses may be NULL in `values`.
void hpb_attribution_split(const double *const *values, uint32_t k, size_t n, const uint32_t *group,
                           double *phi, hpb_effect *effect, hpb_attribution *out);

/// out[2^m] of `values`: the corners of the m groups, each a factor.
void hpb_attribution_group(const double *const *values, uint32_t k, const uint32_t *group,
                           const double **out);

/// m(T) of game.h for one set T of factors: what they do together beyond all that fewer of them do.
typedef struct hpb_interaction {
    uint32_t factors; ///< T
    double mean, sd;  ///< over the replicates
    double low, high; ///< 95 %, of all interactions given at once
} hpb_interaction;

/// How many sets of 2 to `order` factors there are.
uint32_t hpb_interaction_count(uint32_t k, uint32_t order);
/// out[hpb_interaction_count()]: smaller sets first, then by mask. Uses every corner. Returns the replicates used.
size_t hpb_interaction_list(const double *const *values, uint32_t k, size_t n, uint32_t order,
                            hpb_interaction *out);

#endif // HPB_ATTRIBUTION_H
