// SPDX-License-Identifier: Apache-2.0
// From the MSEs of the cells to everything that the report says about them.
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void hpb_report_data_init(hpb_report_data *data)
{
    *data = (hpb_report_data){.arena = hpb_arena_create(), .suite = "", .question = ""};
}

void hpb_report_data_free(hpb_report_data *data)
{
    hpb_arena_destroy(data->arena);
    *data = (hpb_report_data){0};
}

double *hpb_report_data_mse(hpb_report_data *data, uint32_t n_planned)
{
    double *mse = hpb_arena_alloc(data->arena, n_planned, sizeof *mse);
    for (uint32_t r = 0; r < n_planned; r++)
        mse[r] = (double)NAN;
    return mse;
}

// --- one cell -------------------------------------------------------------------------------------------

// Resampled runs of all cells together that a report waits for; beyond, Student's t is what there is time for.
#define MOST_BOOTSTRAPPED 50000

static void add_intervals(hpb_report_cell *cell, const double *sorted, bool is_quick)
{
    const hpb_summary *s = &cell->summary;
    cell->mean_interval = cell->iqm_interval = (hpb_interval){(double)NAN, (double)NAN};
    cell->iqm = hpb_stats_iqm(sorted, s->n);
    if (!is_quick) {
        cell->iqm_interval = hpb_iqm_interval(sorted, s->n, 0.95);
        cell->mean_interval = hpb_mean_interval(sorted, s->n, 0.95, &cell->mean_method);
    } else if (s->n > 1) {
        cell->mean_interval = hpb_mean_t(s->mean, s->sd, s->n, 0.95);
        cell->mean_method = HPB_MEAN_T;
    }
    cell->median_interval = hpb_quantile_interval(sorted, s->n, 0.5, 0.95);
}

static void summarise_cell(hpb_report_cell *cell, bool is_quick, double *scratch)
{
    size_t n = 0;
    for (uint32_t r = 0; r < cell->n_planned; r++)
        if (isfinite(cell->mse[r]))
            scratch[n++] = cell->mse[r];
    cell->summary = hpb_stats_summarise(scratch, n);
    add_intervals(cell, scratch, is_quick);
    cell->stored = cell->failed = 0;
    for (int s = 0; s < HPB_STATUS_COUNT; s++) {
        cell->stored += cell->count[s];
        if (s != HPB_STATUS_OK && s != HPB_STATUS_DIVERGED)
            cell->failed += cell->count[s];
    }
}

// Its place among 100 of the twin's runs: the share at or below it, rounded up.
static uint32_t rank_among(const hpb_report_cell *twin, double value)
{
    size_t n = 0, below = 0;
    for (uint32_t r = 0; r < twin->n_planned; r++)
        if (isfinite(twin->mse[r])) {
            n++;
            below += twin->mse[r] <= value;
        }
    if (!n || !isfinite(value))
        return 0;
    const double place = ceil(100.0 * (double)below / (double)n);
    return place < 1 ? 1 : (uint32_t)place;
}

// --- levels and contexts ------------------------------------------------------------------------------------

static void number_levels(hpb_report_data *data)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const char **seen = NULL;
        size_t n_seen = 0, capacity = 0;
        for (uint32_t c = 0; c < data->n_cells; c++) {
            hpb_report_cell *cell = &data->cells[c];
            if (!cell->levels[axis])
                cell->levels[axis] = "";
            uint32_t id = 0;
            while (id < n_seen && strcmp(seen[id], cell->levels[axis]) != 0)
                id++;
            if (id == n_seen) {
                seen = hpb_grow(seen, &capacity, n_seen + 1, sizeof *seen);
                seen[n_seen++] = cell->levels[axis];
            }
            cell->level_id[axis] = id;
        }
        data->is_factor[axis] = n_seen > 1;
        free(seen);
    }
}

bool hpb_report_same_but(const hpb_report_cell *a, const hpb_report_cell *b, hpb_axis axis)
{
    for (int i = 0; i < HPB_AXIS_COUNT; i++)
        if (i != (int)axis && a->level_id[i] != b->level_id[i])
            return false;
    return true;
}

int32_t hpb_report_find_cell(const hpb_report_data *data, const hpb_report_cell *like,
                             hpb_axis axis, uint32_t level_id)
{
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (cell->level_id[axis] == level_id && cell->n_planned > 1 &&
            hpb_report_same_but(cell, like, axis))
            return (int32_t)c;
    }
    return -1;
}

// --- comparisons ------------------------------------------------------------------------------------------

// Intervals of the means of `n` series of differences, simultaneous over all of them: as differences from 0, since the
// cells may have different references.
static void intervals(const double *const *d, uint32_t n, size_t n_replicates, hpb_difference *out)
{
    double *zeros = hpb_alloc(n_replicates, sizeof *zeros);
    hpb_stats_differences(d, n, zeros, n_replicates, out);
    free(zeros);
}

