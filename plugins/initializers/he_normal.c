// SPDX-License-Identifier: Apache-2.0
// He normal initial weights, meant for layers followed by relu.
#include "hpbench/plugin.h"

#include <math.h>

// standard deviation of a standard normal number kept within two standard deviations
#define TRUNCATED_STDDEV 0.87962566103423978

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    (void)values;
    // in double and in this order, as keras.initializers.VarianceScaling has it; the host rounds
    const double stddev = sqrt(2.0 / tensor->rows) / TRUNCATED_STDDEV;
    host->random_truncated_normal(host->context, tensor->rows * tensor->columns, 0.0, stddev, out);
    return HPB_OK;
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "he_normal",
        .version = "1.0.0",
        .summary = "Normal weights, cut off at two standard deviations, of variance 2 / fan in.",
        .docs =
            "w ~ N(0, stddev^2), drawn again until |w| < 2 stddev;\n"
            "stddev = sqrt(2 / fan_in) / 0.8796, so that the variance after the cut is 2 / "
            "fan_in.\n"
            "Also called Kaiming normal (PyTorch's is not cut off). keras.initializers.HeNormal.",
        .references = "He et al. 2015, Delving deep into rectifiers, ICCV; "
                      "keras/src/initializers/random_initializers.py",
        .ops = &ops,
    };
    return &plugin;
}
