// SPDX-License-Identifier: Apache-2.0
// A flag that nobody has defined.
// expected: parameter beta: unknown flags 0x80
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta", .doc = "Decay.", .type = HPB_TYPE_REAL, .max = 1, .flags = 0x80},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
