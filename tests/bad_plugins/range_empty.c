// SPDX-License-Identifier: Apache-2.0
// A range without a value.
// expected: parameter beta: range 1 to 0 is empty; no bound is HUGE_VAL
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta", .doc = "Decay.", .type = HPB_TYPE_REAL, .value = 1, .min = 1},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
