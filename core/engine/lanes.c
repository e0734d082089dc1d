// SPDX-License-Identifier: Apache-2.0
// L networks advanced by one batch: the kernels in their order, and what the host does around an optimizer.
#include "base/base.h"
#include "engine/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define L HPB_LANES
#define LANES_BYTES (L * sizeof(float))
// A batch is trained in parts whose activations stay in the nearest cache, sums carried over in memory: worth 38 % of
// 10-64-32-1 with AVX2. It bounds the workspace of a large batch as well.
#define PART_BYTES ((size_t)128 << 10)
#define PART_ROWS 8 // at least, so that tiles are full

static const hpb_kernels *kernels_of(uint32_t isa)
{
    return isa == HPB_ISA_V4   ? &hpb_kernels_v4
           : isa == HPB_ISA_V3 ? &hpb_kernels_v3
                               : &hpb_kernels_baseline;
}

void hpb_lanes_create(const hpb_fit_config *config, uint32_t n_train, hpb_lanes *out)
{
    const hpb_network *network = &config->network;
    size_t row = network->n_inputs + 1;
    for (uint32_t l = 0; l < network->n_layers; l++)
        row += 2 * (size_t)network->width[l];
    size_t n_rows = PART_BYTES / (row * LANES_BYTES) / PART_ROWS * PART_ROWS;
    if (n_rows < PART_ROWS)
        n_rows = PART_ROWS;
    if (n_rows > config->batch_size)
        n_rows = config->batch_size;
    if (n_rows > n_train)
        n_rows = n_train;

    *out = (hpb_lanes){.config = config, .kernels = kernels_of(config->isa)};
    out->update = hpb_optimizer_update(config->optimizer_ops, config->isa);
    out->n_params = hpb_network_parameters(network);
    out->n_rows = (uint32_t)n_rows;
    hpb_network_segments(network, out->segments);
    const size_t bytes = out->n_params * LANES_BYTES;
    out->weights = hpb_alloc_aligned(bytes);
    out->gradients = hpb_alloc_aligned(bytes);
    if (config->common.use_ema)
        out->average = hpb_alloc_aligned(bytes);
    const uint32_t n_slots = config->optimizer->n_slots;
    out->slots = hpb_alloc(n_slots + 1, sizeof *out->slots);
    out->lane_slots = hpb_alloc(n_slots + 1, sizeof *out->lane_slots);
    for (uint32_t k = 0; k < n_slots; k++)
        if (config->optimizer->slots[k].scope == HPB_SLOT_LANE)
            out->lane_slots[k] = hpb_alloc_aligned(L * sizeof(double));
        else
            out->slots[k] = hpb_alloc_aligned(bytes);
    out->rate = hpb_alloc_aligned(LANES_BYTES);
    out->step = hpb_alloc_aligned(L * sizeof *out->step);
    out->y = hpb_alloc_aligned(n_rows * LANES_BYTES);
    out->activation[0] = hpb_alloc_aligned(n_rows * network->n_inputs * LANES_BYTES);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        out->activation[l + 1] = hpb_alloc_aligned(n_rows * network->width[l] * LANES_BYTES);
        out->delta[l] = hpb_alloc_aligned(n_rows * network->width[l] * LANES_BYTES);
    }
}

void hpb_lanes_destroy(hpb_lanes *lanes)
{
    for (uint32_t k = 0; k < lanes->config->optimizer->n_slots; k++) {
        free(lanes->slots[k]);
        free(lanes->lane_slots[k]);
    }
    for (uint32_t l = 0; l <= HPB_MAX_LAYERS; l++)
        free(lanes->activation[l]);
    for (uint32_t l = 0; l < HPB_MAX_LAYERS; l++)
        free(lanes->delta[l]);
    free(lanes->slots);
    free(lanes->lane_slots);
    free(lanes->weights);
    free(lanes->gradients);
    free(lanes->average);
    free(lanes->rate);
    free(lanes->schedule);
    free(lanes->step);
    free(lanes->y);
    *lanes = (hpb_lanes){0};
}

static hpb_batch batch_of(hpb_lanes *lanes)
{
    return (hpb_batch){
        .struct_size = sizeof(hpb_batch),
        .n_params = lanes->n_params,
        .n_lanes = L,
        .weights = lanes->weights,
        .gradients = lanes->gradients,
        .slots = lanes->slots,
        .lane_slots = lanes->lane_slots,
        .learning_rate = lanes->rate,
        .step = lanes->step,
        .segments = {lanes->segments, 2 * lanes->config->network.n_layers, sizeof(hpb_segment)},
        .math = hpb_math_table(),
    };
}

void hpb_lanes_read(const hpb_lanes *lanes, const float *from, uint32_t lane, float *out)
{
    for (size_t p = 0; p < lanes->n_params; p++)
        out[p] = from[p * L + lane];
}

