// SPDX-License-Identifier: Apache-2.0
// A default that the plugin itself forbids.
// expected: parameter beta: default 1 is outside its range [0, 1)
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta",
     .doc = "Decay.",
     .type = HPB_TYPE_REAL,
     .value = 1,
     .max = 1,
     .flags = HPB_PARAM_MAX_OPEN},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
