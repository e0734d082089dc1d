// SPDX-License-Identifier: Apache-2.0
// Uniform initial weights in a range of one's own.
#include "hpbench/plugin.h"

#include <math.h>

enum { MINVAL, MAXVAL };

static const hpb_param params[] = {
    {.name = "minval",
     .doc = "Lower end of the range.",
     .type = HPB_TYPE_REAL,
     .value = -0.05,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
    {.name = "maxval",
     .doc = "Upper end of the range.",
     .type = HPB_TYPE_REAL,
     .value = 0.05,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
};

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    host->random_uniform(host->context, tensor->rows * tensor->columns, values[MINVAL].number,
                         values[MAXVAL].number, out);
    return HPB_OK;
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "random_uniform",
        .version = "1.0.0",
        .summary = "Uniform weights in a range that does not depend on the layer.",
        .docs = "w ~ U(minval, maxval). keras.initializers.RandomUniform, bit for bit.",
        .references = "keras/src/initializers/random_initializers.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
