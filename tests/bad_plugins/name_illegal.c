// SPDX-License-Identifier: Apache-2.0
// A parameter that no suite could set.
// expected: parameter 2: name 'Beta-1' is not lower snake case of at most 63 characters
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "Beta-1", .doc = "Decay.", .type = HPB_TYPE_REAL, .max = 1},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
