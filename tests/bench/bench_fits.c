// SPDX-License-Identifier: Apache-2.0
// How many fits a second one core does, for each instruction set, and where the time goes.
//
//   bench_fits [REPETITIONS]     each repetition is 256 fits a case; default 15
#include "base/base.h"
#include "engine/private.h"
#include "engine/reference.h"
#include "engine/splits.h"
#include "timing/shim.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FITS 256

// --- plugins -----------------------------------------------------------------------------------------------

typedef struct plugin {
    hpb_plugin_info info;
    const void *ops;
    hpb_value values[16];
} plugin;

static void load(plugin *p, const char *folder, const char *id)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/plugins/%s/%s.so", HPB_TEST_BINARY, folder, id);
    hpb_module module;
    hpb_error error;
    // the arena lives as long as the program: the descriptor's strings are in it
    if (hpb_module_open(path, 0, hpb_arena_create(), &module, &p->info, &error) != HPB_EXIT_OK) {
        hpb_error_print(stderr, &error);
        exit(error.code);
    }
    p->ops = module.ops;
    for (uint32_t i = 0; i < p->info.n_params; i++)
        p->values[i].number = p->info.params[i].value;
}

static void set(plugin *p, const char *name, double value)
{
    for (uint32_t i = 0; i < p->info.n_params; i++)
        if (strcmp(p->info.params[i].name, name) == 0)
            p->values[i].number = value;
}

// --- workloads ---------------------------------------------------------------------------------------------

// FITS replicates of one protocol, each with its own split, initial weights and row order.
typedef struct workload {
    const char *name;
    hpb_fit_config config;
    hpb_dataset data;
    hpb_table table;
    hpb_splits splits[FITS];
    hpb_trial_seeds seeds[FITS];
    hpb_fit fits[FITS];
    uint32_t n_fits; // of FITS
    uint32_t next;
    uint64_t epochs;
    double sum; // of the MSEs, so that nothing is left out
} workload;

static plugin adam, glorot, patience, holdout;

static workload *workload_make(const char *name, hpb_generator generator, uint32_t n_rows,
                               uint32_t n_features, hpb_network network, uint32_t epochs,
                               double learning_rate, uint32_t n_validation)
{
    workload *w = hpb_alloc(1, sizeof *w);
    w->name = name;
    w->n_fits = FITS;
    w->config = (hpb_fit_config){
        .network = network,
        .epochs = epochs,
        .batch_size = 32,
        .shuffle = true,
        .optimizer = &adam.info,
        .optimizer_ops = adam.ops,
        .optimizer_values = adam.values,
        .learning_rate = learning_rate,
        .common = {.weight_decay = (double)NAN,
                   .clipvalue = (double)NAN,
                   .clipnorm = (double)NAN,
                   .global_clipnorm = (double)NAN},
        .initializer_ops = glorot.ops,
        .initializer_values = glorot.values,
    };
    w->config.network.n_inputs = n_features;
    if (n_validation)
        w->config.rules[w->config.n_rules++] = (hpb_rule){patience.ops, patience.values};
    hpb_dataset_generate(generator, n_rows, n_features, 0.1, 0, &w->data);
    hpb_table_fill(&w->data, &w->table);
    const hpb_rows rows = hpb_dataset_rows(&w->data);
    for (uint32_t i = 0; i < FITS; i++) {
        char message[HPB_SPLITS_MESSAGE];
        for (int s = 0; s < HPB_STREAM_COUNT; s++)
            w->seeds[i].seed[s] = hpb_seed_fresh(0, (hpb_stream)s, i);
        if (!hpb_splits_make(holdout.ops, holdout.info.id, holdout.values, &rows,
                             w->seeds[i].seed[HPB_STREAM_SPLIT], 1, &w->splits[i], message))
            exit(70);
        const hpb_split *split = w->splits[i].splits;
        const uint32_t n_train = split->n_train - n_validation;
        w->fits[i] = (hpb_fit){.table = &w->table,
                               .target = w->data.y,
                               .train_rows = split->train,
                               .n_train = n_train,
                               .validation_rows = split->train + n_train,
                               .n_validation = n_validation,
                               .test_rows = split->test,
                               .n_test = split->n_test,
                               .seeds = &w->seeds[i],
                               .tag = i};
    }
    return w;
}

static bool next_fit(void *context, hpb_fit *out)
{
    workload *w = context;
    if (w->next == w->n_fits)
        return false;
    *out = w->fits[w->next++];
    return true;
}

static void fit_done(void *context, const hpb_fit *fit, const hpb_fit_result *result)
{
    workload *w = context;
    (void)fit;
    w->epochs += result->epochs;
    w->sum += result->test_mse;
}

static void run_engine(void *context)
{
    workload *w = context;
    w->next = 0;
    w->epochs = 0;
    hpb_engine_run(&w->config, next_fit, fit_done, w);
}

static void run_reference(void *context)
{
    workload *w = context;
    for (uint32_t i = 0; i < w->n_fits; i++)
        hpb_reference_run(&w->config, &w->fits[i], fit_done, w);
}

