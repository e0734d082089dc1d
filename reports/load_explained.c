// SPDX-License-Identifier: Apache-2.0
// From a store that explains to the data of a report: for each comparison both protocols with fresh seeds, and as written.
#include "load.h"

#include "explain/explanation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct loading {
    hpb_store *store;
    const hpb_stored_run *run;
    hpb_report_data *out;
    int32_t *row; // [run->n_cells] of the report; -1: none yet
    hpb_error *error;
} loading;

// Reads a cell that no earlier row has. `twin`: the row that its one run is marked on; -1: it has a row of its own.
static hpb_exit load_row(loading *l, uint32_t cell, int32_t twin, double reported)
{
    if (l->row[cell] >= 0)
        return HPB_EXIT_OK;
    l->row[cell] = (int32_t)l->out->n_cells;
    hpb_report_cell *row = &l->out->cells[l->out->n_cells];
    const hpb_exit code = hpb_report_load_cell(l->store, l->run, cell, l->out, l->error);
    row->twin = row->n_planned == 1 ? twin : -1;
    row->reported = reported;
    return code;
}

// Whether all runs of two cells have the same results.
static bool is_same(const hpb_report_cell *a, const hpb_report_cell *b)
{
    return a->n_planned == b->n_planned && memcmp(a->count, b->count, sizeof a->count) == 0 &&
           memcmp(a->mse, b->mse, a->n_planned * sizeof *a->mse) == 0;
}

// A side with the suite's own seeds: one run on the row of its twin. Where it fixes nothing, it is its twin once more.
static hpb_exit load_own(loading *l, uint32_t cell, int32_t twin)
{
    const uint32_t n = l->out->n_cells;
    const hpb_exit code = load_row(l, cell, twin, (double)NAN);
    l->out->cells[twin].own_spec = l->run->cells[cell].spec;
    if (l->row[cell] == (int32_t)n && is_same(&l->out->cells[n], &l->out->cells[twin])) {
        l->out->n_cells = n;
        l->row[cell] = -1;
    }
    return code;
}

static hpb_exit load_comparison(loading *l, const hpb_explanation *e)
{
    const hpb_compared_cells *cells = e->cells;
    const uint32_t ends[] = {cells->corners[0], cells->corners[e->n_corners - 1]};
    hpb_exit code = HPB_EXIT_OK;
    for (int side = 0; side < 2 && code == HPB_EXIT_OK; side++)
        code = load_row(l, ends[side], -1,
                        e->side[side].is_typed ? e->side[side].reported : (double)NAN);
    for (int side = 0; side < 2 && code == HPB_EXIT_OK; side++)
        code = load_own(l, cells->own[side], l->row[ends[side]]);
    return code;
}

static hpb_exit count_others(loading *l)
{
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t c = 0; c < l->run->n_cells + l->run->n_grids && code == HPB_EXIT_OK; c++) {
        uint64_t count[HPB_STATUS_COUNT];
        if (c < l->run->n_cells && l->row[c] >= 0)
            continue;
        code = hpb_store_count(l->store, l->run, c, count, l->error);
        l->out->other_planned += l->run->cells[c].n_planned;
        for (int s = 0; s < HPB_STATUS_COUNT && code == HPB_EXIT_OK; s++)
            l->out->other_count[s] += count[s];
    }
    return code;
}

hpb_exit hpb_report_load_explained(hpb_store *store, const hpb_stored_run *run,
                                   hpb_report_data *out, hpb_error *error)
{
    const size_t n =
        json_array_size(json_object_get(json_object_get(run->about, "explain"), "settings"));
    loading l = {.store = store, .run = run, .out = out, .error = error};
    l.row = hpb_alloc(run->n_cells, sizeof *l.row);
    for (uint32_t c = 0; c < run->n_cells; c++)
        l.row[c] = -1;
    hpb_explanation *all = hpb_arena_alloc(out->arena, n, sizeof *all);
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t i = 0; i < n && code == HPB_EXIT_OK; i++) {
        bool is_there;
        code = hpb_explanation_read(store, run, i, out->arena, &all[i], &is_there, error);
        if (code == HPB_EXIT_OK)
            code = load_comparison(&l, &all[i]);
        out->n_explanations += code == HPB_EXIT_OK;
    }
    out->explanations = all;
    out->reference = 0;
    if (code == HPB_EXIT_OK)
        code = count_others(&l);
    free(l.row);
    return code;
}
