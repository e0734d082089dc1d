// SPDX-License-Identifier: Apache-2.0
// Components of variance by ANOVA: effects of centred values, their mean squares, and what these estimate.
#include "stats/components.h"

#include "base/base.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const hpb_interval no_interval = {(double)NAN, (double)NAN};

static uint32_t cells_of(const hpb_components *c, uint32_t term)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i < c->n_factors; i++)
        n *= term >> i & 1 ? c->levels[i] : 1;
    return n;
}

// The cell of `term` that cell `at` of the superset `of` lies in.
static uint32_t cell_within(const hpb_components *c, uint32_t term, uint32_t of, uint32_t at)
{
    uint32_t out = 0, stride = 1;
    for (uint32_t i = c->n_factors; i-- > 0;) {
        if (!(of >> i & 1))
            continue;
        if (term >> i & 1) {
            out += at % c->levels[i] * stride;
            stride *= c->levels[i];
        }
        at /= c->levels[i];
    }
    return out;
}

double hpb_components_rounding(const double *values, size_t n, double mean)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(values[i] - mean));
    return 16 * DBL_EPSILON * largest;
}

// The effects of a term: means of the centred values over the other factors, less the effects of its subsets. What is
// within `rounding` of 0 is 0.
static double *effects_of(const hpb_components *c, const double *centred, uint32_t term,
                          double *const *effects, double rounding)
{
    const uint32_t all = c->n_terms - 1, n_values = cells_of(c, all), n = cells_of(c, term);
    const uint32_t n_each = n ? n_values / n : 1; // values of one effect
    double *out = hpb_alloc(n, sizeof *out);
    for (uint32_t i = 0; i < n_values; i++)
        out[cell_within(c, term, all, i)] += centred[i];
    for (uint32_t k = 0; k < n; k++) {
        out[k] /= n_each;
        for (uint32_t subset = 1; subset < term; subset++)
            if ((subset & term) == subset)
                out[k] -= effects[subset][cell_within(c, subset, term, k)];
        out[k] = fabs(out[k]) > rounding ? out[k] : 0;
    }
    return out;
}

static void take_squares(hpb_components *c, const double *centred)
{
    double *effects[HPB_TERMS] = {0};
    const uint32_t n_values = cells_of(c, c->n_terms - 1);
    const double rounding = hpb_components_rounding(centred, n_values, 0);
    for (uint32_t term = 1; term < c->n_terms; term++) {
        hpb_component *out = &c->term[term];
        const uint32_t n = cells_of(c, term), n_each = n ? n_values / n : 1;
        effects[term] = effects_of(c, centred, term, effects, rounding);
        out->ss = 0;
        for (uint32_t k = 0; k < n; k++)
            out->ss += effects[term][k] * effects[term][k];
        out->ss *= n_each;
        out->df = 1;
        for (uint32_t i = 0; i < c->n_factors; i++)
            out->df *= term >> i & 1 ? c->levels[i] - 1 : 1;
        out->ms = out->ss / out->df;
    }
    for (uint32_t term = 1; term < c->n_terms; term++)
        free(effects[term]);
}

// E MS_u = sum over v that hold u of (N / cells of v) s2_v, inverted: s2_u is a signed sum of the MS of these v.
hpb_mean_squares hpb_component_squares(const hpb_components *c, uint32_t term)
{
    hpb_mean_squares out = {0};
    const uint32_t all = c->n_terms - 1;
    const double each = (double)cells_of(c, all) / cells_of(c, term);
    for (uint32_t v = term; v < c->n_terms; v++) {
        if ((v & term) != term)
            continue;
        const int sign = __builtin_popcount(v ^ term) % 2 ? -1 : 1;
        out.coefficient[out.n] = sign / each;
        out.ms[out.n] = c->term[v].ms;
        out.df[out.n++] = c->term[v].df;
    }
    return out;
}

static hpb_grand_mean around(double mean, double variance, double df, double confidence)
{
    const double se = sqrt(variance), half = hpb_t_quantile((1 + confidence) / 2, df) * se;
    return (hpb_grand_mean){se, df, mean - half, mean + half};
}

