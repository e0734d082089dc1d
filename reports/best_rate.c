// SPDX-License-Identifier: Apache-2.0
// Each optimizer at its best learning rate, chosen on validation rows: never on the test rows that are reported.
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CELLS 5000 // every cell is looked at beside every other

// What a level of the optimizer axis says: "adam learning_rate 0.1" is family "adam" at 0.1.
typedef struct level {
    const char *family;
    double rate;
} level;

static level read_level(const hpb_report_cell *cell)
{
    level out = {.family = hpb_report_title(cell, HPB_AXIS_OPTIMIZER), .rate = (double)NAN};
    json_t *spec = cell->spec ? json_loads(cell->spec, 0, NULL) : NULL;
    const json_t *settings = json_object_get(spec, hpb_axis_name(HPB_AXIS_OPTIMIZER));
    const char *rate = json_string_value(json_object_get(settings, "learning_rate"));
    if (!rate || !hpb_parse_double(rate, &out.rate))
        out.rate = (double)NAN;
    json_decref(spec);
    return out;
}

// The levels of the optimizer axis by id.
static level *read_levels(const hpb_report_data *data, uint32_t *n_levels)
{
    level *levels = hpb_arena_alloc(data->arena, data->n_cells, sizeof *levels);
    *n_levels = 0;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].level_id[HPB_AXIS_OPTIMIZER] == *n_levels) // numbered in this order
            levels[(*n_levels)++] = read_level(&data->cells[c]);
    return levels;
}

static bool has_rates(const level *levels, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++)
            if (levels[i].rate != levels[j].rate && isfinite(levels[i].rate) &&
                isfinite(levels[j].rate) && strcmp(levels[i].family, levels[j].family) == 0)
                return true;
    return false;
}

static bool competes(const hpb_report_cell *a, const hpb_report_cell *b)
{
    return a->n_planned > 1 && b->n_planned > 1 && hpb_report_same_but(a, b, HPB_AXIS_OPTIMIZER);
}

// Infinite where more runs diverged than not, or nothing is known.
static double validation_of(const hpb_report_cell *cell)
{
    return isnan(cell->validation) ? HUGE_VAL : cell->validation;
}

static void choose(const hpb_report_data *data, hpb_report_ranking *ranking)
{
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        bool is_chosen = cell->n_planned > 1;
        for (uint32_t o = 0; o < data->n_cells && is_chosen; o++) {
            const hpb_report_cell *other = &data->cells[o];
            const double own = validation_of(cell), its = validation_of(other);
            if (o != c && (its < own || (its == own && o < c)) && competes(cell, other) &&
                strcmp(ranking->family[c], ranking->family[o]) == 0)
                is_chosen = false;
        }
        ranking->is_chosen[c] = is_chosen;
    }
}

// --- one family on one data set ----------------------------------------------------------------------------

typedef struct tried {
    double rate, validation;
} tried;

static int by_rate(const void *a, const void *b)
{
    const tried *x = a, *y = b;
    if (x->rate != y->rate)
        return x->rate < y->rate ? -1 : 1;
    return (x->validation > y->validation) - (x->validation < y->validation);
}

// The band of good rates around the chosen one; `grid` is all that was tried.
static void find_band(tried *grid, uint32_t n, double best, hpb_best_rate *out)
{
    uint32_t n_rates = 0, at = 0;
    qsort(grid, n, sizeof *grid, by_rate);
    for (uint32_t i = 0; i < n; i++) // other settings than the rate: the best of them
        if (!n_rates || grid[n_rates - 1].rate != grid[i].rate)
            grid[n_rates++] = grid[i];
    while (at + 1 < n_rates && grid[at].rate != out->rate)
        at++;
    if (!n_rates)
        return;
    uint32_t low = at, high = at;
    while (low && grid[low - 1].validation <= HPB_GOOD_RATE * best)
        low--;
    while (high + 1 < n_rates && grid[high + 1].validation <= HPB_GOOD_RATE * best)
        high++;
    out->good_low = grid[low].rate;
    out->good_high = grid[high].rate;
    out->is_open = low == 0 || high + 1 == n_rates;
    out->is_at_edge = n_rates > 1 && (at == 0 || at + 1 == n_rates);
}

static hpb_best_rate describe(const hpb_report_data *data, const hpb_report_ranking *ranking,
                              const double *rates, uint32_t chosen)
{
    const double nan = (double)NAN;
    const hpb_report_cell *best = &data->cells[chosen];
    hpb_best_rate out = {.family = ranking->family[chosen],
                         .cell = chosen,
                         .rate = rates[chosen],
                         .good_low = nan,
                         .good_high = nan,
                         .diverged_from = nan,
                         .base = -1};
    tried *grid = hpb_alloc(data->n_cells, sizeof *grid);
    uint32_t n = 0;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (!competes(best, cell) || strcmp(ranking->family[c], out.family) != 0)
            continue;
        const uint64_t diverged = cell->count[HPB_STATUS_DIVERGED];
        out.n_tried++;
        out.diverged += diverged;
        out.stored += cell->stored;
        if (diverged && !(out.diverged_from <= rates[c]))
            out.diverged_from = rates[c];
        if (isfinite(rates[c]))
            grid[n++] = (tried){rates[c], validation_of(cell)};
    }
    if (isfinite(out.rate))
        find_band(grid, n, validation_of(best), &out);
    free(grid);
    return out;
}

