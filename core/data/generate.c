// SPDX-License-Identifier: Apache-2.0
// Generated data sets, number for number what NumPy and scikit-learn return for the same seed.
#include "data/dataset.h"
#include "random/random.h"

#include <math.h>
#include <sleef.h>
#include <stdlib.h>

#define PI 3.141592653589793 // numpy.pi
#define MOST_FEATURES 10000

void hpb_dataset_free(hpb_dataset *dataset)
{
    free(dataset->x);
    free(dataset->y);
    free(dataset->truth);
    free(dataset->groups);
    free(dataset->test_fold);
    if (dataset->names)
        for (uint32_t i = 0; i < dataset->n_features; i++)
            free(dataset->names[i]);
    free(dataset->names);
    *dataset = (hpb_dataset){0};
}

hpb_rows hpb_dataset_rows(const hpb_dataset *dataset)
{
    return (hpb_rows){sizeof(hpb_rows), dataset->n_rows, dataset->groups, dataset->test_fold};
}

// --- the true functions: rows x[n] to y --------------------------------------------------------------

// Sums from left to right, as NumPy evaluates the article's expression: any other order changes bits.
static double linear(const double *x, uint32_t n)
{
    static const double coefficients[] = {2, 3, -1, 0.5, 0.1};
    double sum = coefficients[0] * x[0];
    for (uint32_t i = 1; i < n && i < HPB_COUNT(coefficients); i++)
        sum += coefficients[i] * x[i];
    return sum;
}

// In the order of sklearn.datasets.make_friedman1.
static double friedman1(const double *x, uint32_t n)
{
    (void)n;
    const double centred = x[2] - 0.5;
    return 10 * Sleef_cinz_sind1_u10purec(PI * x[0] * x[1]) + 20 * (centred * centred) + 10 * x[3] +
           5 * x[4];
}

// What the impedance and the phase of an alternating current circuit have in common.
static double reactance(const double *x)
{
    return x[1] * x[2] - 1 / (x[1] * x[3]);
}

static double friedman2(const double *x, uint32_t n)
{
    (void)n;
    const double part = reactance(x);
    return sqrt(x[0] * x[0] + part * part);
}

static double friedman3(const double *x, uint32_t n)
{
    (void)n;
    return Sleef_cinz_atand1_u10purec(reactance(x) / x[0]);
}

// --- drawing -----------------------------------------------------------------------------------------

// Uniform numbers to the ranges of make_friedman2 and 3, in their order of operations.
static void scale_circuit(double *x)
{
    x[0] *= 100;
    x[1] *= 520 * PI;
    x[1] += 40 * PI;
    x[3] *= 10;
    x[3] += 1;
}

typedef struct generator {
    hpb_generator_features features;
    bool is_gaussian; // X is standard normal, else uniform in [0, 1) before it is scaled
    double (*truth)(const double *x, uint32_t n_features);
    void (*scale)(double *x);
} generator;

static const generator generators[] = {
    [HPB_GENERATOR_LINEAR] = {{1, MOST_FEATURES, 5}, false, linear, NULL},
    [HPB_GENERATOR_ARTICLE] = {{5, 5, 5}, false, linear, NULL},
    [HPB_GENERATOR_FRIEDMAN1] = {{5, MOST_FEATURES, 10}, false, friedman1, NULL},
    [HPB_GENERATOR_FRIEDMAN2] = {{4, 4, 4}, false, friedman2, scale_circuit},
    [HPB_GENERATOR_FRIEDMAN3] = {{4, 4, 4}, false, friedman3, scale_circuit},
    [HPB_GENERATOR_GAUSSIAN] = {{1, MOST_FEATURES, 5}, true, linear, NULL},
};

hpb_generator_features hpb_generator_shape(hpb_generator which)
{
    return generators[which].features;
}

void hpb_dataset_generate(hpb_generator which, uint32_t n_rows, uint32_t n_features, double noise,
                          uint32_t seed, hpb_dataset *out)
{
    const generator *from = &generators[which];
    if (n_features < from->features.fewest)
        n_features = from->features.fewest;
    if (n_features > from->features.most)
        n_features = from->features.most;
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
        out->x[i] =
            from->is_gaussian ? hpb_numpy_standard_normal(&numpy) : hpb_numpy_random_sample(&numpy);
    for (uint32_t row = 0; row < n_rows; row++) {
        double *x = out->x + (size_t)row * n_features;
        if (from->scale)
            from->scale(x);
        out->truth[row] = from->truth(x, n_features);
        out->y[row] = out->truth[row] + noise * hpb_numpy_standard_normal(&numpy);
    }
}
