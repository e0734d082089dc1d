// SPDX-License-Identifier: Apache-2.0
// [fit] solver = least_squares: the weights of a linear model in one step, in float64.
//
// As scikit-learn's LinearRegression: target and features are centred, and of all solutions that of least norm is taken.
// Householder QR with column pivoting (Businger and Golub 1965), and where the rank is less than the number of columns a
// complete orthogonal factorisation (Golub and Van Loan, Matrix Computations, 4th ed., 5.4.7 and 5.5.7; LAPACK's xGELSY).
// Order of operations: sums over rows and over columns ascend from the first; nothing is fused.
#include "engine/private.h"

#include <math.h>
#include <stdlib.h>

// What is left of a feature beside the others has to be more than this share of its length (16 roundings to float32), or
// they determine it. LinearRegression's tol is the same number, but of the longest feature: it drops one in small units.
#define TOLERANCE 1e-6
#define SLOW_SYSTEM 1000000 // numbers from which every column shows a sign of life

typedef struct linear_system {
    const hpb_fit_config *config;
    const hpb_fit *fit;
    size_t n, p;    // training rows, features
    double *a;      // [n][p + 1]: centred features, pivoted, and target; then R and Q'y
    double *mean;   // [p + 1]
    double *square; // [p + 1]: square length of each column, before it was centred
    size_t *column; // [p]: which feature stands there
    double *sum;    // [p + 1]: scratch
    double *head;   // [p]: first element of each reflection from the right; the others stand in R
    double *beta;   // [p]: 2 over its square norm
    double *weight; // [p + 1]: as pivoted, then by feature; the intercept last
} linear_system;

static double *row_of(const linear_system *s, size_t i)
{
    return s->a + i * (s->p + 1);
}

static void load(linear_system *s)
{
    const hpb_table *table = s->fit->table;
    for (size_t i = 0; i < s->n; i++) {
        const size_t row = s->fit->train_rows[i];
        double *to = row_of(s, i);
        for (size_t j = 0; j < s->p; j++)
            to[j] = (double)table->x[row * table->stride + j];
        to[s->p] = s->fit->target[row];
        for (size_t j = 0; j <= s->p; j++) {
            s->mean[j] += to[j];
            s->square[j] += to[j] * to[j];
        }
    }
    for (size_t j = 0; j <= s->p; j++)
        s->mean[j] /= (double)s->n;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j <= s->p; j++)
            row_of(s, i)[j] -= s->mean[j];
    for (size_t j = 0; j < s->p; j++)
        s->column[j] = j;
}

static void swap(double *x, size_t i, size_t j)
{
    const double swapped = x[i];
    x[i] = x[j];
    x[j] = swapped;
}

// Brings the column k ... p - 1 of which the largest share is left to k. Returns its length; 0: none counts.
static double pivot(linear_system *s, size_t k)
{
    size_t best = s->p;
    double most = TOLERANCE * TOLERANCE;
    for (size_t j = k; j < s->p; j++)
        s->sum[j] = 0;
    for (size_t i = k; i < s->n; i++)
        for (size_t j = k; j < s->p; j++)
            s->sum[j] += row_of(s, i)[j] * row_of(s, i)[j];
    for (size_t j = k; j < s->p; j++)
        if (s->sum[j] > most * s->square[j]) {
            most = s->sum[j] / s->square[j];
            best = j;
        }
    if (best == s->p)
        return 0;
    for (size_t i = 0; i < s->n && best != k; i++)
        swap(row_of(s, i), k, best);
    const size_t feature = s->column[k];
    s->column[k] = s->column[best];
    s->column[best] = feature;
    swap(s->square, k, best);
    return sqrt(s->sum[best]);
}

// Reflects the rows k ... n - 1 so that column k becomes (-sign length, 0, ...).
static void reflect(linear_system *s, size_t k, double length)
{
    const double first = row_of(s, k)[k], beta = 1 / (length * (length + fabs(first)));
    row_of(s, k)[k] = first + copysign(length, first);
    for (size_t j = k + 1; j <= s->p; j++)
        s->sum[j] = 0;
    for (size_t i = k; i < s->n; i++)
        for (size_t j = k + 1; j <= s->p; j++)
            s->sum[j] += row_of(s, i)[k] * row_of(s, i)[j];
    for (size_t j = k + 1; j <= s->p; j++)
        s->sum[j] *= beta;
    for (size_t i = k; i < s->n; i++)
        for (size_t j = k + 1; j <= s->p; j++)
            row_of(s, i)[j] -= row_of(s, i)[k] * s->sum[j];
    row_of(s, k)[k] = -copysign(length, first);
}

