// SPDX-License-Identifier: Apache-2.0
// Intervals that need no resampling, and the rule for the mean.
#include "stats/intervals.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>

static const hpb_interval no_interval = {(double)NAN, (double)NAN};

hpb_interval hpb_mean_t(double mean, double sd, size_t n, double confidence)
{
    if (n < 2)
        return no_interval;
    const double t = hpb_t_quantile((1 + confidence) / 2, (double)n - 1);
    const double half = t * sd / sqrt((double)n);
    return (hpb_interval){mean - half, mean + half};
}

hpb_interval hpb_mean_interval(const double *values, size_t n, double confidence,
                               hpb_mean_method *method)
{
    *method = HPB_MEAN_BOOTSTRAP_T;
    const hpb_interval interval =
        n <= HPB_BOOTSTRAP_LARGEST ? hpb_mean_bootstrap_t(values, n, confidence) : no_interval;
    if (isfinite(interval.low) && isfinite(interval.high))
        return interval;
    double mean, sd;
    hpb_moments(values, n, &mean, &sd);
    *method = n < 2 ? HPB_MEAN_NONE : HPB_MEAN_T;
    return hpb_mean_t(mean, sd, n, confidence);
}

double hpb_stats_iqm(const double *sorted, size_t n)
{
    double mean, sd;
    const size_t dropped = n / 4;
    hpb_moments(n ? sorted + dropped : sorted, n - 2 * dropped, &mean, &sd);
    return mean;
}

// The smallest count whose cumulative binomial probability is at least `target`.
static size_t binomial_quantile(size_t n, double probability, double target)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (hpb_binomial_cdf((double)middle, (double)n, probability) >= target)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

hpb_interval hpb_quantile_interval(const double *sorted, size_t n, double probability,
                                   double confidence)
{
    if (!n || !(probability > 0 && probability < 1) || !(confidence > 0 && confidence < 1))
        return no_interval;
    // X_(l) <= q in all but tail: the largest l with F(l - 1) <= tail; X_(u) >= q: the smallest u with F(u - 1) >= 1 - tail
    const double tail = (1 - confidence) / 2;
    size_t l = binomial_quantile(n, probability, tail); // F(l) >= tail, F(l - 1) < tail
    if (l < n && hpb_binomial_cdf((double)l, (double)n, probability) <= tail)
        l++;
    const size_t u = binomial_quantile(n, probability, 1 - tail) + 1;
    return (hpb_interval){l >= 1 ? sorted[l - 1] : (double)NAN,
                          u <= n ? sorted[u - 1] : (double)NAN};
}

double hpb_dkw_half_width(size_t n, double confidence)
{
    return n ? fmin(sqrt(log(2 / (1 - confidence)) / (2 * (double)n)), 1) : (double)NAN;
}

hpb_interval hpb_wilson_interval(double count, size_t n, double confidence)
{
    if (!n || !(count >= 0 && count <= (double)n))
        return no_interval;
    const double z = hpb_normal_quantile((1 + confidence) / 2), runs = (double)n;
    const double share = count / runs, scale = 1 + z * z / runs;
    const double centre = (share + z * z / (2 * runs)) / scale;
    const double half = z * sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs)) / scale;
    return (hpb_interval){count > 0 ? centre - half : 0, count < runs ? centre + half : 1};
}
