// SPDX-License-Identifier: Apache-2.0
// What adam.c and adamw.c have in common: all but the default of weight decay, which the host applies.
#ifndef HPB_OPTIMIZERS_ADAM_H
#define HPB_OPTIMIZERS_ADAM_H

#include "adam_step.h"

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON, AMSGRAD, CONVENTION, WEIGHT_DECAY };

enum { M, V, V_HAT, BETA_1_POWER, BETA_2_POWER };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "beta_1",
     .aliases = "beta1",
     .doc = "Decay of the first moment.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.9,
     .max = 1},
    {.name = "beta_2",
     .aliases = "beta2",
     .doc = "Decay of the second moment.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.999,
     .max = 1},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Keeps the division finite; PyTorch and the paper take 1e-8.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
    {.name = "amsgrad",
     .doc = "Whether to divide by the largest second moment so far.",
     .type = HPB_TYPE_FLAG},
    {.name = "convention",
     .doc = "Where epsilon stands: beside sqrt(v) (keras) or its correction (paper).",
     .choices = "keras,paper",
     .type = HPB_TYPE_CHOICE},
    {.name = "weight_decay",
     .doc = "Weights shrink by this share of the learning rate at each update.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = 0.004,
     .max = HUGE_VAL},
};

static const hpb_slot slots[] = {
    {.name = "m", .doc = "First moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "v", .doc = "Second moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "v_hat", .doc = "The largest v so far; AMSGrad alone.", .scope = HPB_SLOT_PARAMETER},
    {.name = "beta_1_power", .doc = "beta_1 to the number of updates.", .scope = HPB_SLOT_LANE},
    {.name = "beta_2_power", .doc = "beta_2 to the number of updates.", .scope = HPB_SLOT_LANE},
};

static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    (void)values;
    batch->lane_slots[BETA_1_POWER][lane] = 1;
    batch->lane_slots[BETA_2_POWER][lane] = 1;
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const int amsgrad = values[AMSGRAD].number != 0;
    const adam_settings settings = {values[BETA_1].number, values[BETA_2].number,
                                    values[EPSILON].number, 1, values[CONVENTION].number != 0};
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE) {
        adam_factors f;
        adam_prepare(&settings, batch->learning_rate + lane, batch->lane_slots[BETA_1_POWER] + lane,
                     batch->lane_slots[BETA_2_POWER] + lane, &f);
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            if (amsgrad)
                adam_row(&f, 1, batch->gradients + at, batch->weights + at, batch->slots[M] + at,
                         batch->slots[V] + at, batch->slots[V_HAT] + at);
            else
                adam_row(&f, 0, batch->gradients + at, batch->weights + at, batch->slots[M] + at,
                         batch->slots[V] + at, batch->slots[V_HAT] + at);
    }
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .flags = HPB_OPTIMIZER_ELEMENTWISE,
    .start = start,
    .update = HPB_UPDATE_TABLE(update),
};

#endif
