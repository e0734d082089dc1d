// SPDX-License-Identifier: Apache-2.0
// A schedule whose functions have another size.
// expected: ops: struct_size is 16; expected 24: use sizeof
#include "bad.h"

static const hpb_schedule_ops schedule = {.struct_size = 16};

static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SCHEDULE, .ops = &schedule};
ENTRY(&plugin)