static workload *copy_with(const workload *w, uint32_t isa, uint32_t n_fits)
{
    workload *copy = hpb_alloc(1, sizeof *copy);
    *copy = *w;
    copy->config.isa = isa;
    copy->n_fits = n_fits;
    return copy;
}

// --- the parts of a fit ------------------------------------------------------------------------------------------

// What 16 fits of the article's workload do, one part of it at a time.
typedef struct parts {
    workload *w;
    hpb_lanes lanes;
    hpb_gather gather;
    uint32_t *order;
    float *weights, *g;
    double mse;
} parts;

static uint32_t n_batches(const parts *p)
{
    const uint32_t n = p->w->fits[0].n_train, size = p->w->config.batch_size;
    return (n + size - 1) / size;
}

// Calls `part` with the rows of each batch of each epoch.
static void each_batch(parts *p, void (*part)(parts *p, uint32_t first, uint32_t n))
{
    const uint32_t n = p->w->fits[0].n_train, size = p->w->config.batch_size;
    for (uint32_t epoch = 0; epoch < p->w->config.epochs; epoch++)
        for (uint32_t first = 0; first < n; first += size)
            part(p, first, n - first < size ? n - first : size);
}

static void time_permutation(void *context)
{
    parts *p = context;
    for (uint32_t epoch = 0; epoch < p->w->config.epochs; epoch++)
        for (uint32_t j = 0; j < HPB_LANES; j++)
            hpb_order_permutation(&p->w->seeds[j], 0, epoch, p->w->fits[0].n_train, p->order);
}

static void gather_batch(parts *p, uint32_t first, uint32_t n)
{
    p->lanes.kernels->gather(&p->gather, first, n, p->lanes.activation[0], p->lanes.y);
}

static void time_gather(void *context)
{
    each_batch(context, gather_batch);
}

static void predict_batch(parts *p, uint32_t first, uint32_t n)
{
    hpb_lanes_predict(&p->lanes, &p->gather, first, n);
}

static void time_predict(void *context)
{
    each_batch(context, predict_batch);
}

static void train_batch(parts *p, uint32_t first, uint32_t n)
{
    double sum[HPB_LANES];
    hpb_lanes_train(&p->lanes, &p->gather, first, n, sum);
}

static void time_train(void *context)
{
    each_batch(context, train_batch);
}

static void time_update(void *context)
{
    parts *p = context;
    const hpb_batch batch = {
        .struct_size = sizeof batch,
        .n_params = p->lanes.n_params,
        .n_lanes = HPB_LANES,
        .weights = p->lanes.weights,
        .gradients = p->g,
        .slots = p->lanes.slots,
        .lane_slots = p->lanes.lane_slots,
        .learning_rate = p->lanes.rate,
        .step = p->lanes.step,
        .segments = {p->lanes.segments, 2 * p->w->config.network.n_layers, sizeof(hpb_segment)},
        .math = hpb_math_table(),
    };
    for (uint32_t i = 0; i < p->w->config.epochs * n_batches(p); i++)
        p->lanes.update(p->w->config.optimizer_values, &batch);
}

static void time_start(void *context)
{
    parts *p = context;
    char message[HPB_FIT_MESSAGE];
    for (uint32_t j = 0; j < HPB_LANES; j++) {
        hpb_fit_initialise(&p->w->config, &p->w->fits[j], p->weights, message);
        hpb_lanes_start(&p->lanes, j, p->weights);
    }
}

static void time_test(void *context)
{
    parts *p = context;
    const uint32_t n = p->w->fits[0].n_test;
    const float *prediction = hpb_lanes_predict(&p->lanes, &p->gather, 0, n);
    for (uint32_t j = 0; j < HPB_LANES; j++)
        for (uint32_t i = 0; i < n; i++)
            p->mse += (double)prediction[(size_t)i * HPB_LANES + j];
}

static parts *parts_make(workload *w)
{
    parts *p = hpb_alloc(1, sizeof *p);
    p->w = w;
    hpb_lanes_create(&w->config, w->fits[0].n_train, &p->lanes);
    p->gather = (hpb_gather){.n_inputs = w->config.network.n_inputs, .stride = w->table.stride};
    for (uint32_t j = 0; j < HPB_LANES; j++) {
        p->gather.x[j] = w->table.x;
        p->gather.y[j] = w->table.y;
        p->gather.rows[j] = w->fits[j].train_rows;
    }
    p->order = hpb_alloc(w->table.n_rows, sizeof *p->order);
    p->weights = hpb_alloc(p->lanes.n_params, sizeof *p->weights);
    const size_t n = (size_t)p->lanes.n_params * HPB_LANES;
    p->g = hpb_alloc_aligned(n * sizeof *p->g);
    for (size_t i = 0; i < n; i++)
        p->g[i] = (float)(i % 1000) / 1000;
    time_start(p);
    return p;
}

// --- printing ---------------------------------------------------------------------------------------------------

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, uint32_t n)
{
    qsort(x, n, sizeof *x, compare);
    return (x[(n - 1) / 2] + x[n / 2]) / 2;
}

