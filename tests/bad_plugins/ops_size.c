// SPDX-License-Identifier: Apache-2.0
// Functions of another size.
// expected: ops: struct_size is 8; expected 40: use sizeof
#include "bad.h"

static const hpb_optimizer_ops small = {.struct_size = 8, .update = {update}};

static const hpb_plugin plugin = {GOOD, .ops = &small};
ENTRY(&plugin)