// Chosen cells whose levels but data and optimizer are the reference's.
static void collect(const hpb_report_data *data, const double *rates, hpb_report_ranking *ranking)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    ranking->best = hpb_arena_alloc(data->arena, data->n_cells, sizeof *ranking->best);
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        bool is_in = ranking->is_chosen[c] && cell->summary.n > 0;
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            is_in = is_in && (axis == HPB_AXIS_OPTIMIZER || axis == HPB_AXIS_DATA ||
                              cell->level_id[axis] == reference->level_id[axis]);
        if (is_in)
            ranking->best[ranking->n_best++] = describe(data, ranking, rates, c);
    }
}

static int by_data(const void *a, const void *b, void *context)
{
    const hpb_report_cell *cells = context;
    const hpb_best_rate *x = a, *y = b;
    const uint32_t i = cells[x->cell].level_id[HPB_AXIS_DATA];
    const uint32_t j = cells[y->cell].level_id[HPB_AXIS_DATA];
    return i != j ? (i < j ? -1 : 1) : (x->cell > y->cell) - (x->cell < y->cell);
}

static void compare(const hpb_report_data *data, hpb_report_ranking *ranking)
{
    const char *family = ranking->family[data->reference];
    uint32_t *cells = hpb_alloc(ranking->n_best, sizeof *cells), n = 0;
    uint32_t *bases = hpb_alloc(ranking->n_best, sizeof *bases);
    for (uint32_t i = 0; i < ranking->n_best; i++) {
        hpb_best_rate *best = &ranking->best[i];
        for (uint32_t k = 0; k < ranking->n_best; k++)
            if (strcmp(ranking->best[k].family, family) == 0 && k != i &&
                competes(&data->cells[best->cell], &data->cells[ranking->best[k].cell]))
                best->base = (int32_t)ranking->best[k].cell;
        if (best->base >= 0) {
            cells[n] = best->cell;
            bases[n++] = (uint32_t)best->base;
        }
    }
    hpb_difference *d = hpb_alloc(n, sizeof *d);
    hpb_report_compare(data, cells, bases, n, d);
    for (uint32_t i = 0, at = 0; i < ranking->n_best; i++)
        if (ranking->best[i].base >= 0)
            ranking->best[i].difference = d[at++];
    free(cells);
    free(bases);
    free(d);
}

void hpb_best_rates_find(const hpb_report_data *data, hpb_report_ranking *ranking)
{
    if (!data->is_factor[HPB_AXIS_OPTIMIZER] || data->n_cells > MOST_CELLS)
        return;
    uint32_t n_levels;
    const level *levels = read_levels(data, &n_levels);
    ranking->has_rates = has_rates(levels, n_levels);
    bool is_validated = false;
    for (uint32_t c = 0; c < data->n_cells; c++)
        is_validated |= isfinite(data->cells[c].validation);
    ranking->is_tuned = ranking->has_rates && is_validated;
    if (!ranking->is_tuned)
        return;
    double *rates = hpb_alloc(data->n_cells, sizeof *rates);
    ranking->is_chosen = hpb_arena_alloc(data->arena, data->n_cells, sizeof(bool));
    ranking->family = hpb_arena_alloc(data->arena, data->n_cells, sizeof *ranking->family);
    for (uint32_t c = 0; c < data->n_cells; c++) {
        ranking->family[c] = levels[data->cells[c].level_id[HPB_AXIS_OPTIMIZER]].family;
        rates[c] = levels[data->cells[c].level_id[HPB_AXIS_OPTIMIZER]].rate;
    }
    choose(data, ranking);
    collect(data, rates, ranking);
    free(rates);
    qsort_r(ranking->best, ranking->n_best, sizeof *ranking->best, by_data, data->cells);
    compare(data, ranking);
}

// --- names -------------------------------------------------------------------------------------------------------

const hpb_best_rate *hpb_best_rate_of(const hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_report_ranking *ranking = data->ranking;
    for (uint32_t i = 0; ranking && i < ranking->n_best; i++)
        if (&data->cells[ranking->best[i].cell] == cell)
            return &ranking->best[i];
    return NULL;
}

bool hpb_best_rate_passes_over(const hpb_report_data *data, uint32_t cell)
{
    return data->ranking && data->ranking->is_tuned && !data->ranking->is_chosen[cell];
}

int32_t hpb_best_rate_base(const hpb_report_data *data, uint32_t c, hpb_axis axis,
                           uint32_t base_level)
{
    const hpb_report_ranking *ranking = data->ranking;
    const hpb_report_cell *cell = &data->cells[c];
    if (!ranking || !ranking->is_tuned || axis == HPB_AXIS_OPTIMIZER)
        return hpb_report_find_cell(data, cell, axis, base_level);
    for (uint32_t o = 0; o < data->n_cells && ranking->is_chosen[c]; o++) {
        const hpb_report_cell *other = &data->cells[o];
        bool is_base = ranking->is_chosen[o] && other->level_id[axis] == base_level &&
                       strcmp(ranking->family[o], ranking->family[c]) == 0;
        for (int i = 0; i < HPB_AXIS_COUNT && is_base; i++)
            is_base = i == (int)axis || i == HPB_AXIS_OPTIMIZER ||
                      other->level_id[i] == cell->level_id[i];
        if (is_base)
            return (int32_t)o;
    }
    return -1;
}

const char *hpb_best_rate_name(const hpb_report_data *data, const hpb_report_cell *cell,
                               hpb_axis axis)
{
    const hpb_best_rate *best = axis == HPB_AXIS_OPTIMIZER ? hpb_best_rate_of(data, cell) : NULL;
    char text[HPB_NUMBER_SIZE];
    if (!best || best->n_tried < 2 || !isfinite(best->rate))
        return hpb_report_name(data->arena, cell->levels[axis]);
    return hpb_arena_format(data->arena, "%s at its best rate (%s)",
                            hpb_report_name(data->arena, best->family),
                            hpb_level_text(best->rate, text));
}
