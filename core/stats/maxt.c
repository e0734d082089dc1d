// SPDX-License-Identifier: Apache-2.0
// Quantiles of max |T|, T multivariate t, by directions alone (Deak 1980; Genz and Bretz 2009, 4.1).
//
// T = R u with u uniform on the unit sphere of the m dimensions that the correlations span and R^2 / m
// distributed as F(m, df). Given u, max |T| = R a with a = max |L u|, so that only u is sampled and
// P(max |T| <= q) = E F(q^2 / (m a^2); m, df). One sample serves every df; where all correlations are 1
// (m = 1) the answer is exactly Student's.
#include "stats/maxt.h"
#include "base/base.h"
#include "random/random.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 500u // sorted directions are averaged into as many
#define MAX_DIRECTIONS 20000u
#define MIN_DIRECTIONS 2000u
#define WORK 8e8        // multiplications that a sample may take
#define BLOCK 16        // directions advanced together
#define KEY 0x6d617874u // "maxt": fixed, so that equal data give equal intervals
#define RANK_TOLERANCE 1e-9

struct hpb_maxt {
    uint32_t k, m;        // statistics, and the dimensions that they span
    uint32_t n_groups;    // 0: independent
    double group[GROUPS]; // means of a, ascending
};

// What is drawn: L[k][k], and NULL or for each pair i > j of its rows the weights of a standardised difference.
typedef struct projection {
    double *lower;
    const double *weight; // [k][k]: t_i w[i][j] - t_j w[j][i]
    uint32_t k, m;
} projection;

// Pivoted Cholesky: L[k][k] with its rows in the order of pivoting, order[k] of them. Returns the rank.
static uint32_t factor(double *c, uint32_t k, double *lower, uint32_t *order)
{
    uint32_t m = 0;
    for (uint32_t i = 0; i < k; i++)
        order[i] = i;
    for (; m < k; m++) {
        uint32_t pivot = m;
        for (uint32_t i = m + 1; i < k; i++)
            if (c[(size_t)i * k + i] > c[(size_t)pivot * k + pivot])
                pivot = i;
        if (!(c[(size_t)pivot * k + pivot] > RANK_TOLERANCE * k))
            break;
        const uint32_t moved = order[m];
        order[m] = order[pivot];
        order[pivot] = moved;
        for (uint32_t i = 0; i < k && pivot != m;
             i++) { // swap rows, then columns, then what is done of L
            const double row = c[(size_t)m * k + i];
            c[(size_t)m * k + i] = c[(size_t)pivot * k + i];
            c[(size_t)pivot * k + i] = row;
        }
        for (uint32_t i = 0; i < k && pivot != m; i++) {
            const double column = c[(size_t)i * k + m];
            c[(size_t)i * k + m] = c[(size_t)i * k + pivot];
            c[(size_t)i * k + pivot] = column;
            const double done = lower[(size_t)m * k + i];
            lower[(size_t)m * k + i] = lower[(size_t)pivot * k + i];
            lower[(size_t)pivot * k + i] = done;
        }
        const double root = sqrt(c[(size_t)m * k + m]);
        lower[(size_t)m * k + m] = root;
        for (uint32_t i = m + 1; i < k; i++)
            lower[(size_t)i * k + m] = c[(size_t)i * k + m] / root;
        for (uint32_t i = m + 1; i < k; i++) {
            const double l = lower[(size_t)i * k + m];
            for (uint32_t j = m + 1; j < k; j++)
                c[(size_t)i * k + j] -= l * lower[(size_t)j * k + m];
        }
    }
    return m;
}

// t[k][BLOCK] = L w for w[m][BLOCK].
static void project(const projection *p, const double *w, double *t)
{
    for (uint32_t c = 0; c < p->k; c++) {
        double *out = t + (size_t)c * BLOCK;
        const double *row = p->lower + (size_t)c * p->k;
        const uint32_t n = c < p->m ? c + 1 : p->m;
        for (uint32_t i = 0; i < BLOCK; i++)
            out[i] = 0;
        for (uint32_t j = 0; j < n; j++)
            for (uint32_t i = 0; i < BLOCK; i++)
                out[i] += row[j] * w[j * BLOCK + i];
    }
}

