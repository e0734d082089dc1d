// SPDX-License-Identifier: Apache-2.0
// Runs trials, and sums their fits up to what each reports.
#include "engine/trial.h"

#include "engine/averages.h"
#include "engine/chunk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK_BYTES ((size_t)64 << 20) // of trials that are prepared together

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

// --- plugins ------------------------------------------------------------------------------------------------

const void *hpb_trial_runner_ops(const hpb_trial_runner *runner, const hpb_plugin_info *info)
{
    for (size_t i = 0; i < runner->n_plugins; i++)
        if (runner->plugins[i].info == info)
            return runner->plugins[i].module.ops;
    return NULL;
}

static hpb_exit load(hpb_trial_runner *runner, const hpb_plugin_info *info, hpb_error *error)
{
    if (!info || hpb_trial_runner_ops(runner, info))
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

static hpb_exit check_layers(const hpb_cell *cell, hpb_error *error)
{
    for (uint32_t k = 0; k < cell->n_candidates; k++) {
        const hpb_choice *model = cell->candidates[k].choice[HPB_AXIS_MODEL];
        if (hpb_choice_setting(model, "hidden")->value.count >= HPB_MAX_LAYERS)
            return hpb_error_set(error, HPB_EXIT_SUITE,
                                 "[model] hidden: more layers than the engine has; expected at "
                                 "most %d",
                                 HPB_MAX_LAYERS - 1);
    }
    return HPB_EXIT_OK;
}

static hpb_exit load_cell(hpb_trial_runner *runner, const hpb_cell *cell, hpb_error *error)
{
    hpb_exit status = check_layers(cell, error);
    for (uint32_t k = 0; k < cell->n_candidates; k++)
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            for (const hpb_choice *at = cell->candidates[k].choice[axis];
                 at && status == HPB_EXIT_OK; at = at->also)
                status = load(runner, at->plugin, error);
    return status == HPB_EXIT_OK && cell->outer ? load(runner, cell->outer->plugin, error) : status;
}

hpb_exit hpb_trial_runner_create(const hpb_plan *plan, uint32_t isa, hpb_trial_runner **out,
                                 hpb_error *error)
{
    hpb_trial_runner *runner = hpb_alloc(1, sizeof *runner);
    runner->plan = plan;
    runner->isa = isa;
    for (int i = 0; i < 2; i++)
        runner->tables[i] = hpb_alloc(plan->n_data + 1, sizeof(hpb_table));
    runner->new_rows = hpb_alloc(plan->n_data + 1, sizeof *runner->new_rows);
    for (uint32_t c = 0; c < plan->n_cells; c++) {
        const hpb_exit status = load_cell(runner, &plan->cells[c], error);
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
    for (uint32_t d = 0; d < runner->plan->n_data; d++)
        hpb_new_rows_free(&runner->new_rows[d]);
    free(runner->new_rows);
    free(runner->plugins);
    free(runner);
}

// Runs the fits, those of one candidate and shape together. Returns the processor time of one fit in ns: wall time would
// be that of whatever else the machine does.
static uint64_t run_fits(chunk *c)
{
    const uint32_t n_outer = c->cell->n_outer, step = c->is_in_turn ? 1 : n_outer;
    struct timespec begin, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (uint32_t o = 0; o < n_outer; o += step)
        hpb_chunk_search(c, o, o + step);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    const int64_t ns =
        (end.tv_sec - begin.tv_sec) * INT64_C(1000000000) + end.tv_nsec - begin.tv_nsec;
    return c->n_trained ? (uint64_t)ns / c->n_trained : 0;
}

// --- what a trial reports -----------------------------------------------------------------------------------

// The fits whose numbers it reports, by outer split.
static uint32_t *reported_fits(const chunk *c, const trial *t, uint32_t *n)
{
    const hpb_cell *cell = c->cell;
    const uint32_t per_outer = c->n_refits ? 1 : cell->n_splits;
    uint32_t *fits = hpb_alloc((size_t)cell->n_outer * per_outer, sizeof *fits);
    *n = 0;
    for (uint32_t o = 0; o < cell->n_outer; o++)
        for (uint32_t f = 0; f < per_outer; f++)
            fits[(*n)++] =
                hpb_chunk_number(c, (place){o, c->n_refits ? cell->n_candidates : t->chosen[o], f});
    return fits;
}

static double mean(const double *x, const uint32_t *fits, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[fits[i]];
    return hpb_canonical(sum / n);
}

// How the result compares: with the mean, with the true function, as R2, and over all rows together.
static void add_scale(const chunk *c, const trial *t, const uint32_t *fits, uint32_t n,
                      hpb_trial_result *result)
{
    double baseline = 0, truth = 0;
    hpb_fold_score *folds = hpb_alloc(n, sizeof *folds);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t split = hpb_chunk_split(c, hpb_chunk_place(c, fits[i]));
        const hpb_fold_scale *scale = &t->material->scales[split];
        baseline += scale->baseline_mse;
        truth += scale->truth_mse;
        folds[i] = (hpb_fold_score){t->material->splits.splits[split].n_test, t->mse[fits[i]],
                                    scale->mean, scale->variance};
    }
    const hpb_averages averages = hpb_average_folds(folds, n);
    free(folds);
    result->baseline_mse = baseline / n;
    result->truth_mse = hpb_canonical(truth / n);
    result->r2 = hpb_canonical(averages.r2_mean);
    result->pooled_mse = hpb_canonical(averages.mse_pooled);
    result->pooled_r2 = hpb_canonical(averages.r2_pooled);
}

// For each fit: its epochs, then its losses.
static float *join_curves(const trial *t, const uint32_t *fits, uint32_t n, uint32_t *n_floats)
{
    size_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += 1 + 2 * (size_t)t->epochs[fits[i]];
    float *joined = hpb_alloc(total, sizeof *joined), *to = joined;
    for (uint32_t i = 0; i < n; i++) {
        const size_t n_losses = 2 * (size_t)t->epochs[fits[i]];
        *to++ = (float)t->epochs[fits[i]];
        if (n_losses)
            memcpy(to, t->curves[fits[i]], n_losses * sizeof *to);
        to += n_losses;
    }
    *n_floats = (uint32_t)total;
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
                               .pooled_mse = (double)NAN,
                               .pooled_r2 = (double)NAN,
                               .cause = cause};
    if (seeds)
        memcpy(result.seed, seeds->seed, sizeof result.seed);
    return result;
}

