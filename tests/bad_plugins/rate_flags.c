// SPDX-License-Identifier: Apache-2.0
// A flag of a schedule that nobody has defined.
// expected: ops: unknown flags 0x2
#include "bad.h"

static void rate(const hpb_math *math, const hpb_value *values, double start, uint64_t first,
                 uint32_t n, float *out)
{
    (void)math, (void)values, (void)start, (void)first, (void)n, (void)out;
}

static const hpb_schedule_ops schedule = {.struct_size = sizeof schedule, .flags = 2, .rate = rate};

static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SCHEDULE, .ops = &schedule};
ENTRY(&plugin)
