// SPDX-License-Identifier: Apache-2.0
// No schedule: the optimizer's learning rate at every step.
#include "hpbench/plugin.h"

static void rate(const hpb_math *math, const hpb_value *values, double learning_rate,
                 uint64_t first, uint32_t n, float *out)
{
    (void)math, (void)values, (void)first;
    for (uint32_t i = 0; i < n; i++)
        out[i] = (float)learning_rate;
}

static const hpb_schedule_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_SCHEDULE_CONSTANT, .rate = rate};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SCHEDULE,
        .results_revision = 1,
        .id = "constant",
        .version = "1.0.0",
        .summary = "The optimizer's learning_rate at every step.",
        .docs =
            "rate = learning_rate. The one schedule beside which early stopping may set the rate.",
        .ops = &ops,
    };
    return &plugin;
}
