// SPDX-License-Identifier: Apache-2.0
// Scores, their mean and spread, and ranks.
#include "engine/search.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 128 // numbers that NumPy adds without splitting them

double hpb_search_score(hpb_select select, hpb_scoring scoring, const hpb_fit_scores *of)
{
    double score = scoring == HPB_SCORING_R2 ? of->r2 : -of->mse;
    if (select == HPB_SELECT_TRAIN)
        score = -of->loss;
    else if (select == HPB_SELECT_VALIDATION)
        score = -of->val_loss;
    else if (!isfinite(of->mse)) // R2 of such a prediction is refused as well
        score = (double)NAN;
    return isfinite(score) ? score : (double)NAN;
}

// Eight partial sums for all but a few numbers, halves where there are many:
// numpy/_core/src/umath/loops_utils.h.src, @TYPE@_pairwise_sum.
static double pairwise_sum(const double *x, size_t n)
{
    double r[8], sum = 0;
    size_t i = 0;
    if (n > BLOCK) {
        const size_t half = n / 2 - n / 2 % 8;
        return pairwise_sum(x, half) + pairwise_sum(x + half, n - half);
    }
    if (n >= 8) {
        for (int k = 0; k < 8; k++)
            r[k] = x[k];
        for (i = 8; i + 8 <= n; i += 8)
            for (int k = 0; k < 8; k++)
                r[k] += x[i + k];
        sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    }
    for (; i < n; i++)
        sum += x[i];
    return sum;
}

void hpb_search_rank(const double *scores, uint32_t n_candidates, uint32_t n_splits,
                     hpb_search_row *rows)
{
    double *squares = hpb_alloc(n_splits, sizeof *squares);
    double *means = hpb_alloc(n_candidates, sizeof *means), least = (double)NAN;
    for (uint32_t c = 0; c < n_candidates; c++) {
        const double *x = scores + (size_t)c * n_splits;
        const double mean = pairwise_sum(x, n_splits) / n_splits;
        for (uint32_t f = 0; f < n_splits; f++)
            squares[f] = (x[f] - mean) * (x[f] - mean);
        rows[c] = (hpb_search_row){.mean = isnan(mean) ? (double)NAN : mean,
                                   .std = sqrt(pairwise_sum(squares, n_splits) / n_splits)};
        if (isnan(mean))
            rows[c].std = (double)NAN;
        else
            least = least <= mean ? least : mean;
    }
    for (uint32_t c = 0; c < n_candidates; c++)
        means[c] = isnan(rows[c].mean) ? least - 1 : rows[c].mean;
    for (uint32_t c = 0; c < n_candidates; c++) {
        rows[c].rank = 1;
        for (uint32_t other = 0; other < n_candidates; other++)
            rows[c].rank += means[other] > means[c]; // never where none is a number
    }
    free(means);
    free(squares);
}

uint32_t hpb_search_best(const hpb_search_row *rows, uint32_t n_candidates)
{
    uint32_t best = 0;
    while (best + 1 < n_candidates && rows[best].rank != 1)
        best++;
    return best;
}
