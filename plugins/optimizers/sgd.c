// SPDX-License-Identifier: Apache-2.0
// Stochastic gradient descent, with momentum as Keras or as PyTorch has it, and Nesterov's look-ahead.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, MOMENTUM, NESTEROV, CONVENTION };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.01,
     .max = HUGE_VAL},
    {.name = "momentum",
     .doc = "Share of the last step that is kept; 0 is plain gradient descent.",
     .type = HPB_TYPE_REAL,
     .max = 1},
    {.name = "nesterov",
     .doc = "Whether to step from where the momentum leads.",
     .type = HPB_TYPE_FLAG},
    {.name = "convention",
     .doc = "What momentum keeps: steps, at the rates of their time (keras), or gradients, all at "
            "the rate of the day (pytorch).",
     .choices = "keras,pytorch",
     .type = HPB_TYPE_CHOICE},
};

static const hpb_slot slots[] = {
    {.name = "momentum",
     .doc = "The last step; in PyTorch's convention its direction.",
     .scope = HPB_SLOT_PARAMETER},
};

HPB_INLINE void row_of_pytorch(float momentum, int nesterov, const float *HPB_RESTRICT g,
                               const float *HPB_RESTRICT rate, float *HPB_RESTRICT w,
                               float *HPB_RESTRICT m)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        m[j] = m[j] * momentum + g[j];
        w[j] -= rate[j] * (nesterov ? g[j] + m[j] * momentum : m[j]);
    }
}

HPB_INLINE void row(float momentum, int nesterov, const float *HPB_RESTRICT g,
                    const float *HPB_RESTRICT rate, float *HPB_RESTRICT w, float *HPB_RESTRICT m)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        const float step = g[j] * rate[j];
        m[j] = m[j] * momentum - step;
        w[j] += nesterov ? m[j] * momentum - step : m[j];
    }
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const float momentum = (float)values[MOMENTUM].number;
    const int nesterov = momentum != 0 && values[NESTEROV].number != 0;
    const int is_keras = values[CONVENTION].number == 0;
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE)
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            if (is_keras)
                row(momentum, nesterov, batch->gradients + at, batch->learning_rate + lane,
                    batch->weights + at, batch->slots[0] + at);
            else
                row_of_pytorch(momentum, nesterov, batch->gradients + at,
                               batch->learning_rate + lane, batch->weights + at,
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
        .id = "sgd",
        .version = "1.0.0",
        .summary = "Stochastic gradient descent, with momentum.",
        .docs = "m = momentum m - learning_rate g; w += m; "
                "with nesterov w += momentum m - learning_rate g.\n"
                "convention = pytorch has m = momentum m + g; w -= learning_rate m, with nesterov "
                "w -= learning_rate (g + momentum m):\n"
                "the same until the rate changes.",
        .references = "Sutskever et al. 2013, ICML; keras/src/optimizers/sgd.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
