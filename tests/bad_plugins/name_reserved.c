// SPDX-License-Identifier: Apache-2.0
// A parameter named like a key of every section.
// expected: parameter 2: name 'label' is a key that every section has
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "label", .doc = "Decay.", .type = HPB_TYPE_REAL, .max = 1},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
