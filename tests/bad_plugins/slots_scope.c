// SPDX-License-Identifier: Apache-2.0
// A slot of nothing.
// expected: slot m: unknown scope 7
#include "bad.h"

static const hpb_slot slots[] = {{.name = "m", .scope = 7}};

static const hpb_plugin plugin = {GOOD, .slots = HPB_ARRAY(slots)};
ENTRY(&plugin)
