// SPDX-License-Identifier: Apache-2.0
// Which combinations of the factors are run: all of them, or those that a sample of orders passes.
#include "suite/corners.h"

#include "stats/permutations.h"

#define STREAM_ORDERS 0x6f726473u // "ords": no stream of the trials' seeds

_Static_assert(HPB_ALL_FACTORS <= HPB_GAME_LARGEST, "all combinations are a game");

static void list_all(hpb_explain *explain, hpb_arena *arena)
{
    const uint32_t n = 1u << explain->n_factors;
    uint32_t *masks = hpb_arena_alloc(arena, n, sizeof *masks);
    for (uint32_t mask = 0; mask < n; mask++)
        masks[mask] = mask;
    explain->masks = masks;
    explain->n_masks = n;
}

static void list_sample(hpb_suite *suite, uint32_t n_pairs)
{
    hpb_explain *explain = &suite->explain;
    const uint32_t k = explain->n_factors;
    hpb_philox philox =
        hpb_philox_make((uint32_t)suite->seed, (uint32_t)(suite->seed >> 32), STREAM_ORDERS, 0);
    uint8_t *orders = hpb_arena_alloc(suite->arena, (size_t)2 * n_pairs * k, sizeof *orders);
    hpb_permutations_draw(&philox, k, n_pairs, orders);
    uint32_t *masks =
        hpb_arena_alloc(suite->arena, hpb_permutations_most(k, n_pairs), sizeof *masks);
    explain->n_masks = (uint32_t)hpb_permutations_corners(orders, k, n_pairs, masks);
    explain->masks = masks;
    explain->orders = orders;
    explain->n_pairs = n_pairs;
}

void hpb_corners_list(hpb_suite *suite, uint32_t n_orders)
{
    hpb_explain *explain = &suite->explain;
    const uint32_t k = explain->n_factors;
    const bool can_all = k <= HPB_ALL_FACTORS;
    if (k && (n_orders || !can_all))
        list_sample(suite, (n_orders ? n_orders : HPB_ORDERS) / 2);
    if (can_all && (!explain->n_pairs || explain->n_masks == 1u << k)) {
        explain->n_pairs = 0; // a sample that passes all of them tells no more than they do
        list_all(explain, suite->arena);
    }
}