static void take_largest(const projection *p, const double *t, double largest[BLOCK])
{
    for (uint32_t c = 0; c < p->k; c++) {
        const double *a = t + (size_t)c * BLOCK;
        if (!p->weight)
            for (uint32_t i = 0; i < BLOCK; i++)
                largest[i] = fabs(a[i]) > largest[i] ? fabs(a[i]) : largest[i];
        for (uint32_t j = 0; p->weight && j < c; j++) {
            const double *b = t + (size_t)j * BLOCK;
            const double of_a = p->weight[(size_t)c * p->k + j];
            const double of_b = p->weight[(size_t)j * p->k + c];
            for (uint32_t i = 0; i < BLOCK; i++) {
                const double d = fabs(of_a * a[i] - of_b * b[i]);
                largest[i] = d > largest[i] ? d : largest[i];
            }
        }
    }
}

typedef struct buffers {
    float *normal; // [m][BLOCK]
    double *w, *t; // [m][BLOCK], [k][BLOCK]
} buffers;

// a = max |L u| of BLOCK random directions.
static void draw_block(const projection *p, hpb_philox *philox, const buffers *buffer,
                       double a[BLOCK])
{
    double squares[BLOCK] = {0}, largest[BLOCK] = {0};
    hpb_philox_normal(philox, p->m * BLOCK, 0, 1, buffer->normal);
    for (uint32_t j = 0; j < p->m; j++) {
        for (uint32_t i = 0; i < BLOCK; i++) {
            const double value = (double)buffer->normal[j * BLOCK + i];
            buffer->w[j * BLOCK + i] = value;
            squares[i] += value * value;
        }
    }
    project(p, buffer->w, buffer->t);
    take_largest(p, buffer->t, largest);
    for (uint32_t i = 0; i < BLOCK; i++)
        a[i] = largest[i] / sqrt(squares[i]);
}

static void sample(hpb_maxt *maxt, const projection *p)
{
    const double work = (double)p->k * p->m + (p->weight ? (double)maxt->k : 0);
    const double affordable = WORK / work;
    uint32_t n = affordable < MAX_DIRECTIONS ? (uint32_t)affordable : MAX_DIRECTIONS;
    n = n < MIN_DIRECTIONS ? MIN_DIRECTIONS : n;
    n -= n % (GROUPS * BLOCK / 4); // 2,000: whole blocks and whole groups
    double *a = hpb_alloc(n, sizeof *a);
    const buffers buffer = {.normal = hpb_alloc((size_t)p->m * BLOCK, sizeof(float)),
                            .w = hpb_alloc((size_t)p->m * BLOCK, sizeof(double)),
                            .t = hpb_alloc((size_t)p->k * BLOCK, sizeof(double))};
    hpb_philox philox = hpb_philox_make(KEY, 0, 0, 0);
    for (uint32_t i = 0; i < n; i += BLOCK)
        draw_block(p, &philox, &buffer, a + i);
    qsort(a, n, sizeof *a, hpb_compare_doubles);
    maxt->n_groups = a[0] < a[n - 1] ? GROUPS : 1;
    const uint32_t each = n / maxt->n_groups;
    for (uint32_t g = 0; g < maxt->n_groups; g++) {
        double sum = 0;
        for (uint32_t i = 0; i < each; i++)
            sum += a[g * each + i];
        maxt->group[g] = sum / each;
    }
    if (!(maxt->group[0] > 0)) // no statistic varies
        maxt->n_groups = 0;
    free(buffer.normal);
    free(buffer.w);
    free(buffer.t);
    free(a);
}

hpb_maxt *hpb_maxt_create(double *correlation, uint32_t k)
{
    hpb_maxt *maxt = hpb_alloc(1, sizeof *maxt);
    maxt->k = k;
    if (!correlation || k < 2)
        return maxt;
    double *lower = hpb_alloc((size_t)k * k, sizeof *lower);
    uint32_t *order = hpb_alloc(k, sizeof *order);
    const projection p = {.lower = lower, .k = k, .m = factor(correlation, k, lower, order)};
    maxt->m = p.m;
    if (p.m)
        sample(maxt, &p);
    free(order);
    free(lower);
    return maxt;
}

#define EQUAL                                                                                      \
    1e-6 // of the variance of a difference: below it rounding and the rank's tolerance have a say

