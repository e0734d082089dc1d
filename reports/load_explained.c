// SPDX-License-Identifier: Apache-2.0
// From a store that explains to the data of a report: for each comparison both protocols with fresh seeds, and as written.
#include "load.h"

#include "explain/explanation.h"

#include <math.h>
#include <stdlib.h>

typedef struct loading {
    hpb_store *store;
    const hpb_stored_run *run;
    hpb_report_data *out;
    bool *is_loaded; // [run->n_cells]
    hpb_error *error;
} loading;

// Reads a cell that no earlier row has. `twin`: the row that its one run is marked on; -1: it has a row of its own.
static hpb_exit load_row(loading *l, uint32_t cell, int32_t twin, double reported)
{
    if (l->is_loaded[cell])
        return HPB_EXIT_OK;
    l->is_loaded[cell] = true;
    hpb_report_cell *row = &l->out->cells[l->out->n_cells];
    const hpb_exit code = hpb_report_load_cell(l->store, l->run, cell, l->out, l->error);
    row->twin = row->n_planned == 1 ? twin : -1;
    row->reported = reported;
    return code;
}

static hpb_exit load_comparison(loading *l, const hpb_compared_cells *cells,
                                const hpb_explanation *e)
{
    const uint32_t ends[] = {cells->corners[0], cells->corners[(1u << cells->n_factors) - 1]};
    int32_t rows[2];
    hpb_exit code = HPB_EXIT_OK;
    for (int side = 0; side < 2 && code == HPB_EXIT_OK; side++) {
        rows[side] = (int32_t)l->out->n_cells;
        code = load_row(l, ends[side], -1,
                        e->side[side].is_typed ? e->side[side].reported : (double)NAN);
    }
    for (int side = 0; side < 2 && code == HPB_EXIT_OK; side++)
        code = load_row(l, cells->own[side], rows[side], (double)NAN);
    return code;
}

static hpb_exit count_others(loading *l)
{
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t c = 0; c < l->run->n_cells && code == HPB_EXIT_OK; c++) {
        uint64_t count[HPB_STATUS_COUNT];
        if (l->is_loaded[c])
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
    l.is_loaded = hpb_alloc(run->n_cells, sizeof *l.is_loaded);
    hpb_explanation *all = hpb_arena_alloc(out->arena, n, sizeof *all);
    hpb_compared_cells *cells = hpb_alloc(1, sizeof *cells);
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t i = 0; i < n && code == HPB_EXIT_OK; i++) {
        bool is_there;
        code = hpb_explanation_read(store, run, i, out->arena, &all[i], &is_there, error);
        if (code == HPB_EXIT_OK && (!is_there || !hpb_compared_read(run, i, cells)))
            code = hpb_error_set(error, HPB_EXIT_STORE,
                                 "damaged: the corners of comparison %u are not all there", i + 1);
        if (code == HPB_EXIT_OK)
            code = load_comparison(&l, cells, &all[i]);
        out->n_explanations += code == HPB_EXIT_OK;
    }
    out->explanations = all;
    out->reference = 0;
    if (code == HPB_EXIT_OK)
        code = count_others(&l);
    free(cells);
    free(l.is_loaded);
    return code;
}
