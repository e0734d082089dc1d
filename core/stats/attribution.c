// SPDX-License-Identifier: Apache-2.0
// Games replicate by replicate, and what their values say together.
#include "stats/attribution.h"

#include "base/base.h"
#include "stats/moments.h"

#include <math.h>
#include <stdlib.h>

#define CONFIDENCE 0.95
#define LARGEST_VALUE 1e300 // sums over coalitions stay finite
#define CORNERS (1u << HPB_GAME_LARGEST)

bool hpb_attribution_is_value(double value)
{
    return fabs(value) <= LARGEST_VALUE;
}

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
        if (!hpb_attribution_is_value(v[s])) {
            is_whole = false;
            from->diverged[s]++;
        }
    }
    return is_whole;
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

// The mean of b - a over the replicates that phi has.
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

static void compare_ends(const double *phi, size_t n, const hpb_attribution_ends *ends,
                         hpb_attribution *out)
{
    double *a = hpb_alloc(n, sizeof *a), *b = hpb_alloc(n, sizeof *b), mean, sd_a, sd_b;
    const double *b_row = b;
    hpb_difference *d = &out->difference;
    out->n = 0;
    for (size_t r = 0; r < n; r++)
        if (!isnan(phi[r])) {
            a[out->n] = ends->a[r];
            b[out->n++] = ends->b[r];
        }
    out->n_left_out = n - out->n;
    hpb_stats_differences(&b_row, 1, a, out->n, d);
    hpb_moments(a, out->n, &mean, &sd_a);
    hpb_moments(b, out->n, &mean, &sd_b);
    out->variance_ratio = (sd_a * sd_a + sd_b * sd_b) / (d->sd * d->sd);
    out->has_shares = d->low > 0 || d->high < 0;
    free(b);
    free(a);
}

void hpb_attribution_describe(const double *phi, uint32_t k, size_t n,
                              const hpb_attribution_ends *ends, hpb_effect *effect,
                              hpb_attribution *out)
{
    hpb_difference *d = hpb_alloc(k, sizeof *d);
    double *scratch = hpb_alloc(n, sizeof *scratch);
    compare_ends(phi, n, ends, out);
    describe(phi, k, n, d);
    for (uint32_t i = 0; i < k; i++) {
        hpb_effect *e = &effect[i];
        const double *row = phi + i * n;
        *e = (hpb_effect){.mean = d[i].mean, .sd = d[i].sd};
        e->own = hpb_mean_t(e->mean, e->sd, d[i].n_pairs, CONFIDENCE);
        e->simultaneous = (hpb_interval){d[i].low, d[i].high};
        e->first_in = mean_difference(ends->alone[i], ends->a, row, n, scratch);
        e->last_in = mean_difference(ends->b, ends->without[i], row, n, scratch);
        e->interaction = e->last_in - e->first_in;
        e->share = out->has_shares ? e->mean / out->difference.mean : (double)NAN;
    }
    free(scratch);
    free(d);
}

void hpb_attribution_split(const double *const *values, uint32_t k, size_t n, const uint32_t *group,
                           double *phi, hpb_effect *effect, hpb_attribution *out)
{
    const uint32_t all = (1u << k) - 1;
    const double *alone[HPB_GAME_LARGEST], *without[HPB_GAME_LARGEST];
    const hpb_attribution_ends ends = {values[0], values[all], alone, without};
    double v[CORNERS], part[HPB_GAME_LARGEST];
    reader *from = reader_create(values, k, group);
    for (uint32_t i = 0; i < k; i++) {
        alone[i] = values[1u << i];
        without[i] = values[all ^ 1u << i];
    }
    for (size_t r = 0; r < n; r++) {
        const bool is_whole = read_replicate(from, r, v);
        if (is_whole)
            hpb_game_owen(v, k, group, part);
        for (uint32_t i = 0; i < k; i++)
            phi[i * n + r] = is_whole ? part[i] : (double)NAN;
    }
    *out = (hpb_attribution){0};
    for (uint32_t s = 0; s <= all; s++)
        if (from->diverged[s] > out->worst_count) {
            out->worst = s;
            out->worst_count = from->diverged[s];
        }
    hpb_attribution_describe(phi, k, n, &ends, effect, out);
    free(from);
}

void hpb_attribution_group(const double *const *values, uint32_t k, const uint32_t *group,
                           const double **out)
{
    uint32_t m = 0, member[HPB_GAME_LARGEST] = {0};
    for (uint32_t i = 0; i < k; i++) {
        member[group[i]] |= 1u << i;
        m = group[i] >= m ? group[i] + 1 : m;
    }
    for (uint32_t s = 0; s < 1u << m; s++) {
        uint32_t corner = 0;
        for (uint32_t g = 0; g < m; g++)
            corner |= s >> g & 1u ? member[g] : 0;
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
