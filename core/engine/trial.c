// SPDX-License-Identifier: Apache-2.0
// From a cell's choices to fits, and from fits back to what each trial reports.
#include "engine/trial.h"

#include "engine/chunk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Trials prepared together: enough to keep all lanes busy while fits end apart, within a bound of memory.
#define MOST_TRIALS 256
#define CHUNK_BYTES ((size_t)64 << 20)

const char *hpb_status_name(hpb_status status)
{
    static const char *const names[] = {"ok",      "diverged", "crashed",
                                        "timeout", "contract", "set_aside"};
    return (size_t)status < HPB_COUNT(names) ? names[status] : NULL;
}

typedef struct loaded {
    const hpb_plugin_info *info;
    hpb_module module;
} loaded;

struct hpb_trial_runner {
    const hpb_plan *plan;
    uint32_t isa;
    loaded *plugins;
    size_t n_plugins, capacity;
    hpb_table
        *tables[2]; // [plan->n_data]: of fixed data, as they are and standardised over all rows
};

// --- plugins ------------------------------------------------------------------------------------------------

static const void *ops_of(const hpb_trial_runner *runner, const hpb_plugin_info *info)
{
    for (size_t i = 0; i < runner->n_plugins; i++)
        if (runner->plugins[i].info == info)
            return runner->plugins[i].module.ops;
    return NULL;
}

static hpb_exit load(hpb_trial_runner *runner, const hpb_plugin_info *info, hpb_error *error)
{
    if (!info || ops_of(runner, info))
        return HPB_EXIT_OK;
    hpb_arena *arena = hpb_arena_create();
    hpb_plugin_info found;
    hpb_module module;
    hpb_exit status = hpb_module_open(info->path, info->kind, arena, &module, &found, error);
    if (status == HPB_EXIT_OK && info->sha256 && strcmp(info->sha256, found.sha256) != 0)
        status =
            hpb_error_set(error, HPB_EXIT_PLUGIN,
                          "%s: changed while the run was under way; start it again", info->path);
    hpb_arena_destroy(arena);
    if (status != HPB_EXIT_OK)
        return status;
    runner->plugins = hpb_grow(runner->plugins, &runner->capacity, runner->n_plugins + 1,
                               sizeof *runner->plugins);
    runner->plugins[runner->n_plugins++] = (loaded){info, module};
    return HPB_EXIT_OK;
}

hpb_exit hpb_trial_runner_create(const hpb_plan *plan, uint32_t isa, hpb_trial_runner **out,
                                 hpb_error *error)
{
    for (uint32_t c = 0; c < plan->n_cells; c++)
        if (hpb_choice_setting(plan->cells[c].choice[HPB_AXIS_MODEL], "hidden")->value.count >=
            HPB_MAX_LAYERS)
            return hpb_error_set(error, HPB_EXIT_SUITE,
                                 "[model] hidden: more layers than the engine has; expected at "
                                 "most %d",
                                 HPB_MAX_LAYERS - 1);
    hpb_trial_runner *runner = hpb_alloc(1, sizeof *runner);
    runner->plan = plan;
    runner->isa = isa;
    for (int i = 0; i < 2; i++)
        runner->tables[i] = hpb_alloc(plan->n_data + 1, sizeof(hpb_table));
    for (uint32_t c = 0; c < plan->n_cells; c++)
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            for (const hpb_choice *at = plan->cells[c].choice[axis]; at; at = at->also) {
                const hpb_exit status = load(runner, at->plugin, error);
                if (status != HPB_EXIT_OK) {
                    hpb_trial_runner_destroy(runner);
                    return status;
                }
            }
    *out = runner;
    return HPB_EXIT_OK;
}

void hpb_trial_runner_destroy(hpb_trial_runner *runner)
{
    if (!runner)
        return;
    for (int i = 0; i < 2; i++) {
        for (uint32_t d = 0; d < runner->plan->n_data; d++)
            hpb_table_free(&runner->tables[i][d]);
        free(runner->tables[i]);
    }
    free(runner->plugins);
    free(runner);
}

