// SPDX-License-Identifier: Apache-2.0
// An initializer with a flag that nobody has defined.
// expected: ops: unknown flags 0x2
#include "bad.h"

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)host, (void)values, (void)tensor, (void)out;
    return HPB_OK;
}

static const hpb_initializer_ops initializer_ops = {
    .struct_size = sizeof initializer_ops, .flags = HPB_INITIALIZER_FIXED | 2u, .fill = fill};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_INITIALIZER, .params = {0},
                                  .ops = &initializer_ops};
ENTRY(&plugin)
