// SPDX-License-Identifier: Apache-2.0
// Adadelta in Keras' convention, which is the paper's times a learning rate.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, RHO, EPSILON };
enum { ACCUMULATED_GRAD, ACCUMULATED_DELTA };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size; PyTorch and the paper take 1.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "rho",
     .doc = "Decay of both running means; PyTorch takes 0.9.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.95,
     .max = 1},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Starts the steps and keeps the division finite; PyTorch and the paper take 1e-6.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
};

static const hpb_slot slots[] = {
    {.name = "accumulated_grad",
     .doc = "Running mean of squared gradients.",
     .scope = HPB_SLOT_PARAMETER},
    {.name = "accumulated_delta_var",
     .doc = "Running mean of squared steps, before the learning rate.",
     .scope = HPB_SLOT_PARAMETER},
};

HPB_INLINE void row(const float factor[3], const float *HPB_RESTRICT g,
                    const float *HPB_RESTRICT rate, float *HPB_RESTRICT w,
                    float *HPB_RESTRICT squares, float *HPB_RESTRICT steps)
{
    const float rho = factor[0], one_minus_rho = factor[1], epsilon = factor[2];
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        squares[j] = rho * squares[j] + one_minus_rho * (g[j] * g[j]);
        const float step = sqrtf(steps[j] + epsilon) * g[j] / sqrtf(squares[j] + epsilon);
        steps[j] = rho * steps[j] + one_minus_rho * (step * step);
        w[j] -= rate[j] * step;
    }
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    // Keras: 1 - rho in double
    const double rho = values[RHO].number;
    const float factor[3] = {(float)rho, (float)(1 - rho), (float)values[EPSILON].number};
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE)
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            row(factor, batch->gradients + at, batch->learning_rate + lane, batch->weights + at,
                batch->slots[ACCUMULATED_GRAD] + at, batch->slots[ACCUMULATED_DELTA] + at);
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .flags = HPB_OPTIMIZER_ELEMENTWISE,
    .update = HPB_UPDATE_TABLE(update),
};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "adadelta",
        .version = "1.0.0",
        .summary = "Adadelta: steps in the size of the running mean of steps so far.",
        .docs =
            "s = rho s + (1 - rho) g g; step = sqrt(d + epsilon) / sqrt(s + epsilon) g;\n"
            "d = rho d + (1 - rho) step step; w -= learning_rate step.\n"
            "The paper has none: learning_rate = 1. With Keras' 0.001 a short fit hardly moves.",
        .references = "Zeiler 2012, arXiv:1212.5701; keras/src/optimizers/adadelta.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
