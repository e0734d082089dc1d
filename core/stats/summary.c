// SPDX-License-Identifier: Apache-2.0
// The figures of one cell: two-pass moments and type 7 quantiles.
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

// Beyond this squares could overflow; a diverging fit may well report an MSE of 1e300.
#define LARGE 0x1p500
#define SHRINK 0x1p-600

void hpb_moments(const double *values, size_t n, double *mean, double *sd)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(values[i]));
    const double unit = largest > LARGE ? SHRINK : 1; // a power of two: exact
    const double count = (double)n;
    double sum = 0, left = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i] * unit;
    const double centre = sum / count;
    for (size_t i = 0; i < n; i++) {
        const double d = values[i] * unit - centre;
        left += d;
        squares += d * d;
    }
    *mean = n ? (centre + left / count) / unit : (double)NAN;
    *sd = n > 1 ? sqrt(fmax(squares - left * left / count, 0) / (count - 1)) / unit : (double)NAN;
}

int hpb_compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double hpb_stats_quantile(const double *sorted, size_t n, double probability)
{
    if (!n || !(probability >= 0 && probability <= 1))
        return (double)NAN;
    const double at = (double)(n - 1) * probability, whole = floor(at), part = at - whole;
    const size_t i = (size_t)whole;
    if (i + 1 >= n)
        return sorted[n - 1];
    // interpolated from the nearer end, as NumPy does
    const double step = sorted[i + 1] - sorted[i];
    return part < 0.5 ? sorted[i] + step * part : sorted[i + 1] - step * (1 - part);
}

hpb_summary hpb_stats_summarise(double *values, size_t n)
{
    hpb_summary s = {.n = n};
    if (n)
        qsort(values, n, sizeof *values, hpb_compare_doubles);
    hpb_moments(values, n, &s.mean, &s.sd);
    s.min = hpb_stats_quantile(values, n, 0);
    s.p5 = hpb_stats_quantile(values, n, 0.05);
    s.p25 = hpb_stats_quantile(values, n, 0.25);
    s.median = hpb_stats_quantile(values, n, 0.5);
    s.p75 = hpb_stats_quantile(values, n, 0.75);
    s.p95 = hpb_stats_quantile(values, n, 0.95);
    s.max = hpb_stats_quantile(values, n, 1);
    return s;
}
