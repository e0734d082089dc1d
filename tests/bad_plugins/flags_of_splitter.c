// SPDX-License-Identifier: Apache-2.0
// A splitter with a flag that nobody has defined.
// expected: ops: unknown flags 0x4
#include "bad.h"

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    (void)host, (void)values, (void)rows;
    *out_count = 1;
    return HPB_OK;
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    (void)host, (void)values, (void)rows, (void)emit, (void)emit_context;
    return HPB_OK;
}

static const hpb_splitter_ops splitter_ops = {.struct_size = sizeof splitter_ops,
                                              .flags = HPB_SPLITTER_FIXED | 4u,
                                              .count = count,
                                              .split = split};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SPLITTER, .params = {0},
                                  .ops = &splitter_ops};
ENTRY(&plugin)