// Scores and choice are there together, or not at all: of a cell that does not search, or of a failure.
bool hpb_trial_result_is_of(const hpb_trial_result *result, const hpb_cell *cell)
{
    const uint64_t n_splits = (uint64_t)cell->n_outer * cell->n_splits;
    if (result->n_folds > n_splits)
        return false;
    const uint64_t n_models = cell->outer ? result->n_folds : n_splits * cell->n_candidates;
    if (result->n_worth && (!cell->has_worth || result->n_worth != n_models + 1))
        return false;
    if (!result->n_scores && !result->n_chosen)
        return true;
    if (!hpb_cell_is_search(cell) || result->n_chosen != cell->n_outer ||
        result->n_scores != n_splits * cell->n_candidates)
        return false;
    for (uint32_t o = 0; o < result->n_chosen; o++)
        if (result->chosen[o] >= cell->n_candidates)
            return false;
    return true;
}

static void deliver(const chunk *c, const trial *t, uint64_t fit_ns, hpb_trial_done_function done,
                    void *context)
{
    hpb_trial_result result = hpb_trial_result_make(c->cell_index, t->replicate, &t->seeds,
                                                    HPB_STATUS_CONTRACT, t->fault);
    if (t->fault) {
        done(context, &result);
        return;
    }
    uint32_t n;
    uint32_t *fits = reported_fits(c, t, &n);
    double *fold_mse = hpb_alloc(n, sizeof *fold_mse);
    float *curves = NULL;
    for (uint32_t i = 0; i < n; i++)
        fold_mse[i] = t->mse[fits[i]];
    result.mse = mean(t->mse, fits, n);
    result.status = isfinite(result.mse) ? HPB_STATUS_OK : HPB_STATUS_DIVERGED;
    result.n_folds = n;
    result.fold_mse = fold_mse;
    for (uint32_t fit = 0; fit < c->n_fits; fit++)
        result.epochs += t->epochs[fit];
    result.updates = t->updates;
    result.loss = mean(t->loss, fits, n);
    result.val_loss = mean(t->val_loss, fits, n);
    add_scale(c, t, fits, n, &result);
    if (t->scores) {
        result.scores = t->scores;
        result.n_scores = c->cell->n_outer * c->n_inner;
        result.chosen = t->chosen;
        result.n_chosen = c->cell->n_outer;
    }
    if (t->worth) {
        result.worth = t->worth;
        result.n_worth = (c->cell->outer ? n : c->n_inner) + 1;
    }
    result.fit_ns = fit_ns;
    if (hpb_chunk_wants_curves(c, t->replicate))
        result.curves = curves = join_curves(t, fits, n, &result.n_curve_floats);
    done(context, &result);
    free(curves);
    free(fold_mse);
    free(fits);
}

// --- runs -----------------------------------------------------------------------------------------------------

void hpb_trial_runner_run(hpb_trial_runner *runner, uint32_t cell_index, uint32_t first, uint32_t n,
                          hpb_trial_done_function done, void (*alive)(void *context), void *context)
{
    const hpb_cell *cell = &runner->plan->cells[cell_index];
    const uint32_t most = hpb_chunk_size(runner, cell, CHUNK_BYTES);
    for (uint32_t at = 0; at < n; at += most) {
        const uint32_t part = n - at < most ? n - at : most;
        chunk c = hpb_chunk_begin(runner, cell_index, part);
        c.curves = hpb_chunk_wants_curves(&c, first + at);
        c.alive = alive;
        c.context = context;
        for (uint32_t i = 0; i < part; i++) {
            hpb_chunk_add(&c, first + at + i);
            if (alive)
                alive(context);
        }
        const uint64_t fit_ns = run_fits(&c);
        if (cell->has_worth)
            hpb_chunk_worth(&c);
        for (uint32_t i = 0; i < part; i++)
            deliver(&c, &c.trials[i], fit_ns, done, context);
        hpb_chunk_free(&c);
        if (n - at <= most)
            break; // at + most may overflow
    }
}
