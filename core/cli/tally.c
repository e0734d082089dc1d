// SPDX-License-Identifier: Apache-2.0
// Counting what a store holds.
#include "cli/tally.h"
#include "explain/looks.h"
#include "loader/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FAILURE_LINES 10

static void add_failure(void *context, const hpb_trial_result *result)
{
    tally *t = context;
    const char *cause = result->cause ? result->cause : "";
    const char *kind = hpb_arena_strndup(t->run.arena, cause, hpb_cause_kind(cause));
    for (size_t i = t->n_failures; i-- > 0 && t->failures[i].cell == result->cell;)
        if (t->failures[i].status == result->status && strcmp(t->failures[i].cause, kind) == 0) {
            t->failures[i].n++;
            return;
        }
    t->failures =
        hpb_grow(t->failures, &t->failures_capacity, t->n_failures + 1, sizeof *t->failures);
    t->failures[t->n_failures++] =
        (tally_failure){result->cell, result->status, kind, result->replicate, 1};
}

static hpb_exit count_all(hpb_store *store, tally *t, hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t i = 0; i < t->run.n_cells + t->run.n_grids && code == HPB_EXIT_OK; i++) {
        code = hpb_store_count(store, &t->run, i, t->by_cell[i], error);
        t->planned += t->run.cells[i].n_planned;
        for (int s = 0; s < HPB_STATUS_COUNT; s++) {
            t->status[s] += t->by_cell[i][s];
            t->stored += t->by_cell[i][s];
            t->failed += s > HPB_STATUS_DIVERGED ? t->by_cell[i][s] : 0;
        }
    }
    return code == HPB_EXIT_OK && t->failed
               ? hpb_store_each_failure(store, &t->run, add_failure, t, error)
               : code;
}

hpb_exit hpb_tally_read(const char *folder, tally *out, hpb_error *error)
{
    memset(out, 0, sizeof *out);
    hpb_store *store = NULL;
    hpb_exit code = hpb_store_open_read(folder, &store, error);
    if (code != HPB_EXIT_OK)
        return code;
    code = hpb_store_read_run(store, &out->run, error);
    if (code == HPB_EXIT_OK) {
        out->by_cell = hpb_alloc(out->run.n_cells + out->run.n_grids, sizeof *out->by_cell);
        code = count_all(store, out, error);
        if (code != HPB_EXIT_OK)
            hpb_tally_free(out);
    }
    hpb_store_close(store, NULL);
    return code;
}

void hpb_tally_free(tally *t)
{
    hpb_stored_run_free(&t->run);
    free(t->by_cell);
    free(t->failures);
    memset(t, 0, sizeof *t);
}

void hpb_tally_print_failures(const tally *t, FILE *out)
{
    char n[HPB_NUMBER_SIZE];
    for (size_t i = 0; i < t->n_failures && i < MAX_FAILURE_LINES; i++) {
        const tally_failure *f = &t->failures[i];
        fprintf(out, "  %s: %s %s: %s, first replicate %" PRIu32 "\n", t->run.cells[f->cell].label,
                hpb_count_text(f->n, n), hpb_status_name(f->status), f->cause, f->replicate);
    }
    if (t->n_failures > MAX_FAILURE_LINES)
        fprintf(out, "  ... and %zu more causes\n", t->n_failures - MAX_FAILURE_LINES);
}

json_t *hpb_tally_failures_to_json(const tally *t)
{
    json_t *array = json_array();
    for (size_t i = 0; i < t->n_failures; i++) {
        const tally_failure *f = &t->failures[i];
        json_array_append_new(array, json_pack("{s:o, s:s, s:I, s:o, s:I}", "cell",
                                               hpb_json_text(t->run.cells[f->cell].label), "status",
                                               hpb_status_name(f->status), "n", (json_int_t)f->n,
                                               "cause", hpb_json_text(f->cause), "first_replicate",
                                               (json_int_t)f->replicate));
    }
    return array;
}

hpb_exit hpb_tally_exit(const tally *t)
{
    const bool goes_on = hpb_looks_go_on(json_object_get(t->run.about, "looks"));
    return t->stored < t->planned || goes_on ? HPB_EXIT_INCOMPLETE
           : t->failed                       ? HPB_EXIT_FAILED
                                             : HPB_EXIT_OK;
}
