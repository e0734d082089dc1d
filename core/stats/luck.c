// SPDX-License-Identifier: Apache-2.0
// The luck of a point as a game: a coalition of sources is worth the mean over the runs that have its seeds.
#include "stats/luck.h"

#include "stats/game.h"
#include "stats/moments.h"

#include <math.h>

// The number of cells; 0 where the grid is none.
static size_t grid_size(const double *values, uint32_t n_sources, const uint32_t *levels,
                        const uint32_t *own)
{
    uint64_t n = 1;
    if (n_sources < 1 || n_sources > HPB_FACTORS)
        return 0;
    for (uint32_t i = 0; i < n_sources; i++) {
        if (own[i] >= levels[i])
            return 0;
        n *= levels[i];
        if (n > UINT32_MAX)
            return 0;
    }
    for (uint64_t c = 0; c < n; c++)
        if (!isfinite(values[c]))
            return 0;
    return n;
}

// Sources whose level in a cell is the user's, as a mask.
static uint32_t shared_with(const uint32_t *at, const uint32_t *own, uint32_t n_sources)
{
    uint32_t out = 0;
    for (uint32_t i = 0; i < n_sources; i++)
        out |= (uint32_t)(at[i] == own[i]) << i;
    return out;
}

// The next cell, the last source fastest.
static void advance(uint32_t *at, const uint32_t *levels, uint32_t n_sources)
{
    for (uint32_t i = n_sources; i-- > 0;) {
        if (++at[i] < levels[i])
            return;
        at[i] = 0;
    }
}

// worth[2^n_sources]: means over the cells with the user's levels, less the mean of all.
static void take_means(const double *values, size_t n, uint32_t n_sources, const uint32_t *levels,
                       const uint32_t *own, double mean, double *worth)
{
    double count[HPB_TERMS] = {0};
    uint32_t at[HPB_FACTORS] = {0};
    for (size_t c = 0; c < n; c++, advance(at, levels, n_sources)) {
        const uint32_t shared = shared_with(at, own, n_sources);
        for (uint32_t s = 0; s < 1u << n_sources; s++)
            if ((s & shared) == s) {
                worth[s] += values[c] - mean;
                count[s]++;
            }
    }
    for (uint32_t s = 0; s < 1u << n_sources; s++)
        worth[s] /= count[s];
    worth[0] = 0; // but for rounding
}

// What is within rounding of 0 is 0: a source that changes nothing has no luck.
static void drop_rounding(double rounding, uint32_t n_sources, hpb_luck *out)
{
    uint32_t acting = 0; // sources with a term that is left
    for (uint32_t s = 1; s < 1u << n_sources; s++) {
        out->term[s] = fabs(out->term[s]) > rounding ? out->term[s] : 0;
        acting |= out->term[s] != 0 ? s : 0;
    }
    for (uint32_t i = 0; i < n_sources; i++)
        out->source[i] = acting >> i & 1 ? out->source[i] : 0;
}

// Sources of one level have no variance: the grid of the others is the same one.
static void take_variances(const double *values, size_t n, uint32_t n_sources,
                           const uint32_t *levels, double *variance)
{
    uint32_t varying[HPB_FACTORS], kept[HPB_FACTORS], n_kept = 0;
    for (uint32_t i = 0; i < n_sources; i++)
        if (levels[i] > 1) {
            varying[n_kept] = levels[i];
            kept[n_kept++] = i;
        }
    hpb_components components;
    if (!n_kept || !hpb_components_estimate(values, n_kept, varying, 0.95, &components))
        return;
    for (uint32_t term = 1; term < 1u << n_kept; term++) {
        uint32_t set = 0;
        for (uint32_t i = 0; i < n_kept; i++)
            set |= (term >> i & 1u) << kept[i];
        variance[set] = components.term[term].ss / (double)n;
    }
}

bool hpb_luck_split(const double *values, uint32_t n_sources, const uint32_t *levels,
                    const uint32_t *own, hpb_luck *out)
{
    *out = (hpb_luck){0};
    const size_t n = grid_size(values, n_sources, levels, own);
    if (!n) {
        out->mean = (double)NAN;
        for (uint32_t s = 0; s < HPB_TERMS; s++)
            out->term[s] = out->variance[s] = (double)NAN;
        for (uint32_t i = 0; i < HPB_FACTORS; i++)
            out->source[i] = (double)NAN;
        hpb_effects_of(out->variance, HPB_FACTORS, &out->effects);
        return false;
    }
    double sd;
    hpb_moments(values, n, &out->mean, &sd);
    take_means(values, n, n_sources, levels, own, out->mean, out->term);
    hpb_game_shapley(out->term, n_sources, out->source);
    hpb_game_moebius(out->term, n_sources);
    drop_rounding(hpb_components_rounding(values, n, out->mean), n_sources, out);
    out->term[0] = out->mean;
    take_variances(values, n, n_sources, levels, out->variance);
    hpb_effects_of(out->variance, n_sources, &out->effects);
    return true;
}
