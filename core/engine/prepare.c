// SPDX-License-Identifier: Apache-2.0
// What the fits of a trial begin with: untrained, unless that follows from what earlier fits come to.
#include "engine/chunk.h"

#include <stdlib.h>

static hpb_fold fold_of(const chunk *c, const hpb_fit *fit, place at)
{
    return (hpb_fold){.cell = c->cell_index,
                      .replicate = c->trials[0].replicate,
                      .fold = fit->fit,
                      .outer = at.outer,
                      .candidate = at.candidate,
                      .split = at.split,
                      .train = fit->train_rows,
                      .validation = fit->validation_rows,
                      .test = fit->test_rows,
                      .n_train = fit->n_train,
                      .n_validation = fit->n_validation,
                      .n_test = fit->n_test};
}

// What is known of a refit before the choice: the rows of its outer split.
static hpb_fold refit_of(const chunk *c, uint32_t fit, place at)
{
    const hpb_split *split = &c->trials[0].material->splits.splits[hpb_chunk_split(c, at)];
    const hpb_fit rows = {.fit = fit,
                          .train_rows = split->train,
                          .n_train = split->n_train,
                          .test_rows = split->test,
                          .n_test = split->n_test};
    return fold_of(c, &rows, at);
}

// Hands out one fit. False: it can't begin, `message` says why.
static bool hand_out(const chunk *c, uint32_t number, bool with_weights, hpb_fold_function each,
                     void *context, char message[HPB_SPLITS_MESSAGE])
{
    const place at = hpb_chunk_place(c, number);
    if (hpb_chunk_is_refit(c, at)) {
        const hpb_fold fold = refit_of(c, number, at);
        each(context, &fold);
        return true;
    }
    hpb_fit fit;
    if (!hpb_chunk_fit(c, 0, number, at.candidate, &fit, message))
        return false;
    hpb_fold fold = fold_of(c, &fit, at);
    float *weights = NULL;
    bool is_good = true;
    if (with_weights) {
        const hpb_fit_config config = hpb_chunk_config(c, at.candidate);
        fold.n_weights = hpb_network_parameters(&config.network);
        fold.weights = weights = hpb_alloc(fold.n_weights, sizeof *weights);
        is_good = hpb_fit_initialise(&config, &fit, weights, message);
    }
    if (is_good)
        each(context, &fold);
    free(weights);
    return is_good;
}

// Hands out the fits of an outer split.
static void hand_out_all(chunk *c, uint32_t outer, hpb_handed what, hpb_fold_function each,
                         void *context)
{
    char message[HPB_SPLITS_MESSAGE];
    trial *t = &c->trials[0];
    const uint32_t n = c->n_inner + c->n_refits, first = outer * n;
    const uint32_t n_handed = what == HPB_HANDED_SPLITS ? c->cell->n_splits : n;
    for (uint32_t fit = first; fit < first + n_handed && !t->fault; fit++)
        if (!hand_out(c, fit, what == HPB_HANDED_WEIGHTS, each, context, message))
            t->fault = hpb_strdup(message);
}

void hpb_trial_runner_prepare(hpb_trial_runner *runner, uint32_t cell_index, uint32_t replicate,
                              hpb_handed what, hpb_fold_function each, hpb_trial_done_function done,
                              void (*alive)(void *context), void *context)
{
    chunk c = hpb_chunk_begin(runner, cell_index, 1);
    hpb_chunk_add(&c, replicate);
    c.alive = alive;
    c.context = context;
    const trial *t = &c.trials[0];
    const bool trains = what == HPB_HANDED_WEIGHTS && c.is_in_turn;
    const uint32_t n_outer = what == HPB_HANDED_SPLITS ? 1 : c.cell->n_outer;
    for (uint32_t o = 0; o < n_outer && !t->fault; o++) {
        if (trains && o)
            hpb_chunk_search(&c, o - 1, o);
        hand_out_all(&c, o, what, each, context);
    }
    const hpb_trial_result result = hpb_trial_result_make(
        cell_index, replicate, &t->seeds, t->fault ? HPB_STATUS_CONTRACT : HPB_STATUS_OK, t->fault);
    done(context, &result);
    hpb_chunk_free(&c);
}
