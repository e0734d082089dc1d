// SPDX-License-Identifier: Apache-2.0
// Two slots of one name.
// expected: two slots have the name 'm'
#include "bad.h"

static const hpb_slot slots[] = {{.name = "m", .scope = HPB_SLOT_LANE},
                                 {.name = "m", .scope = HPB_SLOT_PARAMETER}};

static const hpb_plugin plugin = {GOOD, .slots = HPB_ARRAY(slots)};
ENTRY(&plugin)
