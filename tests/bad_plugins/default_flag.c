// SPDX-License-Identifier: Apache-2.0
// A flag that is neither no nor yes.
// expected: parameter amsgrad: default of a flag is 0 or 1
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "amsgrad", .doc = "Maximum.", .type = HPB_TYPE_FLAG, .value = 2},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
