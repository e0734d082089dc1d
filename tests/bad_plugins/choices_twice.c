// SPDX-License-Identifier: Apache-2.0
// One choice twice.
// expected: parameter form: choice 'a' is there twice
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "form", .doc = "Form.", .type = HPB_TYPE_CHOICE, .choices = "a, b, a"},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
