// SPDX-License-Identifier: Apache-2.0
// A splitter that can not count.
// expected: ops: function count is NULL
#include "bad.h"

static const hpb_splitter_ops empty = {.struct_size = sizeof empty};

static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SPLITTER, .ops = &empty};
ENTRY(&plugin)
