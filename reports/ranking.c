// SPDX-License-Identifier: Apache-2.0
// All settings against all: who may be best, with what is known and what is not.
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_RUNS 10000u // of a pair's tests: more would tell no more
#define CONFIDENCE 0.95
#define ALPHA 0.05

static bool is_measured_alike(const hpb_report_cell *a, const hpb_report_cell *b)
{
    return a->level_id[HPB_AXIS_DATA] == b->level_id[HPB_AXIS_DATA] &&
           a->level_id[HPB_AXIS_SPLITTER] == b->level_id[HPB_AXIS_SPLITTER] &&
           a->level_id[HPB_AXIS_SEEDS] == b->level_id[HPB_AXIS_SEEDS];
}

static void find_competitors(const hpb_report_data *data, hpb_report_ranking *ranking)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    uint32_t n = 0;
    ranking->cells = hpb_arena_alloc(data->arena, data->n_cells, sizeof *ranking->cells);
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].n_planned > 1 && data->cells[c].summary.n > 1 &&
            is_measured_alike(&data->cells[c], reference) &&
            (!ranking->is_tuned || ranking->is_chosen[c]))
            ranking->cells[n++] = c;
    qsort_r(ranking->cells, n, sizeof *ranking->cells, hpb_report_by_median, data->cells);
    ranking->k = n < HPB_RANKING_LARGEST ? n : HPB_RANKING_LARGEST;
    ranking->n_left_out = n - ranking->k;
    ranking->reference = -1;
    for (uint32_t i = 0; i < ranking->k; i++)
        if (ranking->cells[i] == data->reference) // at its best rate, where rates were chosen
            ranking->reference = (int32_t)i;
}

// The MSEs of the competitors, as many for each; NaN beyond what a cell has.
static const double **series(const hpb_report_data *data, const hpb_report_ranking *ranking,
                             uint32_t *n)
{
    const double **values = hpb_arena_alloc(data->arena, ranking->k, sizeof *values);
    *n = UINT32_MAX;
    for (uint32_t i = 0; i < ranking->k; i++) {
        values[i] = data->cells[ranking->cells[i]].mse;
        const uint32_t planned = data->cells[ranking->cells[i]].n_planned;
        *n = planned < *n ? planned : *n;
    }
    return values;
}

// --- pair by pair ----------------------------------------------------------------------------------------

typedef struct scratch {
    double *x, *y, *d;
} scratch;

static void test_pair(const double *a, const double *b, uint32_t n, scratch *s,
                      hpb_report_pair *out)
{
    size_t count = 0;
    double wins = 0;
    for (uint32_t r = 0; r < n; r++) {
        const double d = a[r] - b[r];
        if (!isfinite(d))
            continue;
        s->x[count] = a[r];
        s->y[count] = b[r];
        s->d[count++] = d;
        wins += d < 0 ? 1 : d == 0 ? 0.5 : 0;
    }
    out->test = hpb_signed_rank_test(s->d, count, HPB_ZEROS_SPLIT);
    out->shift = hpb_hodges_lehmann(s->d, count, CONFIDENCE);
    out->share = count ? wins / (double)count : (double)NAN;
    out->wins = hpb_wilson_interval(wins, count, CONFIDENCE);
    out->ratio = hpb_ratio_of_geometric_means(s->x, s->y, count, CONFIDENCE);
    out->unpaired = hpb_unpaired_compare(s->x, count, s->y, count, CONFIDENCE); // sorts: last
}

