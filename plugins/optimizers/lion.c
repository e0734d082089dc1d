// SPDX-License-Identifier: Apache-2.0
// Lion: steps of one size, by the sign of an interpolated momentum.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, BETA_1, BETA_2 };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size; the paper takes 3 to 10 times less than for Adam.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "beta_1",
     .aliases = "beta1",
     .doc = "Share of the momentum in the step; the rest is the gradient.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.9,
     .max = 1},
    {.name = "beta_2",
     .aliases = "beta2",
     .doc = "Decay of the momentum.",
     .type = HPB_TYPE_REAL,
     .value = 0.99,
     .max = 1},
};

static const hpb_slot slots[] = {
    {.name = "momentum", .doc = "Running mean of gradients.", .scope = HPB_SLOT_PARAMETER},
};

HPB_INLINE void row(const float beta[4], const float *HPB_RESTRICT g,
                    const float *HPB_RESTRICT rate, float *HPB_RESTRICT w, float *HPB_RESTRICT m)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        const float c = m[j] * beta[0] + g[j] * beta[1];
        const float sign = c > 0 ? 1 : c < 0 ? -1 : c; // 0 and NaN stay what they are
        w[j] -= rate[j] * sign;
        m[j] = m[j] * beta[2] + g[j] * beta[3];
    }
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    // Keras' Lion, unlike its Adam, has 1 - beta in float32
    const float beta_1 = (float)values[BETA_1].number, beta_2 = (float)values[BETA_2].number;
    const float beta[4] = {beta_1, 1 - beta_1, beta_2, 1 - beta_2};
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE)
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            row(beta, batch->gradients + at, batch->learning_rate + lane, batch->weights + at,
                batch->slots[0] + at);
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
        .id = "lion",
        .version = "1.0.0",
        .summary = "Lion: steps of one size, in the direction of the momentum's sign.",
        .docs = "w -= learning_rate sign(beta_1 m + (1 - beta_1) g); m = beta_2 m + (1 - beta_2) "
                "g; sign(0) = 0.\n"
                "Meant to go with weight_decay, which the paper takes 3 to 10 times larger than "
                "for AdamW.",
        .references = "Chen et al. 2023, Symbolic discovery of optimization algorithms, NeurIPS; "
                      "keras/src/optimizers/lion.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
