// SPDX-License-Identifier: Apache-2.0
// Signed ranks of paired differences: Wilcoxon's test, and Hodges and Lehmann's shift that inverts it.
#include "base/base.h"
#include "stats/moments.h"
#include "stats/pairs.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT 50 // 2^50 sign patterns are counted without rounding in a double

double hpb_tied_ranks(const double *sorted, size_t n, double *rank)
{
    double ties = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && sorted[end] == sorted[i])
            end++;
        const double t = (double)(end - i);
        for (size_t k = i; k < end; k++)
            rank[k] = ((double)i + 1 + (double)end) / 2;
        ties += t * t * t - t;
        i = end;
    }
    return ties;
}

// P(W <= w) for the sum of the positive ranks of n differences without ties.
static double exact_cdf(size_t n, double w)
{
    double ways[EXACT * (EXACT + 1) / 2 + 1] = {1};
    size_t top = 0;
    for (size_t rank = 1; rank <= n; rank++) { // each rank is on one side or the other
        top += rank;
        for (size_t sum = top; sum >= rank; sum--)
            ways[sum] += ways[sum - rank];
    }
    double below = 0;
    for (size_t sum = 0; sum <= top && (double)sum <= w; sum++)
        below += ways[sum];
    return below / ldexp(1, (int)n);
}

static int by_size(const void *a, const void *b)
{
    const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

hpb_signed_rank hpb_signed_rank_test(const double *d, size_t n, hpb_zeros zeros)
{
    double *sorted = hpb_alloc(n + 1, sizeof *sorted), *size = hpb_alloc(n + 1, sizeof *size);
    double *rank = hpb_alloc(n + 1, sizeof *rank), at_zero = 0;
    size_t count = 0, n_zero = 0;
    for (size_t i = 0; i < n; i++)
        if (d[i] != 0 || zeros != HPB_ZEROS_DROP)
            sorted[count++] = d[i];
    qsort(sorted, count, sizeof *sorted, by_size);
    for (size_t i = 0; i < count; i++) {
        size[i] = fabs(sorted[i]);
        n_zero += sorted[i] == 0;
    }
    double ties = hpb_tied_ranks(size, count, rank);
    hpb_signed_rank out = {.n = count, .p = 1};
    out.is_exact = count > 0 && count <= EXACT && ties == 0 && n_zero == 0;
    for (size_t i = 0; i < count; i++) {
        out.plus += sorted[i] > 0 ? rank[i] : 0;
        out.minus += sorted[i] < 0 ? rank[i] : 0;
        at_zero += sorted[i] == 0 ? rank[i] : 0;
    }
    const double m = (double)count, z0 = zeros == HPB_ZEROS_PRATT ? (double)n_zero : 0;
    double expected = m * (m + 1) / 4 - z0 * (z0 + 1) / 4;
    double variance = m * (m + 1) * (2 * m + 1) - z0 * (z0 + 1) * (2 * z0 + 1);
    if (zeros == HPB_ZEROS_SPLIT) {
        out.plus += at_zero / 2;
        out.minus += at_zero / 2;
    } else {
        ties -= z0 * z0 * z0 - z0; // Pratt: the zeros are gone
    }
    variance = (variance - ties / 2) / 24;
    if (variance > 0) {
        out.z = (out.plus - expected) / sqrt(variance);
        out.p = fmin(2 * hpb_normal_cdf(-fabs(out.z)), 1);
    }
    if (out.is_exact)
        out.p = fmin(2 * exact_cdf(count, fmin(out.plus, out.minus)), 1);
    free(sorted);
    free(size);
    free(rank);
    return out;
}

// --- Walsh averages ------------------------------------------------------------------------------------

// How many averages (d[i] + d[j]) / 2, i <= j, are at most `value`; d ascending. Halves are added: no overflow.
static double count_at_most(const double *d, size_t n, double value)
{
    double count = 0;
    size_t end = n; // d[end ... n-1] are too large for d[i]
    for (size_t i = 0; i < n; i++) {
        while (end > i && d[i] / 2 + d[end - 1] / 2 > value)
            end--;
        if (end <= i)
            break;
        count += (double)(end - i);
    }
    return count;
}

// Doubles as integers in the same order.
static uint64_t to_key(double value)
{
    const uint64_t bits = hpb_double_bits(value);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static double from_key(uint64_t key)
{
    const uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// The k-th smallest average (k from 1): the smallest double with at least k averages at or below it.
static double select_average(const double *d, size_t n, double k)
{
    uint64_t low = to_key(d[0]), high = to_key(d[n - 1]);
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (count_at_most(d, n, from_key(middle)) >= k)
            high = middle;
        else
            low = middle + 1;
    }
    return from_key(low);
}

// Averages to leave out at each end: the largest c with P(W <= c - 1) <= tail.
static double left_out(size_t n, double tail)
{
    const double m = (double)n;
    double c = 0;
    if (n <= EXACT) {
        while (exact_cdf(n, c) <= tail)
            c++;
        return c;
    }
    const double sd = sqrt(m * (m + 1) * (2 * m + 1) / 24);
    return floor(m * (m + 1) / 4 + hpb_normal_quantile(tail) * sd);
}

hpb_estimate hpb_hodges_lehmann(double *d, size_t n, double confidence)
{
    hpb_estimate out = {(double)NAN, (double)NAN, (double)NAN};
    if (!n)
        return out;
    qsort(d, n, sizeof *d, hpb_compare_doubles);
    const double total = (double)n * ((double)n + 1) / 2, half = floor((total + 1) / 2);
    out.value = select_average(d, n, half);
    if (2 * half == total)
        out.value = out.value / 2 + select_average(d, n, half + 1) / 2;
    const double c = left_out(n, (1 - confidence) / 2);
    if (c >= 1) {
        out.low = select_average(d, n, c);
        out.high = select_average(d, n, total + 1 - c);
    }
    return out;
}
