// SPDX-License-Identifier: Apache-2.0
// A choice of nothing.
// expected: parameter form: a choice without choices
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "form", .doc = "Form.", .type = HPB_TYPE_CHOICE},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
