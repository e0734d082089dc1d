// SPDX-License-Identifier: Apache-2.0
// From a cell's choices to fits: settings, rows, and what comes back from training them.
#include "engine/chunk.h"

#include "engine/averages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Trials prepared together: enough to keep all lanes busy while fits end apart.
#define MOST_TRIALS 256

typedef const hpb_choice *const *choices; // [HPB_AXIS_COUNT]

// --- settings -----------------------------------------------------------------------------------------------

static double number_of(choices choice, hpb_axis axis, const char *name)
{
    return hpb_choice_number(choice[axis], name);
}

static uint32_t count_layers(choices choice)
{
    const uint32_t n = hpb_choice_setting(choice[HPB_AXIS_MODEL], "hidden")->value.count + 1;
    return n < HPB_MAX_LAYERS ? n : HPB_MAX_LAYERS;
}

// Kernels that are drawn: Python's random gives each a seed, under Keras' policy.
static uint32_t count_drawn(choices choice)
{
    const bool is_fixed = choice[HPB_AXIS_INITIALIZER]->plugin->flags & HPB_INITIALIZER_FIXED;
    return is_fixed || !hpb_choice_trains(choice[HPB_AXIS_FIT]) ? 0 : count_layers(choice);
}

// Kernels that a trial of the cell draws at most, if Keras' policy gives each a seed.
static size_t count_layer_seeds(const hpb_cell *cell)
{
    size_t n = 0, most = 0;
    const hpb_policy policy = (hpb_policy)number_of(cell->choice, HPB_AXIS_SEEDS, "policy");
    if (hpb_stream_source(policy, HPB_STREAM_WEIGHTS) != HPB_SOURCE_KERAS)
        return 0;
    for (uint32_t k = 0; k < cell->n_candidates; k++) {
        const size_t n_drawn = count_drawn(cell->candidates[k].choice);
        n += cell->n_splits * n_drawn;
        most = n_drawn > most ? n_drawn : most;
    }
    return cell->n_outer * (n + (cell->outer || cell->refits_whole ? most : 0));
}

static hpb_network network_of(choices choice, uint32_t n_features)
{
    hpb_network network = {.n_inputs = n_features, .n_layers = count_layers(choice)};
    const hpb_value hidden = hpb_choice_setting(choice[HPB_AXIS_MODEL], "hidden")->value;
    for (uint32_t i = 0; i + 1 < network.n_layers; i++)
        network.width[i] = (uint32_t)hidden.list[i];
    network.width[network.n_layers - 1] = 1;
    network.activation = (hpb_activation)number_of(choice, HPB_AXIS_MODEL, "activation");
    return network;
}

static hpb_common common_of(choices choice, const hpb_optimizer_ops *ops)
{
    const hpb_axis axis = HPB_AXIS_OPTIMIZER;
    return (hpb_common){
        .weight_decay = ops->flags & HPB_OPTIMIZER_DECAYS ? (double)NAN
                                                          : number_of(choice, axis, "weight_decay"),
        .clipvalue = number_of(choice, axis, "clipvalue"),
        .clipnorm = number_of(choice, axis, "clipnorm"),
        .global_clipnorm = number_of(choice, axis, "global_clipnorm"),
        .use_ema = number_of(choice, axis, "use_ema") != 0,
        .ema_momentum = number_of(choice, axis, "ema_momentum"),
        .ema_overwrite_frequency = number_of(choice, axis, "ema_overwrite_frequency"),
    };
}

// NULL: the rate is the optimizer's throughout.
static const hpb_schedule_ops *schedule_of(const hpb_trial_runner *runner, choices choice)
{
    const hpb_schedule_ops *ops = hpb_trial_runner_ops(runner, choice[HPB_AXIS_SCHEDULE]->plugin);
    return ops && !(ops->flags & HPB_SCHEDULE_CONSTANT) ? ops : NULL;
}