void hpb_lanes_write(hpb_lanes *lanes, float *to, uint32_t lane, const float *values)
{
    for (size_t p = 0; p < lanes->n_params; p++)
        to[p * L + lane] = values ? values[p] : 0;
}

void hpb_lanes_start(hpb_lanes *lanes, uint32_t lane, const float *weights)
{
    const hpb_fit_config *config = lanes->config;
    hpb_lanes_write(lanes, lanes->weights, lane, weights);
    hpb_lanes_write(lanes, lanes->gradients, lane, NULL);
    if (lanes->average)
        hpb_lanes_write(lanes, lanes->average, lane, NULL);
    for (uint32_t k = 0; k < config->optimizer->n_slots; k++)
        if (lanes->slots[k])
            hpb_lanes_write(lanes, lanes->slots[k], lane, NULL);
        else
            lanes->lane_slots[k][lane] = 0;
    lanes->rate[lane] = (float)config->learning_rate;
    lanes->step[lane] = 0;
    const hpb_batch batch = batch_of(lanes);
    if (config->optimizer_ops->start)
        config->optimizer_ops->start(config->optimizer_values, &batch, lane);
}

// --- the schedule ---------------------------------------------------------------------------------------

#define FIRST_SCHEDULED 64u
#define MOST_SCHEDULED (1u << 20) // steps in the table, 4 MB; later ones are asked for one by one

static void schedule(const hpb_lanes *lanes, uint64_t first, size_t n, float *out)
{
    const hpb_fit_config *config = lanes->config;
    config->schedule_ops->rate(hpb_math_table(), config->schedule_values, config->learning_rate,
                               first, (uint32_t)n, out);
}

// The table grows with the steps that are made, so that a fit that ends early costs no more.
static float scheduled_rate(hpb_lanes *lanes, size_t step)
{
    float rate;
    if (step < lanes->n_scheduled)
        return lanes->schedule[step];
    if (step >= MOST_SCHEDULED) {
        schedule(lanes, step, 1, &rate);
        return rate;
    }
    size_t n = lanes->n_scheduled ? lanes->n_scheduled : FIRST_SCHEDULED;
    while (n <= step)
        n *= 2;
    float *grown = hpb_alloc(n, sizeof *grown);
    if (lanes->n_scheduled)
        memcpy(grown, lanes->schedule, lanes->n_scheduled * sizeof *grown);
    schedule(lanes, lanes->n_scheduled, n - lanes->n_scheduled, grown + lanes->n_scheduled);
    free(lanes->schedule);
    lanes->schedule = grown;
    lanes->n_scheduled = n;
    return grown[step];
}

// --- around the optimizer -----------------------------------------------------------------------------

// norm[L] of the parameters first ... first + n - 1.
static void norms(const hpb_lanes *lanes, uint32_t first, uint32_t n, float *norm)
{
    double sum[L] = {0};
    for (size_t p = first; p < (size_t)first + n; p++)
        for (int j = 0; j < L; j++) {
            const double g = (double)lanes->gradients[p * L + j];
            sum[j] += g * g;
        }
    for (int j = 0; j < L; j++)
        norm[j] = (float)sqrt(sum[j]);
}

static void clip_tensors(hpb_lanes *lanes, float limit)
{
    for (uint32_t i = 0; i < 2 * lanes->config->network.n_layers; i++) {
        const hpb_segment *segment = &lanes->segments[i];
        const uint32_t n = segment->rows * segment->columns;
        float norm[L];
        norms(lanes, segment->offset, n, norm);
        float *g = lanes->gradients + (size_t)segment->offset * L;
        for (size_t p = 0; p < n; p++, g += L)
            for (int j = 0; j < L; j++)
                g[j] = g[j] * limit / (norm[j] < limit ? limit : norm[j]);
    }
}

static void clip_all(hpb_lanes *lanes, float limit)
{
    float norm[L], scale[L];
    norms(lanes, 0, lanes->n_params, norm);
    for (int j = 0; j < L; j++) {
        const float a = 1 / norm[j], b = 1 / limit;
        scale[j] = limit * (a < b ? a : b) + (norm[j] - norm[j]);
    }
    float *g = lanes->gradients;
    for (size_t p = 0; p < lanes->n_params; p++, g += L)
        for (int j = 0; j < L; j++)
            g[j] *= scale[j];
}

