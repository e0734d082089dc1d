// SPDX-License-Identifier: Apache-2.0
// What follows from the corners: the two sides by themselves, then the causes of their difference, Shapley values in the
// words of A against B.
#include "explain/private.h"

#include "stats/pairs.h"

#include <math.h>
#include <stdlib.h>

// --- sides --------------------------------------------------------------------------------------------------------

static void summarise_side(hpb_side *side, uint32_t n)
{
    double *finite = hpb_alloc(n, sizeof *finite);
    side->n_finite = 0;
    for (uint32_t i = 0; i < n; i++)
        if (isfinite(side->mse[i]))
            finite[side->n_finite++] = side->mse[i];
    hpb_mean_method method;
    side->mean = hpb_mean_interval(finite, side->n_finite, 0.95, &method);
    side->summary = hpb_stats_summarise(finite, side->n_finite);
    uint32_t below = 0;
    for (uint32_t i = 0; i < side->n_finite; i++)
        below += finite[i] <= side->reported;
    side->place =
        isfinite(side->reported) && side->n_finite ? (double)below / side->n_finite : (double)NAN;
    free(finite);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// P(one run of A and one of B, seeds of their own, are ordered against the means), ties one half.
static double reversed_share(const hpb_explanation *e)
{
    double *values[2];
    for (int side = 0; side < 2; side++) {
        values[side] = hpb_alloc(e->n_replicates, sizeof **values);
        for (uint32_t i = 0, n = 0; i < e->n_replicates; i++)
            if (isfinite(e->side[side].mse[i]))
                values[side][n++] = e->side[side].mse[i];
    }
    const hpb_side *a = &e->side[0], *b = &e->side[1];
    const double below =
        hpb_unpaired_compare(values[0], a->n_finite, values[1], b->n_finite, 0.95).share;
    free(values[0]);
    free(values[1]);
    return a->summary.mean >= b->summary.mean ? below : 1 - below;
}

// The median distance of two different replicates, over neighbours: they are independent.
static double noise_of(const hpb_explanation *e)
{
    const double *mse = e->side[0].mse;
    double *distance = hpb_alloc(e->n_replicates, sizeof *distance);
    uint32_t n = 0;
    for (uint32_t i = 1; i < e->n_replicates; i++)
        if (isfinite(mse[i - 1]) && isfinite(mse[i]))
            distance[n++] = fabs(mse[i] - mse[i - 1]);
    qsort(distance, n, sizeof *distance, by_value);
    const double median = n ? hpb_stats_quantile(distance, n, 0.5) : (double)NAN;
    free(distance);
    return median;
}

// --- causes -------------------------------------------------------------------------------------------------------

// B minus A is turned over: what A's value adds to A's number.
static hpb_estimate turned(double mean, hpb_interval interval)
{
    return (hpb_estimate){0 - mean, 0 - interval.high, 0 - interval.low}; // never -0
}

static int by_size(const void *a, const void *b)
{
    const hpb_cause *x = a, *y = b;
    const double p = fabs(x->effect.value), q = fabs(y->effect.value);
    return p != q ? (p < q) - (p > q) : (x->bit > y->bit) - (x->bit < y->bit);
}

#define ROUNDING 1e-5 // relative: g clip / max(norm, clip) rounds even where nothing is clipped

// Replicates in which it makes more difference than rounding does, whichever way the others stand, in some two corners that
// were run.
static uint32_t count_acted(const hpb_explanation *e, const double *const *values, uint32_t bit)
{
    uint32_t n_acted = 0, *turned_over = hpb_alloc(e->n_corners, sizeof *turned_over);
    for (uint32_t c = 0; c < e->n_corners; c++) {
        const uint32_t other = hpb_corner_find(e, e->corner_mask[c] | 1u << bit);
        turned_over[c] = other < e->n_corners ? other : c;
    }
    for (uint32_t r = 0; r < e->n_replicates; r++) {
        bool acts = false;
        for (uint32_t c = 0; c < e->n_corners && !acts; c++) {
            const double a = values[c][r], b = values[turned_over[c]][r];
            acts = isfinite(a) != isfinite(b) ||
                   (isfinite(a) && fabs(a - b) > ROUNDING * fmax(fabs(a), fabs(b)));
        }
        n_acted += acts;
    }
    free(turned_over);
    return n_acted;
}

// The largest relative error of the sum of the causes, over the replicates that are used.
static double largest_error(const double *a_values, const double *b_values, const double *phi,
                            uint32_t k, uint32_t n)
{
    double largest = 0;
    for (uint32_t r = 0; r < n; r++) {
        const double a = a_values[r], difference = b_values[r] - a;
        double sum = 0;
        for (uint32_t i = 0; i < k; i++)
            sum += phi[(size_t)i * n + r];
        const double scale = fmax(fabs(difference), fabs(a));
        if (isfinite(sum) && scale > 0)
            largest = fmax(largest, fabs(sum - difference) / scale);
    }
    return largest;
}

// Replicates that all corners have. Returns how many.
static uint32_t find_used(const double *const *values, uint32_t n_corners, uint32_t n, bool *used)
{
    uint32_t n_used = 0;
    for (uint32_t r = 0; r < n; r++) {
        used[r] = true;
        for (uint32_t c = 0; c < n_corners; c++)
            used[r] &= hpb_attribution_is_value(values[c][r]);
        n_used += used[r];
    }
    return n_used;
}

// Each over the same replicates, so that the means differ by what the causes add up to; where there are none, over its own.
static void summarise_corners(hpb_explanation *out, const double *const *values)
{
    const uint32_t n_corners = out->n_corners, n = out->n_replicates;
    double *means = hpb_arena_alloc(out->arena, n_corners, sizeof *means);
    hpb_interval *intervals = hpb_arena_alloc(out->arena, n_corners, sizeof *intervals);
    double *kept = hpb_alloc(n, sizeof *kept);
    bool *used = hpb_alloc(n, sizeof *used);
    out->n_used = find_used(values, n_corners, n, used);
    for (uint32_t c = 0; c < n_corners; c++) {
        uint32_t n_kept = 0;
        for (uint32_t r = 0; r < n; r++)
            if (out->n_used ? used[r] : hpb_attribution_is_value(values[c][r]))
                kept[n_kept++] = values[c][r];
        const hpb_summary summary = hpb_stats_summarise(kept, n_kept);
        means[c] = n_kept ? summary.mean : (double)NAN;
        intervals[c] = hpb_mean_t(summary.mean, summary.sd, n_kept, 0.95);
    }
    free(kept);
    free(used);
    out->corner_mean = means;
    out->corner_interval = intervals;
    for (int side = 0; side < 2; side++) {
        out->side[side].level = out->n_used ? means[side ? n_corners - 1 : 0] : (double)NAN;
        out->side[side].luck = out->side[side].reported - out->side[side].level;
    }
}

void hpb_explanation_attribute(hpb_explanation *out, const double *const *values)
{
    const uint32_t k = out->n_causes, n = out->n_replicates;
    if (!out->n_corners)
        hpb_explanation_list(out);
    const double *const ends[] = {values[0], values[out->n_corners - 1]};
    for (int side = 0; side < 2; side++) {
        out->side[side].mse = ends[side];
        summarise_side(&out->side[side], n);
    }
    out->reversed = reversed_share(out);
    out->noise = noise_of(out);
    summarise_corners(out, values);
    if (!k)
        return; // the same procedure
    double *phi = hpb_alloc((size_t)k * n, sizeof *phi);
    hpb_effect effects[HPB_MAX_CAUSES];
    hpb_attribution whole;
    hpb_explanation_split(out, values, phi, effects, &whole);
    const hpb_difference *d = &whole.difference;
    out->worst = whole.worst;
    out->worst_count = (uint32_t)whole.worst_count;
    out->variance_ratio = whole.variance_ratio;
    out->difference = turned(d->mean, (hpb_interval){d->low, d->high});
    out->worse = 1 - d->worse;
    for (uint32_t i = 0; i < k; i++) {
        hpb_cause *cause = &out->causes[i];
        cause->effect = turned(effects[i].mean, effects[i].simultaneous);
        cause->share = effects[i].share;
        cause->alone = 0 - effects[i].first_in;
        cause->last = 0 - effects[i].last_in;
        cause->n_acted = count_acted(out, values, i);
    }
    out->largest_error = largest_error(ends[0], ends[1], phi, k, n);
    free(phi);
    qsort(out->causes, k, sizeof *out->causes, by_size);
}

void hpb_explanation_prolong(hpb_explanation *out, int side, double epochs, const double *mse)
{
    hpb_side *of = &out->side[side];
    double *gain = hpb_alloc(out->n_replicates, sizeof *gain), sum = 0;
    of->n_longer = 0;
    for (uint32_t r = 0; r < out->n_replicates; r++)
        if (hpb_attribution_is_value(of->mse[r]) && hpb_attribution_is_value(mse[r])) {
            gain[of->n_longer++] = of->mse[r] - mse[r];
            sum += mse[r];
        }
    const hpb_summary summary = hpb_stats_summarise(gain, of->n_longer);
    const hpb_interval interval = hpb_mean_t(summary.mean, summary.sd, of->n_longer, 0.95);
    free(gain);
    of->longer_epochs = epochs;
    of->longer_level = sum / of->n_longer;
    of->gain = (hpb_estimate){summary.mean, interval.low, interval.high};
}
