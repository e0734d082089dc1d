// SPDX-License-Identifier: Apache-2.0
// LeCun uniform initial weights.
#include "variance_scaling.h"

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)values;
    return scale_variance(host, tensor, 1, FAN_IN, UNIFORM, out);
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "lecun_uniform",
        .version = "1.0.0",
        .summary = "Uniform weights of variance 1 / fan in.",
        .docs = "w ~ U(-limit, limit), limit = sqrt(3 / fan_in). keras.initializers.LecunUniform, "
                "bit for bit.\n"
                "PyTorch's default for linear layers is narrower: its limit is sqrt(1 / fan_in).",
        .references =
            "LeCun et al. 1998, Efficient backprop; Klambauer et al. 2017, Self-normalizing neural "
            "networks, NIPS; keras/src/initializers/random_initializers.py",
        .ops = &ops,
    };
    return &plugin;
}
