// SPDX-License-Identifier: Apache-2.0
// An initializer that can not fill.
// expected: ops: function fill is NULL
#include "bad.h"

static const hpb_initializer_ops empty = {.struct_size = sizeof empty};

static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_INITIALIZER, .ops = &empty};
ENTRY(&plugin)