typedef struct board {
    hpb_timing_case cases[64];
    char name[64][96];
    uint32_t n, n_repetitions;
    double *seconds;
} board;

static void add(board *b, const char *name, const char *isa, void (*run)(void *), void *context,
                uint32_t n_items)
{
    snprintf(b->name[b->n], sizeof b->name[0], "%-34s %-10s", name, isa);
    b->cases[b->n] = (hpb_timing_case){b->name[b->n], run, context, n_items};
    b->n++;
}

static void measure(board *b)
{
    b->seconds = hpb_alloc((size_t)b->n * b->n_repetitions, sizeof *b->seconds);
    double *real = hpb_alloc((size_t)b->n * b->n_repetitions, sizeof *real);
    uint64_t *n_iterations = hpb_alloc(b->n, sizeof *n_iterations);
    const hpb_timing_options options = {.n_repetitions = b->n_repetitions};
    free(hpb_timing_run(b->cases, b->n, &options, b->seconds, real, n_iterations));
    free(real);
    free(n_iterations);
}

static double median_of(const board *b, uint32_t i)
{
    return median(b->seconds + (size_t)i * b->n_repetitions, b->n_repetitions);
}

// Each workload's cases end with the reference, which tells how fast the machine was.
static void print_rates(const board *b)
{
    printf("%-45s %10s %10s %10s %9s %11s\n", "fits a second, one core", "median", "least", "most",
           "us a fit", "x reference");
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t reference = i;
        while (b->cases[reference].run != run_reference)
            reference++;
        const double middle = median_of(b, i); // sorts
        const double *s = b->seconds + (size_t)i * b->n_repetitions;
        printf("%s %10.0f %10.0f %10.0f %9.2f %11.1f\n", b->name[i], 1 / middle,
               1 / s[b->n_repetitions - 1], 1 / s[0], middle * 1e6,
               median_of(b, reference) / middle);
    }
}

static void print_parts(const board *b)
{
    printf("\n%-45s %10s\n", "parts of the article's fit, alone", "us a fit");
    for (uint32_t i = 0; i < b->n; i++)
        printf("%s %10.2f\n", b->name[i], median_of(b, i) * 1e6);
}

int main(int argc, char **argv)
{
    int64_t n_repetitions = 15;
    if (argc > 2 || (argc == 2 && (!hpb_parse_int64(argv[1], &n_repetitions) || n_repetitions < 1 ||
                                   n_repetitions > 10000))) {
        fprintf(stderr, "usage: bench_fits [REPETITIONS]\n");
        return HPB_EXIT_USAGE;
    }
    load(&adam, "optimizers", "adam");
    load(&glorot, "initializers", "glorot_uniform");
    load(&patience, "early_stopping", "patience");
    load(&holdout, "splitters", "train_test_split");
    set(&holdout, "test_size", 0.2);
    set(&patience, "patience", 10);

    const hpb_network article = {0, 2, {10, 1}, HPB_ACTIVATION_RELU};
    const hpb_network deep = {0, 3, {64, 32, 1}, HPB_ACTIVATION_RELU};
    workload *const workloads[] = {
        workload_make("article 80x5, 5-10-1, 50 epochs", HPB_GENERATOR_LINEAR, 100, 5, article, 50,
                      0.01, 0),
        workload_make("early stopping, patience 10 of 100", HPB_GENERATOR_LINEAR, 100, 5, article,
                      100, 0.05, 16),
        workload_make("354x10, 10-64-32-1, 20 epochs", HPB_GENERATOR_FRIEDMAN1, 442, 10, deep, 20,
                      0.001, 0),
    };
    board rates = {.n_repetitions = (uint32_t)n_repetitions};
    board breakdown = {.n_repetitions = (uint32_t)n_repetitions};
    for (size_t i = 0; i < HPB_COUNT(workloads); i++) {
        for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++) {
            const uint32_t n = i == 2 || isa == HPB_ISA_BASELINE ? HPB_LANES : FITS;
            add(&rates, workloads[i]->name, hpb_isa_name(isa), run_engine,
                copy_with(workloads[i], isa, n), n);
        }
        add(&rates, workloads[i]->name, "reference", run_reference,
            copy_with(workloads[i], 0, i == 2 ? 1 : 4), i == 2 ? 1 : 4);
    }
    for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++) {
        parts *p = parts_make(copy_with(workloads[0], isa, FITS));
        const char *name = hpb_isa_name(isa);
        add(&breakdown, "row order", name, time_permutation, p, HPB_LANES);
        add(&breakdown, "gather", name, time_gather, p, HPB_LANES);
        add(&breakdown, "gather and forward", name, time_predict, p, HPB_LANES);
        add(&breakdown, "update", name, time_update, p, HPB_LANES);
        add(&breakdown, "all of a batch", name, time_train, p, HPB_LANES);
        add(&breakdown, "initial weights", name, time_start, p, HPB_LANES);
        add(&breakdown, "test", name, time_test, p, HPB_LANES);
    }
    measure(&rates);
    print_rates(&rates);
    measure(&breakdown);
    print_parts(&breakdown);
    return HPB_EXIT_OK;
}
