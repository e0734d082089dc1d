// SPDX-License-Identifier: Apache-2.0
// One fit in plain loops. What it promises not to do: tiles, vectors, lanes, caching, cleverness.
#include "engine/reference.h"

#include "base/base.h"
#include "engine/private.h"

#include <math.h>
#include <sleef.h>
#include <stdlib.h>
#include <string.h>

// Shapes: P parameters, B batch rows, L lanes of the plugin's arrays, of which lane 0 is ours.
// What one rule has come to.
struct watch {
    double *state;
    float *kept; // [P]: HPB_KEEP
    bool has_kept, restores;
};

typedef struct fit_state {
    const hpb_fit_config *config;
    const hpb_fit *fit;
    const hpb_network *network;
    uint32_t n_params;
    hpb_segment segments[2 * HPB_MAX_LAYERS];
    float *weights;   // [P]
    float *gradients; // [P]
    float *average;   // [P]
    struct watch watch[HPB_MAX_RULES];
    float *activation[HPB_MAX_LAYERS + 1]; // [0] is the input [B][D]; [l + 1] the output of layer l
    float *delta[HPB_MAX_LAYERS];          // dz of layer l, [B][U]
    // the plugin's view
    float *lane_weights, *lane_gradients; // [P][L]
    float **slots;
    double **lane_slots;
    float rate[HPB_LANES];
    int64_t step[HPB_LANES];
} fit_state;

static float activate(hpb_activation activation, float z)
{
    switch (activation) {
    case HPB_ACTIVATION_RELU:
        return z < 0 ? 0 : z;
    case HPB_ACTIVATION_TANH:
        return Sleef_cinz_tanhf1_u10purec(z);
    case HPB_ACTIVATION_SIGMOID:
        return 1 / (1 + Sleef_cinz_expf1_u10purec(-z));
    case HPB_ACTIVATION_ELU:
        return z > 0 ? z : Sleef_cinz_expm1f1_u10purec(z);
    case HPB_ACTIVATION_LINEAR:
        break;
    }
    return z;
}

static float activation_gradient(hpb_activation activation, float a, float d)
{
    switch (activation) {
    case HPB_ACTIVATION_RELU:
        return a > 0 ? d : 0;
    case HPB_ACTIVATION_TANH:
        return d * (1 - a * a);
    case HPB_ACTIVATION_SIGMOID:
        return d * (a * (1 - a));
    case HPB_ACTIVATION_ELU:
        return a > 0 ? d : d * (a + 1);
    case HPB_ACTIVATION_LINEAR:
        break;
    }
    return d;
}

// The prediction for one row of the fit's table; keeps the activations of batch row b.
static float forward(fit_state *s, const float *weights, uint32_t row, uint32_t b)
{
    const hpb_network *network = s->network;
    const hpb_table *table = s->fit->table;
    memcpy(s->activation[0] + (size_t)b * network->n_inputs, table->x + (size_t)row * table->stride,
           network->n_inputs * sizeof(float));
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const hpb_segment *kernel = &s->segments[2 * l];
        const float *w = weights + kernel->offset;
        const float *bias = weights + s->segments[2 * l + 1].offset;
        const float *input = s->activation[l] + (size_t)b * kernel->rows;
        float *output = s->activation[l + 1] + (size_t)b * kernel->columns;
        for (uint32_t u = 0; u < kernel->columns; u++) {
            float z = bias[u];
            for (uint32_t i = 0; i < kernel->rows; i++)
                z = fmaf(input[i], w[(size_t)i * kernel->columns + u], z);
            output[u] = l + 1 < network->n_layers ? activate(network->activation, z) : z;
        }
    }
    return s->activation[network->n_layers][b];
}

// From dz of the output to dz of every hidden unit, for batch row b.
static void backward(fit_state *s, uint32_t b)
{
    for (uint32_t l = s->network->n_layers - 1; l > 0; l--) {
        const hpb_segment *kernel = &s->segments[2 * l];
        const float *next = s->delta[l] + (size_t)b * kernel->columns;
        for (uint32_t u = 0; u < kernel->rows; u++) {
            const size_t at = (size_t)b * kernel->rows + u;
            float d = 0;
            for (uint32_t k = 0; k < kernel->columns; k++)
                d = fmaf(next[k], s->weights[kernel->offset + (size_t)u * kernel->columns + k], d);
            s->delta[l - 1][at] =
                activation_gradient(s->network->activation, s->activation[l][at], d);
        }
    }
}

