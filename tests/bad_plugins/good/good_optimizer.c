// SPDX-License-Identifier: Apache-2.0
// An optimizer with every kind of parameter and slot, for the loader's tests.
#include "../bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {"beta", "b, momentum_share", "Decay; 0.1 has no exact binary form.", NULL, NULL, HPB_TYPE_REAL,
     HPB_PARAM_MAX_OPEN, 0.1, 0, 1},
    {"every", NULL, "Steps from one restart to the next.", "steps", NULL, HPB_TYPE_INT,
     HPB_PARAM_MIN_OPEN | HPB_PARAM_OPTIONAL, (double)NAN, 0, HUGE_VAL},
    {"centered", NULL, "Whether to subtract the mean.", NULL, NULL, HPB_TYPE_FLAG, 0, 1, 0, 1},
    {"form", NULL, "Where epsilon stands.", NULL, "keras, torch", HPB_TYPE_CHOICE, 0, 1, 0, 1},
    {"knots", NULL, "Where the rate bends.", "epochs", NULL, HPB_TYPE_REALS, 0, 0, -HUGE_VAL, 9},
};

static const hpb_slot slots[] = {
    {"momentum", "The mean gradient.", HPB_SLOT_PARAMETER, 0},
    {"beta_power", NULL, HPB_SLOT_LANE, 0},
};

static const hpb_optimizer_ops ops = {
    sizeof ops, HPB_OPTIMIZER_ELEMENTWISE, NULL, {update, update, NULL}};
static const hpb_plugin plugin = {GOOD,
                                  .docs = "w -= learning_rate g.\nTwo lines; \"quotes\".",
                                  .references = "Nobody et al. 2024",
                                  .params = HPB_ARRAY(params),
                                  .slots = HPB_ARRAY(slots),
                                  .ops = &ops};
ENTRY(&plugin)