static void test_pairs(const hpb_report_data *data, const double *const *values, uint32_t n,
                       hpb_report_ranking *ranking)
{
    const uint32_t k = ranking->k < HPB_REPORT_ROWS ? ranking->k : HPB_REPORT_ROWS;
    const uint32_t runs = n < MOST_RUNS ? n : MOST_RUNS;
    double *p = hpb_alloc((size_t)k * k, sizeof *p);
    scratch s = {.x = hpb_alloc(runs, sizeof(double)),
                 .y = hpb_alloc(runs, sizeof(double)),
                 .d = hpb_alloc(runs, sizeof(double))};
    ranking->n_tested = k;
    ranking->n_runs_tested = runs;
    ranking->pairs = hpb_arena_alloc(data->arena, (size_t)k * k, sizeof *ranking->pairs);
    uint32_t n_pairs = 0;
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = i + 1; j < k; j++) {
            hpb_report_pair *pair = &ranking->pairs[i * k + j];
            test_pair(values[i], values[j], runs, &s, pair);
            p[n_pairs++] = pair->test.p;
        }
    hpb_holm_adjust(p, n_pairs);
    n_pairs = 0;
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = i + 1; j < k; j++)
            ranking->pairs[i * k + j].test.p = p[n_pairs++];
    free(s.x);
    free(s.y);
    free(s.d);
    free(p);
}

// --- ranks within blocks -----------------------------------------------------------------------------------

// The median of a competitor on each data set: its cell there has the same levels, or is its family's best.
static double median_on(const hpb_report_data *data, const hpb_report_ranking *ranking,
                        const hpb_report_cell *cell, uint32_t set)
{
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *other = &data->cells[c];
        bool is_it = other->level_id[HPB_AXIS_DATA] == set && other->n_planned > 1 &&
                     (!ranking->is_tuned || ranking->is_chosen[c]);
        for (int axis = 0; axis < HPB_AXIS_COUNT && is_it; axis++)
            if (axis != HPB_AXIS_DATA && other->level_id[axis] != cell->level_id[axis])
                is_it = axis == HPB_AXIS_OPTIMIZER && ranking->is_tuned &&
                        strcmp(ranking->family[c], ranking->family[cell - data->cells]) == 0;
        if (is_it)
            return other->summary.n ? other->summary.median : (double)NAN;
    }
    return (double)NAN;
}

static uint32_t count_sets(const hpb_report_data *data)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].level_id[HPB_AXIS_DATA] >= n)
            n = data->cells[c].level_id[HPB_AXIS_DATA] + 1;
    return n;
}

// Blocks are data sets where there are several, else replicates.
static const double **make_blocks(const hpb_report_data *data, hpb_report_ranking *ranking,
                                  const double **values, uint32_t *n)
{
    if (!ranking->blocks_are_data)
        return values;
    const uint32_t sets = count_sets(data), k = ranking->n_tested;
    const double **blocks = hpb_arena_alloc(data->arena, k, sizeof *blocks);
    for (uint32_t i = 0; i < k; i++) {
        double *medians = hpb_arena_alloc(data->arena, sets, sizeof *medians);
        for (uint32_t set = 0; set < sets; set++)
            medians[set] = median_on(data, ranking, &data->cells[ranking->cells[i]], set);
        blocks[i] = medians;
    }
    *n = sets;
    return blocks;
}

static int by_rank(const void *a, const void *b, void *context)
{
    const double *rank = context;
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    return rank[i] != rank[j] ? (rank[i] < rank[j] ? -1 : 1) : (i > j) - (i < j);
}

// p-values over the same blocks as the ranks are of: the pairs' own, or of the medians on the data sets.
static double *block_p(const hpb_report_ranking *ranking, const double *const *blocks, uint32_t n)
{
    const uint32_t k = ranking->n_tested;
    double *out = hpb_alloc((size_t)k * k, sizeof *out);
    double *p = hpb_alloc((size_t)k * k, sizeof *p), *d = hpb_alloc(n, sizeof *d);
    uint32_t at = 0;
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = i + 1; j < k; j++) {
            size_t count = 0;
            for (uint32_t r = 0; r < n && ranking->blocks_are_data; r++)
                if (isfinite(blocks[i][r] - blocks[j][r]))
                    d[count++] = blocks[i][r] - blocks[j][r];
            p[at++] = ranking->blocks_are_data ? hpb_signed_rank_test(d, count, HPB_ZEROS_SPLIT).p
                                               : ranking->pairs[i * k + j].test.p;
        }
    if (ranking->blocks_are_data) // the pairs' have been adjusted
        hpb_holm_adjust(p, at);
    at = 0;
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = i + 1; j < k; j++)
            out[i * k + j] = out[j * k + i] = p[at++];
    free(p);
    free(d);
    return out;
}

