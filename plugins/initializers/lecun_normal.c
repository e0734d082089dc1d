// SPDX-License-Identifier: Apache-2.0
// LeCun normal initial weights, meant for self-normalising networks.
#include "variance_scaling.h"

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)values;
    return scale_variance(host, tensor, 1, FAN_IN, TRUNCATED_NORMAL, out);
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "lecun_normal",
        .version = "1.0.0",
        .summary = "Normal weights, cut off at two standard deviations, of variance 1 / fan in.",
        .docs =
            "w ~ N(0, stddev^2), drawn again until |w| < 2 stddev;\n"
            "stddev = sqrt(1 / fan_in) / 0.8796, which makes the variance right after the cut.\n"
            "keras.initializers.LecunNormal.",
        .references =
            "LeCun et al. 1998, Efficient backprop; Klambauer et al. 2017, Self-normalizing neural "
            "networks, NIPS; keras/src/initializers/random_initializers.py",
        .ops = &ops,
    };
    return &plugin;
}
