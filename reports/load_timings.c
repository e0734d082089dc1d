// SPDX-License-Identifier: Apache-2.0
// Timings from the store: the cells' time of a fit is the measured one where there is one.
#include "load.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    hpb_report_data *data;
    size_t capacity;
} reading;

static bool read_timing(void *context, const hpb_timing *timing)
{
    reading *r = context;
    hpb_report_data *data = r->data;
    const uint32_t n = timing->n_repetitions;
    data->timings =
        hpb_grow(data->timings, &r->capacity, data->n_timings + 1, sizeof *data->timings);
    hpb_report_timing *out = &data->timings[data->n_timings++];
    *out = (hpb_report_timing){.measure = timing->measure,
                               .name = hpb_arena_strdup(data->arena, timing->name),
                               .plugin = hpb_arena_strdup(data->arena, timing->plugin),
                               .cell = timing->cell,
                               .cpu = hpb_arena_alloc(data->arena, n, sizeof(double)),
                               .real = hpb_arena_alloc(data->arena, n, sizeof(double)),
                               .n = n};
    memcpy(out->cpu, timing->cpu, n * sizeof(double));
    memcpy(out->real, timing->real, n * sizeof(double));
    double *sorted = hpb_arena_alloc(data->arena, n, sizeof *sorted);
    memcpy(sorted, timing->cpu, n * sizeof *sorted);
    out->summary = hpb_stats_summarise(sorted, n);
    out->interval = hpb_quantile_interval(sorted, n, 0.5, 0.95);
    return true;
}

hpb_exit hpb_report_load_timings(hpb_store *store, const hpb_stored_run *run, hpb_report_data *out,
                                 hpb_error *error)
{
    reading r = {.data = out};
    const hpb_exit code = hpb_store_each_timing(store, run, read_timing, &r, error);
    hpb_report_timing *kept = hpb_arena_alloc(out->arena, out->n_timings, sizeof *kept);
    if (out->n_timings)
        memcpy(kept, out->timings, out->n_timings * sizeof *kept);
    free(out->timings);
    out->timings = kept;
    for (uint32_t i = 0; i < out->n_timings; i++) {
        if (kept[i].measure != HPB_TIMING_FIT_BULK)
            continue;
        for (uint32_t c = 0; c < out->n_cells; c++)
            if (c == (uint32_t)kept[i].cell || out->cells[c].twin == kept[i].cell) {
                out->cells[c].fit_ns = kept[i].summary.median * 1e9;
                out->cells[c].is_timed = true;
            }
    }
    return code;
}
