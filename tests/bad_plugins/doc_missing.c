// SPDX-License-Identifier: Apache-2.0
// A parameter that says nothing.
// expected: parameter beta: doc: empty; expected a text
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta", .type = HPB_TYPE_REAL, .max = 1},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
