// SPDX-License-Identifier: Apache-2.0
// Variance scaling: what glorot, he and lecun are cases of.
#include "variance_scaling.h"

enum { SCALE, MODE, DISTRIBUTION };

static const hpb_param params[] = {
    {.name = "scale",
     .doc = "The variance of a weight is this divided by the fan.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 1,
     .max = HUGE_VAL},
    {.name = "mode",
     .doc = "Which fan: inputs, units, or the mean of both.",
     .choices = "fan_in,fan_out,fan_avg",
     .type = HPB_TYPE_CHOICE},
    {.name = "distribution",
     .doc = "Shape; truncated at two standard deviations, the variance being right after the cut.",
     .choices = "truncated_normal,untruncated_normal,uniform",
     .type = HPB_TYPE_CHOICE},
};

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    return scale_variance(host, tensor, values[SCALE].number, (fan_mode)values[MODE].number,
                          (distribution)values[DISTRIBUTION].number, out);
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "variance_scaling",
        .version = "1.0.0",
        .summary = "Weights of mean 0 and variance scale / fan, normal or uniform.",
        .docs = "variance = scale / fan; uniform: U(-sqrt(3 variance), sqrt(3 variance)).\n"
                "glorot: scale 1, fan_avg. he: scale 2, fan_in. lecun: scale 1, fan_in.\n"
                "keras.initializers.VarianceScaling.",
        .references = "keras/src/initializers/random_initializers.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
