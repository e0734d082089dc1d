// SPDX-License-Identifier: Apache-2.0
// Crossed grids of seeds without a store: sources of luck of known size.
#ifndef HPB_TEST_EXPLAIN_CROSSED_H
#define HPB_TEST_EXPLAIN_CROSSED_H

#include "explain/sources.h"
#include "stats/intervals.h"

#include <math.h>

/// A number in (0, 1) that depends on both: the golden ratio's multiples, spread by the second.
static inline double made_uniform(uint32_t r, uint32_t stream)
{
    const double x = (r + 1) * 0.6180339887498949 + stream * 0.7548776662466927 +
                     (double)(r * (stream + 1) % 97) / 97;
    return 0.001 + 0.998 * (x - floor(x));
}

static inline double made_score(uint32_t r, uint32_t stream)
{
    return hpb_normal_quantile(made_uniform(r, stream));
}

/// What the seeds of one side do: `levels` of each of n sources, which add sd[i] z_i, and the first two together pair z_1 z_2.
typedef struct made_seeds {
    uint32_t n, levels;
    hpb_stream stream[HPB_FACTORS];
    double sd[HPB_FACTORS], pair;
} made_seeds;

/// Crosses them, values[levels]..., the last source fastest; the first of each are the side's own. In the arena.
static inline hpb_sources *made_sources(hpb_arena *arena, const char *title, const made_seeds *of)
{
    hpb_sources *out = hpb_arena_alloc(arena, 1, sizeof *out);
    uint32_t n = 1;
    out->grid =
        (hpb_variance){.label = title, .given = "this data set (seed 0)", .n_factors = of->n};
    for (uint32_t i = 0; i < of->n; i++) {
        out->grid.stream[i] = of->stream[i];
        out->grid.planned[i] = of->levels;
        n *= of->levels;
    }
    out->grid.n_planned = out->grid.n_stored = n;
    double *values = hpb_arena_alloc(arena, n, sizeof *values);
    for (uint32_t at = 0; at < n; at++) {
        double z[HPB_FACTORS] = {0};
        for (uint32_t i = of->n, rest = at; i-- > 0; rest /= of->levels)
            z[i] = made_score(rest % of->levels, 50 + i);
        values[at] = 1 + of->pair * z[0] * z[1];
        for (uint32_t i = 0; i < of->n; i++)
            values[at] += of->sd[i] * z[i];
    }
    hpb_variance_estimate(&out->grid, values);
    return out;
}

#endif // HPB_TEST_EXPLAIN_CROSSED_H
