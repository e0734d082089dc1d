// SPDX-License-Identifier: Apache-2.0
// A choice that no suite could name: spaces around a word are dropped, not those inside.
// expected: parameter form: choice 'by loss' is not a word of a-z, 0-9 and _
#include "bad.h"

static const hpb_param params[] = {
    LEARNING_RATE,
    {.name = "form", .doc = "Form.", .type = HPB_TYPE_CHOICE, .choices = "a, by loss"},
};

static const hpb_plugin plugin = {GOOD, .params = HPB_ARRAY(params)};
ENTRY(&plugin)
