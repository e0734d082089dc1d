// SPDX-License-Identifier: Apache-2.0
// A rule with a parameter named like the key that names the rule beside it.
// expected: parameter 1: name 'also' is a key that every section has
#include "bad.h"

static void observe(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict)
{
    (void)values, (void)state, (void)epoch, (void)verdict;
}

static const hpb_param params[] = {
    {.name = "also", .doc = "Decay.", .type = HPB_TYPE_REAL, .max = 1},
};

static const hpb_early_stopping_ops early_stopping_ops = {.struct_size = sizeof early_stopping_ops,
                                                          .observe = observe};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_EARLY_STOPPING,
                                  .params = HPB_ARRAY(params), .ops = &early_stopping_ops};
ENTRY(&plugin)
