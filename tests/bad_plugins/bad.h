// SPDX-License-Identifier: Apache-2.0
// A plugin without fault, of which each source here spoils one thing: {GOOD, .id = "Adam"}.
// BAD_NAME is the source's name, and so the file's and the plugin's.
#include <hpbench/plugin.h>

#include <math.h>

#define LEARNING_RATE                                                                              \
    {                                                                                              \
        .name = "learning_rate", .doc = "Step size.", .type = HPB_TYPE_REAL, .value = 0.01,        \
        .min = 0, .max = HUGE_VAL                                                                  \
    }

static void update(const hpb_value *values, const hpb_batch *batch)
{
    (void)values;
    (void)batch;
}

static const hpb_param learning_rate[] = {LEARNING_RATE};
static const hpb_optimizer_ops optimizer = {
    .struct_size = sizeof optimizer, .flags = HPB_OPTIMIZER_ELEMENTWISE, .update = {update}};

#define GOOD                                                                                       \
    HPB_PREAMBLE, .kind = HPB_KIND_OPTIMIZER, .results_revision = 1, .id = BAD_NAME,               \
                  .version = "1.0", .summary = "A plugin for the loader's tests.",                 \
                  .params = HPB_ARRAY(learning_rate), .ops = &optimizer

#define ENTRY(descriptor)                                                                          \
    HPB_EXPORT const hpb_plugin *hpbench_plugin(void)                                              \
    {                                                                                              \
        return descriptor;                                                                         \
    }
