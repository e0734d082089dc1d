// SPDX-License-Identifier: Apache-2.0
// Adagrad, with epsilon and the accumulator's beginning as Keras or as the paper has them.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, INITIAL_ACCUMULATOR_VALUE, EPSILON, LR_DECAY, CONVENTION };
enum { ACCUMULATOR };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size; PyTorch takes 0.01.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "initial_accumulator_value",
     .doc = "Where the sums of squares begin; PyTorch and the paper take 0.",
     .type = HPB_TYPE_REAL,
     .value = 0.1,
     .max = HUGE_VAL},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Keeps the division finite; PyTorch takes 1e-10.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
    {.name = "lr_decay",
     .doc = "PyTorch's: the rate is divided by 1 + lr_decay times the updates so far.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
    {.name = "convention",
     .doc = "Where epsilon stands: under the root (keras) or beside it (paper).",
     .choices = "keras,paper",
     .type = HPB_TYPE_CHOICE},
};

static const hpb_slot slots[] = {
    {.name = "accumulator", .doc = "Sum of squared gradients.", .scope = HPB_SLOT_PARAMETER},
};

static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    const float value = (float)values[INITIAL_ACCUMULATOR_VALUE].number;
    for (size_t p = 0; p < batch->n_params; p++)
        batch->slots[ACCUMULATOR][p * batch->n_lanes + lane] = value;
}

HPB_INLINE void row(const float *HPB_RESTRICT rate, float inside, float outside,
                    const float *HPB_RESTRICT g, float *HPB_RESTRICT w, float *HPB_RESTRICT sum)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        sum[j] += g[j] * g[j];
        w[j] -= rate[j] * g[j] / (sqrtf(sum[j] + inside) + outside);
    }
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const float epsilon = (float)values[EPSILON].number;
    const int is_keras = values[CONVENTION].number == 0;
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE) {
        float rate[HPB_LANE_MULTIPLE];
        for (int j = 0; j < HPB_LANE_MULTIPLE; j++)
            rate[j] = (float)((double)batch->learning_rate[lane + j] /
                              (1 + values[LR_DECAY].number * (double)(batch->step[lane + j] - 1)));
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            row(rate, is_keras ? epsilon : 0, is_keras ? 0 : epsilon, batch->gradients + at,
                batch->weights + at, batch->slots[ACCUMULATOR] + at);
    }
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .flags = HPB_OPTIMIZER_ELEMENTWISE,
    .start = start,
    .update = HPB_UPDATE_TABLE(update),
};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "adagrad",
        .version = "1.0.0",
        .summary = "Adagrad: steps that shrink with the sum of squared gradients so far.",
        .docs = "s += g g; w -= learning_rate g / sqrt(s + epsilon); s begins at "
                "initial_accumulator_value.\n"
                "convention = paper divides by sqrt(s) + epsilon instead, as PyTorch does.\n"
                "lr_decay: learning_rate / (1 + lr_decay (t - 1)) in place of learning_rate.",
        .references = "Duchi, Hazan and Singer 2011, JMLR 12; keras/src/optimizers/adagrad.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
