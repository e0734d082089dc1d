// SPDX-License-Identifier: Apache-2.0
// Trains what was chosen once more, and scores it on new rows, as many models side by side as there are lanes.
#include "engine/worth.h"

#include "engine/chunk.h"

#include <math.h>
#include <stdlib.h>

#define L HPB_LANES
#define BLOCK 1024u // new rows that are scaled and predicted together

// Models of one candidate that wait for each other.
struct hpb_worth_score {
    const hpb_new_rows *rows;
    hpb_fit_config config;
    hpb_lanes lanes; // none of least squares
    bool is_linear;
    double *scale[L]; // [2 D]; NULL: features as they are
    hpb_table scaled[L];
    double *to[L]; // [n_waiting]: where each MSE goes
    uint32_t n_waiting;
    uint32_t *numbers; // [BLOCK]: 0, 1, ...
};
typedef struct hpb_worth_score scorer;

void hpb_new_rows_free(hpb_new_rows *rows)
{
    hpb_dataset_free(&rows->data);
    hpb_table_free(&rows->table);
}

// Draws them when they are first needed.
static const hpb_new_rows *new_rows_of(const chunk *c)
{
    const hpb_plan *plan = c->runner->plan;
    const hpb_plan_data *data = &plan->data[c->cell->data];
    hpb_new_rows *rows = &c->runner->new_rows[c->cell->data];
    if (rows->data.x)
        return rows;
    hpb_dataset_generate((hpb_generator)hpb_choice_number(data->choice, "generator"), HPB_NEW_ROWS,
                         data->n_features, hpb_choice_number(data->choice, "noise"),
                         hpb_seed_new_rows(plan->suite->seed), &rows->data);
    hpb_table_fill(&rows->data, &rows->table);
    return rows;
}

// --- scoring -----------------------------------------------------------------------------------------------------

static void scorer_begin(const chunk *c, uint32_t candidate, scorer *s)
{
    *s = (scorer){.rows = new_rows_of(c), .config = hpb_chunk_config(c, candidate)};
    const uint32_t d = s->rows->data.n_features;
    const hpb_dataset block = {
        .n_rows = BLOCK, .n_features = d, .x = s->rows->data.x, .y = s->rows->data.y};
    s->config.curves = false;
    s->is_linear = s->config.solver == HPB_SOLVER_LEAST_SQUARES;
    s->numbers = hpb_alloc(BLOCK, sizeof *s->numbers);
    for (uint32_t i = 0; i < BLOCK; i++)
        s->numbers[i] = i;
    for (int j = 0; j < L && c->source.standardise != HPB_STANDARDISE_NONE; j++) {
        s->scale[j] = hpb_alloc((size_t)2 * d, sizeof *s->scale[j]);
        hpb_table_fill(&block, &s->scaled[j]); // for its shape
    }
    if (!s->is_linear)
        hpb_lanes_create(&s->config, HPB_NEW_ROWS, &s->lanes);
}

static void scorer_end(scorer *s)
{
    if (!s->is_linear)
        hpb_lanes_destroy(&s->lanes);
    for (int j = 0; j < L; j++) {
        free(s->scale[j]);
        hpb_table_free(&s->scaled[j]);
    }
    free(s->numbers);
}

// The table of lane j that begins with new row `first`.
static hpb_table block_of(const scorer *s, uint32_t j, uint32_t first, uint32_t n)
{
    hpb_table table = s->rows->table;
    table.x += (size_t)first * table.stride;
    table.y += first;
    if (!s->scale[j])
        return table;
    table = s->scaled[j];
    hpb_scale_rows(s->scale[j], &s->rows->data, first, n, &table);
    return table;
}

// Adds the squared errors of n new rows to sum[L]; lanes that wait for nothing compute along on the first one's.
static void add_errors(scorer *s, uint32_t first, uint32_t n, double sum[L])
{
    hpb_gather gather = {.n_inputs = s->rows->data.n_features, .stride = s->rows->table.stride};
    for (uint32_t j = 0; j < L; j++) {
        const hpb_table table = j < s->n_waiting ? block_of(s, j, first, n) : (hpb_table){0};
        gather.x[j] = j < s->n_waiting ? table.x : gather.x[0];
        gather.y[j] = j < s->n_waiting ? table.y : gather.y[0];
        gather.rows[j] = s->numbers;
    }
    const double *target = s->rows->data.y + first;
    for (uint32_t at = 0; at < n;) {
        const uint32_t part = n - at < s->lanes.n_rows ? n - at : s->lanes.n_rows;
        const float *prediction = hpb_lanes_predict(&s->lanes, &gather, at, part);
        for (uint32_t i = 0; i < part; i++)
            for (uint32_t j = 0; j < L; j++) {
                const double error = (double)prediction[(size_t)i * L + j] - target[at + i];
                sum[j] += error * error;
            }
        at += part;
    }
}

