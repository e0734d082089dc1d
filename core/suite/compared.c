// SPDX-License-Identifier: Apache-2.0
// Which cells are the corners of which comparison; corners that train the same are one cell.
#include "suite/corners.h"
#include "suite/plan.h"

#include <stdlib.h>
#include <string.h>

static bool is_corner(const hpb_plan *plan, const hpb_cell *cell)
{
    return cell->protocol >= &plan->suite->protocols[plan->suite->explain.first];
}

// Whether it is a nested search of too few rows: nobody has asked for it, so nobody is told.
static bool is_void(const hpb_plan *plan, const hpb_cell *cell)
{
    const hpb_explain *explain = &plan->suite->explain;
    const hpb_protocol *all = plan->suite->protocols;
    for (int side = 0; side < 2; side++)
        if (explain->nested[side] && cell->protocol == &all[explain->nested[side]])
            return plan->data[cell->data].n_rows < 2 * cell->n_splits;
    return false;
}

// The cell of a protocol with the levels of `like` on what is crossed; n_cells: --filter has left it out.
static uint32_t find_cell(const hpb_plan *plan, const hpb_cell *like, uint32_t protocol)
{
    for (uint32_t c = 0; c < plan->n_cells; c++) {
        const hpb_cell *cell = &plan->cells[c];
        bool is_it = cell->protocol == &plan->suite->protocols[protocol];
        for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT && is_it; axis++)
            is_it = plan->suite->is_named[axis] || cell->level[axis] == like->level[axis];
        if (is_it)
            return c;
    }
    return plan->n_cells;
}

// --- equal corners --------------------------------------------------------------------------------------------

typedef struct numbered {
    const hpb_cell *cell;
    uint32_t number;
} numbered;

static int by_key(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    const int order = strcmp(x->cell->key, y->cell->key);
    return order ? order : x->number < y->number ? -1 : x->number > y->number;
}

// The corner that is B: of equal ones it is the one to be named.
static bool is_b(const hpb_plan *plan, const hpb_cell *cell)
{
    const hpb_explain *explain = &plan->suite->explain;
    return cell->protocol == &plan->suite->protocols[explain->first + explain->n_masks - 1];
}

// Keeps the first cell of each key where the others are corners. `place` becomes where each cell has gone.
static void merge(hpb_plan *plan, uint32_t *place)
{
    const uint32_t n = plan->n_cells;
    numbered *sorted = hpb_alloc(n, sizeof *sorted);
    uint32_t *equal = hpb_alloc(n, sizeof *equal), kept = 0;
    for (uint32_t c = 0; c < n; c++)
        sorted[c] = (numbered){&plan->cells[c], c};
    qsort(sorted, n, sizeof *sorted, by_key);
    for (uint32_t i = 0, first = 0; i < n; i++) {
        if (strcmp(sorted[i].cell->key, sorted[first].cell->key) != 0 ||
            sorted[i].cell->n_replicates != sorted[first].cell->n_replicates)
            first = i;
        equal[sorted[i].number] = sorted[first].number;
    }
    free(sorted);
    for (uint32_t c = 0; c < n; c++) {
        hpb_cell *cell = &plan->cells[c];
        const bool is_gone = (is_corner(plan, cell) && equal[c] != c) || is_void(plan, cell);
        plan->n_trials -= is_gone ? cell->n_replicates : 0;
        plan->n_fits -= is_gone ? (uint64_t)cell->n_replicates * cell->n_fits : 0;
        plan->n_corners += !is_gone && is_corner(plan, cell);
        place[c] = is_gone ? place[equal[c]] : kept; // an equal one stands before
        if (!is_gone)
            plan->cells[kept++] = *cell;
        else if (is_b(plan, cell) && is_corner(plan, &plan->cells[place[c]]))
            plan->cells[place[c]] = *cell;
    }
    plan->n_cells = kept;
    free(equal);
}

// --- all comparisons ------------------------------------------------------------------------------------------

// HPB_NO_CELL: there is none, or it can't split the training rows of an outer fold once more.
static uint32_t find_nested(const hpb_plan *plan, const hpb_cell *like, uint32_t side)
{
    const uint32_t protocol = plan->suite->explain.nested[side];
    const uint32_t c = protocol ? find_cell(plan, like, protocol) : plan->n_cells;
    return c < plan->n_cells && !is_void(plan, &plan->cells[c]) ? c : HPB_NO_CELL;
}

// Fills one comparison. False: a cell of it is left out.
static bool compare(hpb_plan *plan, const hpb_cell *a, hpb_compared *out)
{
    const hpb_suite *suite = plan->suite;
    const uint32_t n = suite->explain.n_masks;
    uint32_t *corners = hpb_arena_alloc(plan->arena, n, sizeof *corners);
    bool is_whole = true;
    for (uint32_t c = 0; c < n; c++) {
        corners[c] = find_cell(plan, a, suite->explain.first + c);
        is_whole &= corners[c] < plan->n_cells;
    }
    for (int side = 0; side < 2; side++) {
        out->own[side] = find_cell(plan, a, suite->compare[side]);
        out->grid[side] = -1;
        is_whole &= out->own[side] < plan->n_cells;
    }
    out->corners = corners;
    for (uint32_t side = 0; side < 2; side++) {
        out->longer[side] = suite->explain.has_longer
                                ? find_cell(plan, a, suite->explain.first + n + side)
                                : corners[0];
        is_whole &= out->longer[side] < plan->n_cells;
        out->nested[side] = find_nested(plan, a, side);
    }
    return is_whole;
}

bool hpb_compared_find(hpb_plan *plan, hpb_diagnostics *diagnostics)
{
    const hpb_suite *suite = plan->suite;
    if (!suite->explain.first)
        return true;
    hpb_compared *all = hpb_arena_alloc(plan->arena, plan->n_cells, sizeof *all);
    for (uint32_t c = 0; c < plan->n_cells; c++)
        if (plan->cells[c].protocol == &suite->protocols[suite->compare[0]] &&
            compare(plan, &plan->cells[c], &all[plan->n_compared]))
            plan->n_compared++;
    if (!plan->n_compared) {
        hpb_error *error = hpb_diagnose(
            diagnostics, suite->explain.place, "explain", NULL,
            "%s leaves out settings of the two protocols; expected all that they differ in",
            suite->n_filters ? "--filter" : "[cross] exclude");
        if (error && suite->n_filters)
            error->code = HPB_EXIT_USAGE;
        return false;
    }
    uint32_t *place = hpb_alloc(plan->n_cells, sizeof *place);
    merge(plan, place);
    for (uint32_t i = 0; i < plan->n_compared; i++) {
        uint32_t *corners = (uint32_t *)all[i].corners;
        for (uint32_t c = 0; c < suite->explain.n_masks; c++)
            corners[c] = place[corners[c]];
        for (int side = 0; side < 2; side++) {
            all[i].own[side] = place[all[i].own[side]];
            all[i].longer[side] = place[all[i].longer[side]];
            if (all[i].nested[side] != HPB_NO_CELL)
                all[i].nested[side] = place[all[i].nested[side]];
        }
    }
    free(place);
    plan->compared = all;
    return true;
}
