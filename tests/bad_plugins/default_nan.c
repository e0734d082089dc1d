// SPDX-License-Identifier: Apache-2.0
// A default of none where none is not allowed.
// expected: parameter beta: default is NaN (none), but it is not HPB_PARAM_OPTIONAL
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "beta", .doc = "Decay.", .type = HPB_TYPE_REAL, .value = (double)NAN, .max = 1},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
