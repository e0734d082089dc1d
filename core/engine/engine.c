// SPDX-License-Identifier: Apache-2.0
// Which fit is in which lane: epochs in step, early stopping, and new fits in place of those that end.
#include "engine/engine.h"

#include "base/base.h"
#include "engine/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define L HPB_LANES
#define SLOW_BATCH 1000000 // parameters times rows from which every batch shows a sign of life

// One fit under way.
struct lane {
    hpb_fit fit;
    bool is_active;
    uint32_t keeps, restores; // bit r: rule r has kept weights, and wants them back
    const char *failure;      // how an early stopping plugin broke its contract, or NULL
    uint32_t epoch;           // epochs done
    uint32_t *rows;           // [n_train]: row numbers in the order of this epoch
    double *state;            // of rule after rule
    float *kept;              // [n_rules][P]
    float *curve;             // [epochs][2]
    double loss, val_loss;
};

typedef struct engine {
    const hpb_fit_config *config;
    hpb_next_fit_function next;
    hpb_fit_done_function done;
    void *context;
    hpb_fit first; // tells the sizes; the first to be filled in
    bool has_first, is_exhausted;
    uint32_t n_active;
    hpb_lanes lanes;
    struct lane lane[L];
    uint32_t *order; // [n_train]
    float *weights;  // [P]
} engine;

static bool next_fit(engine *e, hpb_fit *out)
{
    if (e->has_first) {
        *out = e->first;
        e->has_first = false;
        return true;
    }
    if (!e->is_exhausted)
        e->is_exhausted = !e->next(e->context, out);
    return !e->is_exhausted;
}

static void start_rules(const hpb_fit_config *config, double *state)
{
    memset(state, 0, hpb_rules_state(config) * sizeof *state);
    for (uint32_t r = 0; r < config->n_rules; r++) {
        if (config->rules[r].ops->start)
            config->rules[r].ops->start(config->rules[r].values, state);
        state += config->rules[r].ops->n_state;
    }
}

// Puts the next fit that can be initialised into lane `j`, or leaves it idle.
static void fill(engine *e, uint32_t j)
{
    struct lane *lane = &e->lane[j];
    char message[HPB_FIT_MESSAGE];
    while (next_fit(e, &lane->fit)) {
        if (!hpb_fit_initialise(e->config, &lane->fit, e->weights, message)) {
            e->done(e->context, &lane->fit, &(hpb_fit_result){.failure = message});
            continue;
        }
        hpb_lanes_start(&e->lanes, j, e->weights);
        lane->is_active = true;
        lane->keeps = lane->restores = 0;
        lane->failure = NULL;
        lane->epoch = 0;
        start_rules(e->config, lane->state);
        e->n_active++;
        return;
    }
}

// The order in which a lane visits its rows in the epoch that begins.
static void order_rows(engine *e, struct lane *lane)
{
    const hpb_fit *fit = &lane->fit;
    if (!e->config->shuffle) {
        if (lane->epoch == 0)
            memcpy(lane->rows, fit->train_rows, fit->n_train * sizeof *lane->rows);
        return;
    }
    if (lane->epoch > 0 && hpb_order_is_constant(fit->seeds))
        return;
    hpb_order_permutation(fit->seeds, fit->fit, lane->epoch, fit->n_train, e->order);
    for (uint32_t i = 0; i < fit->n_train; i++)
        lane->rows[i] = fit->train_rows[e->order[i]];
}

enum rows { TRAIN, VALIDATION, TEST };

// Points every lane at its rows. Idle lanes compute along on those of an active one.
static hpb_gather aim(const engine *e, enum rows which)
{
    const struct lane *any = e->lane;
    while (!any->is_active)
        any++;
    hpb_gather gather = {.n_inputs = e->config->network.n_inputs, .stride = any->fit.table->stride};
    for (uint32_t j = 0; j < L; j++) {
        const struct lane *from = e->lane[j].is_active ? &e->lane[j] : any;
        gather.x[j] = from->fit.table->x;
        gather.y[j] = from->fit.table->y;
        gather.rows[j] = which == TRAIN        ? from->rows
                         : which == VALIDATION ? from->fit.validation_rows
                                               : from->fit.test_rows;
    }
    return gather;
}

static void show_life(const engine *e)
{
    if (e->config->alive)
        e->config->alive(e->config->alive_context);
}

