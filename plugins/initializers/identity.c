// SPDX-License-Identifier: Apache-2.0
// Ones on the diagonal: a layer that hands its input on.
#include "hpbench/plugin.h"

#include <math.h>

enum { GAIN };

static const hpb_param params[] = {
    {.name = "gain",
     .doc = "What stands on the diagonal.",
     .type = HPB_TYPE_REAL,
     .value = 1,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
};

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)host; // a product, as Keras has it: a negative gain makes zeros -0
    for (uint32_t row = 0, i = 0; row < tensor->rows; row++)
        for (uint32_t column = 0; column < tensor->columns; column++, i++)
            out[i] = (float)values[GAIN].number * (row == column ? 1 : 0);
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
        .id = "identity",
        .version = "1.0.0",
        .summary = "The identity matrix times gain, cut or filled up with zeros where a layer is "
                   "not square.",
        .docs =
            "w[i, j] = gain where i = j, else 0; no random numbers. keras.initializers.Identity.",
        .references = "keras/src/initializers/constant_initializers.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