// Returns the rank.
static size_t factorise(linear_system *s)
{
    size_t k = 0;
    for (; k < s->n && k < s->p; k++) {
        const double length = pivot(s, k);
        if (!(length > 0))
            break;
        reflect(s, k, length);
        if (s->config->alive && s->n * s->p > SLOW_SYSTEM)
            s->config->alive(s->config->alive_context);
    }
    return k;
}

// x -= beta (v'x) v, v being the reflection `k` from the right: its head at k, its tail in columns rank ... p - 1 of R.
static void reflect_back(const linear_system *s, size_t rank, size_t k, double *x)
{
    const double *tail = row_of(s, k);
    double sum = s->head[k] * x[k];
    for (size_t j = rank; j < s->p; j++)
        sum += tail[j] * x[j];
    sum *= s->beta[k];
    x[k] -= s->head[k] * sum;
    for (size_t j = rank; j < s->p; j++)
        x[j] -= tail[j] * sum;
}

// Takes the columns behind the rank out of R, by reflections from the right, the last row first.
static void reduce(linear_system *s, size_t rank)
{
    for (size_t k = rank; k-- > 0;) {
        double *row = row_of(s, k), square = row[k] * row[k];
        for (size_t j = rank; j < s->p; j++)
            square += row[j] * row[j];
        const double length = sqrt(square);
        s->beta[k] = 1 / (length * (length + fabs(row[k])));
        s->head[k] = row[k] + copysign(length, row[k]);
        row[k] = -copysign(length, row[k]);
        for (size_t i = 0; i < k; i++)
            reflect_back(s, rank, k, row_of(s, i));
    }
}

static void solve(linear_system *s)
{
    const size_t rank = factorise(s), p = s->p;
    if (rank < p)
        reduce(s, rank);
    double *x = s->sum; // as pivoted
    for (size_t k = 0; k < p; k++)
        x[k] = 0;
    for (size_t k = rank; k-- > 0;) {
        const double *row = row_of(s, k);
        double left = row[p];
        for (size_t j = k + 1; j < rank; j++)
            left -= row[j] * x[j];
        x[k] = left / row[k];
    }
    for (size_t k = 0; k < rank && rank < p; k++)
        reflect_back(s, rank, k, x);
    for (size_t k = 0; k < p; k++)
        s->weight[s->column[k]] = x[k];
    s->weight[p] = s->mean[p];
    for (size_t j = 0; j < p; j++)
        s->weight[p] -= s->weight[j] * s->mean[j];
}

double hpb_linear_errors(const double *solution, const hpb_table *table, const double *target,
                         const uint32_t *rows, uint32_t n, double sum)
{
    const size_t p = table->n_features;
    for (uint32_t i = 0; i < n; i++) {
        const float *x = table->x + (size_t)rows[i] * table->stride;
        double prediction = solution[p];
        for (size_t j = 0; j < p; j++)
            prediction += solution[j] * (double)x[j];
        const double error = prediction - target[rows[i]];
        sum += error * error;
    }
    return sum;
}

// Mean squared error of rows[n]; of none it is NaN.
static double error_of(const linear_system *s, const uint32_t *rows, uint32_t n)
{
    return hpb_canonical(hpb_linear_errors(s->weight, s->fit->table, s->fit->target, rows, n, 0) /
                         n);
}

void hpb_least_squares(const hpb_fit_config *config, const hpb_fit *fit, hpb_fit_done_function done,
                       void *context)
{
    const size_t p = config->network.n_inputs;
    linear_system s = {.config = config, .fit = fit, .n = fit->n_train, .p = p};
    s.a = hpb_alloc(s.n * (p + 1), sizeof *s.a);
    s.column = hpb_alloc(p, sizeof *s.column);
    s.mean = hpb_alloc(6 * (p + 1), sizeof *s.mean);
    s.square = s.mean + p + 1;
    s.sum = s.square + p + 1;
    s.head = s.sum + p + 1;
    s.beta = s.head + p + 1;
    s.weight = s.beta + p + 1;
    float *weights = hpb_alloc(p + 1, sizeof *weights);
    load(&s);
    solve(&s);
    for (size_t j = 0; j <= p; j++)
        weights[j] = (float)s.weight[j];
    const hpb_fit_result result = {
        .test_mse = error_of(&s, fit->test_rows, fit->n_test),
        .loss = error_of(&s, fit->train_rows, fit->n_train),
        .val_loss = error_of(&s, fit->validation_rows, fit->n_validation),
        .weights = weights,
        .solution = s.weight,
    };
    done(context, fit, &result);
    free(weights);
    free(s.mean);
    free(s.column);
    free(s.a);
}
