// SPDX-License-Identifier: Apache-2.0
// Generated data sets, number for number what NumPy and scikit-learn return for the same seed.
#include "data/dataset.h"
#include "random/random.h"

#include <sleef.h>
#include <stdlib.h>

#define FRIEDMAN1_FEATURES 5 // at least: the others are noise
#define PI 3.141592653589793 // numpy.pi

void hpb_dataset_free(hpb_dataset *dataset)
{
    free(dataset->x);
    free(dataset->y);
    free(dataset->truth);
    if (dataset->names)
        for (uint32_t i = 0; i < dataset->n_features; i++)
            free(dataset->names[i]);
    free(dataset->names);
    *dataset = (hpb_dataset){0};
}

// Sums from left to right, as NumPy evaluates the article's expression: any other order changes bits.
static double linear(const double *x)
{
    return 2 * x[0] + 3 * x[1] - x[2] + 0.5 * x[3] + 0.1 * x[4];
}

// In the order of sklearn.datasets.make_friedman1. The sine is SLEEF's, whose bits are the same on
// every x86-64; NumPy's may differ in the last place.
static double friedman1(const double *x)
{
    const double centred = x[2] - 0.5;
    return 10 * Sleef_cinz_sind1_u10purec(PI * x[0] * x[1]) + 20 * (centred * centred) + 10 * x[3] +
           5 * x[4];
}

void hpb_dataset_generate(hpb_generator generator, uint32_t n_rows, uint32_t n_features,
                          double noise, uint32_t seed, hpb_dataset *out)
{
    double (*function)(const double *) = friedman1;
    if (generator == HPB_GENERATOR_LINEAR) {
        function = linear;
        n_features = HPB_LINEAR_FEATURES;
    } else if (n_features < FRIEDMAN1_FEATURES) {
        n_features = FRIEDMAN1_FEATURES;
    }
    const size_t n_values = (size_t)n_rows * n_features;
    *out = (hpb_dataset){
        .n_rows = n_rows,
        .n_features = n_features,
        .x = hpb_alloc(n_values, sizeof *out->x),
        .y = hpb_alloc(n_rows, sizeof *out->y),
        .truth = hpb_alloc(n_rows, sizeof *out->truth),
    };
    hpb_numpy numpy;
    hpb_numpy_seed(&numpy, seed);
    for (size_t i = 0; i < n_values; i++) // all of X is drawn before the noise
        out->x[i] = hpb_numpy_random_sample(&numpy);
    for (uint32_t row = 0; row < n_rows; row++) {
        out->truth[row] = function(out->x + (size_t)row * n_features);
        out->y[row] = out->truth[row] + noise * hpb_numpy_standard_normal(&numpy);
    }
}