static void sum_gradients(fit_state *s, uint32_t n_rows)
{
    for (uint32_t l = 0; l < s->network->n_layers; l++) {
        const hpb_segment *kernel = &s->segments[2 * l], *bias = &s->segments[2 * l + 1];
        for (uint32_t u = 0; u < kernel->columns; u++) {
            for (uint32_t i = 0; i < kernel->rows; i++) {
                float g = 0;
                for (uint32_t b = 0; b < n_rows; b++)
                    g = fmaf(s->activation[l][(size_t)b * kernel->rows + i],
                             s->delta[l][(size_t)b * kernel->columns + u], g);
                s->gradients[kernel->offset + (size_t)i * kernel->columns + u] = g;
            }
            float g = 0;
            for (uint32_t b = 0; b < n_rows; b++)
                g += s->delta[l][(size_t)b * kernel->columns + u];
            s->gradients[bias->offset + u] = g;
        }
    }
}

static float norm(const float *g, uint32_t n)
{
    double sum = 0;
    for (uint32_t p = 0; p < n; p++)
        sum += (double)g[p] * (double)g[p];
    return (float)sqrt(sum);
}

static void clip(fit_state *s)
{
    const hpb_common *common = &s->config->common;
    float *g = s->gradients;
    if (!isnan(common->clipnorm)) {
        const float limit = (float)common->clipnorm;
        for (uint32_t i = 0; i < 2 * s->network->n_layers; i++) {
            const uint32_t first = s->segments[i].offset;
            const uint32_t n = s->segments[i].rows * s->segments[i].columns;
            const float length = norm(g + first, n);
            for (uint32_t p = first; p < first + n; p++)
                g[p] = g[p] * limit / (length < limit ? limit : length);
        }
    } else if (!isnan(common->global_clipnorm)) {
        const float limit = (float)common->global_clipnorm, length = norm(g, s->n_params);
        const float a = 1 / length, b = 1 / limit;
        const float scale = limit * (a < b ? a : b) + (length - length);
        for (uint32_t p = 0; p < s->n_params; p++)
            g[p] *= scale;
    } else if (!isnan(common->clipvalue)) {
        const float limit = (float)common->clipvalue;
        for (uint32_t p = 0; p < s->n_params; p++)
            g[p] = g[p] < -limit ? -limit : g[p] > limit ? limit : g[p];
    }
}

// What the plugin sees: lane 0 of its arrays.
static hpb_batch lane_batch(fit_state *s)
{
    for (uint32_t p = 0; p < s->n_params; p++) {
        s->lane_weights[(size_t)p * HPB_LANES] = s->weights[p];
        s->lane_gradients[(size_t)p * HPB_LANES] = s->gradients[p];
    }
    return (hpb_batch){
        .struct_size = sizeof(hpb_batch),
        .n_params = s->n_params,
        .n_lanes = HPB_LANES,
        .weights = s->lane_weights,
        .gradients = s->lane_gradients,
        .slots = s->slots,
        .lane_slots = s->lane_slots,
        .learning_rate = s->rate,
        .step = s->step,
        .segments = {s->segments, 2 * s->network->n_layers, sizeof(hpb_segment)},
        .math = hpb_math_table(),
    };
}

static void update_by_plugin(fit_state *s)
{
    s->step[0]++;
    const hpb_batch batch = lane_batch(s);
    s->config->optimizer_ops->update[HPB_ISA_BASELINE](s->config->optimizer_values, &batch);
    for (uint32_t p = 0; p < s->n_params; p++)
        s->weights[p] = s->lane_weights[(size_t)p * HPB_LANES];
}

static void update(fit_state *s)
{
    const hpb_common *common = &s->config->common;
    if (s->config->schedule_ops)
        s->config->schedule_ops->rate(hpb_math_table(), s->config->schedule_values,
                                      s->config->learning_rate, (uint64_t)s->step[0], 1, s->rate);
    clip(s);
    if (!isnan(common->weight_decay))
        for (uint32_t p = 0; p < s->n_params; p++)
            s->weights[p] -= s->weights[p] * (float)common->weight_decay * s->rate[0];
    update_by_plugin(s);
    if (!common->use_ema)
        return;
    const float momentum = s->step[0] == 1 ? 0 : (float)common->ema_momentum;
    for (uint32_t p = 0; p < s->n_params; p++)
        s->average[p] = momentum * s->average[p] + (1 - momentum) * s->weights[p];
    if (!isnan(common->ema_overwrite_frequency) &&
        s->step[0] % (int64_t)common->ema_overwrite_frequency == 0)
        memcpy(s->weights, s->average, s->n_params * sizeof(float));
}

