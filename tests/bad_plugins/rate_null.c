// SPDX-License-Identifier: Apache-2.0
// A schedule without its function.
// expected: ops: function rate is NULL
#include "bad.h"

static const hpb_schedule_ops schedule = {.struct_size = sizeof schedule};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SCHEDULE, .ops = &schedule};
ENTRY(&plugin)
