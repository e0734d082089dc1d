// SPDX-License-Identifier: Apache-2.0
// All initial weights zero: the simplest initializer, and a control.
#include "hpbench/plugin.h"

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)host, (void)values;
    const uint32_t n = tensor->rows * tensor->columns;
    for (uint32_t i = 0; i < n; i++)
        out[i] = 0.0F;
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
        .id = "zeros",
        .version = "1.0.0",
        .summary = "All weights zero.",
        .docs = "w = 0; no random numbers. In a network with hidden layers no gradient reaches the "
                "kernels,\n"
                "so that only the last bias learns: the MSE to beat. keras.initializers.Zeros.",
        .references = "keras/src/initializers/constant_initializers.py",
        .ops = &ops,
    };
    return &plugin;
}