static double difference_of(const hpb_report_cell *cell, const hpb_report_cell *base, size_t r)
{
    if (r >= cell->n_planned || r >= base->n_planned)
        return (double)NAN;
    const double d = cell->mse[r] - base->mse[r];
    return isfinite(d) ? d : (double)NAN;
}

// What the series of differences can't tell: medians and correlation over the pairs.
static void complete_difference(const hpb_report_cell *cell, const hpb_report_cell *base, double *x,
                                double *y, hpb_difference *out)
{
    size_t n = 0;
    for (uint32_t r = 0; r < cell->n_planned; r++)
        if (isfinite(difference_of(cell, base, r))) {
            x[n] = cell->mse[r];
            y[n++] = base->mse[r];
        }
    double sum = 0, mean_x = 0, mean_y = 0;
    for (size_t i = 0; i < n; i++) {
        mean_x += x[i] / (double)n;
        mean_y += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean_x) * (y[i] - mean_y);
    const hpb_summary a = hpb_stats_summarise(x, n), b = hpb_stats_summarise(y, n);
    out->ratio = a.median / b.median;
    out->correlation = n > 1 ? sum / ((double)(n - 1) * a.sd * b.sd) : (double)NAN;
}

static uint32_t longest(const hpb_report_data *data)
{
    uint32_t n = 1;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].n_planned > n)
            n = data->cells[c].n_planned;
    return n;
}

void hpb_report_compare(const hpb_report_data *data, const uint32_t *cells, const uint32_t *bases,
                        uint32_t n, hpb_difference *out)
{
    const size_t n_replicates = longest(data);
    double **d = hpb_alloc(n, sizeof *d);
    double *x = hpb_alloc(n_replicates, sizeof *x), *y = hpb_alloc(n_replicates, sizeof *y);
    for (uint32_t i = 0; i < n; i++) {
        d[i] = hpb_alloc(n_replicates, sizeof **d);
        for (size_t r = 0; r < n_replicates; r++)
            d[i][r] = difference_of(&data->cells[cells[i]], &data->cells[bases[i]], r);
    }
    if (n)
        intervals((const double *const *)d, n, n_replicates, out);
    for (uint32_t i = 0; i < n; i++) {
        complete_difference(&data->cells[cells[i]], &data->cells[bases[i]], x, y, &out[i]);
        free(d[i]);
    }
    free(d);
    free(x);
    free(y);
}

// Every random cell against the reference of its own data set.
static void compare_cells(hpb_report_data *data)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    uint32_t *which = hpb_alloc(data->n_cells, sizeof *which), n = 0;
    uint32_t *bases = hpb_alloc(data->n_cells, sizeof *bases);
    for (uint32_t c = 0; c < data->n_cells; c++) {
        hpb_report_cell *cell = &data->cells[c];
        cell->base = -1;
        if (cell->n_planned < 2 || reference->n_planned < 2)
            continue;
        const int32_t base =
            hpb_report_find_cell(data, reference, HPB_AXIS_DATA, cell->level_id[HPB_AXIS_DATA]);
        if (base < 0 || (uint32_t)base == c)
            continue;
        cell->base = base;
        which[n] = c;
        bases[n++] = (uint32_t)base;
    }
    hpb_difference *out = hpb_alloc(n, sizeof *out);
    hpb_report_compare(data, which, bases, n, out);
    for (uint32_t i = 0; i < n; i++)
        data->cells[which[i]].difference = out[i];
    data->n_compared = n;
    free(which);
    free(bases);
    free(out);
}

// --- effects of factors ---------------------------------------------------------------------------------

// Adds a pair of cells to the running mean of each run; false: they have no run in common.
static bool add_differences(const hpb_report_cell *cell, const hpb_report_cell *base, double *d,
                            uint32_t *n, size_t n_replicates)
{
    bool has_any = false;
    for (size_t r = 0; r < n_replicates; r++) {
        const double difference = difference_of(cell, base, r);
        if (isnan(difference))
            continue;
        n[r]++;
        d[r] += (difference - d[r]) / n[r];
        has_any = true;
    }
    return has_any;
}

