// SPDX-License-Identifier: Apache-2.0
// All initial weights the same number.
#include "hpbench/plugin.h"

#include <math.h>

enum { VALUE };

static const hpb_param params[] = {
    {.name = "value",
     .doc = "The number.",
     .type = HPB_TYPE_REAL,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
};

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)host;
    for (uint32_t i = 0; i < tensor->rows * tensor->columns; i++)
        out[i] = (float)values[VALUE].number;
    return HPB_OK;
}

static const hpb_initializer_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_INITIALIZER_FIXED, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "constant",
        .version = "1.0.0",
        .summary = "All weights the same number.",
        .docs = "w = value; no random numbers. All units of a hidden layer stay alike: it learns "
                "as if it\n"
                "had one unit. keras.initializers.Constant.",
        .references = "keras/src/initializers/constant_initializers.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
