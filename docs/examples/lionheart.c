// SPDX-License-Identifier: Apache-2.0
// Lion, an optimizer that steps by the sign of its momentum: all that a plugin outside hpbench's tree needs.
// Build it as docs/abi.md says and drop lionheart.so into ~/.local/lib/hpbench/plugins.
#include <hpbench/plugin.h>

#include <math.h>

enum { LEARNING_RATE, BETA_1, BETA_2 };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "beta_1",
     .doc = "Share of the momentum in the step.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.9,
     .max = 1},
    {.name = "beta_2",
     .doc = "Decay of the momentum.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.99,
     .max = 1},
};

static const hpb_slot slots[] = {
    {.name = "momentum", .doc = "m = beta_2 m + (1 - beta_2) g.", .scope = HPB_SLOT_PARAMETER},
};

// One parameter of 16 lanes. `restrict` lets the compiler turn the loop into vector instructions.
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
    // Keras' Lion has 1 - beta in float32; most of its others have it in double, and the bits differ
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
        .id = "lionheart",
        .version = "1.0",
        .summary = "Lion: steps of one size, in the direction of the momentum's sign.",
        .docs =
            "w -= learning_rate sign(beta_1 m + (1 - beta_1) g); m = beta_2 m + (1 - beta_2) g.",
        .references =
            "Chen et al. 2023, Symbolic discovery of optimization algorithms; Keras 3 Lion",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
