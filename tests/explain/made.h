// SPDX-License-Identifier: Apache-2.0
// Explanations without a store, made of causes of known size.
//
// Run r of corner c is base exp(sigma z(r)) + noise z(r, c) + what A's values add: the sum of `add` over the causes that are
// A's, less `overlap` where the first two both are. z are normal scores that depend on their numbers alone.
#ifndef HPB_TEST_EXPLAIN_MADE_H
#define HPB_TEST_EXPLAIN_MADE_H

#include "explain/crossed.h"
#include "explain/words.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct made {
    hpb_explanation e; ///< .arena owns it all
    double **values;   ///< [2^k][R]
    uint64_t *diverged;
    double longer[2]; ///< MSE of a run with 400 epochs, as a share of what it is; 0: it was not run
} made;

typedef struct made_of {
    uint32_t k, n_replicates;
    double base, sigma, noise;
    double add[4], overlap;
} made_of;

/// Causes get the names setting1, ... until a test gives them others.
static inline void made_begin(made *m, const made_of *of)
{
    hpb_arena *arena = hpb_arena_create();
    const uint32_t n_corners = 1u << of->k;
    *m = (made){.e = {.arena = arena,
                      .suite = "mine",
                      .setting = "",
                      .shared = "data, split",
                      .n_replicates = of->n_replicates,
                      .n_causes = of->k}};
    m->values = hpb_arena_alloc(arena, n_corners, sizeof *m->values);
    m->diverged = hpb_arena_alloc(arena, n_corners, sizeof *m->diverged);
    for (uint32_t c = 0; c < n_corners; c++) {
        m->values[c] = hpb_arena_alloc(arena, of->n_replicates, sizeof **m->values);
        for (uint32_t r = 0; r < of->n_replicates; r++) {
            double x =
                of->base * exp(of->sigma * made_score(r, 0)) + of->noise * made_score(r, 1 + c);
            for (uint32_t i = 0; i < of->k; i++)
                x += c >> i & 1 ? 0 : of->add[i];
            m->values[c][r] = x - (c & 3 ? 0 : of->overlap);
        }
    }
    for (uint32_t i = 0; i < of->k; i++)
        m->e.causes[i] = (hpb_cause){
            .name = hpb_arena_format(arena, "setting%u", i + 1), .value = {"1", "0"}, .bit = i};
    static const char *const titles[] = {"manual", "grid"};
    for (int side = 0; side < 2; side++)
        m->e.side[side] = (hpb_side){.title = titles[side],
                                     .reported = (double)NAN,
                                     .baseline_mse = 1.71,
                                     .truth_mse = 0.0079,
                                     .n_fits = 1,
                                     .spec = "{\"data\":{\"seed\":\"0\"},"
                                             "\"splitter\":{\"random_state\":\"42\"}}"};
}

static inline void made_cross(made *m, int side, const made_seeds *of)
{
    m->e.side[side].sources = made_sources(m->e.arena, m->e.side[side].title, of);
}

static inline void made_report(made *m, int side, double number)
{
    m->e.side[side].reported = number;
    m->e.side[side].is_typed = true;
}

/// Replicate r of a corner diverges.
static inline void made_diverge(made *m, uint32_t corner, uint32_t r)
{
    m->values[corner][r] = (double)NAN;
}

static inline void made_finish(made *m)
{
    const uint32_t n = m->e.n_replicates, n_corners = 1u << m->e.n_causes;
    for (uint32_t c = 0; c < n_corners; c++)
        for (uint32_t r = 0; r < n; r++)
            m->diverged[c] += !isfinite(m->values[c][r]);
    for (int side = 0; side < 2; side++) {
        const uint64_t n_diverged = m->diverged[side ? n_corners - 1 : 0];
        m->e.side[side].count[HPB_STATUS_DIVERGED] = n_diverged;
        m->e.side[side].count[HPB_STATUS_OK] = n - n_diverged;
    }
    m->e.corner_diverged = m->diverged;
    hpb_explanation_attribute(&m->e, (const double *const *)m->values);
    for (int side = 0; side < 2; side++) {
        double *mse = hpb_alloc(n, sizeof *mse);
        for (uint32_t r = 0; r < n; r++)
            mse[r] = m->longer[side] * m->e.side[side].mse[r];
        if (m->longer[side] > 0)
            hpb_explanation_prolong(&m->e, side, 400, mse);
        free(mse);
    }
}

static inline void made_end(made *m)
{
    hpb_arena_destroy(m->e.arena);
}

#endif // HPB_TEST_EXPLAIN_MADE_H
