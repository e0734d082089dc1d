// SPDX-License-Identifier: Apache-2.0
// What a fit sees: float32 rows, padded, and scaled as scikit-learn's StandardScaler scales them.
#include "data/dataset.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static void table_shape(const hpb_dataset *dataset, hpb_table *table)
{
    const uint32_t n = dataset->n_rows, d = dataset->n_features;
    if (table->x && table->n_rows == n && table->n_features == d)
        return; // the padding is still zero
    hpb_table_free(table);
    const uint32_t stride = (d + HPB_ROW_MULTIPLE - 1) / HPB_ROW_MULTIPLE * HPB_ROW_MULTIPLE;
    table->n_rows = n;
    table->n_features = d;
    table->stride = stride;
    table->x = hpb_alloc_aligned((size_t)n * stride * sizeof *table->x);
    table->y = hpb_alloc(n, sizeof *table->y);
}

static void fill_target(const hpb_dataset *dataset, hpb_table *out)
{
    for (uint32_t row = 0; row < dataset->n_rows; row++)
        out->y[row] = (float)dataset->y[row];
}

void hpb_table_fill(const hpb_dataset *dataset, hpb_table *out)
{
    table_shape(dataset, out);
    const uint32_t d = dataset->n_features;
    for (uint32_t row = 0; row < dataset->n_rows; row++)
        for (uint32_t i = 0; i < d; i++)
            out->x[(size_t)row * out->stride + i] = (float)dataset->x[(size_t)row * d + i];
    fill_target(dataset, out);
}

// Sums go down the rows in the order given, one column beside the other, which is how NumPy reduces a
// C-ordered matrix along its first axis. scratch[d].
static void mean_and_sd(const hpb_dataset *dataset, const uint32_t *rows, uint32_t n, double *mean,
                        double *sd, double *scratch)
{
    const uint32_t d = dataset->n_features;
    const double count = n;
    for (uint32_t i = 0; i < d; i++)
        mean[i] = sd[i] = scratch[i] = 0;
    for (uint32_t k = 0; k < n; k++) {
        const double *x = dataset->x + (size_t)(rows ? rows[k] : k) * d;
        for (uint32_t i = 0; i < d; i++)
            mean[i] += x[i];
    }
    for (uint32_t i = 0; i < d; i++)
        mean[i] = n ? mean[i] / count : 0;
    for (uint32_t k = 0; k < n; k++) {
        const double *x = dataset->x + (size_t)(rows ? rows[k] : k) * d;
        for (uint32_t i = 0; i < d; i++) {
            const double from_mean = x[i] - mean[i];
            scratch[i] += from_mean; // what rounding left in the mean: Chan, Golub and LeVeque 1983
            sd[i] += from_mean * from_mean;
        }
    }
    for (uint32_t i = 0; i < d; i++) {
        const double variance = n ? (sd[i] - scratch[i] * scratch[i] / count) / count : 0;
        // scikit-learn's bound: a column whose variance is rounding error is constant
        const double error = count * mean[i] * DBL_EPSILON;
        const bool is_constant = variance <= count * DBL_EPSILON * variance + error * error;
        sd[i] = is_constant ? 1 : sqrt(variance);
    }
}

void hpb_scale_fit(const hpb_dataset *dataset, const uint32_t *fit_rows, uint32_t n_fit,
                   double *scale)
{
    const uint32_t d = dataset->n_features;
    double *scratch = hpb_alloc(d, sizeof *scratch);
    mean_and_sd(dataset, fit_rows, fit_rows ? n_fit : dataset->n_rows, scale, scale + d, scratch);
    free(scratch);
}

void hpb_scale_rows(const double *scale, const hpb_dataset *dataset, uint32_t first, uint32_t n,
                    hpb_table *out)
{
    const uint32_t d = dataset->n_features;
    const double *mean = scale, *sd = scale + d;
    for (uint32_t row = 0; row < n; row++) {
        const double *x = dataset->x + (size_t)(first + row) * d;
        float *to = out->x + (size_t)row * out->stride;
        for (uint32_t i = 0; i < d; i++)
            to[i] = (float)((x[i] - mean[i]) / sd[i]);
        out->y[row] = (float)dataset->y[first + row];
    }
}

void hpb_table_fill_standardised(const hpb_dataset *dataset, const uint32_t *fit_rows,
                                 uint32_t n_fit, hpb_table *out)
{
    double *scale = hpb_alloc((size_t)2 * dataset->n_features, sizeof *scale);
    table_shape(dataset, out);
    hpb_scale_fit(dataset, fit_rows, n_fit, scale);
    hpb_scale_rows(scale, dataset, 0, dataset->n_rows, out);
    free(scale);
}

void hpb_table_free(hpb_table *table)
{
    free(table->x);
    free(table->y);
    *table = (hpb_table){0};
}
