// SPDX-License-Identifier: Apache-2.0
// What to repeat next: the error of the mean of any crossed grid, and the cheapest that is narrow enough (a D-study:
// Brennan 2001, Generalizability Theory).
#include "stats/effects.h"

#include "base/base.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

static double cells_of(const hpb_components *c, uint32_t term, const uint32_t *levels)
{
    double n = 1;
    for (uint32_t i = 0; i < c->n_factors; i++)
        n *= term >> i & 1 ? levels[i] : 1;
    return n;
}

static double variance_of(const hpb_components *c, const uint32_t *levels)
{
    double sum = 0;
    for (uint32_t term = 1; term < c->n_terms; term++)
        sum += fmax(c->term[term].value, 0) / cells_of(c, term, levels);
    return sum;
}

double hpb_components_se(const hpb_components *components, const uint32_t *levels)
{
    return sqrt(variance_of(components, levels));
}

double hpb_components_half_width(const hpb_components *c, const uint32_t *levels, double confidence)
{
    double squares = 0;
    const double n = cells_of(c, c->n_terms - 1, levels), variance = variance_of(c, levels);
    for (uint32_t v = 1; v < c->n_terms; v++) {
        double ms = 0, df = 1; // expected, over n
        for (uint32_t w = v; w < c->n_terms; w++)
            if ((w & v) == v)
                ms += fmax(c->term[w].value, 0) / cells_of(c, w, levels);
        for (uint32_t i = 0; i < c->n_factors; i++)
            df *= v >> i & 1 ? fmax(levels[i] - 1.0, 1) : 1;
        squares += ms * ms / df;
    }
    const double df = fmin(fmax(variance * variance / squares, 1), n);
    return variance > 0 ? hpb_t_quantile((1 + confidence) / 2, df) * sqrt(variance) : 0;
}

double hpb_costs_sum(const hpb_costs *costs, uint32_t n_factors, const uint32_t *levels)
{
    double cells = 1, sum = 0;
    for (uint32_t i = 0; i < n_factors; i++) {
        cells *= levels[i];
        sum += costs->level[i] * levels[i];
    }
    return sum + costs->cell * cells;
}

// --- the cheapest ---------------------------------------------------------------------------------------

typedef struct search {
    const hpb_components *c;
    const hpb_costs *costs;
    const uint32_t *least;
    double half, confidence;
    uint32_t most;
    uint32_t at[HPB_FACTORS], best[HPB_FACTORS];
    double best_cost;
} search;

static bool is_narrow(const search *s, const uint32_t *levels)
{
    return hpb_components_half_width(s->c, levels, s->confidence) <= s->half;
}

// The fewest levels of the last factor, the others as they are; 0: there are not enough. By halving: the width falls
// with the levels.
static uint32_t last_level(search *s, uint32_t i)
{
    uint32_t low = s->least[i], high = s->most;
    s->at[i] = high;
    if (!is_narrow(s, s->at))
        return 0;
    while (low < high) {
        s->at[i] = low + (high - low) / 2;
        if (is_narrow(s, s->at))
            high = s->at[i];
        else
            low = s->at[i] + 1;
    }
    return low;
}

// Every level up to 16, then steps of an eighth: what is found costs at most an eighth a factor more than the cheapest.
static uint32_t next_level(uint32_t level)
{
    return level + (level < 16 ? 1 : level / 8);
}

static void search_from(search *s, uint32_t i)
{
    const uint32_t n = s->c->n_factors;
    if (i + 1 == n) {
        s->at[i] = last_level(s, i);
        const double cost = hpb_costs_sum(s->costs, n, s->at);
        if (s->at[i] && cost < s->best_cost) {
            s->best_cost = cost;
            memcpy(s->best, s->at, sizeof s->best);
        }
        return;
    }
    for (uint32_t level = s->least[i]; level <= s->most; level = next_level(level)) {
        s->at[i] = level;
        for (uint32_t k = i + 1; k < n; k++)
            s->at[k] = s->least[k];
        if (hpb_costs_sum(s->costs, n, s->at) >= s->best_cost)
            return; // dearer with every level more
        search_from(s, i + 1);
    }
}

// One level at a time where it brings most for its cost: a good grid, so that the search ends early.
static bool climb(search *s)
{
    const uint32_t n = s->c->n_factors;
    memcpy(s->at, s->least, n * sizeof *s->at);
    while (!is_narrow(s, s->at)) {
        const double cost = hpb_costs_sum(s->costs, n, s->at), now = variance_of(s->c, s->at);
        double best = -1;
        uint32_t which = 0, to = 0;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t level = s->at[i], step = next_level(level);
            const uint32_t next = step < s->most ? step : s->most;
            if (next == level)
                continue;
            s->at[i] = next;
            const double gain =
                (now - variance_of(s->c, s->at)) / (hpb_costs_sum(s->costs, n, s->at) - cost);
            s->at[i] = level;
            if (gain > best) {
                best = gain;
                which = i;
                to = next;
            }
        }
        if (!to)
            return false;
        s->at[which] = to;
    }
    return true;
}

bool hpb_components_allocate(const hpb_components *components, double half, double confidence,
                             const hpb_costs *costs, const uint32_t *least, uint32_t most,
                             uint32_t *out)
{
    search s = {.c = components,
                .costs = costs,
                .least = least,
                .half = half,
                .confidence = confidence,
                .most = most};
    const uint32_t n = components->n_factors;
    const bool is_reached = climb(&s);
    s.best_cost = hpb_costs_sum(costs, n, s.at);
    memcpy(s.best, s.at, sizeof s.best);
    if (is_reached)
        search_from(&s, 0);
    for (uint32_t i = 0; i < n; i++)
        out[i] = is_reached ? s.best[i] : most;
    return is_reached;
}
