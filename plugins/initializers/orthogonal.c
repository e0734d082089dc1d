// SPDX-License-Identifier: Apache-2.0
// Orthogonal initial weights: the Q of a random normal matrix.
#include "hpbench/plugin.h"

#include <math.h>
#include <stdbool.h>

enum { GAIN };

static const hpb_param params[] = {
    {.name = "gain",
     .doc = "What the matrix is multiplied by.",
     .type = HPB_TYPE_REAL,
     .value = 1,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
};

// x . y, [n].
static double dot(const double *x, const double *y, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

// Makes q[n][m] orthonormal, row by row: Gram-Schmidt, each row twice, which makes it orthogonal to rounding (Giraud et
// al. 2005). What it leaves is Q of the QR factorisation with R's diagonal positive.
static void orthonormalise(double *q, uint32_t n, uint32_t m)
{
    for (uint32_t k = 0; k < n; k++) {
        double *row = q + (size_t)k * m;
        for (uint32_t j = 0; j < 2 * k; j++) {
            const double *other = q + (size_t)(j % k) * m;
            const double along = dot(row, other, m);
            for (uint32_t i = 0; i < m; i++)
                row[i] -= along * other[i];
        }
        const double norm = sqrt(dot(row, row, m));
        for (uint32_t i = 0; i < m && norm > 0; i++)
            row[i] /= norm;
    }
}

static int32_t fill(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out)
{
    const bool is_wide = tensor->rows < tensor->columns;
    const uint32_t m = is_wide ? tensor->columns : tensor->rows;
    const uint32_t n = is_wide ? tensor->rows : tensor->columns;
    const float gain = (float)values[GAIN].number;
    double *q = host->scratch(host->context, (size_t)m * n * sizeof *q);
    host->random_normal(host->context, m * n, 0, 1, out); // Keras: [m][n], the longer side first
    for (uint32_t i = 0; i < m * n; i++)
        q[(size_t)(i % n) * m + i / n] = (double)out[i];
    orthonormalise(q, n, m);
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < m; i++)
            out[is_wide ? k * m + i : i * n + k] = gain * (float)q[(size_t)k * m + i];
    return HPB_OK;
}

static const hpb_initializer_ops ops = {.struct_size = sizeof ops, .fill = fill};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_INITIALIZER,
        .results_revision = 1,
        .id = "orthogonal",
        .version = "1.0.0",
        .summary = "Weights whose columns, or rows where there are fewer, are orthogonal and of "
                   "one length.",
        .docs =
            "A normal matrix of the kernel's shape, its longer side first, is factorised into Q R, "
            "the\n"
            "diagonal of R positive; w = gain Q, transposed where the kernel is wider than high.\n"
            "Computed in double; Keras' QR in float32 agrees to 1e-6. "
            "keras.initializers.Orthogonal.",
        .references = "Saxe et al. 2014, Exact solutions to the nonlinear dynamics of learning in "
                      "deep linear neural networks, ICLR; Giraud et al. 2005, Numerische "
                      "Mathematik 101; keras/src/initializers/random_initializers.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