// Scores the models that wait.
static void score(const chunk *c, scorer *s)
{
    double sum[L] = {0};
    for (uint32_t first = 0, n; first < HPB_NEW_ROWS && s->n_waiting; first += n) {
        n = HPB_NEW_ROWS - first < BLOCK ? HPB_NEW_ROWS - first : BLOCK;
        add_errors(s, first, n, sum);
        if (c->alive)
            c->alive(c->context);
    }
    for (uint32_t j = 0; j < s->n_waiting; j++)
        *s->to[j] = hpb_canonical(sum[j] / HPB_NEW_ROWS);
    s->n_waiting = 0;
}

static double score_linear(const scorer *s, const double *solution)
{
    double sum = 0;
    for (uint32_t first = 0, n; first < HPB_NEW_ROWS; first += n) {
        n = HPB_NEW_ROWS - first < BLOCK ? HPB_NEW_ROWS - first : BLOCK;
        const hpb_table table = block_of(s, 0, first, n);
        sum = hpb_linear_errors(solution, &table, s->rows->data.y + first, s->numbers, n, sum);
    }
    return hpb_canonical(sum / HPB_NEW_ROWS);
}

// --- models ------------------------------------------------------------------------------------------------------

// Models beside the one at the end: of all candidates, or with outer splits those that are reported on.
static uint32_t count_models(const chunk *c)
{
    const hpb_cell *cell = c->cell;
    return !cell->outer ? c->n_inner : cell->n_outer * (c->n_refits ? 1 : cell->n_splits);
}

// Where in a trial's `worth` the MSE of a fit belongs.
static uint32_t index_of(const chunk *c, uint32_t fit)
{
    const place at = hpb_chunk_place(c, fit);
    if (fit == c->n_fits)
        return count_models(c);
    return c->n_refits ? at.outer : c->cell->outer ? at.outer * c->cell->n_splits + at.split : fit;
}

static void model_done(void *context, const hpb_fit *fit, const hpb_fit_result *result)
{
    chunk *c = context;
    scorer *s = c->score;
    trial *t = &c->trials[fit->tag];
    const hpb_split *split =
        &t->material->splits.splits[hpb_chunk_split(c, hpb_chunk_place(c, fit->fit))];
    double *to = &t->worth[index_of(c, fit->fit)];
    if (result->failure) {
        if (!t->fault)
            t->fault = hpb_strdup(result->failure);
        return;
    }
    const uint32_t j = s->n_waiting;
    if (s->scale[j])
        hpb_scale_fit(t->material->data,
                      c->source.standardise == HPB_STANDARDISE_ALL ? NULL : split->train,
                      split->n_train, s->scale[j]);
    if (s->is_linear) {
        *to = score_linear(s, result->solution);
        return;
    }
    hpb_lanes_write(&s->lanes, s->lanes.weights, j, result->weights);
    s->to[j] = to;
    if (++s->n_waiting == L)
        score(c, s);
}

// Lists the models of a candidate: of outer splits those that chose it.
static void list_models(chunk *c, uint32_t index, uint32_t candidate)
{
    const trial *t = &c->trials[index];
    const hpb_cell *cell = c->cell;
    for (uint32_t o = 0; o < cell->n_outer && t->worth; o++) {
        const bool is_chosen = t->chosen[o] == candidate;
        if (c->n_refits && is_chosen)
            hpb_chunk_list_fit(c, index, hpb_chunk_number(c, (place){o, cell->n_candidates, 0}),
                               candidate);
        for (uint32_t f = 0; f < cell->n_splits && !c->n_refits && (is_chosen || !cell->outer); f++)
            hpb_chunk_list_fit(c, index, hpb_chunk_number(c, (place){o, candidate, f}), candidate);
        if (cell->refits_whole && is_chosen)
            hpb_chunk_list_fit(c, index, c->n_fits, candidate);
    }
}

// The model at the end: the refit, which is there already; else of what is reported on, the one, or the mean of several.
static void finish(const chunk *c, trial *t)
{
    const uint32_t n = count_models(c);
    if (!t->worth || c->cell->refits_whole)
        return;
    const uint32_t first = c->cell->outer ? 0 : t->chosen[0] * c->cell->n_splits,
                   end = c->cell->outer ? n : first + c->cell->n_splits;
    double sum = 0;
    for (uint32_t i = first; i < end; i++)
        sum += t->worth[i];
    t->worth[n] = hpb_canonical(sum / (end - first));
}

void hpb_chunk_worth(chunk *c)
{
    const hpb_fit_done_function done = c->done;
    for (uint32_t i = 0; i < c->n_trials; i++)
        if (!c->trials[i].fault && c->trials[i].replicate < HPB_WORTH_REPLICATES)
            c->trials[i].worth = hpb_alloc(count_models(c) + 1, sizeof(double));
    c->done = model_done;
    for (uint32_t k = 0; k < c->cell->n_candidates; k++) {
        scorer s;
        c->n_listed = 0;
        for (uint32_t i = 0; i < c->n_trials; i++)
            list_models(c, i, k);
        if (!c->n_listed)
            continue;
        scorer_begin(c, k, &s);
        c->score = &s;
        hpb_chunk_sort(c);
        hpb_chunk_train(c, &s.config, 0, c->n_listed);
        score(c, &s);
        scorer_end(&s);
    }
    c->done = done;
    c->score = NULL;
    for (uint32_t i = 0; i < c->n_trials; i++)
        finish(c, &c->trials[i]);
}
