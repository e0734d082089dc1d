// SPDX-License-Identifier: Apache-2.0
// Shares of variance, and intervals of them by draws from what the mean squares leave open.
#include "stats/effects.h"

#include "base/base.h"
#include "random/random.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

#define DRAWS 2000u
#define KEY 0x73686172u // "shar"
#define MOST_SHARES (HPB_TERMS + 3 * HPB_FACTORS)

// Shares of the terms, then first, total and Shapley effects: the order of hpb_shares.
static uint32_t shares_of(const double *variance, uint32_t n_factors, double out[MOST_SHARES])
{
    hpb_effects effects;
    const uint32_t n_terms = 1u << n_factors;
    double sum = 0;
    for (uint32_t term = 1; term < n_terms; term++)
        sum += fmax(variance[term], 0);
    out[0] = 0;
    for (uint32_t term = 1; term < n_terms; term++)
        out[term] = fmax(variance[term], 0) / sum;
    hpb_effects_of(variance, n_factors, &effects);
    for (uint32_t i = 0; i < n_factors; i++) {
        out[n_terms + i] = effects.first[i];
        out[n_terms + n_factors + i] = effects.total[i];
        out[n_terms + 2 * n_factors + i] = effects.shapley[i];
    }
    return n_terms + 3 * n_factors;
}

void hpb_effects_of(const double *variance, uint32_t n_factors, hpb_effects *out)
{
    *out = (hpb_effects){0};
    double sum = 0;
    for (uint32_t term = 1; term < 1u << n_factors; term++) {
        const double v = fmax(variance[term], 0);
        sum += v;
        for (uint32_t i = 0; i < n_factors; i++) {
            if (!(term >> i & 1))
                continue;
            out->first[i] += term == 1u << i ? v : 0;
            out->total[i] += v;
            out->shapley[i] += v / __builtin_popcount(term);
        }
    }
    for (uint32_t i = 0; i < n_factors; i++) {
        out->first[i] /= sum;
        out->total[i] /= sum;
        out->shapley[i] /= sum;
    }
}

void hpb_components_shares(const hpb_components *c, double confidence, hpb_shares *out)
{
    double variance[HPB_TERMS] = {0}, estimate[MOST_SHARES], share[MOST_SHARES];
    hpb_components drawn = *c;
    for (uint32_t term = 1; term < c->n_terms; term++)
        variance[term] = c->term[term].value;
    const uint32_t n = shares_of(variance, c->n_factors, estimate);
    double *draws = hpb_alloc((size_t)n * DRAWS, sizeof *draws); // [n][DRAWS]
    hpb_philox philox = hpb_philox_make(KEY, 0, 0, 0);
    for (uint32_t d = 0; d < DRAWS; d++) {
        for (uint32_t term = 1; term < c->n_terms; term++) {
            const double u = (hpb_philox_next(&philox) + 0.5) * 0x1p-32, df = c->term[term].df;
            drawn.term[term].ms = c->term[term].ss / hpb_chi2_quantile(u, df);
        }
        for (uint32_t term = 1; term < c->n_terms; term++) {
            const hpb_mean_squares squares = hpb_component_squares(&drawn, term);
            variance[term] = hpb_mean_squares_sum(&squares);
        }
        shares_of(variance, c->n_factors, share);
        for (uint32_t i = 0; i < n; i++)
            draws[(size_t)i * DRAWS + d] = share[i];
    }
    *out = (hpb_shares){0};
    for (uint32_t i = 1; i < n; i++) {
        double *at = draws + (size_t)i * DRAWS;
        const uint32_t k = i - c->n_terms, which = i < c->n_terms ? 0 : k / c->n_factors;
        hpb_estimate *const into = i < c->n_terms ? &out->term[i]
                                   : which == 0   ? &out->first[k]
                                   : which == 1   ? &out->total[k - c->n_factors]
                                                  : &out->shapley[k - 2 * c->n_factors];
        qsort(at, DRAWS, sizeof *at, hpb_compare_doubles);
        *into = (hpb_estimate){
            estimate[i], fmin(hpb_stats_quantile(at, DRAWS, (1 - confidence) / 2), estimate[i]),
            fmax(hpb_stats_quantile(at, DRAWS, (1 + confidence) / 2), estimate[i])};
        if (isnan(estimate[i]))
            *into = (hpb_estimate){(double)NAN, (double)NAN, (double)NAN};
    }
    free(draws);
}