hpb_fit_config hpb_chunk_config(const chunk *c, uint32_t candidate)
{
    choices choice = c->cell->candidates[candidate].choice;
    const hpb_trial_runner *runner = c->runner;
    const hpb_choice *optimizer = choice[HPB_AXIS_OPTIMIZER];
    const hpb_choice *initializer = choice[HPB_AXIS_INITIALIZER];
    const hpb_optimizer_ops *optimizer_ops = hpb_trial_runner_ops(runner, optimizer->plugin);
    hpb_fit_config config = {
        .network = network_of(choice, runner->plan->data[c->cell->data].n_features),
        .epochs = (uint32_t)number_of(choice, HPB_AXIS_FIT, "epochs"),
        .batch_size = (uint32_t)number_of(choice, HPB_AXIS_FIT, "batch_size"),
        .shuffle = number_of(choice, HPB_AXIS_FIT, "shuffle") != 0,
        .curves = c->curves,
        .solver = (hpb_solver)number_of(choice, HPB_AXIS_FIT, "solver"),
        .isa = runner->isa,
        .optimizer = optimizer->plugin,
        .optimizer_ops = optimizer_ops,
        .optimizer_values = optimizer->values,
        .learning_rate = hpb_choice_number(optimizer, "learning_rate"),
        .schedule_ops = schedule_of(runner, choice),
        .schedule_values = choice[HPB_AXIS_SCHEDULE]->values,
        .common = common_of(choice, optimizer_ops),
        .initializer_ops = hpb_trial_runner_ops(runner, initializer->plugin),
        .initializer_values = initializer->values,
        .alive = c->alive,
        .alive_context = c->context,
    };
    for (const hpb_choice *rule = choice[HPB_AXIS_EARLY_STOPPING]; rule; rule = rule->also)
        config.rules[config.n_rules++] =
            (hpb_rule){hpb_trial_runner_ops(runner, rule->plugin), rule->values};
    return config;
}

static hpb_material_source source_of(hpb_trial_runner *runner, const hpb_cell *cell,
                                     uint32_t n_refits)
{
    const hpb_choice *splitter = cell->choice[HPB_AXIS_SPLITTER];
    const hpb_standardise standardise =
        (hpb_standardise)number_of(cell->choice, HPB_AXIS_DATA, "standardise");
    return (hpb_material_source){
        .data = &runner->plan->data[cell->data],
        .draws_data = cell->grid[HPB_STREAM_DATA] > 0,
        .splitter = splitter,
        .splitter_ops = hpb_trial_runner_ops(runner, splitter->plugin),
        .n_splits = cell->n_splits,
        .outer = cell->outer,
        .outer_ops = cell->outer ? hpb_trial_runner_ops(runner, cell->outer->plugin) : NULL,
        .n_outer = cell->n_outer,
        .refits = n_refits > 0,
        .has_whole = cell->refits_whole,
        .standardise = standardise,
        .whole = &runner->tables[standardise == HPB_STANDARDISE_ALL][cell->data],
    };
}

// --- where a fit stands ---------------------------------------------------------------------------------------

place hpb_chunk_place(const chunk *c, uint32_t fit)
{
    const uint32_t per_outer = c->n_inner + c->n_refits, number = fit % per_outer;
    if (fit == c->n_fits)
        return (place){0, c->cell->n_candidates, 0};
    return (place){fit / per_outer, number / c->cell->n_splits, number % c->cell->n_splits};
}

bool hpb_chunk_is_refit(const chunk *c, place at)
{
    return at.candidate == c->cell->n_candidates;
}

uint32_t hpb_chunk_split(const chunk *c, place at)
{
    const uint32_t n_splits = c->cell->n_splits;
    return hpb_chunk_is_refit(c, at) ? c->cell->n_outer * n_splits + at.outer
                                     : at.outer * n_splits + at.split;
}

uint32_t hpb_chunk_number(const chunk *c, place at)
{
    return at.outer * (c->n_inner + c->n_refits) + at.candidate * c->cell->n_splits + at.split;
}

