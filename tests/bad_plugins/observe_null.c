// SPDX-License-Identifier: Apache-2.0
// A stopping rule that can not observe.
// expected: ops: function observe is NULL
#include "bad.h"

static const hpb_early_stopping_ops empty = {.struct_size = sizeof empty};

static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_EARLY_STOPPING, .ops = &empty};
ENTRY(&plugin)