// --- settings -----------------------------------------------------------------------------------------------

static double number_of(const hpb_cell *cell, hpb_axis axis, const char *name)
{
    return hpb_choice_number(cell->choice[axis], name);
}

static hpb_network network_of(const hpb_cell *cell, uint32_t n_features)
{
    hpb_network network = {.n_inputs = n_features};
    const hpb_value hidden = hpb_choice_setting(cell->choice[HPB_AXIS_MODEL], "hidden")->value;
    for (uint32_t i = 0; i < hidden.count && i + 1 < HPB_MAX_LAYERS; i++)
        network.width[network.n_layers++] = (uint32_t)hidden.list[i];
    network.width[network.n_layers++] = 1;
    network.activation = (hpb_activation)number_of(cell, HPB_AXIS_MODEL, "activation");
    return network;
}

static hpb_common common_of(const hpb_cell *cell, const hpb_optimizer_ops *ops)
{
    const hpb_axis axis = HPB_AXIS_OPTIMIZER;
    return (hpb_common){
        .weight_decay =
            ops->flags & HPB_OPTIMIZER_DECAYS ? (double)NAN : number_of(cell, axis, "weight_decay"),
        .clipvalue = number_of(cell, axis, "clipvalue"),
        .clipnorm = number_of(cell, axis, "clipnorm"),
        .global_clipnorm = number_of(cell, axis, "global_clipnorm"),
        .use_ema = number_of(cell, axis, "use_ema") != 0,
        .ema_momentum = number_of(cell, axis, "ema_momentum"),
        .ema_overwrite_frequency = number_of(cell, axis, "ema_overwrite_frequency"),
    };
}

// NULL: the rate is the optimizer's throughout.
static const hpb_schedule_ops *schedule_of(const hpb_trial_runner *runner, const hpb_cell *cell)
{
    const hpb_schedule_ops *ops = ops_of(runner, cell->choice[HPB_AXIS_SCHEDULE]->plugin);
    return ops && !(ops->flags & HPB_SCHEDULE_CONSTANT) ? ops : NULL;
}

static hpb_fit_config config_of(const hpb_trial_runner *runner, const hpb_cell *cell)
{
    const hpb_choice *optimizer = cell->choice[HPB_AXIS_OPTIMIZER];
    const hpb_choice *initializer = cell->choice[HPB_AXIS_INITIALIZER];
    const hpb_optimizer_ops *optimizer_ops = ops_of(runner, optimizer->plugin);
    hpb_fit_config config = {
        .network = network_of(cell, runner->plan->data[cell->data].n_features),
        .epochs = (uint32_t)number_of(cell, HPB_AXIS_FIT, "epochs"),
        .batch_size = (uint32_t)number_of(cell, HPB_AXIS_FIT, "batch_size"),
        .shuffle = number_of(cell, HPB_AXIS_FIT, "shuffle") != 0,
        .isa = runner->isa,
        .optimizer = optimizer->plugin,
        .optimizer_ops = optimizer_ops,
        .optimizer_values = optimizer->values,
        .learning_rate = hpb_choice_number(optimizer, "learning_rate"),
        .schedule_ops = schedule_of(runner, cell),
        .schedule_values = cell->choice[HPB_AXIS_SCHEDULE]->values,
        .common = common_of(cell, optimizer_ops),
        .initializer_ops = ops_of(runner, initializer->plugin),
        .initializer_values = initializer->values,
    };
    for (const hpb_choice *rule = cell->choice[HPB_AXIS_EARLY_STOPPING]; rule; rule = rule->also)
        config.rules[config.n_rules++] = (hpb_rule){ops_of(runner, rule->plugin), rule->values};
    return config;
}