// --- fits ---------------------------------------------------------------------------------------------------

// Keras: the first floor(n (1 - v)) rows train, the others validate. 0 with the fault said.
static uint32_t count_train(const chunk *c, const hpb_split *split, uint32_t candidate, place at,
                            char message[HPB_SPLITS_MESSAGE])
{
    const double validation_split =
        number_of(c->cell->candidates[candidate].choice, HPB_AXIS_FIT, "validation_split");
    if (!(validation_split > 0))
        return split->n_train;
    const uint32_t n = (uint32_t)floor(split->n_train * (1.0 - validation_split));
    if (n > 0 && n < split->n_train)
        return n;
    char where[48];
    snprintf(where, sizeof where, hpb_chunk_is_refit(c, at) ? "the refit" : "fold %u",
             at.split + 1);
    snprintf(message, HPB_SPLITS_MESSAGE,
             "validation_split = %g of the %u training rows of %s leaves no row to %s",
             validation_split, split->n_train, where, n == 0 ? "train on" : "validate on");
    return 0;
}

bool hpb_chunk_fit(const chunk *c, uint32_t index, uint32_t fit, uint32_t candidate, hpb_fit *out,
                   char message[HPB_SPLITS_MESSAGE])
{
    const trial *t = &c->trials[index];
    const place at = hpb_chunk_place(c, fit);
    const uint32_t i = hpb_chunk_split(c, at);
    const hpb_split *split = &t->material->splits.splits[i];
    const uint32_t n_train = count_train(c, split, candidate, at, message);
    if (!n_train)
        return false;
    const uint64_t drawn = t->n_drawn[at.outer] + c->n_drawn[at.candidate] +
                           (uint64_t)at.split * count_drawn(c->cell->candidates[candidate].choice);
    *out = (hpb_fit){
        .table = t->material->tables[i],
        .target = t->material->data->y,
        .train_rows = split->train,
        .n_train = n_train,
        .validation_rows = split->train + n_train,
        .n_validation = split->n_train - n_train,
        .test_rows = split->test,
        .n_test = split->n_test,
        .seeds = &t->seeds,
        .fit = fit,
        .layer_seeds = t->layer_seeds ? t->layer_seeds + drawn : NULL,
        .tag = index,
    };
    return true;
}

// An outer split goes on where the one before it ends, its refit included: of this candidate.
static void add_drawn(const chunk *c, trial *t, uint32_t outer, uint32_t chosen)
{
    if (outer + 1 < c->cell->n_outer)
        t->n_drawn[outer + 1] =
            t->n_drawn[outer] + c->n_drawn[c->cell->n_candidates] +
            (uint64_t)c->n_refits * count_drawn(c->cell->candidates[chosen].choice);
}

void hpb_chunk_add(chunk *c, uint32_t replicate)
{
    trial *t = &c->trials[c->n_trials];
    *t = (trial){.replicate = replicate,
                 .seeds = hpb_cell_seeds(c->runner->plan, c->cell, replicate)};
    hpb_material *last = c->n_materials ? &c->materials[c->n_materials - 1] : NULL;
    if (!last || last->data_seed != t->seeds.seed[HPB_STREAM_DATA] ||
        last->split_seed != t->seeds.seed[HPB_STREAM_SPLIT]) {
        last = &c->materials[c->n_materials++];
        hpb_material_make(&c->source, &t->seeds, last);
    }
    t->material = last;
    t->mse = hpb_alloc(3 * (size_t)c->n_fits, sizeof(double));
    t->loss = t->mse + c->n_fits;
    t->val_loss = t->loss + c->n_fits;
    t->curves = hpb_alloc(c->n_fits, sizeof *t->curves);
    t->epochs = hpb_alloc(c->n_fits, sizeof *t->epochs);
    t->chosen = hpb_alloc(c->cell->n_outer, sizeof *t->chosen);
    t->n_drawn = hpb_alloc(c->cell->n_outer, sizeof *t->n_drawn);
    for (uint32_t o = 0; o < c->cell->n_outer; o++) // until one is chosen
        add_drawn(c, t, o, 0);
    if (c->n_layer_seeds) {
        t->layer_seeds = hpb_alloc(c->n_layer_seeds, sizeof *t->layer_seeds);
        hpb_layer_seeds(&t->seeds, c->n_layer_seeds, t->layer_seeds);
    }
    if (hpb_cell_is_search(c->cell))
        t->scores = hpb_alloc((size_t)c->cell->n_outer * c->n_inner, sizeof *t->scores);
    if (t->material && t->material->fault)
        t->fault = hpb_strdup(t->material->fault);
    c->n_trials++;
}