// One level against the reference's: differences averaged, run by run, over the pairs of cells that differ in this
// axis alone, on the reference's data, since MSEs of different data are not one scale. False: there is no such pair.
static bool average_contexts(const hpb_report_data *data, hpb_report_effect *effect, uint32_t level,
                             uint32_t base_level, double *d, uint32_t *n, size_t n_replicates)
{
    bool has_pair = false;
    double log_spread = 0, log_time = 0;
    uint32_t n_spread = 0, n_time = 0;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (cell->level_id[effect->axis] != level ||
            cell->level_id[HPB_AXIS_DATA] != data->cells[data->reference].level_id[HPB_AXIS_DATA])
            continue;
        if (cell->n_planned < 2) {
            if (effect->fixed < 0 || cell->twin == (int32_t)data->reference)
                effect->fixed = (int32_t)c;
            continue;
        }
        const int32_t b = hpb_best_rate_base(data, c, effect->axis, base_level);
        if (b < 0)
            continue;
        has_pair = true;
        const hpb_report_cell *base = &data->cells[b];
        if (!add_differences(cell, base, d, n, n_replicates))
            continue;
        effect->n_contexts++;
        const double spread = cell->summary.sd / base->summary.sd;
        const double time = cell->fit_ns * cell->n_fits / (base->fit_ns * base->n_fits);
        if (isfinite(spread) && spread > 0) {
            log_spread += log(spread);
            n_spread++;
        }
        if (isfinite(time) && time > 0) {
            log_time += log(time);
            n_time++;
        }
    }
    effect->spread = n_spread ? exp(log_spread / n_spread) : (double)NAN;
    effect->time = n_time ? exp(log_time / n_time) : (double)NAN;
    // a run that some pair lacks would weigh the others more: means of different mixtures
    for (size_t r = 0; r < n_replicates; r++)
        if (!n[r] || n[r] != effect->n_contexts)
            d[r] = (double)NAN;
    return has_pair;
}

#define MAX_EFFECTS 40

static void collect_effects(hpb_report_data *data)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    const size_t n_replicates = longest(data);
    hpb_report_effect *effects = hpb_arena_alloc(data->arena, MAX_EFFECTS, sizeof *effects);
    double *d[MAX_EFFECTS];
    const double *paired[MAX_EFFECTS];
    uint32_t which[MAX_EFFECTS], n_paired = 0, n_effects = 0;
    uint32_t *n = hpb_alloc(n_replicates, sizeof *n);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        if (axis == HPB_AXIS_DATA || !data->is_factor[axis])
            continue;      // compared on one data set
        uint32_t next = 0; // levels are numbered in the order of the cells
        for (uint32_t c = 0; c < data->n_cells && n_effects < MAX_EFFECTS; c++) {
            const uint32_t level = data->cells[c].level_id[axis];
            if (level < next)
                continue;
            next = level + 1;
            if (level == reference->level_id[axis])
                continue;
            hpb_report_effect *effect = &effects[n_effects];
            *effect = (hpb_report_effect){.axis = (hpb_axis)axis,
                                          .level = data->cells[c].levels[axis],
                                          .base = reference->levels[axis],
                                          .fixed = -1};
            d[n_effects] = hpb_alloc(n_replicates, sizeof *d[0]);
            memset(n, 0, n_replicates * sizeof *n);
            const bool has_pair = average_contexts(data, effect, level, reference->level_id[axis],
                                                   d[n_effects], n, n_replicates);
            if (!has_pair && effect->fixed < 0) { // paired levels: it never moves alone
                free(d[n_effects]);
                continue;
            }
            if (effect->n_contexts) {
                paired[n_paired] = d[n_effects];
                which[n_paired++] = n_effects;
            }
            n_effects++;
        }
    }
    hpb_difference out[MAX_EFFECTS];
    if (n_paired)
        intervals(paired, n_paired, n_replicates, out);
    for (uint32_t i = 0; i < n_paired; i++)
        effects[which[i]].difference = out[i];
    for (uint32_t i = 0; i < n_effects; i++)
        free(d[i]);
    free(n);
    data->effects = effects;
    data->n_effects = n_effects;
}

void hpb_report_refer(hpb_report_data *data)
{
    if (data->n_explanations)
        return; // the causes say it
    compare_cells(data);
    collect_effects(data);
}

// Corners count as runs, though they have no rows of their own.
static void add_others(hpb_report_data *data)
{
    data->planned += data->other_planned;
    for (int s = 0; s < HPB_STATUS_COUNT; s++) {
        data->stored += data->other_count[s];
        data->failed += s > HPB_STATUS_DIVERGED ? data->other_count[s] : 0;
        data->count[s] += data->other_count[s];
    }
}

void hpb_report_summarise(hpb_report_data *data)
{
    if (!data->n_cells)
        return;
    if (data->reference >= data->n_cells)
        data->reference = 0;
    double *scratch = hpb_alloc(longest(data), sizeof *scratch);
    uint64_t n_resampled = 0;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].n_planned <= HPB_BOOTSTRAP_LARGEST)
            n_resampled += data->cells[c].n_planned;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        hpb_report_cell *cell = &data->cells[c];
        summarise_cell(cell, n_resampled > MOST_BOOTSTRAPPED, scratch);
        data->planned += cell->n_planned;
        data->stored += cell->stored;
        data->failed += cell->failed;
        for (int s = 0; s < HPB_STATUS_COUNT; s++)
            data->count[s] += cell->count[s];
    }
    free(scratch);
    add_others(data);
    for (uint32_t c = 0; c < data->n_cells; c++) {
        hpb_report_cell *cell = &data->cells[c];
        if (cell->twin >= (int32_t)data->n_cells)
            cell->twin = -1;
        if (cell->twin >= 0 && cell->n_planned == 1)
            cell->rank = rank_among(&data->cells[cell->twin], cell->mse[0]);
    }
    number_levels(data);
    hpb_report_refer(data);
}
