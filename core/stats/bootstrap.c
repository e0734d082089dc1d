// SPDX-License-Identifier: Apache-2.0
// Intervals by resampling. Resamples come from a Philox stream of a fixed key, so that equal data give equal intervals.
#include "base/base.h"
#include "random/random.h"
#include "stats/components.h"
#include "stats/intervals.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

#define RESAMPLES 1999u // (RESAMPLES + 1) x 0.025 is whole
#define KEY 0x626f6f74u // "boot"
#define SMALLEST_T 5
#define SMALLEST_BCA 30

static const hpb_interval no_interval = {(double)NAN, (double)NAN};

// Student's t of one resample of standardised values (mean 0).
static double resampled_t(const double *z, uint32_t n, hpb_philox *philox)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double value = z[hpb_philox_below(philox, n)];
        sum += value;
        squares += value * value;
    }
    const double mean = sum / n, variance = (squares - sum * mean) / (n - 1);
    if (variance > 1e-12)
        return mean / sqrt(variance / n);
    return mean > 0 ? HUGE_VAL : mean < 0 ? -HUGE_VAL : 0; // all drawn are equal
}

hpb_interval hpb_mean_bootstrap_t(const double *values, size_t n, double confidence)
{
    double mean, sd;
    hpb_moments(values, n, &mean, &sd);
    if (n < SMALLEST_T || n > UINT32_MAX || !(sd > 0) || !isfinite(sd))
        return no_interval;
    double *z = hpb_alloc(n, sizeof *z), *t = hpb_alloc(RESAMPLES, sizeof *t);
    for (size_t i = 0; i < n; i++)
        z[i] = (values[i] - mean) / sd;
    hpb_philox philox = hpb_philox_make(KEY, 0, 0, 0);
    for (uint32_t b = 0; b < RESAMPLES; b++)
        t[b] = resampled_t(z, (uint32_t)n, &philox);
    qsort(t, RESAMPLES, sizeof *t, hpb_compare_doubles);
    const double tail = (1 - confidence) / 2;
    const uint32_t cut = (uint32_t)fmax(floor((RESAMPLES + 1) * tail), 1);
    const double error = sd / sqrt((double)n), low = t[cut - 1], high = t[RESAMPLES - cut];
    free(z);
    free(t);
    if (!isfinite(low) || !isfinite(high))
        return no_interval;
    return (hpb_interval){mean - high * error, mean - low * error};
}

// --- BCa ------------------------------------------------------------------------------------------------

double hpb_bca_acceleration(const double *jackknife, size_t n)
{
    double mean, sd, squares = 0, cubes = 0;
    hpb_moments(jackknife, n, &mean, &sd);
    if (!(sd > 0))
        return 0;
    for (size_t i = 0; i < n; i++) {
        const double d = (mean - jackknife[i]) / sd; // of scale 1: no cube overflows
        squares += d * d;
        cubes += d * d * d;
    }
    return cubes / (6 * pow(squares, 1.5));
}

hpb_interval hpb_bca_interval(double *replicates, size_t n, double estimate, double acceleration,
                              double confidence)
{
    if (n < 2)
        return no_interval;
    qsort(replicates, n, sizeof *replicates, hpb_compare_doubles);
    double at_or_below = 0;
    for (size_t i = 0; i < n; i++)
        at_or_below += replicates[i] < estimate ? 1 : replicates[i] == estimate ? 0.5 : 0;
    const double z0 = hpb_normal_quantile(at_or_below / (double)n);
    if (!isfinite(z0))
        return no_interval;
    double end[2];
    for (int i = 0; i < 2; i++) {
        const double z = hpb_normal_quantile(i ? (1 + confidence) / 2 : (1 - confidence) / 2);
        const double share = hpb_normal_cdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z)));
        end[i] = hpb_stats_quantile(replicates, n, share);
    }
    return (hpb_interval){end[0], end[1]};
}

// The interquartile mean of a resample, given how often each of the sorted values was drawn.
static double resampled_iqm(const double *sorted, const uint32_t *count, uint32_t n)
{
    const uint32_t first = n / 4, last = n - n / 4; // places first ... last - 1 are kept
    double sum = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < n && at < last; i++) {
        const uint32_t from = at > first ? at : first;
        at += count[i];
        const uint32_t to = at < last ? at : last;
        if (to > from)
            sum += (to - from) * (sorted[i] - sorted[n / 2]); // small numbers: no digits lost
    }
    return sorted[n / 2] + sum / (last - first);
}

