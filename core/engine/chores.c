// SPDX-License-Identifier: Apache-2.0
// What a plugin does in a cell, alone: the same calls as in a fit, on made-up gradients and losses.
#include "engine/chunk.h"
#include "engine/work.h"

#include <stdlib.h>
#include <string.h>

#define L HPB_LANES
#define CHORE_UPDATES 200000 // parameters and steps at a time: 0.1 ms of Adam
#define CHORE_WEIGHTS 10000
#define CHORE_ROWS 10000
#define CHORE_EPOCHS 10000
#define CHORE_STEPS 10000

struct hpb_chore {
    void (*run)(hpb_chore *chore);
    uint64_t n_items;
    uint32_t n_times; // what is done in one run, again and again
    void (*alive)(void *context);
    void *context;
    chunk c; // of one trial: what is configured, and its fits with the first candidate
    hpb_fit_config config;
    hpb_lanes lanes; // optimizer
    float *weights;  // [P]
    float *rates;    // schedule: [n_times]
    double *state;   // early stopping
    uint32_t n_actions;
};

static void run_update(hpb_chore *chore)
{
    for (uint32_t i = 0; i < chore->n_times; i++)
        hpb_lanes_update(&chore->lanes);
}

static void make_update(hpb_chore *chore)
{
    hpb_lanes *lanes = &chore->lanes;
    chore->config.schedule_ops = NULL; // a plugin of its own
    hpb_lanes_create(&chore->config, 1, lanes);
    for (size_t i = 0; i < (size_t)lanes->n_params * L; i++)
        lanes->gradients[i] = (float)(i % 1000) / 1000 - 0.5f;
    for (uint32_t j = 0; j < L; j++)
        hpb_lanes_start(lanes, j, chore->weights);
    const uint64_t n = (uint64_t)lanes->n_params * L;
    chore->run = run_update;
    chore->n_times = (uint32_t)(CHORE_UPDATES / (n + 1)) + 1;
    chore->n_items = n * chore->n_times;
}

// A constant schedule costs nothing: the host does not ask it.
static void run_rate(hpb_chore *chore)
{
    const hpb_fit_config *config = &chore->config;
    if (config->schedule_ops)
        config->schedule_ops->rate(hpb_math_table(), config->schedule_values, config->learning_rate,
                                   0, chore->n_times, chore->rates);
}

static void make_rate(hpb_chore *chore)
{
    chore->rates = hpb_alloc(CHORE_STEPS, sizeof *chore->rates);
    chore->run = run_rate;
    chore->n_times = CHORE_STEPS;
    chore->n_items = CHORE_STEPS;
}

static void run_fill(hpb_chore *chore)
{
    char message[HPB_FIT_MESSAGE];
    for (uint32_t i = 0; i < chore->n_times; i++)
        hpb_fit_initialise(&chore->config, &chore->c.fits[0], chore->weights, message);
}

static void make_fill(hpb_chore *chore)
{
    hpb_segment segments[2 * HPB_MAX_LAYERS];
    uint64_t n = 0;
    hpb_network_segments(&chore->config.network, segments);
    for (uint32_t l = 0; l < chore->config.network.n_layers; l++)
        n += (uint64_t)segments[2 * l].rows * segments[2 * l].columns;
    chore->run = run_fill;
    chore->n_times = (uint32_t)(CHORE_WEIGHTS / (n + 1)) + 1;
    chore->n_items = n * chore->n_times;
}

static void run_split(hpb_chore *chore)
{
    const hpb_material_source *source = &chore->c.source;
    const hpb_rows rows = hpb_dataset_rows(chore->c.materials[0].data);
    char message[HPB_SPLITS_MESSAGE];
    hpb_splits splits;
    for (uint32_t i = 0; i < chore->n_times; i++)
        if (hpb_splits_make(source->splitter_ops, source->splitter->plugin->id,
                            source->splitter->values, &rows,
                            hpb_splitter_seed(source->splitter, &chore->c.trials[0].seeds),
                            source->n_splits, &splits, message))
            hpb_splits_free(&splits);
}

static void make_split(hpb_chore *chore)
{
    const uint64_t n = chore->c.source.data->n_rows, all = n * chore->c.source.n_splits;
    chore->run = run_split;
    chore->n_times = (uint32_t)(CHORE_ROWS / (all + 1)) + 1;
    chore->n_items = n * chore->n_times;
}

// A loss that falls slowly, so that a rule looks at every epoch as at one that goes on.
static void run_observe(hpb_chore *chore)
{
    const hpb_early_stopping_ops *ops = chore->config.rules[0].ops;
    const hpb_value *values = chore->config.rules[0].values;
    memset(chore->state, 0, ops->n_state * sizeof *chore->state);
    if (ops->start)
        ops->start(values, chore->state);
    for (uint32_t i = 0; i < chore->n_times; i++) {
        const double loss = 1 / (1 + (double)i);
        const hpb_epoch record = {
            sizeof record, i, chore->n_times, 1, loss, loss, chore->config.learning_rate, i + 1};
        hpb_verdict verdict = {.struct_size = sizeof verdict};
        ops->observe(values, chore->state, &record, &verdict);
        chore->n_actions += verdict.actions != 0;
    }
}

static void make_observe(hpb_chore *chore)
{
    chore->state = hpb_alloc(chore->config.rules[0].ops->n_state + 1, sizeof *chore->state);
    chore->run = run_observe;
    chore->n_times = CHORE_EPOCHS;
    chore->n_items = CHORE_EPOCHS;
}

hpb_chore *hpb_chore_create(hpb_trial_runner *runner, uint32_t cell, hpb_axis axis,
                            void (*alive)(void *context), void *context,
                            char message[HPB_SPLITS_MESSAGE])
{
    hpb_chore *chore = hpb_alloc(1, sizeof *chore);
    chore->alive = alive;
    chore->context = context;
    chore->c = hpb_chunk_begin(runner, cell, 1);
    chore->config = hpb_chunk_config(&chore->c, 0);
    hpb_chunk_add(&chore->c, 0);
    hpb_chunk_list(&chore->c, 0, 0, chore->c.cell->n_outer);
    chore->weights =
        hpb_alloc(hpb_network_parameters(&chore->config.network), sizeof *chore->weights);
    const char *fault = chore->c.trials[0].fault;
    if (fault)
        snprintf(message, HPB_SPLITS_MESSAGE, "%s", fault);
    if (fault || !hpb_fit_initialise(&chore->config, &chore->c.fits[0], chore->weights, message)) {
        hpb_chore_free(chore);
        return NULL;
    }
    if (axis == HPB_AXIS_OPTIMIZER)
        make_update(chore);
    else if (axis == HPB_AXIS_INITIALIZER)
        make_fill(chore);
    else if (axis == HPB_AXIS_SPLITTER)
        make_split(chore);
    else if (axis == HPB_AXIS_SCHEDULE)
        make_rate(chore);
    else
        make_observe(chore);
    return chore;
}

void hpb_chore_free(hpb_chore *chore)
{
    if (!chore)
        return;
    if (chore->lanes.config)
        hpb_lanes_destroy(&chore->lanes);
    free(chore->weights);
    free(chore->rates);
    free(chore->state);
    hpb_chunk_free(&chore->c);
    free(chore);
}

uint64_t hpb_chore_items(const hpb_chore *chore)
{
    return chore->n_items;
}

void hpb_chore_run(void *chore)
{
    hpb_chore *one = chore;
    one->run(one);
    one->alive(one->context);
}
