// SPDX-License-Identifier: Apache-2.0
// All initial weights one.
#include "hpbench/plugin.h"

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)host, (void)values;
    for (uint32_t i = 0; i < tensor->rows * tensor->columns; i++)
        out[i] = 1;
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
        .id = "ones",
        .version = "1.0.0",
        .summary = "All weights one.",
        .docs = "w = 1; no random numbers. All units of a hidden layer stay alike: it learns as if "
                "it had\n"
                "one unit. keras.initializers.Ones.",
        .references = "keras/src/initializers/constant_initializers.py",
        .ops = &ops,
    };
    return &plugin;
}
