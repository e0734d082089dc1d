// SPDX-License-Identifier: Apache-2.0
// Which combinations of the settings were run, and the causes from them: from all exactly, from a sample with its error.
#include "explain/private.h"

#include <math.h>
#include <stdlib.h>

void hpb_explanation_list(hpb_explanation *e)
{
    const uint32_t k = e->n_causes;
    const size_t most = e->n_pairs ? hpb_permutations_most(k, e->n_pairs) : (size_t)1 << k;
    uint32_t *masks = hpb_arena_alloc(e->arena, most, sizeof *masks);
    for (uint32_t c = 0; c < most && !e->n_pairs; c++)
        masks[c] = c;
    e->n_corners =
        (uint32_t)(e->n_pairs ? hpb_permutations_corners(e->orders, k, e->n_pairs, masks) : most);
    e->corner_mask = masks;
}

static int by_mask(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t hpb_corner_find(const hpb_explanation *e, uint32_t mask)
{
    const uint32_t *at = bsearch(&mask, e->corner_mask, e->n_corners, sizeof mask, by_mask);
    return at ? (uint32_t)(at - e->corner_mask) : e->n_corners;
}

static void list_interactions(hpb_explanation *e, const double *const *values)
{
    const uint32_t n = hpb_interaction_count(e->n_causes, 2);
    hpb_interaction *interactions = hpb_arena_alloc(e->arena, n + 1u, sizeof *interactions);
    if (n)
        hpb_interaction_list(values, e->n_causes, e->n_replicates, 2, interactions);
    e->interactions = interactions;
    e->n_interactions = n;
}

void hpb_explanation_split(hpb_explanation *e, const double *const *values, double *phi,
                           hpb_effect *effects, hpb_attribution *whole)
{
    const uint32_t k = e->n_causes, n = e->n_replicates;
    double error[HPB_MAX_CAUSES];
    if (e->n_pairs) {
        hpb_permutations_split(e->orders, k, e->n_pairs, e->corner_mask, e->n_corners, values, n,
                               phi, effects, error, whole);
    } else {
        hpb_attribution_split(values, k, n, NULL, phi, effects, whole);
        list_interactions(e, values);
    }
    for (uint32_t i = 0; i < k; i++) {
        e->causes[i].sampling_error = e->n_pairs ? error[i] : (double)NAN;
        e->causes[i].sampling_half =
            e->n_pairs ? hpb_permutations_half(error, k, e->n_pairs, i) : (double)NAN;
    }
}
