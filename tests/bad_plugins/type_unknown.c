// SPDX-License-Identifier: Apache-2.0
// A type that nobody has defined.
// expected: parameter beta: unknown type 9
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta", .doc = "Decay.", .type = 9},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
