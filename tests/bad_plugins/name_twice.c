// SPDX-License-Identifier: Apache-2.0
// An alias that is another parameter.
// expected: two parameters have the name 'learning_rate'
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "rate",
     .aliases = "lr, learning_rate",
     .doc = "Decay.",
     .type = HPB_TYPE_REAL,
     .max = 1},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
