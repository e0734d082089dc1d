// SPDX-License-Identifier: Apache-2.0
// Games replicate by replicate, and what their values say together.
#include "stats/attribution.h"

#include "base/base.h"
#include "stats/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95
#define LARGEST_VALUE 1e300 // sums over coalitions stay finite
#define CORNERS (1u << HPB_GAME_LARGEST)

// The corners of one replicate; false where one that is used diverged.
typedef struct reader {
    const double *const *values;
    uint32_t n_corners;
    bool is_used[CORNERS];
    size_t diverged[CORNERS];
} reader;

static reader *reader_create(const double *const *values, uint32_t k, const uint32_t *group)
{
    reader *out = hpb_alloc(1, sizeof *out);
    out->values = values;
    out->n_corners = 1u << k;
    for (uint32_t s = 0; s < out->n_corners; s++)
        out->is_used[s] = hpb_game_uses(s, k, group);
    return out;
}

static bool read_replicate(reader *from, size_t r, double *v)
{
    bool is_whole = true;
    for (uint32_t s = 0; s < from->n_corners; s++) {
        if (!from->is_used[s])
            continue;
        v[s] = from->values[s][r];
        if (!(fabs(v[s]) <= LARGEST_VALUE)) {
            is_whole = false;
            from->diverged[s]++;
        }
    }
    return is_whole;
}

static double *missing(size_t n)
{
    double *out = hpb_alloc(n, sizeof *out);
    for (size_t r = 0; r < n; r++)
        out[r] = (double)NAN;
    return out;
}

// Means and simultaneous intervals of k rows [k][n], NaN where a replicate is left out.
static void describe(const double *rows, uint32_t k, size_t n, hpb_difference *out)
{
    const double **row = hpb_alloc(k, sizeof *row);
    double *zero = hpb_alloc(n, sizeof *zero);
    for (uint32_t i = 0; i < k; i++)
        row[i] = rows + i * n;
    hpb_stats_differences(row, k, zero, n, out);
    free(zero);
    free(row);
}

static double mean_difference(const double *b, const double *a, const double *phi, size_t n,
                              double *scratch)
{
    double mean, sd;
    size_t used = 0;
    for (size_t r = 0; r < n; r++)
        if (!isnan(phi[r]))
            scratch[used++] = b[r] - a[r];
    hpb_moments(scratch, used, &mean, &sd);
    return mean;
}

static double variance(const double *values, size_t n, double *scratch)
{
    double mean, sd;
    size_t used = 0;
    for (size_t r = 0; r < n; r++)
        if (!isnan(values[r]))
            scratch[used++] = values[r];
    hpb_moments(scratch, used, &mean, &sd);
    return sd * sd;
}

static void compare_ends(const double *a, const double *b, size_t n, double *scratch,
                         hpb_attribution *out)
{
    hpb_difference *d = &out->difference;
    hpb_stats_differences(&b, 1, a, n, d);
    out->variance_ratio = (variance(a, n, scratch) + variance(b, n, scratch)) / (d->sd * d->sd);
    out->has_shares = d->low > 0 || d->high < 0;
}

static void describe_effects(const double *const *values, uint32_t k, size_t n, const double *phi,
                             double *scratch, const hpb_attribution *whole, hpb_effect *effect)
{
    const uint32_t all = (1u << k) - 1;
    hpb_difference *d = hpb_alloc(k, sizeof *d);
    describe(phi, k, n, d);
    for (uint32_t i = 0; i < k; i++) {
        hpb_effect *e = &effect[i];
        const double *row = phi + i * n;
        *e = (hpb_effect){.mean = d[i].mean, .sd = d[i].sd};
        e->own = hpb_mean_t(e->mean, e->sd, d[i].n_pairs, CONFIDENCE);
        e->simultaneous = (hpb_interval){d[i].low, d[i].high};
        e->first_in = mean_difference(values[1u << i], values[0], row, n, scratch);
        e->last_in = mean_difference(values[all], values[all ^ 1u << i], row, n, scratch);
        e->interaction = e->last_in - e->first_in;
        e->share = whole->has_shares ? e->mean / whole->difference.mean : (double)NAN;
    }
    free(d);
}

void hpb_attribution_split(const double *const *values, uint32_t k, size_t n, const uint32_t *group,
                           double *phi, hpb_effect *effect, hpb_attribution *out)
{
    double v[CORNERS] = {0}, part[HPB_GAME_LARGEST] = {0};
    double *a = missing(n), *b = missing(n), *scratch = hpb_alloc(n, sizeof *scratch);
    reader *from = reader_create(values, k, group);
    *out = (hpb_attribution){0};
    for (size_t r = 0; r < n; r++) {
        const bool is_whole = read_replicate(from, r, v);
        if (is_whole) {
            hpb_game_owen(v, k, group, part);
            a[r] = v[0];
            b[r] = v[from->n_corners - 1];
            out->n++;
        }
        for (uint32_t i = 0; i < k; i++)
            phi[i * n + r] = is_whole ? part[i] : (double)NAN;
    }
    out->n_left_out = n - out->n;
    for (uint32_t s = 0; s < from->n_corners; s++)
        if (from->diverged[s] > out->worst_count) {
            out->worst = s;
            out->worst_count = from->diverged[s];
        }
    compare_ends(a, b, n, scratch, out);
    describe_effects(values, k, n, phi, scratch, out, effect);
    free(from);
    free(scratch);
    free(b);
    free(a);
}

void hpb_attribution_group(const double *const *values, uint32_t k, const uint32_t *group,
                           const double **out)
{
    uint32_t m = 0;
    for (uint32_t i = 0; i < k; i++)
        m = group[i] + 1 > m ? group[i] + 1 : m;
    for (uint32_t s = 0; s < 1u << m; s++) {
        uint32_t corner = 0;
        for (uint32_t i = 0; i < k; i++)
            corner |= (s >> (group[i] & 31u) & 1u) << i;
        out[s] = values[corner];
    }
}

// --- interactions ---------------------------------------------------------------------------------------

uint32_t hpb_interaction_count(uint32_t k, uint32_t order)
{
    uint32_t count = 0;
    for (uint32_t s = 0; s < 1u << k; s++) {
        const uint32_t size = (uint32_t)__builtin_popcount(s);
        count += size >= 2 && size <= order;
    }
    return count;
}

size_t hpb_interaction_list(const double *const *values, uint32_t k, size_t n, uint32_t order,
                            hpb_interaction *out)
{
    const uint32_t count = hpb_interaction_count(k, order);
    uint32_t at = 0;
    for (uint32_t size = 2; size <= order && size <= k; size++)
        for (uint32_t s = 0; s < 1u << k; s++)
            if ((uint32_t)__builtin_popcount(s) == size)
                out[at++] = (hpb_interaction){.factors = s};
    double v[CORNERS], *rows = hpb_alloc(count * n, sizeof *rows);
    reader *from = reader_create(values, k, NULL);
    size_t used = 0;
    for (size_t r = 0; r < n; r++) {
        const bool is_whole = read_replicate(from, r, v);
        used += is_whole;
        if (is_whole)
            hpb_game_moebius(v, k);
        for (uint32_t i = 0; i < count; i++)
            rows[i * n + r] = is_whole ? v[out[i].factors] : (double)NAN;
    }
    hpb_difference *d = hpb_alloc(count, sizeof *d);
    describe(rows, count, n, d);
    for (uint32_t i = 0; i < count; i++) {
        out[i].mean = d[i].mean, out[i].sd = d[i].sd;
        out[i].low = d[i].low, out[i].high = d[i].high;
    }
    free(d);
    free(from);
    free(rows);
    return used;
}