static hpb_material_source source_of(hpb_trial_runner *runner, const hpb_cell *cell)
{
    const hpb_choice *splitter = cell->choice[HPB_AXIS_SPLITTER];
    const hpb_standardise standardise =
        (hpb_standardise)number_of(cell, HPB_AXIS_DATA, "standardise");
    return (hpb_material_source){
        .data = &runner->plan->data[cell->data],
        .splitter = splitter,
        .splitter_ops = ops_of(runner, splitter->plugin),
        .n_splits = cell->n_splits,
        .standardise = standardise,
        .whole = &runner->tables[standardise == HPB_STANDARDISE_ALL][cell->data],
    };
}

// --- fits ---------------------------------------------------------------------------------------------------

static bool wants_curves(const chunk *c, uint32_t replicate)
{
    return c->runner->plan->suite->curves && replicate < HPB_CURVE_REPLICATES;
}

// Keras: the first floor(n (1 - v)) rows train, the others validate.
static bool add_fit(chunk *c, uint32_t index, uint32_t fold, char message[HPB_SPLITS_MESSAGE])
{
    const trial *t = &c->trials[index];
    const hpb_split *split = &t->material->splits.splits[fold];
    uint32_t n_train = split->n_train;
    if (c->validation_split > 0) {
        n_train = (uint32_t)floor(split->n_train * (1.0 - c->validation_split));
        if (n_train == 0 || n_train == split->n_train) {
            snprintf(message, HPB_SPLITS_MESSAGE,
                     "validation_split = %g of the %u training rows of fold %u leaves no row to %s",
                     c->validation_split, split->n_train, fold + 1,
                     n_train == 0 ? "train on" : "validate on");
            return false;
        }
    }
    c->fits[c->n_fits++] = (hpb_fit){
        .table = t->material->tables[fold],
        .target = t->material->data->y,
        .train_rows = split->train,
        .n_train = n_train,
        .validation_rows = split->train + n_train,
        .n_validation = split->n_train - n_train,
        .test_rows = split->test,
        .n_test = split->n_test,
        .seeds = &t->seeds,
        .fit = fold,
        .tag = (uint64_t)index * c->cell->n_splits + fold,
    };
    return true;
}

void hpb_chunk_add(chunk *c, uint32_t replicate)
{
    const uint32_t n = c->cell->n_splits;
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
    t->fold_mse = hpb_alloc(3 * (size_t)n, sizeof(double));
    t->loss = t->fold_mse + n;
    t->val_loss = t->loss + n;
    t->curves = hpb_alloc(n, sizeof *t->curves);
    t->epochs = hpb_alloc(n, sizeof *t->epochs);
    const size_t first = c->n_fits;
    char message[HPB_SPLITS_MESSAGE];
    if (last->fault)
        t->fault = hpb_strdup(last->fault);
    for (uint32_t fold = 0; fold < n && !t->fault; fold++)
        if (!add_fit(c, c->n_trials, fold, message)) {
            t->fault = hpb_strdup(message);
            c->n_fits = first;
        }
    c->n_trials++;
}

static int compare_shapes(const void *left, const void *right)
{
    const hpb_fit *a = left, *b = right;
    if (a->n_train != b->n_train)
        return a->n_train < b->n_train ? -1 : 1;
    if (a->n_validation != b->n_validation)
        return a->n_validation < b->n_validation ? -1 : 1;
    if (a->n_test != b->n_test)
        return a->n_test < b->n_test ? -1 : 1;
    return a->tag < b->tag ? -1 : a->tag > b->tag;
}

void hpb_chunk_sort(chunk *c)
{
    qsort(c->fits, c->n_fits, sizeof *c->fits, compare_shapes);
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
    const uint32_t fold = fit->fit;
    trial *t = &c->trials[fit->tag / c->cell->n_splits];
    if (result->failure) {
        if (!t->fault)
            t->fault = hpb_strdup(result->failure);
        return;
    }
    t->fold_mse[fold] = result->test_mse;
    t->loss[fold] = result->loss;
    t->val_loss[fold] = result->val_loss;
    t->epochs[fold] = result->epochs;
    t->updates += result->updates;
    if (!result->curve || !wants_curves(c, t->replicate))
        return;
    const size_t n = 2 * (size_t)result->epochs;
    t->curves[fold] = hpb_alloc(n, sizeof(float));
    memcpy(t->curves[fold], result->curve, n * sizeof(float));
}