// One batch: the sum of squared errors before the update.
static float train_batch(fit_state *s, const uint32_t *rows, uint32_t n_rows)
{
    float sum = 0;
    const float scale = 2 / (float)n_rows;
    for (uint32_t b = 0; b < n_rows; b++) {
        const float e = forward(s, s->weights, rows[b], b) - s->fit->table->y[rows[b]];
        sum = fmaf(e, e, sum);
        s->delta[s->network->n_layers - 1][b] = e * scale;
        backward(s, b);
    }
    sum_gradients(s, n_rows);
    update(s);
    return sum;
}

static double train_epoch(fit_state *s, const uint32_t *rows)
{
    const uint32_t n = s->fit->n_train, size = s->config->batch_size;
    double sum = 0;
    for (uint32_t first = 0; first < n; first += size)
        sum += (double)train_batch(s, rows + first, n - first < size ? n - first : size);
    return hpb_canonical(sum / n);
}

static double validate(fit_state *s)
{
    const uint32_t n = s->fit->n_validation, size = s->config->batch_size;
    if (!n)
        return (double)NAN;
    double sum = 0;
    for (uint32_t first = 0; first < n; first += size) {
        float batch_sum = 0;
        for (uint32_t i = first; i < n && i < first + size; i++) {
            const uint32_t row = s->fit->validation_rows[i];
            const float e = forward(s, s->weights, row, 0) - s->fit->table->y[row];
            batch_sum = fmaf(e, e, batch_sum);
        }
        sum += (double)batch_sum;
    }
    return hpb_canonical(sum / n);
}

static double test(fit_state *s)
{
    double sum = 0;
    for (uint32_t i = 0; i < s->fit->n_test; i++) {
        const uint32_t row = s->fit->test_rows[i];
        const double e = (double)forward(s, s->weights, row, 0) - s->fit->target[row];
        sum += e * e;
    }
    return hpb_canonical(sum / s->fit->n_test);
}

// The rows in the order of this epoch.
static void order_rows(const fit_state *s, uint32_t epoch, uint32_t *order, uint32_t *rows)
{
    const hpb_fit *fit = s->fit;
    for (uint32_t i = 0; i < fit->n_train; i++)
        order[i] = i;
    if (s->config->shuffle)
        hpb_order_permutation(fit->seeds, fit->fit, epoch, fit->n_train, order);
    for (uint32_t i = 0; i < fit->n_train; i++)
        rows[i] = fit->train_rows[order[i]];
}

// Shows the epoch that has ended to a rule; whether it stops the fit.
static bool observe(fit_state *s, uint32_t r, hpb_fit_result *result)
{
    const hpb_rule *rule = &s->config->rules[r];
    struct watch *watch = &s->watch[r];
    const hpb_epoch record = {
        sizeof record, result->epochs - 1, s->config->epochs,  s->fit->n_validation > 0,
        result->loss,  result->val_loss,   (double)s->rate[0], (uint64_t)s->step[0]};
    hpb_verdict verdict = {.struct_size = sizeof verdict};
    rule->ops->observe(rule->values, watch->state, &record, &verdict);
    if (verdict.actions & HPB_KEEP)
        memcpy(watch->kept, s->weights, s->n_params * sizeof(float));
    watch->has_kept |= (verdict.actions & HPB_KEEP) != 0;
    watch->restores |= (verdict.actions & HPB_RESTORE) != 0;
    if (verdict.actions & HPB_RATE) {
        result->failure = hpb_rate_fault(s->config, rule);
        s->rate[0] = (float)verdict.learning_rate;
    }
    return (verdict.actions & HPB_STOP) != 0;
}

// All epochs and the weights that the fit ends with.
static void train(fit_state *s, hpb_fit_result *result, float *curve)
{
    const hpb_fit_config *config = s->config;
    uint32_t *rows = hpb_alloc((size_t)2 * s->fit->n_train + 1, sizeof *rows);
    bool stop = false;
    const hpb_batch batch = lane_batch(s);
    if (config->optimizer_ops->start)
        config->optimizer_ops->start(config->optimizer_values, &batch, 0);
    for (uint32_t r = 0; r < config->n_rules; r++)
        if (config->rules[r].ops->start)
            config->rules[r].ops->start(config->rules[r].values, s->watch[r].state);
    for (uint32_t epoch = 0; epoch < config->epochs && !stop && !result->failure; epoch++) {
        order_rows(s, epoch, rows + s->fit->n_train, rows);
        result->loss = train_epoch(s, rows);
        result->val_loss = validate(s);
        result->epochs = epoch + 1;
        curve[2 * epoch] = (float)result->loss;
        curve[2 * epoch + 1] = (float)result->val_loss;
        for (uint32_t r = 0; r < config->n_rules && !result->failure; r++)
            stop |= observe(s, r, result);
    }
    if (config->common.use_ema && s->step[0])
        memcpy(s->weights, s->average, s->n_params * sizeof(float));
    for (uint32_t r = 0; r < config->n_rules; r++)
        if (s->watch[r].has_kept && s->watch[r].restores)
            memcpy(s->weights, s->watch[r].kept, s->n_params * sizeof(float));
    free(rows);
}

