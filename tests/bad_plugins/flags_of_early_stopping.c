// SPDX-License-Identifier: Apache-2.0
// A stopping rule with a flag that nobody has defined.
// expected: ops: unknown flags 0x2
#include "bad.h"

static void observe(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict)
{
    (void)values, (void)state, (void)epoch, (void)verdict;
}

static const hpb_early_stopping_ops early_stopping_ops = {.struct_size = sizeof early_stopping_ops,
                                                          .flags = HPB_EARLY_STOPPING_RATE | 2u,
                                                          .observe = observe};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_EARLY_STOPPING, .params = {0},
                                  .ops = &early_stopping_ops};
ENTRY(&plugin)
