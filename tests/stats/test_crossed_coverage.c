// SPDX-License-Identifier: Apache-2.0
// How often nominal 95 % intervals of a crossed grid hold the truth. An argument is the number of grids a case; `ctest
// -C slow` takes 4,000 of them and prints the table.
#include "base/base.h"
#include "random/random.h"
#include "stats/effects.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t n_grids = 40;

typedef struct grid_case {
    uint32_t n_factors, levels[3];
    double sd[8]; // of each term
    // expected coverage in %: of the mean's interval from ... to, of that of runs taken for independent, of the bootstrap's
    double honest[2], naive, pigeonhole;
} grid_case;

static const grid_case cases[] = {
    {2, {5, 5}, {0, 1, 1, 1}, {94, 97.5}, 67, 89.5},
    {2, {10, 10}, {0, 1, 1, 1}, {94, 96}, 53, 93},
    {2, {8, 8}, {0, .3, 1, .1}, {94, 96}, 48, 89},
    {2, {10, 10}, {0, 0, 1, 1}, {94, 96.5}, 57, 93},
    {3, {8, 8, 4}, {0, 1, 1, .5, .3, .2, .2, .5}, {94, 97}, 28, 92},
    {2, {20, 20}, {0, 1, 1, 1}, {94, 96}, 39, 94},
};

static const float *normal(hpb_philox *philox, uint32_t n, float *out)
{
    hpb_philox_normal(philox, n, 0, 1, out);
    return out;
}

// A value is the sum of one effect a term, each drawn for every combination of the term's levels.
static void draw(const grid_case *g, hpb_philox *philox, double *out, uint32_t n)
{
    float effect[512];
    for (uint32_t i = 0; i < n; i++)
        out[i] = 0;
    for (uint32_t term = 1; term < 1u << g->n_factors; term++) {
        normal(philox, n, effect);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t at = 0, rest = i;
            for (uint32_t f = g->n_factors; f-- > 0;) {
                if (term >> f & 1)
                    at = at * g->levels[f] + rest % g->levels[f];
                rest /= g->levels[f];
            }
            out[i] += g->sd[term] * (double)effect[at];
        }
    }
}

typedef struct counts {
    uint32_t honest, conservative, naive, pigeonhole, component[8], share[8];
} counts;

static bool holds(double low, double high, double truth)
{
    return low <= truth && truth <= high;
}

static void count(const grid_case *g, const double *values, counts *out)
{
    hpb_components c;
    hpb_shares shares;
    double total = 0;
    assert_true(hpb_components_estimate(values, g->n_factors, g->levels, 0.95, &c));
    hpb_components_shares(&c, 0.95, &shares);
    out->honest += holds(c.honest.low, c.honest.high, 0);
    out->conservative += holds(c.conservative.low, c.conservative.high, 0);
    out->naive += holds(c.naive.low, c.naive.high, 0);
    const hpb_interval p = hpb_components_pigeonhole(values, g->n_factors, g->levels, 0.95);
    out->pigeonhole += holds(p.low, p.high, 0);
    for (uint32_t term = 1; term < c.n_terms; term++)
        total += g->sd[term] * g->sd[term];
    for (uint32_t term = 1; term < c.n_terms; term++) {
        const double truth = g->sd[term] * g->sd[term];
        out->component[term] += holds(c.term[term].low, c.term[term].high, truth);
        out->share[term] += holds(shares.term[term].low, shares.term[term].high, truth / total);
    }
}

// Within four binomial standard errors.
static void check(uint32_t covered, double from, double to, const char *what)
{
    const double share = 100.0 * covered / n_grids;
    const double error = 4 * sqrt(from * (100 - from) / n_grids);
    print_message("  %-14s %5.1f %%\n", what, share);
    if (share < from - error || share > to + error)
        fail_msg("%s: covered %.1f %%, expected %.1f to %.1f", what, share, from, to);
}

static void test_coverage(void **state)
{
    (void)state;
    for (size_t k = 0; k < HPB_COUNT(cases); k++) {
        const grid_case *g = &cases[k];
        counts found = {0};
        hpb_philox philox = hpb_philox_make(61, (uint32_t)k, 0, 0);
        double values[512];
        uint32_t n = 1;
        for (uint32_t i = 0; i < g->n_factors; i++)
            n *= g->levels[i];
        for (uint32_t i = 0; i < n_grids; i++) {
            draw(g, &philox, values, n);
            count(g, values, &found);
        }
        print_message("%u x %u x %u\n", g->levels[0], g->levels[1],
                      g->n_factors > 2 ? g->levels[2] : 1);
        check(found.honest, g->honest[0], g->honest[1], "mean");
        check(found.conservative, 94, 99.9, "conservative");
        check(found.naive, g->naive - 1.5, g->naive + 1.5, "naive");
        check(found.pigeonhole, g->pigeonhole - 1.5, g->pigeonhole + 1.5, "pigeonhole");
        for (uint32_t term = 1; term < 1u << g->n_factors; term++) {
            char what[32];
            snprintf(what, sizeof what, "component %u", term);
            check(found.component[term], 93, g->sd[term] > 0 ? 97 : 100, what);
            snprintf(what, sizeof what, "share %u", term);
            check(found.share[term], 93, 100, what);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_grids = (uint32_t)strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_coverage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
