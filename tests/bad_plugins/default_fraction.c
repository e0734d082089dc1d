// SPDX-License-Identifier: Apache-2.0
// An integer that is not one.
// expected: parameter epochs: default 2.5 is not an integer
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "epochs", .doc = "Epochs.", .type = HPB_TYPE_INT, .value = 2.5, .max = 9},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
