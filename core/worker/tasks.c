// SPDX-License-Identifier: Apache-2.0
// Which trials go to a worker next, and how many at a time.
#include "worker/tasks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_SECONDS 0.2 // of work, so that a stop is quick and little is run again
#define BATCH_FITS 16     // at least: fewer leave lanes of the engine empty
#define BATCH_GROWTH 4
#define BATCH_LIMIT 65536
#define SET_ASIDE_AFTER 3 // equal failures

typedef struct cell_state {
    double seconds; // a trial, as last measured; 0: not yet
    uint32_t batch; // trials of its last batch
    uint32_t n_equal;
    char *fault; // what happened to its last failed trial
} cell_state;

struct tasks {
    const hpb_pool_config *config;
    const hpb_pool_callbacks *callbacks;
    cell_state *cells; // [n_cells]
    task *again;
    size_t n_again, again_capacity;
    task stretch; // given by the callback and not yet given out
    bool is_over; // the callback has no more
};

tasks *hpb_tasks_create(const hpb_pool_config *config, const hpb_pool_callbacks *callbacks)
{
    tasks *all = hpb_alloc(1, sizeof *all);
    all->config = config;
    all->callbacks = callbacks;
    all->cells = hpb_alloc(config->plan->n_cells, sizeof *all->cells);
    return all;
}

void hpb_tasks_destroy(tasks *all)
{
    for (uint32_t i = 0; i < all->config->plan->n_cells; i++)
        free(all->cells[i].fault);
    free(all->cells);
    free(all->again);
    free(all);
}

static bool is_set_aside(const tasks *all, uint32_t cell)
{
    return all->cells[cell].n_equal >= SET_ASIDE_AFTER;
}

// A result that holds no numbers.
static hpb_exit deliver(tasks *all, uint32_t cell, uint32_t replicate, hpb_status status,
                        const char *cause)
{
    const hpb_plan *plan = all->config->plan;
    const hpb_trial_seeds seeds = hpb_cell_seeds(plan, &plan->cells[cell], replicate);
    const hpb_trial_result result = hpb_trial_result_make(cell, replicate, &seeds, status, cause);
    return all->callbacks->done(all->callbacks->context, &result);
}

static hpb_exit set_aside(tasks *all, const task *batch)
{
    char *cause = hpb_format("not run: %d trials of this cell failed in the same way: %s",
                             SET_ASIDE_AFTER, all->cells[batch->cell].fault);
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t i = 0; i < batch->n && code == HPB_EXIT_OK; i++)
        code = deliver(all, batch->cell, batch->first + i, HPB_STATUS_SET_ASIDE, cause);
    free(cause);
    return code;
}

static uint32_t batch_size(const tasks *all, uint32_t cell)
{
    if (all->config->batch)
        return all->config->batch;
    const cell_state *state = &all->cells[cell];
    const hpb_cell *of = &all->config->plan->cells[cell];
    const uint32_t alike = of->n_fits / of->n_candidates; // fits that can share lanes
    const uint32_t least = alike && alike < BATCH_FITS ? (BATCH_FITS + alike - 1) / alike : 1;
    if (!(state->seconds > 0))
        return least;
    const double wanted = fmin(BATCH_SECONDS / state->seconds, (double)state->batch * BATCH_GROWTH);
    return wanted < least ? least : wanted > BATCH_LIMIT ? BATCH_LIMIT : (uint32_t)wanted;
}

hpb_exit hpb_tasks_next(tasks *all, task *out, bool *out_has)
{
    *out_has = false;
    for (;;) {
        if (all->n_again) {
            *out = all->again[--all->n_again];
        } else if (all->stretch.n) {
            const uint32_t n = batch_size(all, all->stretch.cell);
            *out = all->stretch;
            out->n = n < out->n ? n : out->n;
            all->stretch.first += out->n;
            all->stretch.n -= out->n;
        } else {
            task *stretch = &all->stretch;
            *stretch = (task){.n = BATCH_LIMIT};
            if (!all->is_over)
                all->is_over = !all->callbacks->next(all->callbacks->context, &stretch->cell,
                                                     &stretch->first, &stretch->n);
            if (all->is_over) {
                stretch->n = 0;
                return HPB_EXIT_OK;
            }
            continue;
        }
        if (!is_set_aside(all, out->cell)) {
            *out_has = true;
            return HPB_EXIT_OK;
        }
        const hpb_exit code = set_aside(all, out);
        if (code != HPB_EXIT_OK)
            return code;
    }
}

void hpb_tasks_took(tasks *all, const task *batch, double seconds)
{
    if (batch->is_again)
        return; // alone in its lanes: says nothing about a batch
    all->cells[batch->cell].seconds = fmax(seconds, 1e-6) / batch->n;
    all->cells[batch->cell].batch = batch->n;
}

void hpb_tasks_again(tasks *all, uint32_t cell, uint32_t replicate)
{
    all->again = hpb_grow(all->again, &all->again_capacity, all->n_again + 1, sizeof *all->again);
    all->again[all->n_again++] = (task){cell, replicate, 1, true};
}

hpb_exit hpb_tasks_failed(tasks *all, uint32_t cell, uint32_t replicate, hpb_status status,
                          const char *kind, const char *printed)
{
    cell_state *state = &all->cells[cell];
    const bool is_equal = state->fault && strcmp(state->fault, kind) == 0;
    state->n_equal = is_equal ? state->n_equal + 1 : 1;
    if (!is_equal) {
        free(state->fault);
        state->fault = hpb_strdup(kind);
    }
    char *cause = hpb_format(
        "%s in cell %s, replicate %u%s%s%s", kind, all->config->plan->cells[cell].label, replicate,
        printed[0] ? "; its last words: \"" : "", printed, printed[0] ? "\"" : "");
    const hpb_exit code = deliver(all, cell, replicate, status, cause);
    free(cause);
    return code;
}
