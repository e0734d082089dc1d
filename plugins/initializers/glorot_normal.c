// SPDX-License-Identifier: Apache-2.0
// Glorot normal initial weights.
#include "variance_scaling.h"

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)values;
    return scale_variance(host, tensor, 1, FAN_AVG, TRUNCATED_NORMAL, out);
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "glorot_normal",
        .version = "1.0.0",
        .summary = "Normal weights, cut off at two standard deviations, of variance 2 / (fan in + "
                   "fan out).",
        .docs = "w ~ N(0, stddev^2), drawn again until |w| < 2 stddev;\n"
                "stddev = sqrt(2 / (fan_in + fan_out)) / 0.8796, which makes the variance right "
                "after the cut.\n"
                "Also called Xavier normal (PyTorch's is not cut off). "
                "keras.initializers.GlorotNormal.",
        .references =
            "Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward "
            "neural networks, AISTATS; keras/src/initializers/random_initializers.py",
        .ops = &ops,
    };
    return &plugin;
}
