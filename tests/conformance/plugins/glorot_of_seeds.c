// SPDX-License-Identifier: Apache-2.0
// Kernels of keras.initializers.GlorotUniform(seed), a seed a layer, the same in every fit: what goldens begin with.
#include "hpbench/plugin.h"
#include "random/random.h"

#include <math.h>

enum { SEEDS };

static const hpb_param params[] = {
    {.name = "seeds", .doc = "Of each kernel in turn.", .type = HPB_TYPE_REALS, .max = UINT32_MAX},
};

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    if (tensor->layer >= values[SEEDS].count)
        return host->fail(host->context, "seeds: fewer than there are layers");
    hpb_philox stream = hpb_keras_stream((uint32_t)values[SEEDS].list[tensor->layer]);
    const double limit = sqrt(3 / ((double)(tensor->rows + tensor->columns) / 2));
    hpb_philox_uniform(&stream, tensor->rows * tensor->columns, -limit, limit, out);
    return HPB_OK;
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "glorot_of_seeds",
        .version = "1.0.0",
        .summary = "Glorot uniform kernels of given seeds.",
        .docs = "For the tests of whole fits.",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
