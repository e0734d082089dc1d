// SPDX-License-Identifier: Apache-2.0
// Orders, the corners that they pass, and what each factor adds on the way.
#include "stats/permutations.h"

#include "base/base.h"
#include "stats/moments.h"

#include <math.h>
#include <stdlib.h>

#define CONFIDENCE 0.95
#define BESIDE 0.2 // of the largest error, beside each

void hpb_permutations_draw(hpb_philox *philox, uint32_t k, uint32_t n_pairs, uint8_t *orders)
{
    for (uint32_t p = 0; p < n_pairs; p++) {
        uint8_t *order = orders + (size_t)2 * p * k, *reverse = order + k;
        for (uint32_t i = 0; i < k; i++)
            order[i] = (uint8_t)i;
        for (uint32_t i = k; i > 1; i--) {
            const uint32_t j = hpb_philox_below(philox, i);
            const uint8_t kept = order[i - 1];
            order[i - 1] = order[j];
            order[j] = kept;
        }
        for (uint32_t i = 0; i < k; i++)
            reverse[i] = order[k - 1 - i];
    }
}

static int by_corner(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t hpb_permutations_most(uint32_t k, uint32_t n_pairs)
{
    return 2 + (size_t)2 * k + (k > 3 ? (size_t)2 * (k - 3) * n_pairs : 0);
}

size_t hpb_permutations_corners(const uint8_t *orders, uint32_t k, uint32_t n_pairs,
                                uint32_t *corner)
{
    const uint32_t all = (uint32_t)(UINT64_C(1) << k) - 1;
    size_t n = 0, kept = 0;
    corner[n++] = 0;
    corner[n++] = all;
    for (uint32_t i = 0; i < k; i++) {
        corner[n++] = 1u << i;
        corner[n++] = all ^ 1u << i;
    }
    for (size_t o = 0; o < (size_t)2 * n_pairs; o++)
        for (uint32_t step = 0, s = 0; step + 2 < k; step++) {
            s |= 1u << orders[o * k + step];
            if (step > 0) // one factor alone is there already
                corner[n++] = s;
        }
    qsort(corner, n, sizeof *corner, by_corner);
    for (size_t c = 0; c < n; c++)
        if (kept == 0 || corner[c] != corner[kept - 1])
            corner[kept++] = corner[c];
    return kept;
}

typedef struct table {
    const uint32_t *corner;
    size_t n_corners;
    const double *const *values;
} table;

static const double *find(const table *in, uint32_t corner)
{
    const uint32_t *at = bsearch(&corner, in->corner, in->n_corners, sizeof corner, by_corner);
    return at ? in->values[at - in->corner] : NULL;
}

// path[2 n_pairs][k + 1]: the values on the way.
static const double **find_paths(const table *in, const uint8_t *orders, uint32_t k,
                                 uint32_t n_pairs)
{
    const double **path = hpb_alloc((size_t)2 * n_pairs * (k + 1), sizeof *path), **at = path;
    for (size_t o = 0; o < (size_t)2 * n_pairs; o++) {
        uint32_t s = 0;
        *at++ = find(in, s);
        for (uint32_t step = 0; step < k; step++) {
            s |= 1u << orders[o * k + step];
            *at++ = find(in, s);
        }
    }
    return path;
}

// Which replicates are finite at every corner; the corner that diverged most often.
static bool *find_whole(const table *in, size_t n, hpb_attribution *out)
{
    bool *is_whole = hpb_alloc(n, sizeof *is_whole);
    for (size_t r = 0; r < n; r++)
        is_whole[r] = true;
    for (size_t c = 0; c < in->n_corners; c++) {
        size_t diverged = 0;
        for (size_t r = 0; r < n; r++)
            if (!hpb_attribution_is_value(in->values[c][r])) {
                is_whole[r] = false;
                diverged++;
            }
        if (diverged > out->worst_count) {
            out->worst = in->corner[c];
            out->worst_count = diverged;
        }
    }
    return is_whole;
}

// Adds one replicate: phi of each factor, and what each pair says of it.
static void walk(const double *const *path, const uint8_t *orders, uint32_t k, uint32_t n_pairs,
                 size_t n, size_t r, double *phi, double *gain)
{
    for (uint32_t o = 0; o < 2 * n_pairs; o++) {
        const double *const *way = path + (size_t)o * (k + 1);
        for (uint32_t step = 0; step < k; step++) {
            const uint32_t i = orders[(size_t)o * k + step];
            const double added = way[step + 1][r] - way[step][r];
            phi[i * n + r] += added;
            gain[(size_t)i * n_pairs + o / 2] += added;
        }
    }
    for (uint32_t i = 0; i < k; i++)
        phi[i * n + r] /= 2.0 * n_pairs;
}

static hpb_interval widened(hpb_interval interval, double mean, double by)
{
    return (hpb_interval){mean - hypot(mean - interval.low, by),
                          mean + hypot(interval.high - mean, by)};
}

// What a factor's own error does not show.
static double hidden(const double *error, uint32_t k)
{
    double largest = error[0];
    for (uint32_t i = 1; i < k; i++)
        largest = fmax(largest, error[i]);
    return BESIDE * largest;
}

double hpb_permutations_half(const double *error, uint32_t k, uint32_t n_pairs, uint32_t i)
{
    const double t = hpb_t_quantile((1 + pow(CONFIDENCE, 1.0 / k)) / 2, (double)n_pairs - 1);
    return t * (error[i] + hidden(error, k));
}

// gain[k][n_pairs]: sums over 2 orders and n replicates.
static void add_errors(double *gain, uint32_t k, uint32_t n_pairs, size_t n, hpb_effect *effect,
                       double *error)
{
    const double t = hpb_t_quantile((1 + CONFIDENCE) / 2, (double)n_pairs - 1);
    for (uint32_t i = 0; i < k; i++) {
        double mean, sd, *row = gain + (size_t)i * n_pairs;
        for (uint32_t p = 0; p < n_pairs; p++)
            row[p] /= 2.0 * (double)n;
        hpb_moments(row, n_pairs, &mean, &sd);
        error[i] = sd / sqrt((double)n_pairs);
    }
    for (uint32_t i = 0; i < k; i++) {
        hpb_effect *e = &effect[i];
        e->own = widened(e->own, e->mean, t * (error[i] + hidden(error, k)));
        e->simultaneous =
            widened(e->simultaneous, e->mean, hpb_permutations_half(error, k, n_pairs, i));
    }
}

void hpb_permutations_split(const uint8_t *orders, uint32_t k, uint32_t n_pairs,
                            const uint32_t *corner, size_t n_corners, const double *const *values,
                            size_t n, double *phi, hpb_effect *effect, double *error,
                            hpb_attribution *out)
{
    const table in = {corner, n_corners, values};
    const uint32_t whole = (uint32_t)(UINT64_C(1) << k) - 1;
    const double *alone[HPB_PERMUTED_LARGEST], *without[HPB_PERMUTED_LARGEST];
    for (uint32_t i = 0; i < k; i++) {
        alone[i] = find(&in, 1u << i);
        without[i] = find(&in, whole ^ 1u << i);
    }
    const hpb_attribution_ends ends = {find(&in, 0), find(&in, whole), alone, without};
    *out = (hpb_attribution){0};
    bool *is_whole = find_whole(&in, n, out);
    const double **path = find_paths(&in, orders, k, n_pairs);
    double *gain = hpb_alloc((size_t)k * n_pairs, sizeof *gain);
    for (size_t r = 0; r < n; r++) {
        for (uint32_t i = 0; i < k; i++)
            phi[i * n + r] = is_whole[r] ? 0 : (double)NAN;
        if (is_whole[r])
            walk(path, orders, k, n_pairs, n, r, phi, gain);
    }
    hpb_attribution_describe(phi, k, n, &ends, effect, out);
    add_errors(gain, k, n_pairs, out->n, effect, error);
    free(gain);
    free(path);
    free(is_whole);
}
