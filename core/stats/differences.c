// SPDX-License-Identifier: Apache-2.0
// Cells against a reference, paired by replicate, with intervals that hold for all of them at once.
#include "base/base.h"
#include "stats/maxt.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

#define CONFIDENCE 0.95
// Replicates that the correlations are taken from: more would change the quantile's fourth digit.
#define MOST_ROWS 40000.0
#define FEWEST_ROWS 1000.0
#define WORK 4e8 // multiplications that the correlations may take
#define PARTS 8  // partial sums of a dot product: its order is fixed, and it vectorises

// The pairs of one comparison: y, the reference and their difference, and which replicates have both.
typedef struct pairs {
    double *y, *reference, *d;
    size_t n;
} pairs;

static bool is_pair(double y, double reference)
{
    return isfinite(y) && isfinite(reference);
}

static double median(double *values, size_t n)
{
    return hpb_stats_summarise(values, n).median;
}

static double correlation(const pairs *p)
{
    double mean_y, sd_y, mean_reference, sd_reference, sum = 0;
    hpb_moments(p->y, p->n, &mean_y, &sd_y);
    hpb_moments(p->reference, p->n, &mean_reference, &sd_reference);
    if (!(sd_y > 0) || !(sd_reference > 0))
        return (double)NAN;
    for (size_t i = 0; i < p->n; i++)
        sum += (p->y[i] - mean_y) / sd_y * ((p->reference[i] - mean_reference) / sd_reference);
    return fmin(fmax(sum / (double)(p->n - 1), -1), 1);
}

// All but the interval.
static void describe(const double *values, const double *reference, size_t n, pairs *p,
                     hpb_difference *out)
{
    double worse = 0;
    p->n = 0;
    for (size_t r = 0; r < n; r++) {
        if (!is_pair(values[r], reference[r]))
            continue;
        p->y[p->n] = values[r];
        p->reference[p->n] = reference[r];
        p->d[p->n++] = values[r] - reference[r];
        worse += values[r] > reference[r] ? 1 : values[r] == reference[r] ? 0.5 : 0;
    }
    *out = (hpb_difference){.n_pairs = p->n, .low = (double)NAN, .high = (double)NAN};
    hpb_moments(p->d, p->n, &out->mean, &out->sd);
    out->worse = worse / (double)p->n; // no pairs: NaN
    out->correlation = correlation(p);
    out->ratio = median(p->y, p->n) / median(p->reference, p->n); // these sort: last
}

// The differences of one cell in the first n replicates, from their mean and of length 1; 0 where there
// is no pair. Products of two such rows are the correlations of two mean differences, missing pairs and all.
static void standardise(const double *values, const double *reference, size_t n, double mean,
                        double *z)
{
    double largest = 0, squares = 0;
    for (size_t r = 0; r < n; r++) {
        z[r] = is_pair(values[r], reference[r]) ? values[r] - reference[r] - mean : 0;
        largest = fmax(largest, fabs(z[r]));
    }
    for (size_t r = 0; r < n && largest > 0; r++) {
        z[r] /= largest; // so that no square overflows
        squares += z[r] * z[r];
    }
    const double length = sqrt(squares);
    for (size_t r = 0; r < n && largest > 0; r++)
        z[r] /= length;
}

static double dot(const double *a, const double *b, size_t n)
{
    double part[PARTS] = {0}, sum = 0;
    size_t r = 0;
    for (; r + PARTS <= n; r += PARTS)
        for (size_t i = 0; i < PARTS; i++)
            part[i] += a[r + i] * b[r + i];
    for (; r < n; r++)
        part[0] += a[r] * b[r];
    for (size_t i = 0; i < PARTS; i++)
        sum += part[i];
    return sum;
}

// The correlations of the k mean differences `cell[0 ... k-1]`; free() them.
static double *correlations(const double *const *values, const double *reference, size_t n,
                            const uint32_t *cell, uint32_t k, const hpb_difference *all)
{
    const double most = fmin(fmax(WORK / ((double)k * k), FEWEST_ROWS), MOST_ROWS);
    const size_t rows = (double)n < most ? n : (size_t)most;
    double *z = hpb_alloc((size_t)k * rows, sizeof *z);
    double *c = hpb_alloc((size_t)k * k, sizeof *c);
    for (uint32_t i = 0; i < k; i++)
        standardise(values[cell[i]], reference, rows, all[cell[i]].mean, z + i * rows);
    for (uint32_t i = 0; i < k; i++) {
        c[(size_t)i * k + i] = 1;
        for (uint32_t j = 0; j < i; j++)
            c[(size_t)i * k + j] = c[(size_t)j * k + i] = dot(z + i * rows, z + j * rows, rows);
    }
    free(z);
    return c;
}

static void set_intervals(const double *const *values, uint32_t n_cells, const double *reference,
                          size_t n, hpb_difference *out)
{
    uint32_t *cell = hpb_alloc(n_cells, sizeof *cell), k = 0;
    for (uint32_t c = 0; c < n_cells; c++) {
        if (out[c].n_pairs >= 2 && out[c].sd > 0 && isfinite(out[c].sd))
            cell[k++] = c;
        else if (out[c].n_pairs >= 2 && out[c].sd == 0)
            out[c].low = out[c].high = out[c].mean;
    }
    double *c = NULL;
    if (k >= 2 && k <= HPB_STATS_MAX_CORRELATED)
        c = correlations(values, reference, n, cell, k, out);
    hpb_maxt *maxt = hpb_maxt_create(c, k);
    double quantile = (double)NAN, df = (double)NAN;
    for (uint32_t i = 0; i < k; i++) {
        hpb_difference *d = &out[cell[i]];
        const double pairs_n = (double)d->n_pairs;
        if (pairs_n - 1 != df) { // mostly all cells have as many
            df = pairs_n - 1;
            quantile = hpb_maxt_quantile(maxt, CONFIDENCE, df);
        }
        const double half = quantile * d->sd / sqrt(pairs_n);
        d->low = d->mean - half;
        d->high = d->mean + half;
    }
    hpb_maxt_destroy(maxt);
    free(c);
    free(cell);
}

void hpb_stats_differences(const double *const *values, uint32_t n_cells, const double *reference,
                           size_t n_replicates, hpb_difference *out)
{
    pairs p = {.y = hpb_alloc(n_replicates, sizeof(double)),
               .reference = hpb_alloc(n_replicates, sizeof(double)),
               .d = hpb_alloc(n_replicates, sizeof(double))};
    for (uint32_t c = 0; c < n_cells; c++)
        describe(values[c], reference, n_replicates, &p, &out[c]);
    free(p.y);
    free(p.reference);
    free(p.d);
    set_intervals(values, n_cells, reference, n_replicates, out);
}
