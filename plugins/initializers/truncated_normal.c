// SPDX-License-Identifier: Apache-2.0
// Normal initial weights without their tails.
#include "hpbench/plugin.h"

#include <math.h>

enum { MEAN, STDDEV };

static const hpb_param params[] = {
    {.name = "mean",
     .doc = "Mean of the weights.",
     .type = HPB_TYPE_REAL,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
    {.name = "stddev",
     .doc = "Standard deviation before the cut; after it 0.88 times this.",
     .type = HPB_TYPE_REAL,
     .value = 0.05,
     .max = HUGE_VAL},
};

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    host->random_truncated_normal(host->context, tensor->rows * tensor->columns,
                                  values[MEAN].number, values[STDDEV].number, out);
    return HPB_OK;
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "truncated_normal",
        .version = "1.0.0",
        .summary = "Normal weights, cut off at two standard deviations, whose spread does not "
                   "depend on the layer.",
        .docs = "w ~ N(mean, stddev^2), drawn again until |w - mean| < 2 stddev.\n"
                "keras.initializers.TruncatedNormal.",
        .references = "keras/src/initializers/random_initializers.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
