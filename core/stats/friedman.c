// SPDX-License-Identifier: Apache-2.0
// Ranks over blocks: Friedman, Iman and Davenport, Nemenyi's distance, Holm's adjustment and cliques.
#include "base/base.h"
#include "stats/moments.h"
#include "stats/pairs.h"
#include "stats/ranking.h"

#include <math.h>
#include <stdlib.h>

hpb_friedman hpb_friedman_from_ranks(const double *mean_rank, uint32_t k, size_t n, double ties)
{
    const double nan = (double)NAN;
    hpb_friedman out = {n, nan, nan, nan, nan, nan};
    if (k < 2 || n < 2)
        return out;
    const double cells = k, blocks = (double)n, middle = (cells + 1) / 2;
    double squares = 0; // sum R^2 - k (k + 1)^2 / 4, from the middle
    for (uint32_t c = 0; c < k; c++)
        squares += (mean_rank[c] - middle) * (mean_rank[c] - middle);
    out.chi2 = 12 * blocks / (cells * (cells + 1)) * squares;
    out.chi2_ties = out.chi2 / (1 - ties / (blocks * cells * (cells * cells - 1)));
    out.p = hpb_chi2_tail(out.chi2_ties, cells - 1);
    const double rest = blocks * (cells - 1) - out.chi2;
    out.f = rest > 0 ? (blocks - 1) * out.chi2 / rest : HUGE_VAL;
    out.p_f = hpb_f_tail(out.f, cells - 1, (cells - 1) * (blocks - 1));
    return out;
}

typedef struct item {
    double value;
    uint32_t cell;
} item;

static int by_value(const void *a, const void *b)
{
    return hpb_compare_doubles(&((const item *)a)->value, &((const item *)b)->value);
}

hpb_friedman hpb_friedman_test(const double *const *values, uint32_t k, size_t n, double *mean_rank)
{
    item *block = hpb_alloc(k, sizeof *block);
    double *sorted = hpb_alloc(k, sizeof *sorted), *rank = hpb_alloc(k, sizeof *rank), ties = 0;
    size_t n_blocks = 0;
    for (uint32_t c = 0; c < k; c++)
        mean_rank[c] = 0;
    for (size_t r = 0; r < n; r++) {
        bool is_whole = true;
        for (uint32_t c = 0; c < k; c++) {
            block[c] = (item){values[c][r], c};
            is_whole = is_whole && isfinite(values[c][r]);
        }
        if (!is_whole)
            continue;
        n_blocks++;
        qsort(block, k, sizeof *block, by_value);
        for (uint32_t c = 0; c < k; c++)
            sorted[c] = block[c].value;
        ties += hpb_tied_ranks(sorted, k, rank);
        for (uint32_t c = 0; c < k; c++)
            mean_rank[block[c].cell] += rank[c]; // halves: exact
    }
    for (uint32_t c = 0; c < k; c++)
        mean_rank[c] = n_blocks ? mean_rank[c] / (double)n_blocks : (double)NAN;
    free(block);
    free(sorted);
    free(rank);
    return hpb_friedman_from_ranks(mean_rank, k, n_blocks, ties);
}

// --- Nemenyi ------------------------------------------------------------------------------------------------

// P(range of k standard normals <= q) = k int phi(z) (Phi(z) - Phi(z - q))^(k-1) dz, by the trapezoidal rule, which
// converges faster than any power for what is smooth and dies at both ends.
static double range_cdf(double q, uint32_t k)
{
    const double step = 1.0 / 64, end = 9;     // phi(9) < 1e-17
    const double root = 0.3989422804014326779; // 1 / sqrt(2 pi)
    double sum = 0;
    const int steps = (int)ceil(2 * end / step);
    for (int i = 0; i <= steps; i++) {
        const double z = -end + step * i;
        sum += exp(-z * z / 2) * pow(hpb_normal_cdf(z) - hpb_normal_cdf(z - q), k - 1);
    }
    return k * root * step * sum;
}

double hpb_nemenyi_q(double alpha, uint32_t k)
{
    if (k < 2 || !(alpha > 0 && alpha < 1))
        return (double)NAN;
    double low = 0, high = 20;
    for (int i = 0; i < 60 && high - low > 1e-12; i++) {
        const double middle = (low + high) / 2;
        if (range_cdf(middle, k) < 1 - alpha)
            low = middle;
        else
            high = middle;
    }
    return low / sqrt(2);
}

double hpb_nemenyi_distance(double alpha, uint32_t k, size_t n)
{
    return hpb_nemenyi_q(alpha, k) * sqrt(k * (k + 1.0) / (6 * (double)n));
}

// --- many tests ------------------------------------------------------------------------------------------------

void hpb_holm_adjust(double *p, uint32_t n)
{
    item *sorted = hpb_alloc(n, sizeof *sorted);
    double largest = 0;
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = (item){p[i], i};
    qsort(sorted, n, sizeof *sorted, by_value);
    for (uint32_t i = 0; i < n; i++) {
        largest = fmax(largest, fmin((n - i) * sorted[i].value, 1));
        p[sorted[i].cell] = largest;
    }
    free(sorted);
}

uint32_t hpb_cliques_find(const bool *differ, uint32_t k, hpb_clique *out)
{
    uint32_t n = 0;
    for (uint32_t first = 0, reached = 0; first < k; first++) {
        uint32_t last = first;
        for (bool alike = true; alike && last + 1 < k;) { // the next must be like all so far
            for (uint32_t i = first; i <= last; i++)
                alike = alike && !differ[i * k + last + 1];
            last += alike;
        }
        if (last > first && last > reached)
            out[n++] = (hpb_clique){first, last};
        reached = last > reached ? last : reached;
    }
    return n;
}
