// SPDX-License-Identifier: Apache-2.0
// The causes of a difference: Shapley values over the corners, in the words of A against B.
#include "explain/explanation.h"

#include <math.h>
#include <stdlib.h>

// B minus A is turned over: what A's value adds to A's number.
static hpb_estimate turned(double mean, hpb_interval interval)
{
    return (hpb_estimate){-mean, -interval.high, -interval.low};
}

static int by_size(const void *a, const void *b)
{
    const hpb_cause *x = a, *y = b;
    const double p = fabs(x->effect.value), q = fabs(y->effect.value);
    return p != q ? (p < q) - (p > q) : (x->bit > y->bit) - (x->bit < y->bit);
}

// Whether no run differs in any corner, whichever way the others stand.
static bool is_inert(const double *const *values, uint32_t k, uint32_t n, uint32_t bit)
{
    for (uint32_t corner = 0; corner < 1u << k; corner++)
        for (uint32_t r = 0; r < n && !(corner >> bit & 1); r++) {
            const double a = values[corner][r], b = values[corner | 1u << bit][r];
            if (isfinite(a) != isfinite(b) || (isfinite(a) && a != b))
                return false;
        }
    return true;
}

// The largest relative error of the sum of the causes, over the replicates that are used.
static double largest_error(const double *const *values, const double *phi, uint32_t k, uint32_t n)
{
    double largest = 0;
    for (uint32_t r = 0; r < n; r++) {
        const double a = values[0][r], difference = values[(1u << k) - 1][r] - a;
        double sum = 0;
        for (uint32_t i = 0; i < k; i++)
            sum += phi[(size_t)i * n + r];
        const double scale = fmax(fabs(difference), fabs(a));
        if (isfinite(sum) && scale > 0)
            largest = fmax(largest, fabs(sum - difference) / scale);
    }
    return largest;
}

static void summarise_corners(hpb_explanation *out, const double *const *values)
{
    const uint32_t n_corners = 1u << out->n_causes, n = out->n_replicates;
    double *means = hpb_arena_alloc(out->arena, n_corners, sizeof *means);
    hpb_interval *intervals = hpb_arena_alloc(out->arena, n_corners, sizeof *intervals);
    double *used = hpb_alloc(n, sizeof *used);
    for (uint32_t c = 0; c < n_corners; c++) {
        uint32_t n_used = 0;
        for (uint32_t r = 0; r < n; r++)
            if (isfinite(values[c][r]))
                used[n_used++] = values[c][r];
        const hpb_summary summary = hpb_stats_summarise(used, n_used);
        means[c] = n_used ? summary.mean : (double)NAN;
        intervals[c] = hpb_mean_t(summary.mean, summary.sd, n_used, 0.95);
    }
    free(used);
    out->corner_mean = means;
    out->corner_interval = intervals;
}

void hpb_explanation_attribute(hpb_explanation *out, const double *const *values)
{
    const uint32_t k = out->n_causes, n = out->n_replicates;
    summarise_corners(out, values);
    if (!k)
        return; // the same procedure
    double *phi = hpb_alloc((size_t)k * n, sizeof *phi);
    hpb_effect effects[HPB_MAX_CAUSES];
    hpb_attribution whole;
    hpb_attribution_split(values, k, n, NULL, phi, effects, &whole);
    const hpb_difference *d = &whole.difference;
    out->n_used = (uint32_t)whole.n;
    out->worst = whole.worst;
    out->worst_count = (uint32_t)whole.worst_count;
    out->variance_ratio = whole.variance_ratio;
    out->difference = turned(d->mean, (hpb_interval){d->low, d->high});
    out->worse = 1 - d->worse;
    for (uint32_t i = 0; i < k; i++) {
        hpb_cause *cause = &out->causes[i];
        cause->effect = turned(effects[i].mean, effects[i].simultaneous);
        cause->share = effects[i].share;
        cause->alone = -effects[i].first_in;
        cause->last = -effects[i].last_in;
        cause->is_inert = is_inert(values, k, n, i);
    }
    out->largest_error = largest_error(values, phi, k, n);
    free(phi);
    out->n_interactions = hpb_interaction_count(k, 2);
    hpb_interaction *interactions =
        hpb_arena_alloc(out->arena, out->n_interactions + 1u, sizeof *interactions);
    if (out->n_interactions)
        hpb_interaction_list(values, k, n, 2, interactions);
    out->interactions = interactions;
    qsort(out->causes, k, sizeof *out->causes, by_size);
}