static void train_epoch(engine *e)
{
    const uint32_t n = e->first.n_train, size = e->config->batch_size;
    const bool is_slow = (uint64_t)e->lanes.n_params * size > SLOW_BATCH;
    double sum[L] = {0};
    for (uint32_t j = 0; j < L; j++)
        if (e->lane[j].is_active)
            order_rows(e, &e->lane[j]);
    const hpb_gather gather = aim(e, TRAIN);
    for (uint32_t first = 0; first < n; first += size) {
        const uint32_t left = n - first;
        hpb_lanes_train(&e->lanes, &gather, first, left < size ? left : size, sum);
        if (is_slow)
            show_life(e);
        if (size >= n)
            break; // first + size may overflow
    }
    for (uint32_t j = 0; j < L; j++) {
        e->lane[j].loss = hpb_canonical(sum[j] / n);
        e->lane[j].val_loss = (double)NAN;
    }
}

static void validate(engine *e)
{
    const uint32_t n = e->first.n_validation, size = e->config->batch_size;
    if (n == 0)
        return;
    const hpb_gather gather = aim(e, VALIDATION);
    double sum[L] = {0};
    _Alignas(64) float batch_sum[L] = {0};
    for (uint32_t first = 0, in_batch = 0; first < n;) {
        uint32_t part = n - first < e->lanes.n_rows ? n - first : e->lanes.n_rows;
        if (part > size - in_batch)
            part = size - in_batch;
        const float *prediction = hpb_lanes_predict(&e->lanes, &gather, first, part);
        e->lanes.kernels->loss(part, prediction, e->lanes.y, 0, batch_sum, NULL);
        first += part;
        in_batch += part;
        if (in_batch == size || first == n) {
            for (int j = 0; j < L; j++)
                sum[j] += (double)batch_sum[j];
            memset(batch_sum, 0, sizeof batch_sum);
            in_batch = 0;
        }
    }
    for (uint32_t j = 0; j < L; j++)
        e->lane[j].val_loss = hpb_canonical(sum[j] / n);
}

// Shows the epoch that has ended to one rule after the other; whether the fit ends.
static bool observe(engine *e, uint32_t j)
{
    const hpb_fit_config *config = e->config;
    struct lane *lane = &e->lane[j];
    if (config->curves) {
        lane->curve[2 * lane->epoch] = (float)lane->loss;
        lane->curve[2 * lane->epoch + 1] = (float)lane->val_loss;
    }
    bool is_over = ++lane->epoch == config->epochs;
    double *state = lane->state;
    for (uint32_t r = 0; r < config->n_rules && !lane->failure; r++) {
        const hpb_rule *rule = &config->rules[r];
        const hpb_epoch record = {
            sizeof record, lane->epoch - 1, config->epochs,           e->first.n_validation > 0,
            lane->loss,    lane->val_loss,  (double)e->lanes.rate[j], (uint64_t)e->lanes.step[j]};
        hpb_verdict verdict = {.struct_size = sizeof verdict};
        rule->ops->observe(rule->values, state, &record, &verdict);
        state += rule->ops->n_state;
        if (verdict.actions & HPB_KEEP) {
            hpb_lanes_read(&e->lanes, e->lanes.weights, j,
                           lane->kept + (size_t)r * e->lanes.n_params);
            lane->keeps |= 1u << r;
        }
        if (verdict.actions & HPB_RATE) {
            lane->failure = hpb_rate_fault(config, rule);
            e->lanes.rate[j] = (float)verdict.learning_rate;
        }
        if (verdict.actions & HPB_RESTORE)
            lane->restores |= 1u << r;
        is_over |= (verdict.actions & HPB_STOP) != 0;
    }
    return is_over || lane->failure;
}

// The weights that a fit ends with.
static void finalise(engine *e, uint32_t j)
{
    if (e->lanes.average) {
        hpb_lanes_read(&e->lanes, e->lanes.average, j, e->weights);
        hpb_lanes_write(&e->lanes, e->lanes.weights, j, e->weights);
    }
    const struct lane *lane = &e->lane[j];
    for (uint32_t r = 0; r < e->config->n_rules; r++) // each writes over those before it
        if (lane->keeps & lane->restores & 1u << r)
            hpb_lanes_write(&e->lanes, e->lanes.weights, j,
                            lane->kept + (size_t)r * e->lanes.n_params);
}

