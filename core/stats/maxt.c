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
    uint32_t k, m;
    uint32_t n_groups;    // 0: independent
    double group[GROUPS]; // means of a, ascending
};

// Pivoted Cholesky: L[k][k] with its rows in the order of pivoting, which max |L u| does not mind.
// Returns the rank.
static uint32_t factor(double *c, uint32_t k, double *lower)
{
    uint32_t m = 0;
    for (; m < k; m++) {
        uint32_t pivot = m;
        for (uint32_t i = m + 1; i < k; i++)
            if (c[(size_t)i * k + i] > c[(size_t)pivot * k + pivot])
                pivot = i;
        if (!(c[(size_t)pivot * k + pivot] > RANK_TOLERANCE * k))
            break;
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

// a = max |L u| of BLOCK random directions.
static void draw_block(const double *lower, uint32_t k, uint32_t m, hpb_philox *philox,
                       float *normal, double *w, double a[BLOCK])
{
    double squares[BLOCK] = {0}, largest[BLOCK] = {0};
    hpb_philox_normal(philox, m * BLOCK, 0, 1, normal);
    for (uint32_t j = 0; j < m; j++) {
        for (uint32_t i = 0; i < BLOCK; i++) {
            const double value = (double)normal[j * BLOCK + i];
            w[j * BLOCK + i] = value;
            squares[i] += value * value;
        }
    }
    for (uint32_t c = 0; c < k; c++) {
        double t[BLOCK] = {0};
        const double *row = lower + (size_t)c * k;
        const uint32_t n = c < m ? c + 1 : m;
        for (uint32_t j = 0; j < n; j++)
            for (uint32_t i = 0; i < BLOCK; i++)
                t[i] += row[j] * w[j * BLOCK + i];
        for (uint32_t i = 0; i < BLOCK; i++)
            largest[i] = fabs(t[i]) > largest[i] ? fabs(t[i]) : largest[i];
    }
    for (uint32_t i = 0; i < BLOCK; i++)
        a[i] = largest[i] / sqrt(squares[i]);
}

static void sample(hpb_maxt *maxt, const double *lower)
{
    const uint32_t k = maxt->k, m = maxt->m;
    const double affordable = WORK / ((double)k * m);
    uint32_t n = affordable < MAX_DIRECTIONS ? (uint32_t)affordable : MAX_DIRECTIONS;
    n = n < MIN_DIRECTIONS ? MIN_DIRECTIONS : n;
    n -= n % (GROUPS * BLOCK / 4); // 2,000: whole blocks and whole groups
    double *a = hpb_alloc(n, sizeof *a);
    double *w = hpb_alloc((size_t)m * BLOCK, sizeof *w);
    float *normal = hpb_alloc((size_t)m * BLOCK, sizeof *normal);
    hpb_philox philox = hpb_philox_make(KEY, 0, 0, 0);
    for (uint32_t i = 0; i < n; i += BLOCK)
        draw_block(lower, k, m, &philox, normal, w, a + i);
    qsort(a, n, sizeof *a, hpb_compare_doubles);
    maxt->n_groups = a[0] < a[n - 1] ? GROUPS : 1;
    const uint32_t each = n / maxt->n_groups;
    for (uint32_t g = 0; g < maxt->n_groups; g++) {
        double sum = 0;
        for (uint32_t i = 0; i < each; i++)
            sum += a[g * each + i];
        maxt->group[g] = sum / each;
    }
    free(normal);
    free(w);
    free(a);
}

hpb_maxt *hpb_maxt_create(double *correlation, uint32_t k)
{
    hpb_maxt *maxt = hpb_alloc(1, sizeof *maxt);
    maxt->k = k;
    if (!correlation || k < 2)
        return maxt;
    double *lower = hpb_alloc((size_t)k * k, sizeof *lower);
    maxt->m = factor(correlation, k, lower);
    if (maxt->m)
        sample(maxt, lower);
    free(lower);
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
