// SPDX-License-Identifier: Apache-2.0
// What glorot, he, lecun and variance_scaling have in common: weights whose variance is scale / fan.
#ifndef HPB_INITIALIZERS_VARIANCE_SCALING_H
#define HPB_INITIALIZERS_VARIANCE_SCALING_H

#include "hpbench/plugin.h"

#include <math.h>

// In the order of variance_scaling's choices.
typedef enum fan_mode { FAN_IN, FAN_OUT, FAN_AVG } fan_mode;
typedef enum distribution { TRUNCATED_NORMAL, UNTRUNCATED_NORMAL, UNIFORM } distribution;

// Standard deviation of a standard normal number kept within two standard deviations.
#define TRUNCATED_STDDEV 0.87962566103423978

// Fills out[rows * columns], in double and in this order, as keras.initializers.VarianceScaling has it; the host rounds.
static inline int32_t scale_variance(const hpb_host *host, const hpb_tensor *tensor, double scale,
                                     fan_mode mode, distribution shape, float *out)
{
    const double rows = tensor->rows, columns = tensor->columns;
    const double fan = mode == FAN_IN ? rows : mode == FAN_OUT ? columns : (rows + columns) / 2;
    const uint32_t n = tensor->rows * tensor->columns;
    scale /= fan;
    if (shape == TRUNCATED_NORMAL)
        host->random_truncated_normal(host->context, n, 0, sqrt(scale) / TRUNCATED_STDDEV, out);
    else if (shape == UNTRUNCATED_NORMAL)
        host->random_normal(host->context, n, 0, sqrt(scale), out);
    else
        host->random_uniform(host->context, n, -sqrt(3 * scale), sqrt(3 * scale), out);
    return HPB_OK;
}

#endif
