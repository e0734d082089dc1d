// SPDX-License-Identifier: Apache-2.0
// Fits that are trained again and again, to be timed: of a search, those of its first candidate.
#include "engine/chunk.h"
#include "engine/work.h"

#include <stdlib.h>
#include <string.h>

#define WORKLOAD_BYTES                                                                             \
    ((size_t)2 << 20)     // of each cell that is timed: all of them are there at once
#define WORKLOAD_FOLDS 16 // of a trial; more are like them

struct hpb_workload {
    chunk c;
    hpb_fit_config config;
    size_t turn; // the next fit to be trained alone
};

// Every lane gets fits, the first folds of a trial each; the last lanes those of the first where there are fewer.
static void spread_fits(chunk *c)
{
    const uint32_t n_splits = c->cell->n_outer * c->cell->n_splits;
    const uint32_t n = n_splits < WORKLOAD_FOLDS ? n_splits : WORKLOAD_FOLDS;
    hpb_fit *fits = hpb_alloc((size_t)HPB_LANES * n, sizeof *fits);
    for (uint32_t j = 0; j < HPB_LANES; j++)
        memcpy(fits + (size_t)j * n, c->fits + (size_t)(j % c->n_trials) * n_splits,
               n * sizeof *fits);
    free(c->fits);
    c->fits = fits;
    c->n_listed = (size_t)HPB_LANES * n;
    hpb_chunk_sort(c);
}

hpb_workload *hpb_workload_create(hpb_trial_runner *runner, uint32_t cell,
                                  void (*alive)(void *context), void *context,
                                  char message[HPB_SPLITS_MESSAGE])
{
    hpb_workload *w = hpb_alloc(1, sizeof *w);
    w->c = hpb_chunk_begin(runner, cell, HPB_LANES);
    const uint32_t most = hpb_chunk_size(runner, w->c.cell, WORKLOAD_BYTES);
    const uint32_t n = most < HPB_LANES ? most : HPB_LANES;
    w->c.alive = alive;
    w->c.context = context;
    w->config = hpb_chunk_config(&w->c, 0);
    for (uint32_t i = 0; i < n; i++) {
        hpb_chunk_add(&w->c, i);
        alive(context);
    }
    hpb_chunk_list(&w->c, 0, 0, w->c.cell->n_outer);
    for (uint32_t i = 0; i < n; i++)
        if (w->c.trials[i].fault) {
            snprintf(message, HPB_SPLITS_MESSAGE, "%s", w->c.trials[i].fault);
            hpb_workload_free(w);
            return NULL;
        }
    spread_fits(&w->c);
    return w;
}

void hpb_workload_free(hpb_workload *w)
{
    if (w)
        hpb_chunk_free(&w->c);
    free(w);
}

uint32_t hpb_workload_fits(const hpb_workload *w)
{
    return (uint32_t)w->c.n_listed;
}

void hpb_workload_run_all(void *workload)
{
    hpb_workload *w = workload;
    hpb_chunk_train(&w->c, &w->config, 0, w->c.n_listed);
}

void hpb_workload_run_next(void *workload)
{
    hpb_workload *w = workload;
    hpb_chunk_train(&w->c, &w->config, w->turn++ % w->c.n_listed, 1);
}
