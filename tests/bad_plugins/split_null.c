// SPDX-License-Identifier: Apache-2.0
// A splitter that can not split.
// expected: ops: function split is NULL
#include "bad.h"

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    (void)host;
    (void)values;
    *out_count = rows->n_rows;
    return HPB_OK;
}

static const hpb_splitter_ops half = {.struct_size = sizeof half, .count = count};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SPLITTER, .ops = &half};
ENTRY(&plugin)
