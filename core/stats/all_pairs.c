// SPDX-License-Identifier: Apache-2.0
// All pairs of cells with intervals that hold for all of them at once, and what these say of ranks.
#include "base/base.h"
#include "stats/maxt.h"
#include "stats/moments.h"
#include "stats/ranking.h"

#include <math.h>
#include <stdlib.h>

#define CONFIDENCE 0.95
#define FEWEST_ROWS 10u // fewer say too little of correlations
#define MOST_ROWS                                                                                  \
    40000u // of which covariances are taken: more would change the quantile's fourth digit

static void describe(const double *a, const double *b, size_t n, double *d, hpb_difference *out)
{
    double worse = 0;
    size_t n_pairs = 0;
    for (size_t r = 0; r < n; r++) {
        if (!isfinite(a[r]) || !isfinite(b[r]) || !isfinite(a[r] - b[r]))
            continue;
        worse += a[r] > b[r] ? 1 : a[r] == b[r] ? 0.5 : 0;
        d[n_pairs++] = a[r] - b[r];
    }
    const double nan = (double)NAN;
    *out = (hpb_difference){
        .n_pairs = n_pairs, .low = nan, .high = nan, .ratio = nan, .correlation = nan};
    hpb_moments(d, n_pairs, &out->mean, &out->sd);
    out->worse = worse / (double)n_pairs; // no pairs: NaN
}

// Covariances (up to a common factor) over the replicates that all cells have, the first MOST_ROWS of them; NULL where
// fewer than FEWEST_ROWS are left. free() it.
static double *covariances(const double *const *values, uint32_t k, size_t n)
{
    double *row = hpb_alloc(k, sizeof *row), *mean = hpb_alloc(k, sizeof *mean);
    double *out = hpb_alloc((size_t)k * k, sizeof *out);
    size_t rows = 0;
    for (size_t r = 0; r < n && rows < MOST_ROWS; r++) { // Welford's update, all pairs of columns
        bool is_whole = true;
        for (uint32_t c = 0; c < k; c++)
            is_whole = is_whole && isfinite(values[c][r]);
        if (!is_whole)
            continue;
        rows++;
        for (uint32_t c = 0; c < k; c++) {
            row[c] = values[c][r] - mean[c];
            mean[c] += row[c] / (double)rows;
        }
        for (uint32_t i = 0; i < k; i++) {
            const double left = values[i][r] - mean[i];
            for (uint32_t j = 0; j <= i; j++)
                out[(size_t)i * k + j] += left * row[j];
        }
    }
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = 0; j < i; j++)
            out[(size_t)j * k + i] = out[(size_t)i * k + j];
    free(row);
    free(mean);
    if (rows >= FEWEST_ROWS)
        return out;
    free(out);
    return NULL;
}

static void set_pair(hpb_difference *out, uint32_t k, uint32_t i, uint32_t j, double half)
{
    hpb_difference *d = &out[(size_t)i * k + j], *turned = &out[(size_t)j * k + i];
    d->low = d->mean - half;
    d->high = d->mean + half;
    *turned = *d;
    turned->mean = -d->mean;
    turned->low = -d->high;
    turned->high = -d->low;
    turned->worse = 1 - d->worse;
}

void hpb_stats_all_pairs(const double *const *values, uint32_t k, size_t n_replicates,
                         hpb_difference *out, hpb_rank *rank)
{
    double *d = hpb_alloc(n_replicates + 1, sizeof *d);
    double *covariance = covariances(values, k, n_replicates);
    hpb_maxt *maxt = hpb_maxt_create_pairs(covariance, k);
    double quantile = (double)NAN, df = (double)NAN;
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = 0; j < i; j++) {
            hpb_difference *pair = &out[(size_t)i * k + j];
            describe(values[i], values[j], n_replicates, d, pair);
            const double n = (double)pair->n_pairs;
            if (n >= 2 && n - 1 != df) { // mostly all pairs have as many
                df = n - 1;
                quantile = hpb_maxt_quantile(maxt, CONFIDENCE, df);
            }
            set_pair(out, k, i, j, n >= 2 ? quantile * pair->sd / sqrt(n) : (double)NAN);
        }
    for (uint32_t i = 0; i < k; i++) {
        out[(size_t)i * k + i] = (hpb_difference){.worse = 0.5, .ratio = 1, .correlation = 1};
        rank[i] = (hpb_rank){1, k, true};
        for (uint32_t j = 0; j < k; j++) {
            rank[i].low += j != i && out[(size_t)i * k + j].low > 0;
            rank[i].high -= j != i && out[(size_t)i * k + j].high < 0;
        }
        rank[i].may_be_best = rank[i].low == 1;
    }
    hpb_maxt_destroy(maxt);
    free(covariance);
    free(d);
}