// Predicts the test rows of all lanes; mse[L] means something for those that have ended.
static void test(engine *e, double *mse)
{
    const uint32_t n = e->first.n_test;
    const hpb_gather gather = aim(e, TEST);
    for (uint32_t j = 0; j < L; j++)
        mse[j] = 0;
    for (uint32_t first = 0; first < n;) {
        const uint32_t part = n - first < e->lanes.n_rows ? n - first : e->lanes.n_rows;
        const float *prediction = hpb_lanes_predict(&e->lanes, &gather, first, part);
        for (uint32_t j = 0; j < L; j++) {
            if (!e->lane[j].is_active)
                continue;
            const double *target = e->lane[j].fit.target;
            for (uint32_t i = 0; i < part; i++) {
                const double error =
                    (double)prediction[(size_t)i * L + j] - target[gather.rows[j][first + i]];
                mse[j] += error * error;
            }
        }
        first += part;
    }
    for (uint32_t j = 0; j < L; j++)
        mse[j] = hpb_canonical(mse[j] / n);
}

static void deliver(engine *e, uint32_t j, double mse)
{
    struct lane *lane = &e->lane[j];
    hpb_lanes_read(&e->lanes, e->lanes.weights, j, e->weights);
    const hpb_fit_result result = {
        .test_mse = mse,
        .epochs = lane->epoch,
        .updates = (uint32_t)e->lanes.step[j],
        .loss = lane->loss,
        .val_loss = lane->val_loss,
        .curve = e->config->curves ? lane->curve : NULL,
        .weights = e->weights,
    };
    e->done(e->context, &lane->fit,
            lane->failure ? &(hpb_fit_result){.failure = lane->failure} : &result);
    lane->is_active = false;
    e->n_active--;
}

static void epoch(engine *e)
{
    bool ended[L] = {0}, any = false;
    train_epoch(e);
    validate(e);
    for (uint32_t j = 0; j < L; j++)
        if (e->lane[j].is_active && observe(e, j)) {
            ended[j] = any = true;
            finalise(e, j);
        }
    if (any) {
        double mse[L];
        test(e, mse);
        for (uint32_t j = 0; j < L; j++)
            if (ended[j]) {
                deliver(e, j, mse[j]);
                fill(e, j);
            }
    }
    show_life(e);
}

static void allocate(engine *e)
{
    const hpb_fit_config *config = e->config;
    hpb_lanes_create(config, e->first.n_train, &e->lanes);
    e->order = hpb_alloc(e->first.n_train, sizeof *e->order);
    e->weights = hpb_alloc(e->lanes.n_params, sizeof *e->weights);
    for (struct lane *lane = e->lane; lane < e->lane + L; lane++) {
        lane->rows = hpb_alloc(e->first.n_train, sizeof *lane->rows);
        lane->state = hpb_alloc(hpb_rules_state(config) + 1, sizeof *lane->state);
        lane->kept = hpb_alloc((size_t)config->n_rules * e->lanes.n_params + 1, sizeof *lane->kept);
        if (config->curves)
            lane->curve = hpb_alloc(2 * (size_t)config->epochs, sizeof *lane->curve);
    }
}

static void release(engine *e)
{
    for (struct lane *lane = e->lane; lane < e->lane + L; lane++) {
        free(lane->rows);
        free(lane->state);
        free(lane->kept);
        free(lane->curve);
    }
    free(e->order);
    free(e->weights);
    hpb_lanes_destroy(&e->lanes);
}

// Fits that take no epochs, one after the other.
static void solve_all(engine *e)
{
    while (next_fit(e, &e->first)) {
        hpb_least_squares(e->config, &e->first, e->done, e->context);
        show_life(e);
    }
}

void hpb_engine_run(const hpb_fit_config *config, hpb_next_fit_function next,
                    hpb_fit_done_function done, void *context)
{
    engine e = {.config = config, .next = next, .done = done, .context = context};
    if (config->solver == HPB_SOLVER_LEAST_SQUARES) {
        solve_all(&e);
        return;
    }
    if (!next(context, &e.first))
        return;
    e.has_first = true;
    allocate(&e);
    for (uint32_t j = 0; j < L; j++)
        fill(&e, j);
    while (e.n_active > 0)
        epoch(&e);
    release(&e);
}
