// SPDX-License-Identifier: Apache-2.0
// A default that is no number to print.
// expected: parameter beta: default is infinite; expected a finite number
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta", .doc = "Decay.", .type = HPB_TYPE_REAL, .value = HUGE_VAL, .max = HUGE_VAL},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
