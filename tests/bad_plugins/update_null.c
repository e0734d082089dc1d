// SPDX-License-Identifier: Apache-2.0
// An optimizer that can not update.
// expected: ops: function update[HPB_ISA_BASELINE] is NULL
#include "bad.h"

static const hpb_optimizer_ops empty = {.struct_size = sizeof empty, .update = {0, update}};

static const hpb_plugin plugin = {GOOD, .ops = &empty};
ENTRY(&plugin)