static void allocate(fit_state *s)
{
    const size_t n = s->n_params, n_rows = s->config->batch_size < s->fit->n_train
                                               ? s->config->batch_size
                                               : s->fit->n_train;
    s->weights = hpb_alloc(n, sizeof(float));
    s->gradients = hpb_alloc(n, sizeof(float));
    s->average = hpb_alloc(n, sizeof(float));
    for (uint32_t r = 0; r < s->config->n_rules; r++) {
        s->watch[r].state = hpb_alloc(s->config->rules[r].ops->n_state + 1, sizeof(double));
        s->watch[r].kept = hpb_alloc(n, sizeof(float));
    }
    s->lane_weights = hpb_alloc_aligned(n * HPB_LANES * sizeof(float));
    s->lane_gradients = hpb_alloc_aligned(n * HPB_LANES * sizeof(float));
    s->activation[0] = hpb_alloc((n_rows + 1) * s->network->n_inputs, sizeof(float));
    for (uint32_t l = 0; l < s->network->n_layers; l++) {
        s->activation[l + 1] = hpb_alloc((n_rows + 1) * s->network->width[l], sizeof(float));
        s->delta[l] = hpb_alloc((n_rows + 1) * s->network->width[l], sizeof(float));
    }
    s->slots = hpb_alloc(s->config->optimizer->n_slots + 1, sizeof *s->slots);
    s->lane_slots = hpb_alloc(s->config->optimizer->n_slots + 1, sizeof *s->lane_slots);
    for (uint32_t k = 0; k < s->config->optimizer->n_slots; k++)
        if (s->config->optimizer->slots[k].scope == HPB_SLOT_LANE)
            s->lane_slots[k] = hpb_alloc_aligned(HPB_LANES * sizeof(double));
        else
            s->slots[k] = hpb_alloc_aligned(n * HPB_LANES * sizeof(float));
}

static void release(fit_state *s)
{
    free(s->weights);
    free(s->gradients);
    free(s->average);
    for (uint32_t r = 0; r < s->config->n_rules; r++) {
        free(s->watch[r].state);
        free(s->watch[r].kept);
    }
    free(s->lane_weights);
    free(s->lane_gradients);
    for (uint32_t l = 0; l <= s->network->n_layers; l++)
        free(s->activation[l]);
    for (uint32_t l = 0; l < s->network->n_layers; l++)
        free(s->delta[l]);
    for (uint32_t k = 0; k < s->config->optimizer->n_slots; k++) {
        free(s->slots[k]);
        free(s->lane_slots[k]);
    }
    free(s->slots);
    free(s->lane_slots);
    free(s);
}

void hpb_reference_run(const hpb_fit_config *config, const hpb_fit *fit, hpb_fit_done_function done,
                       void *context)
{
    if (config->solver == HPB_SOLVER_LEAST_SQUARES) { // in plain loops as well
        hpb_least_squares(config, fit, done, context);
        return;
    }
    fit_state *s = hpb_alloc(1, sizeof *s);
    s->config = config;
    s->fit = fit;
    s->network = &config->network;
    s->n_params = hpb_network_parameters(s->network);
    hpb_network_segments(s->network, s->segments);
    s->rate[0] = (float)config->learning_rate;
    allocate(s);

    hpb_fit_result result = {.loss = (double)NAN, .val_loss = (double)NAN};
    char message[HPB_FIT_MESSAGE];
    float *curve = hpb_alloc((size_t)2 * config->epochs + 1, sizeof *curve);
    if (!hpb_fit_initialise(config, fit, s->weights, message)) {
        result.failure = message;
    } else {
        train(s, &result, curve);
        result.updates = (uint32_t)s->step[0];
        result.test_mse = test(s);
        result.curve = config->curves ? curve : NULL;
        result.weights = s->weights;
    }
    if (result.failure)
        result = (hpb_fit_result){.failure = result.failure};
    done(context, fit, &result);
    free(curve);
    release(s);
}