hpb_interval hpb_iqm_interval(const double *sorted, size_t n, double confidence)
{
    if (n < SMALLEST_BCA || n > HPB_BOOTSTRAP_LARGEST)
        return no_interval;
    uint32_t *count = hpb_alloc(n, sizeof *count);
    double *replicates = hpb_alloc(RESAMPLES, sizeof *replicates);
    double *jackknife = hpb_alloc(n, sizeof *jackknife), *rest = hpb_alloc(n, sizeof *rest);
    for (size_t i = 0; i < n; i++) { // leave one out
        for (size_t k = 0, at = 0; k < n; k++)
            if (k != i)
                rest[at++] = sorted[k];
        jackknife[i] = hpb_stats_iqm(rest, n - 1);
    }
    hpb_philox philox = hpb_philox_make(KEY, 0, 1, 0);
    for (uint32_t b = 0; b < RESAMPLES; b++) {
        for (size_t i = 0; i < n; i++)
            count[i] = 0;
        for (size_t i = 0; i < n; i++)
            count[hpb_philox_below(&philox, (uint32_t)n)]++;
        replicates[b] = resampled_iqm(sorted, count, (uint32_t)n);
    }
    const hpb_interval interval = hpb_bca_interval(replicates, RESAMPLES, hpb_stats_iqm(sorted, n),
                                                   hpb_bca_acceleration(jackknife, n), confidence);
    free(count);
    free(replicates);
    free(jackknife);
    free(rest);
    return interval;
}

// --- crossed grids ----------------------------------------------------------------------------------------

#define PIGEONHOLE_LARGEST 100000u

// The mean of a grid whose levels count weight[i][level] times: sums over the last factor first.
static double weighted_mean(const double *values, uint32_t n_factors, const uint32_t *levels,
                            double *const *weight, double *room)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < n_factors; i++)
        n *= levels[i];
    const double *from = values;
    for (uint32_t i = n_factors; i-- > 0; from = room) {
        n /= levels[i];
        for (uint64_t k = 0; k < n; k++) { // room[k] is behind what is read
            double sum = 0;
            for (uint32_t level = 0; level < levels[i]; level++)
                sum += weight[i][level] * from[k * levels[i] + level];
            room[k] = sum / levels[i];
        }
    }
    return room[0];
}

hpb_interval hpb_components_pigeonhole(const double *values, uint32_t n_factors,
                                       const uint32_t *levels, double confidence)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < n_factors; i++)
        n *= levels[i] <= PIGEONHOLE_LARGEST && n <= PIGEONHOLE_LARGEST ? levels[i] : 0;
    if (!n_factors || n_factors > HPB_FACTORS || !n || n > PIGEONHOLE_LARGEST)
        return no_interval;
    double *weight[HPB_FACTORS] = {0}, *room = hpb_alloc(n, sizeof *room), mean, sd;
    double *means = hpb_alloc(RESAMPLES, sizeof *means), *centred = hpb_alloc(n, sizeof *centred);
    hpb_moments(values, n, &mean, &sd);
    for (uint64_t i = 0; i < n; i++)
        centred[i] = values[i] - mean;
    for (uint32_t i = 0; i < n_factors; i++)
        weight[i] = hpb_alloc(levels[i], sizeof *weight[i]);
    hpb_philox philox = hpb_philox_make(KEY, 0, 2, 0);
    for (uint32_t b = 0; b < RESAMPLES; b++) {
        for (uint32_t i = 0; i < n_factors; i++) {
            for (uint32_t level = 0; level < levels[i]; level++)
                weight[i][level] = 0;
            for (uint32_t level = 0; level < levels[i]; level++)
                weight[i][hpb_philox_below(&philox, levels[i])]++;
        }
        means[b] = weighted_mean(centred, n_factors, levels, weight, room);
    }
    qsort(means, RESAMPLES, sizeof *means, hpb_compare_doubles);
    const hpb_interval out = {mean + hpb_stats_quantile(means, RESAMPLES, (1 - confidence) / 2),
                              mean + hpb_stats_quantile(means, RESAMPLES, (1 + confidence) / 2)};
    for (uint32_t i = 0; i < n_factors; i++)
        free(weight[i]);
    free(room);
    free(means);
    free(centred);
    return isfinite(sd) ? out : no_interval;
}