void hpb_chunk_list_fit(chunk *c, uint32_t index, uint32_t fit, uint32_t candidate)
{
    char message[HPB_SPLITS_MESSAGE];
    trial *t = &c->trials[index];
    if (t->fault)
        return;
    if (hpb_chunk_fit(c, index, fit, candidate, &c->fits[c->n_listed], message))
        c->n_listed++;
    else
        t->fault = hpb_strdup(message);
}

void hpb_chunk_list(chunk *c, uint32_t candidate, uint32_t begin, uint32_t end)
{
    c->n_listed = 0;
    for (uint32_t i = 0; i < c->n_trials; i++) {
        const size_t first = c->n_listed;
        for (uint32_t o = begin; o < end; o++)
            for (uint32_t f = 0; f < c->cell->n_splits; f++)
                hpb_chunk_list_fit(c, i, hpb_chunk_number(c, (place){o, candidate, f}), candidate);
        if (c->trials[i].fault)
            c->n_listed = first;
    }
}

// The refits of the outer splits whose chosen candidate it is.
static void list_refits(chunk *c, uint32_t candidate, uint32_t begin, uint32_t end)
{
    c->n_listed = 0;
    for (uint32_t i = 0; i < c->n_trials; i++)
        for (uint32_t o = begin; o < end; o++)
            if (c->trials[i].chosen[o] == candidate)
                hpb_chunk_list_fit(c, i, hpb_chunk_number(c, (place){o, c->cell->n_candidates, 0}),
                                   candidate);
}

// --- training -----------------------------------------------------------------------------------------------

static int compare_shapes(const void *left, const void *right)
{
    const hpb_fit *a = left, *b = right;
    if (a->n_train != b->n_train)
        return a->n_train < b->n_train ? -1 : 1;
    if (a->n_validation != b->n_validation)
        return a->n_validation < b->n_validation ? -1 : 1;
    if (a->n_test != b->n_test)
        return a->n_test < b->n_test ? -1 : 1;
    if (a->tag != b->tag)
        return a->tag < b->tag ? -1 : 1;
    return a->fit < b->fit ? -1 : a->fit > b->fit;
}

void hpb_chunk_sort(chunk *c)
{
    qsort(c->fits, c->n_listed, sizeof *c->fits, compare_shapes);
}

static bool has_shape(const hpb_fit *a, const hpb_fit *b)
{
    return a->n_train == b->n_train && a->n_validation == b->n_validation && a->n_test == b->n_test;
}

static bool next_fit(void *context, hpb_fit *out)
{
    chunk *c = context;
    if (c->next == c->end)
        return false;
    *out = c->fits[c->next++];
    return true;
}

static void fit_done(void *context, const hpb_fit *fit, const hpb_fit_result *result)
{
    chunk *c = context;
    trial *t = &c->trials[fit->tag];
    if (result->failure) {
        if (!t->fault)
            t->fault = hpb_strdup(result->failure);
        return;
    }
    t->mse[fit->fit] = result->test_mse;
    t->loss[fit->fit] = result->loss;
    t->val_loss[fit->fit] = result->val_loss;
    t->epochs[fit->fit] = result->epochs;
    t->updates += result->updates;
    if (!result->curve || !hpb_chunk_wants_curves(c, t->replicate))
        return;
    const size_t n = 2 * (size_t)result->epochs;
    t->curves[fit->fit] = hpb_alloc(n, sizeof(float));
    memcpy(t->curves[fit->fit], result->curve, n * sizeof(float));
}