void hpb_chunk_train(chunk *c, size_t first, size_t n)
{
    for (c->next = first; c->next < first + n;) {
        const hpb_fit *begin = &c->fits[c->next];
        c->end = c->next + 1;
        while (c->end < first + n && has_shape(&c->fits[c->end], begin))
            c->end++;
        hpb_engine_run(&c->config, next_fit, fit_done, c);
    }
}

// Runs the fits, those of one shape together. Returns the processor time of one fit in ns: wall time would be that of
// whatever else the machine does.
static uint64_t run_fits(chunk *c)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    hpb_chunk_sort(c);
    hpb_chunk_train(c, 0, c->n_fits);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    const int64_t ns =
        (end.tv_sec - begin.tv_sec) * INT64_C(1000000000) + end.tv_nsec - begin.tv_nsec;
    return c->n_fits ? (uint64_t)ns / c->n_fits : 0;
}

// --- trials -------------------------------------------------------------------------------------------------

static double mean(const double *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i];
    return hpb_canonical(sum / n);
}

// How the result compares: with the mean, with the true function, and as R2.
static void add_scale(const trial *t, uint32_t n_folds, hpb_trial_result *result)
{
    double baseline = 0, truth = 0, r2 = 0;
    for (uint32_t i = 0; i < n_folds; i++) {
        const hpb_fold_scale *scale = &t->material->scales[i];
        baseline += scale->baseline_mse;
        truth += scale->truth_mse;
        r2 += hpb_fold_r2(scale, t->material->splits.splits[i].n_test, t->fold_mse[i]);
    }
    result->baseline_mse = baseline / n_folds;
    result->truth_mse = hpb_canonical(truth / n_folds);
    result->r2 = hpb_canonical(r2 / n_folds);
}

// For each fold: its epochs, then its losses.
static float *join_curves(const trial *t, uint32_t n_folds, uint32_t *n)
{
    size_t total = 0;
    for (uint32_t i = 0; i < n_folds; i++)
        total += 1 + 2 * (size_t)t->epochs[i];
    float *joined = hpb_alloc(total, sizeof *joined), *to = joined;
    for (uint32_t i = 0; i < n_folds; i++) {
        *to++ = (float)t->epochs[i];
        memcpy(to, t->curves[i], 2 * (size_t)t->epochs[i] * sizeof *to);
        to += 2 * (size_t)t->epochs[i];
    }
    *n = (uint32_t)total;
    return joined;
}

hpb_trial_result hpb_trial_result_make(uint32_t cell, uint32_t replicate,
                                       const hpb_trial_seeds *seeds, hpb_status status,
                                       const char *cause)
{
    hpb_trial_result result = {.cell = cell,
                               .replicate = replicate,
                               .status = status,
                               .mse = (double)NAN,
                               .loss = (double)NAN,
                               .val_loss = (double)NAN,
                               .baseline_mse = (double)NAN,
                               .truth_mse = (double)NAN,
                               .r2 = (double)NAN,
                               .cause = cause};
    if (seeds)
        memcpy(result.seed, seeds->seed, sizeof result.seed);
    return result;
}

static void deliver(const chunk *c, const trial *t, uint64_t fit_ns, hpb_trial_done_function done,
                    void *context)
{
    const uint32_t n = c->cell->n_splits;
    hpb_trial_result result = hpb_trial_result_make(c->cell_index, t->replicate, &t->seeds,
                                                    HPB_STATUS_CONTRACT, t->fault);
    float *curves = NULL;
    if (!t->fault) {
        result.mse = mean(t->fold_mse, n);
        result.status = isfinite(result.mse) ? HPB_STATUS_OK : HPB_STATUS_DIVERGED;
        result.n_folds = n;
        result.fold_mse = t->fold_mse;
        for (uint32_t i = 0; i < n; i++)
            result.epochs += t->epochs[i];
        result.updates = t->updates;
        result.loss = mean(t->loss, n);
        result.val_loss = mean(t->val_loss, n);
        add_scale(t, n, &result);
        result.fit_ns = fit_ns;
        if (wants_curves(c, t->replicate))
            result.curves = curves = join_curves(t, n, &result.n_curve_floats);
    }
    done(context, &result);
    free(curves);
}