static void clip(hpb_lanes *lanes)
{
    const hpb_common *common = &lanes->config->common;
    if (!isnan(common->clipnorm)) {
        clip_tensors(lanes, (float)common->clipnorm);
    } else if (!isnan(common->global_clipnorm)) {
        clip_all(lanes, (float)common->global_clipnorm);
    } else if (!isnan(common->clipvalue)) {
        const float limit = (float)common->clipvalue;
        for (size_t i = 0; i < (size_t)lanes->n_params * L; i++) {
            const float g = lanes->gradients[i];
            lanes->gradients[i] = g < -limit ? -limit : g > limit ? limit : g;
        }
    }
}

static void decay_weights(hpb_lanes *lanes)
{
    const float decay = (float)lanes->config->common.weight_decay;
    float *w = lanes->weights;
    for (size_t p = 0; p < lanes->n_params; p++, w += L)
        for (int j = 0; j < L; j++)
            w[j] -= w[j] * decay * lanes->rate[j];
}

static void average_weights(hpb_lanes *lanes)
{
    const hpb_common *common = &lanes->config->common;
    const bool overwrites = !isnan(common->ema_overwrite_frequency);
    float momentum[L];
    bool overwrite[L];
    for (int j = 0; j < L; j++) {
        momentum[j] = lanes->step[j] == 1 ? 0 : (float)common->ema_momentum;
        overwrite[j] = overwrites && lanes->step[j] % (int64_t)common->ema_overwrite_frequency == 0;
    }
    float *w = lanes->weights, *average = lanes->average;
    for (size_t p = 0; p < lanes->n_params; p++, w += L, average += L)
        for (int j = 0; j < L; j++) {
            average[j] = momentum[j] * average[j] + (1 - momentum[j]) * w[j];
            if (overwrite[j])
                w[j] = average[j];
        }
}

void hpb_lanes_update(hpb_lanes *lanes)
{
    const hpb_common *common = &lanes->config->common;
    for (int j = 0; j < L && lanes->config->schedule_ops; j++)
        lanes->rate[j] = scheduled_rate(lanes, (size_t)lanes->step[j]);
    clip(lanes);
    if (!isnan(common->weight_decay))
        decay_weights(lanes);
    for (int j = 0; j < L; j++)
        lanes->step[j]++;
    const hpb_batch batch = batch_of(lanes);
    lanes->update(lanes->config->optimizer_values, &batch);
    if (common->use_ema)
        average_weights(lanes);
}

// --- one batch -------------------------------------------------------------------------------------------

const float *hpb_lanes_predict(hpb_lanes *lanes, const hpb_gather *gather, uint32_t first,
                               uint32_t n)
{
    const hpb_network *network = &lanes->config->network;
    lanes->kernels->gather(gather, first, n, lanes->activation[0], lanes->y);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const hpb_segment *kernel = &lanes->segments[2 * l], *bias = &lanes->segments[2 * l + 1];
        lanes->kernels->forward(
            n, kernel->rows, kernel->columns, lanes->activation[l],
            lanes->weights + (size_t)kernel->offset * L, lanes->weights + (size_t)bias->offset * L,
            l + 1 < network->n_layers ? network->activation : HPB_ACTIVATION_LINEAR,
            lanes->activation[l + 1]);
    }
    return lanes->activation[network->n_layers];
}

// Gradients of `n` rows from dz of the output on down, into lanes->gradients.
static void add_gradients(hpb_lanes *lanes, uint32_t n, bool from_zero)
{
    for (uint32_t l = lanes->config->network.n_layers; l-- > 0;) {
        const hpb_segment *kernel = &lanes->segments[2 * l], *bias = &lanes->segments[2 * l + 1];
        lanes->kernels->gradient(n, kernel->rows, kernel->columns, lanes->activation[l],
                                 lanes->delta[l], from_zero,
                                 lanes->gradients + (size_t)kernel->offset * L,
                                 lanes->gradients + (size_t)bias->offset * L);
        if (l > 0)
            lanes->kernels->backward(n, kernel->rows, kernel->columns, lanes->delta[l],
                                     lanes->weights + (size_t)kernel->offset * L,
                                     lanes->activation[l], lanes->config->network.activation,
                                     lanes->delta[l - 1]);
    }
}

void hpb_lanes_train(hpb_lanes *lanes, const hpb_gather *gather, uint32_t first, uint32_t n,
                     double *sum)
{
    _Alignas(64) float batch_sum[L] = {0};
    for (uint32_t done = 0; done < n;) {
        const uint32_t part = n - done < lanes->n_rows ? n - done : lanes->n_rows;
        const float *prediction = hpb_lanes_predict(lanes, gather, first + done, part);
        lanes->kernels->loss(part, prediction, lanes->y, 2 / (float)n, batch_sum,
                             lanes->delta[lanes->config->network.n_layers - 1]);
        add_gradients(lanes, part, done == 0);
        done += part;
    }
    hpb_lanes_update(lanes);
    for (int j = 0; j < L; j++)
        sum[j] += (double)batch_sum[j];
}
