// SPDX-License-Identifier: Apache-2.0
// Glorot uniform initial weights: Keras' default for dense layers.
#include "variance_scaling.h"

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)values;
    return scale_variance(host, tensor, 1, FAN_AVG, UNIFORM, out);
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "glorot_uniform",
        .version = "1.0.0",
        .summary = "Uniform weights whose range shrinks with the fan in and the fan out.",
        .docs = "w ~ U(-limit, limit), limit = sqrt(3 / ((fan_in + fan_out) / 2)).\n"
                "Also called Xavier uniform. keras.initializers.GlorotUniform, bit for bit.",
        .references =
            "Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward "
            "neural networks, AISTATS; keras/src/initializers/random_initializers.py",
        .ops = &ops,
    };
    return &plugin;
}