uint32_t hpb_chunk_size(const hpb_trial_runner *runner, const hpb_cell *cell, size_t room)
{
    const hpb_plan_data *data = &runner->plan->data[cell->data];
    const size_t table = data->n_rows * (sizeof(float) * (data->n_features + HPB_ROW_MULTIPLE));
    const bool is_per_fold =
        (int)number_of(cell, HPB_AXIS_DATA, "standardise") == HPB_STANDARDISE_TRAIN;
    size_t bytes = (size_t)cell->n_splits * data->n_rows * sizeof(uint32_t);
    bytes += data->dataset.x ? 0 : 3 * table; // rows in double, and a table
    bytes += is_per_fold ? cell->n_splits * table : 0;
    if (runner->plan->suite->curves)
        bytes +=
            cell->n_splits * 2 * sizeof(float) * (size_t)number_of(cell, HPB_AXIS_FIT, "epochs");
    const size_t n = room / (bytes + 1);
    return n < 1 ? 1 : n > MOST_TRIALS ? MOST_TRIALS : (uint32_t)n;
}

void hpb_chunk_free(chunk *c)
{
    for (uint32_t i = 0; i < c->n_trials; i++) {
        trial *t = &c->trials[i];
        for (uint32_t fold = 0; fold < c->cell->n_splits; fold++)
            free(t->curves[fold]);
        free(t->curves);
        free(t->epochs);
        free(t->fold_mse);
        free(t->fault);
    }
    for (size_t i = 0; i < c->n_materials; i++)
        hpb_material_free(&c->materials[i]);
    free(c->trials);
    free(c->materials);
    free(c->fits);
}

chunk hpb_chunk_begin(hpb_trial_runner *runner, uint32_t cell_index, uint32_t n_trials)
{
    const hpb_cell *cell = &runner->plan->cells[cell_index];
    return (chunk){
        .runner = runner,
        .cell = cell,
        .cell_index = cell_index,
        .config = config_of(runner, cell),
        .source = source_of(runner, cell),
        .validation_split = number_of(cell, HPB_AXIS_FIT, "validation_split"),
        .materials = hpb_alloc(n_trials, sizeof(hpb_material)),
        .trials = hpb_alloc(n_trials, sizeof(trial)),
        .fits = hpb_alloc((size_t)n_trials * cell->n_splits, sizeof(hpb_fit)),
    };
}

void hpb_trial_runner_run(hpb_trial_runner *runner, uint32_t cell_index, uint32_t first, uint32_t n,
                          hpb_trial_done_function done, void (*alive)(void *context), void *context)
{
    const hpb_cell *cell = &runner->plan->cells[cell_index];
    const uint32_t most = hpb_chunk_size(runner, cell, CHUNK_BYTES);
    for (uint32_t at = 0; at < n; at += most) {
        const uint32_t part = n - at < most ? n - at : most;
        chunk c = hpb_chunk_begin(runner, cell_index, part);
        c.config.curves = wants_curves(&c, first + at);
        c.config.alive = alive;
        c.config.alive_context = context;
        for (uint32_t i = 0; i < part; i++) {
            hpb_chunk_add(&c, first + at + i);
            if (alive)
                alive(context);
        }
        const uint64_t fit_ns = run_fits(&c);
        for (uint32_t i = 0; i < part; i++)
            deliver(&c, &c.trials[i], fit_ns, done, context);
        hpb_chunk_free(&c);
        if (n - at <= most)
            break; // at + most may overflow
    }
}