void hpb_chunk_train(chunk *c, const hpb_fit_config *config, size_t first, size_t n)
{
    for (c->next = first; c->next < first + n;) {
        const hpb_fit *begin = &c->fits[c->next];
        c->end = c->next + 1;
        while (c->end < first + n && has_shape(&c->fits[c->end], begin))
            c->end++;
        hpb_engine_run(config, next_fit, c->done, c);
    }
    c->n_trained += n;
}

// --- searches -----------------------------------------------------------------------------------------------

double hpb_chunk_r2(const chunk *c, const trial *t, uint32_t fit)
{
    const uint32_t i = hpb_chunk_split(c, hpb_chunk_place(c, fit));
    return hpb_r2_score(t->mse[fit], t->material->scales[i].variance,
                        t->material->splits.splits[i].n_test);
}

// Scores every candidate of an outer split, and chooses. rows[C] is scratch.
static void choose(const chunk *c, trial *t, uint32_t outer, hpb_search_row *rows)
{
    const hpb_cell *cell = c->cell;
    double *scores = t->scores + (size_t)outer * c->n_inner;
    const uint32_t first = hpb_chunk_number(c, (place){.outer = outer});
    for (uint32_t i = 0; i < c->n_inner; i++) { // candidate by candidate, split by split
        const uint32_t fit = first + i;
        const hpb_fit_scores of = {t->mse[fit], hpb_chunk_r2(c, t, fit), t->loss[fit],
                                   t->val_loss[fit]};
        scores[i] = hpb_search_score(cell->select, cell->scoring, &of);
    }
    hpb_search_rank(scores, cell->n_candidates, cell->n_splits, rows);
    t->chosen[outer] = hpb_search_best(rows, cell->n_candidates);
    add_drawn(c, t, outer, t->chosen[outer]);
}

static void train_listed(chunk *c, uint32_t candidate)
{
    const hpb_fit_config config = hpb_chunk_config(c, candidate);
    hpb_chunk_sort(c);
    hpb_chunk_train(c, &config, 0, c->n_listed);
}

void hpb_chunk_search(chunk *c, uint32_t begin, uint32_t end)
{
    const hpb_cell *cell = c->cell;
    for (uint32_t k = 0; k < cell->n_candidates; k++) {
        hpb_chunk_list(c, k, begin, end);
        train_listed(c, k);
    }
    if (!hpb_cell_is_search(cell))
        return;
    hpb_search_row *rows = hpb_alloc(cell->n_candidates, sizeof *rows);
    for (uint32_t i = 0; i < c->n_trials; i++)
        for (uint32_t o = begin; o < end && !c->trials[i].fault; o++)
            choose(c, &c->trials[i], o, rows);
    free(rows);
    for (uint32_t k = 0; k < cell->n_candidates && c->n_refits; k++) {
        list_refits(c, k, begin, end);
        train_listed(c, k);
    }
}

// --- chunks -------------------------------------------------------------------------------------------------

bool hpb_chunk_wants_curves(const chunk *c, uint32_t replicate)
{
    return c->runner->plan->suite->curves && replicate < HPB_CURVE_REPLICATES;
}