static void rank_blocks(const hpb_report_data *data, const double **values, uint32_t n,
                        hpb_report_ranking *ranking)
{
    const uint32_t k = ranking->n_tested;
    ranking->blocks_are_data = data->is_factor[HPB_AXIS_DATA];
    const double *const *blocks = make_blocks(data, ranking, values, &n);
    ranking->mean_rank = hpb_arena_alloc(data->arena, k, sizeof *ranking->mean_rank);
    ranking->order = hpb_arena_alloc(data->arena, k, sizeof *ranking->order);
    ranking->cliques = hpb_arena_alloc(data->arena, k, sizeof *ranking->cliques);
    ranking->friedman = hpb_friedman_test(blocks, k, n, ranking->mean_rank);
    for (uint32_t i = 0; i < k; i++)
        ranking->order[i] = i;
    if (!ranking->friedman.n) // no block is whole: no order
        return;
    qsort_r(ranking->order, k, sizeof *ranking->order, by_rank, ranking->mean_rank);
    double *p = block_p(ranking, blocks, n);
    bool *differ = hpb_alloc((size_t)k * k, sizeof *differ);
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = i + 1; j < k; j++)
            differ[i * k + j] = p[ranking->order[i] * k + ranking->order[j]] < ALPHA;
    ranking->n_cliques = hpb_cliques_find(differ, k, ranking->cliques);
    free(differ);
    free(p);
}

// The others are compared with the reference's optimizer at its own best rate, not at whichever came first, and other
// factors have their effects at best rates.
static void refer_to_best(hpb_report_data *data)
{
    const hpb_report_ranking *ranking = data->ranking;
    for (uint32_t i = 0; i < ranking->n_best; i++) {
        const uint32_t c = ranking->best[i].cell;
        if (c == data->reference ||
            strcmp(ranking->family[c], ranking->family[data->reference]) != 0 ||
            !is_measured_alike(&data->cells[c], &data->cells[data->reference]))
            continue;
        data->reference = c;
        break;
    }
    if (ranking->is_tuned)
        hpb_report_refer(data);
}

void hpb_report_rank(hpb_report_data *data)
{
    if (data->n_explanations)
        return; // two numbers are explained: neither is the better one
    if (!data->n_cells)
        return;
    hpb_report_ranking *ranking = hpb_arena_alloc(data->arena, 1, sizeof *ranking);
    hpb_best_rates_find(data, ranking);
    data->ranking = ranking;
    refer_to_best(data);
    find_competitors(data, ranking);
    const uint32_t k = ranking->k;
    if (k < 2)
        return;
    uint32_t n;
    const double **values = series(data, ranking, &n);
    ranking->difference = hpb_arena_alloc(data->arena, (size_t)k * k, sizeof(hpb_difference));
    ranking->rank = hpb_arena_alloc(data->arena, k, sizeof *ranking->rank);
    hpb_stats_all_pairs(values, k, n, ranking->difference, ranking->rank);
    test_pairs(data, values, n, ranking);
    rank_blocks(data, values, n, ranking);
}

const char *hpb_competitor_name(const hpb_report_data *data, uint32_t cell)
{
    const hpb_report_ranking *ranking = data->ranking;
    const bool is_family = ranking->is_tuned && ranking->blocks_are_data; // another rate on each
    return hpb_report_settings_name(data, &data->cells[cell],
                                    is_family ? ranking->family[cell] : NULL);
}
