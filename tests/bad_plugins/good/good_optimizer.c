// SPDX-License-Identifier: Apache-2.0
// An optimizer with every kind of parameter and slot, for the loader's tests.
#include "../bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta",
     .aliases = "b, momentum_share",
     .doc = "Decay; 0.1 has no exact binary form.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.1,
     .max = 1},
    {.name = "every",
     .doc = "Steps from one restart to the next.",
     .unit = "steps",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_MIN_OPEN | HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "centered", .doc = "Whether to subtract the mean.", .type = HPB_TYPE_FLAG, .value = 1},
    {.name = "form",
     .doc = "Where epsilon stands.",
     .choices = "keras, torch",
     .type = HPB_TYPE_CHOICE,
     .value = 1},
    {.name = "knots",
     .doc = "Where the rate bends.",
     .unit = "epochs",
     .type = HPB_TYPE_REALS,
     .min = -HUGE_VAL,
     .max = 9},
};

static const hpb_slot slots[] = {
    {.name = "momentum", .doc = "The mean gradient.", .scope = HPB_SLOT_PARAMETER},
    {.name = "beta_power", .scope = HPB_SLOT_LANE},
};

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_OPTIMIZER_ELEMENTWISE, .update = {update, update}};
static const hpb_plugin plugin = {GOOD,
                                  .docs = "w -= learning_rate g.\nTwo lines; \"quotes\".",
                                  .references = "Nobody et al. 2024",
                                  .params = HPB_ARRAY(params),
                                  .slots = HPB_ARRAY(slots),
                                  .ops = &ops};
ENTRY(&plugin)