// Correlations of the statistics, and the weights of their differences for statistics that have variance 1. False where
// some pair can't be told apart from rounding.
static bool standardise_pairs(const double *covariance, uint32_t k, double *correlation,
                              double *weight)
{
    for (uint32_t i = 0; i < k; i++) {
        const double v_i = covariance[(size_t)i * k + i];
        correlation[(size_t)i * k + i] = 1;
        for (uint32_t j = 0; j < i; j++) {
            const double v_j = covariance[(size_t)j * k + j], c = covariance[(size_t)i * k + j];
            const double v = v_i + v_j - 2 * c;
            if (!isfinite(v_i) || !isfinite(v_j) || !isfinite(c) ||
                (v != 0 && v < EQUAL * (v_i + v_j)))
                return false;
            const double scale = sqrt(v_i) * sqrt(v_j);
            correlation[(size_t)i * k + j] = correlation[(size_t)j * k + i] =
                scale > 0 ? c / scale : 0;
            weight[(size_t)i * k + j] = v > 0 ? sqrt(v_i / v) : 0;
            weight[(size_t)j * k + i] = v > 0 ? sqrt(v_j / v) : 0;
        }
    }
    return true;
}

// out[i][j] = weight of rows in the order of pivoting.
static void reorder(const double *weight, const uint32_t *order, uint32_t k, double *out)
{
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = 0; j < k; j++)
            out[(size_t)i * k + j] = weight[(size_t)order[i] * k + order[j]];
}

hpb_maxt *hpb_maxt_create_pairs(const double *covariance, uint32_t k)
{
    hpb_maxt *maxt = hpb_alloc(1, sizeof *maxt);
    maxt->k = k ? k * (k - 1) / 2 : 0;
    const size_t square = (size_t)k * k;
    double *correlation = hpb_alloc(square + 1, sizeof *correlation);
    double *weight = hpb_alloc(square + 1, sizeof *weight);
    if (covariance && k > 1 && standardise_pairs(covariance, k, correlation, weight)) {
        double *lower = hpb_alloc(square, sizeof *lower);
        double *ordered = hpb_alloc(square, sizeof *ordered);
        uint32_t *order = hpb_alloc(k, sizeof *order);
        const projection p = {
            .lower = lower, .weight = ordered, .k = k, .m = factor(correlation, k, lower, order)};
        maxt->m = p.m;
        reorder(weight, order, k, ordered);
        if (p.m)
            sample(maxt, &p);
        free(lower);
        free(ordered);
        free(order);
    }
    free(correlation);
    free(weight);
    return maxt;
}

void hpb_maxt_destroy(hpb_maxt *maxt)
{
    free(maxt);
}

static double probability_within(const hpb_maxt *maxt, double q, double df)
{
    double sum = 0;
    for (uint32_t g = 0; g < maxt->n_groups; g++) {
        const double a = maxt->group[g];
        sum += hpb_f_cdf(q * q / (maxt->m * a * a), maxt->m, df);
    }
    return sum / maxt->n_groups;
}

double hpb_maxt_quantile(const hpb_maxt *maxt, double probability, double df)
{
    double low = hpb_t_quantile((1 + probability) / 2, df);
    if (maxt->k < 2)
        return low;
    double high = hpb_t_quantile((1 + pow(probability, 1.0 / maxt->k)) / 2, df);
    if (!maxt->n_groups)
        return high;
    double f_low = probability_within(maxt, low, df) - probability;
    double f_high = probability_within(maxt, high, df) - probability;
    if (!(f_low < 0))
        return low;
    if (!(f_high > 0))
        return high;
    for (int step = 0, side = 0; step < 60 && high - low > 1e-7 * high; step++) { // Illinois
        const double q = (low * f_high - high * f_low) / (f_high - f_low);
        const double f = probability_within(maxt, q, df) - probability;
        if (fabs(f) < 1e-9)
            return q;
        if (f < 0) {
            low = q, f_low = f;
            f_high = side < 0 ? f_high / 2 : f_high;
            side = -1;
        } else {
            high = q, f_high = f;
            f_low = side > 0 ? f_low / 2 : f_low;
            side = 1;
        }
    }
    return (low + high) / 2;
}
