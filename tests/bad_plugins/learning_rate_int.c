// SPDX-License-Identifier: Apache-2.0
// A learning rate that counts.
// expected: parameter learning_rate: expected a real that is not optional
#include "bad.h"

static const hpb_param params[] = {
    {.name = "learning_rate", .doc = "Step.", .type = HPB_TYPE_INT, .value = 1, .max = 9},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