uint32_t hpb_chunk_size(const hpb_trial_runner *runner, const hpb_cell *cell, size_t room)
{
    const hpb_plan_data *data = &runner->plan->data[cell->data];
    const size_t table = data->n_rows * (sizeof(float) * (data->n_features + HPB_ROW_MULTIPLE));
    const bool is_per_split =
        (int)number_of(cell->choice, HPB_AXIS_DATA, "standardise") == HPB_STANDARDISE_TRAIN;
    // splits are shared by candidates, and so are their tables
    const bool has_refit = cell->outer || cell->refits_whole;
    const size_t n_splits = (size_t)cell->n_outer * (cell->n_splits + has_refit);
    size_t bytes = n_splits * (data->n_rows * sizeof(uint32_t) + sizeof(hpb_fit));
    const bool is_fixed = data->dataset.x && !cell->grid[HPB_STREAM_DATA];
    bytes += is_fixed ? 0 : 3 * table; // rows in double, and a table
    bytes += is_per_split ? n_splits * table : 0;
    bytes += cell->n_fits * (4 * sizeof(double) + sizeof(float *) + sizeof(uint32_t));
    bytes += count_layer_seeds(cell) * sizeof(uint32_t);
    if (runner->plan->suite->curves)
        for (uint32_t k = 0; k < cell->n_candidates; k++)
            bytes += (size_t)cell->n_outer * cell->n_splits * 2 * sizeof(float) *
                     (size_t)number_of(cell->candidates[k].choice, HPB_AXIS_FIT, "epochs");
    const size_t n = room / (bytes + 1);
    return n < 1 ? 1 : n > MOST_TRIALS ? MOST_TRIALS : (uint32_t)n;
}

// Whether the weights of an outer split go on from a refit that draws as many kernels as who is chosen.
static bool is_in_turn(const chunk *c)
{
    const hpb_cell *cell = c->cell;
    for (uint32_t k = 1; k < cell->n_candidates && c->n_refits && c->n_layer_seeds; k++)
        if (count_drawn(cell->candidates[k].choice) != count_drawn(cell->candidates[0].choice))
            return true;
    return false;
}

chunk hpb_chunk_begin(hpb_trial_runner *runner, uint32_t cell_index, uint32_t n_trials)
{
    const hpb_cell *cell = &runner->plan->cells[cell_index];
    const uint32_t n_refits = cell->outer && cell->reports == HPB_REPORTS_REFIT;
    const uint32_t n_inner = cell->n_candidates * cell->n_splits;
    chunk c = {
        .runner = runner,
        .cell = cell,
        .cell_index = cell_index,
        .n_inner = n_inner,
        .n_refits = n_refits,
        .n_fits = cell->n_outer * (n_inner + n_refits),
        .n_layer_seeds = count_layer_seeds(cell),
        .done = fit_done,
        .n_drawn = hpb_alloc(cell->n_candidates + 1u, sizeof(uint64_t)),
        .source = source_of(runner, cell, n_refits),
        .materials = hpb_alloc(n_trials, sizeof(hpb_material)),
        .trials = hpb_alloc(n_trials, sizeof(trial)),
        .fits = hpb_alloc((size_t)n_trials * (cell->n_outer * cell->n_splits + 1), sizeof(hpb_fit)),
    };
    for (uint32_t k = 0; k < cell->n_candidates; k++)
        c.n_drawn[k + 1] =
            c.n_drawn[k] + (uint64_t)cell->n_splits * count_drawn(cell->candidates[k].choice);
    c.is_in_turn = is_in_turn(&c);
    return c;
}

void hpb_chunk_free(chunk *c)
{
    for (uint32_t i = 0; i < c->n_trials; i++) {
        trial *t = &c->trials[i];
        for (uint32_t fit = 0; fit < c->n_fits; fit++)
            free(t->curves[fit]);
        free(t->curves);
        free(t->epochs);
        free(t->mse);
        free(t->scores);
        free(t->chosen);
        free(t->n_drawn);
        free(t->layer_seeds);
        free(t->worth);
        free(t->fault);
    }
    for (size_t i = 0; i < c->n_materials; i++)
        hpb_material_free(&c->materials[i]);
    free(c->n_drawn);
    free(c->trials);
    free(c->materials);
    free(c->fits);
}