// Var(mean) = sum over v of (-1)^(|v| + 1) MS_v / N.
static void estimate_mean(hpb_components *c, double confidence)
{
    hpb_mean_squares all = {0}, plus = {0};
    const double n = cells_of(c, c->n_terms - 1);
    double largest = 0, ss = 0;
    for (uint32_t v = 1; v < c->n_terms; v++) {
        hpb_mean_squares *const into[2] = {&all, &plus};
        const bool is_plus = __builtin_popcount(v) % 2;
        for (int i = 0; i < 1 + is_plus; i++) {
            into[i]->coefficient[into[i]->n] = (is_plus ? 1 : -1) / n;
            into[i]->ms[into[i]->n] = c->term[v].ms;
            into[i]->df[into[i]->n++] = c->term[v].df;
        }
        largest = fmax(largest, c->term[v].ms);
        ss += c->term[v].ss;
    }
    c->variance = hpb_mean_squares_sum(&all);
    const double floored = fmax(c->variance, largest / n);
    const double scale = c->variance != 0 ? floored / c->variance : 1;
    const double df = fmax(hpb_satterthwaite_df(&all) * scale * scale, 1);
    c->honest = around(c->mean, floored, df, confidence);
    c->conservative = around(c->mean, hpb_mean_squares_sum(&plus),
                             fmax(hpb_satterthwaite_df(&plus), 1), confidence);
    c->naive = around(c->mean, ss / (n - 1) / n, n - 1, confidence);
}

static bool is_grid(const double *values, uint32_t n_factors, const uint32_t *levels, uint64_t *n)
{
    *n = 1;
    if (!n_factors || n_factors > HPB_FACTORS)
        return false;
    for (uint32_t i = 0; i < n_factors; i++) {
        *n *= levels[i];
        if (levels[i] < 2 || *n > UINT32_MAX)
            return false;
    }
    for (uint64_t i = 0; i < *n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

bool hpb_components_estimate(const double *values, uint32_t n_factors, const uint32_t *levels,
                             double confidence, hpb_components *out)
{
    uint64_t n;
    *out = (hpb_components){.mean = (double)NAN, .total = (double)NAN};
    if (!is_grid(values, n_factors, levels, &n))
        return false;
    out->n_factors = n_factors;
    out->n_terms = 1u << n_factors;
    for (uint32_t i = 0; i < n_factors; i++)
        out->levels[i] = levels[i];
    double sd, *centred = hpb_alloc(n, sizeof *centred), rest;
    hpb_moments(values, n, &out->mean, &sd);
    for (uint64_t i = 0; i < n; i++)
        centred[i] = values[i] - out->mean;
    hpb_moments(centred, n, &rest, &sd); // the mean's own rounding, which a large one leaves
    for (uint64_t i = 0; i < n; i++)
        centred[i] -= rest;
    take_squares(out, centred);
    free(centred);
    out->total = 0;
    for (uint32_t term = 1; term < out->n_terms; term++) {
        hpb_component *component = &out->term[term];
        const hpb_mean_squares squares = hpb_component_squares(out, term);
        component->value = hpb_mean_squares_sum(&squares);
        const hpb_interval interval =
            hpb_component_interval(&squares, confidence, &component->method);
        component->low = interval.low;
        component->high = interval.high;
        out->total += fmax(component->value, 0);
    }
    estimate_mean(out, confidence);
    return true;
}

hpb_one_way hpb_one_way_estimate(const double *values, uint32_t n_groups, uint32_t n_each,
                                 double confidence)
{
    hpb_one_way out = {0};
    hpb_components c;
    const double tail = (1 - confidence) / 2, nan = (double)NAN;
    const uint32_t levels[2] = {n_groups, n_each};
    out.mean = out.f = out.p = out.between = out.pooled = nan;
    out.icc = (hpb_estimate){nan, nan, nan};
    out.within = no_interval;
    out.grand_mean = (hpb_grand_mean){nan, nan, nan, nan};
    if (!hpb_components_estimate(values, 2, levels, confidence, &c))
        return out;
    const double df = n_groups - 1, df_within = (double)n_groups * (n_each - 1);
    out.mean = c.mean;
    out.ss_between = c.term[1].ss;
    out.ss_within = c.term[2].ss + c.term[3].ss; // the second factor is nested in the first
    out.ms_between = out.ss_between / df;
    out.ms_within = out.ss_within / df_within;
    out.f = out.ms_between / out.ms_within;
    out.p = hpb_f_tail(out.f, df, df_within);
    out.between = (out.ms_between - out.ms_within) / n_each;
    out.pooled = (out.ss_between + out.ss_within) / (df + df_within);
    const double f[3] = {out.f, out.f / hpb_f_quantile(1 - tail, df, df_within),
                         out.f / hpb_f_quantile(tail, df, df_within)};
    double icc[3];
    for (int i = 0; i < 3; i++)
        icc[i] = (f[i] - 1) / (f[i] + n_each - 1);
    out.icc = (hpb_estimate){icc[0], icc[1], icc[2]};
    const hpb_mean_squares within = {1, {1}, {out.ms_within}, {df_within}};
    out.within = hpb_satterthwaite_interval(&within, confidence);
    out.grand_mean = around(c.mean, out.ms_between / ((double)n_groups * n_each), df, confidence);
    return out;
}
