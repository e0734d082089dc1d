// SPDX-License-Identifier: Apache-2.0
// Where the parameters of a dense network lie, and what they start as.
#include "engine/private.h"

#include <stdio.h>
#include <string.h>

static uint32_t inputs_of(const hpb_network *network, uint32_t layer)
{
    return layer ? network->width[layer - 1] : network->n_inputs;
}

uint32_t hpb_network_parameters(const hpb_network *network)
{
    uint32_t n = 0;
    for (uint32_t l = 0; l < network->n_layers; l++)
        n += (inputs_of(network, l) + 1) * network->width[l];
    return n;
}

void hpb_network_segments(const hpb_network *network, hpb_segment *segments)
{
    uint32_t offset = 0;
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const uint32_t rows = inputs_of(network, l), columns = network->width[l];
        segments[2 * l] = (hpb_segment){l, HPB_SEGMENT_KERNEL, offset, rows, columns, 0};
        offset += rows * columns;
        segments[2 * l + 1] = (hpb_segment){l, HPB_SEGMENT_BIAS, offset, 1, columns, 0};
        offset += columns;
    }
}

static hpb_philox stream_of(const hpb_fit *fit, uint32_t layer)
{
    return fit->layer_seeds ? hpb_keras_stream(fit->layer_seeds[layer])
                            : hpb_weights_stream(fit->seeds, fit->fit, layer);
}

bool hpb_fit_initialise(const hpb_fit_config *config, const hpb_fit *fit, float *weights,
                        char message[HPB_FIT_MESSAGE])
{
    const uint32_t n_layers = config->network.n_layers;
    const bool is_fixed = config->initializer_ops->flags & HPB_INITIALIZER_FIXED;
    hpb_segment segments[2 * HPB_MAX_LAYERS];
    hpb_network_segments(&config->network, segments);
    memset(weights, 0, hpb_network_parameters(&config->network) * sizeof *weights);
    for (uint32_t l = 0; l < n_layers; l++) {
        const hpb_segment *kernel = &segments[2 * l];
        const hpb_tensor tensor = {sizeof tensor, l, kernel->rows, kernel->columns};
        hpb_host_context context;
        const hpb_philox stream = is_fixed ? (hpb_philox){0} : stream_of(fit, l);
        const hpb_host host = hpb_host_begin(&context, NULL, is_fixed ? NULL : &stream);
        const int32_t status = config->initializer_ops->fill(&host, config->initializer_values,
                                                             &tensor, weights + kernel->offset);
        hpb_host_end(&context);
        if (status != HPB_OK || (is_fixed && *context.message)) {
            snprintf(message, HPB_FIT_MESSAGE, "initializer: %s", hpb_host_reason(&context));
            return false;
        }
    }
    return true;
}
