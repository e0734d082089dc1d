// SPDX-License-Identifier: Apache-2.0
// A default beyond the choices.
// expected: parameter form: default 2 is not the index of one of 2 choices
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "form", .doc = "Form.", .type = HPB_TYPE_CHOICE, .choices = "a, b", .value = 2},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
