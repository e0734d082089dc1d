// SPDX-License-Identifier: Apache-2.0
// Says that it applies a weight decay which nobody can set.
// expected: ops: HPB_OPTIMIZER_DECAYS, but there is no parameter weight_decay
#include "bad.h"

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_OPTIMIZER_DECAYS, .update = {update}};

static const hpb_plugin plugin = {GOOD, .ops = &ops};
ENTRY(&plugin)
