// SPDX-License-Identifier: Apache-2.0
// What of the cells and runs is drawn, where there are too many for a picture.
#include "ranking.h"

#include <math.h>
#include <stdlib.h>

#define BEST 10
#define WORST 3

const hpb_axis hpb_report_axis_order[HPB_AXIS_COUNT] = {
    HPB_AXIS_PROTOCOL,    HPB_AXIS_OPTIMIZER,      HPB_AXIS_SCHEDULE, HPB_AXIS_MODEL,
    HPB_AXIS_INITIALIZER, HPB_AXIS_EARLY_STOPPING, HPB_AXIS_FIT,      HPB_AXIS_SPLITTER,
    HPB_AXIS_DATA,        HPB_AXIS_SEEDS};

// SplitMix64's finaliser: every bit of the input moves every bit of the output.
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

double hpb_report_jitter(uint32_t a, uint32_t b)
{
    return (double)(mix((uint64_t)a << 32 | b) >> 11) * 0x1p-53;
}

int hpb_report_by_median(const void *a, const void *b, void *context)
{
    const hpb_report_cell *cells = context;
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    const hpb_summary *x = &cells[i].summary, *y = &cells[j].summary;
    if (!x->n != !y->n)
        return x->n ? -1 : 1; // without a finite result: last
    if (x->n && x->median != y->median)
        return x->median < y->median ? -1 : 1;
    return i < j ? -1 : i > j;
}

static bool has_row(const hpb_report_cell *cell)
{
    return cell->n_planned > 1 || cell->twin < 0;
}

#define ALIKE 3.0 // ratio of the errors of predicting the mean up to which data sets are one scale

// Whether the MSEs of all data sets can be read on one axis.
static bool is_one_scale(const hpb_report_data *data)
{
    double low = HUGE_VAL, high = 0;
    for (uint32_t c = 0; c < data->n_cells && data->is_factor[HPB_AXIS_DATA]; c++) {
        const double baseline = data->cells[c].baseline_mse;
        if (!data->cells[c].stored)
            continue;
        low = baseline < low || isnan(baseline) ? baseline : low;
        high = baseline > high ? baseline : high;
    }
    return !data->is_factor[HPB_AXIS_DATA] || high <= ALIKE * low;
}

bool hpb_report_data_set(const hpb_report_data *data, uint32_t index, uint32_t *level)
{
    *level = HPB_ANY_DATA;
    if (!data->n_cells || is_one_scale(data))
        return data->n_cells && index == 0;
    uint32_t n = 0;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].level_id[HPB_AXIS_DATA] >= n)
            n = data->cells[c].level_id[HPB_AXIS_DATA] + 1;
    const uint32_t first = data->cells[data->reference].level_id[HPB_AXIS_DATA];
    *level = index == 0 ? first : index <= first ? index - 1 : index;
    return index < n;
}

const char *hpb_report_data_name(const hpb_report_data *data, uint32_t level)
{
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].level_id[HPB_AXIS_DATA] == level)
            return data->cells[c].levels[HPB_AXIS_DATA];
    return "";
}

uint32_t hpb_report_rows(const hpb_report_data *data, uint32_t data_level,
                         uint32_t rows[HPB_REPORT_ROWS], uint32_t *total)
{
    uint32_t *all = hpb_alloc(data->n_cells, sizeof *all);
    uint32_t n = 0, reference = data->reference;
    if (data->n_cells && data_level != HPB_ANY_DATA) {
        const int32_t twin =
            hpb_report_find_cell(data, &data->cells[reference], HPB_AXIS_DATA, data_level);
        reference = twin < 0 ? UINT32_MAX : (uint32_t)twin;
    }
    if (reference < data->n_cells && has_row(&data->cells[reference]))
        all[n++] = reference;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (c != reference && has_row(&data->cells[c]) && !hpb_best_rate_passes_over(data, c) &&
            (data_level == HPB_ANY_DATA || data->cells[c].level_id[HPB_AXIS_DATA] == data_level))
            all[n++] = c;
    *total = n;
    const bool is_cut = n > HPB_REPORT_ROWS;
    if (is_cut || data->order_median)
        qsort_r(all, n, sizeof *all, hpb_report_by_median, data->cells);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!is_cut || i < BEST || i + WORST >= n || all[i] == reference)
            rows[kept++] = all[i];
    free(all);
    return kept;
}

// Where no factor is one that a user chooses, the others are all there is to show.
static size_t count_axes(const hpb_report_data *data)
{
    for (size_t i = 0; i < HPB_REPORT_CHOSEN; i++)
        if (data->is_factor[hpb_report_axis_order[i]])
            return HPB_REPORT_CHOSEN;
    return HPB_AXIS_COUNT;
}

uint32_t hpb_report_neighbours(const hpb_report_data *data, uint32_t data_level, uint32_t nth,
                               uint32_t *rows, uint32_t most, hpb_axis *axis, uint32_t *total)
{
    *axis = HPB_AXIS_COUNT;
    if (!data->n_cells)
        return 0;
    int32_t reference = (int32_t)data->reference;
    if (data_level != HPB_ANY_DATA)
        reference = hpb_report_find_cell(data, &data->cells[reference], HPB_AXIS_DATA, data_level);
    if (reference < 0)
        return 0;
    const hpb_report_cell *like = &data->cells[reference];
    uint32_t *all = hpb_alloc(data->n_cells, sizeof *all), n = 0, left = nth + 1;
    const size_t n_axes = count_axes(data);
    for (size_t i = 0; i < n_axes && left; i++) {
        if (!data->is_factor[hpb_report_axis_order[i]])
            continue;
        n = 0;
        for (uint32_t c = 0; c < data->n_cells; c++)
            if (c != (uint32_t)reference && data->cells[c].n_planned > 1 &&
                !hpb_best_rate_passes_over(data, c) &&
                hpb_report_same_but(&data->cells[c], like, hpb_report_axis_order[i]))
                all[n++] = c;
        left -= n > 0;
        *axis = n ? hpb_report_axis_order[i] : *axis;
    }
    const bool is_there = !left || (nth == 0 && *axis == HPB_AXIS_COUNT);
    if (is_there && n + 1 > most)
        qsort_r(all, n, sizeof *all, hpb_report_by_median, data->cells);
    *total = is_there ? n + 1 : 0;
    const uint32_t kept = *total < most ? *total : most;
    rows[0] = (uint32_t)reference;
    for (uint32_t i = 1; i < kept; i++)
        rows[i] = all[i - 1];
    free(all);
    return kept;
}

typedef struct hashed {
    uint64_t hash;
    uint32_t replicate;
} hashed;

// Puts `item` into a heap whose largest hash is at the top.
static void sift(hashed *heap, uint32_t n, hashed item)
{
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < n && heap[child + 1].hash > heap[child].hash)
            child++;
        if (child >= n || heap[child].hash <= item.hash)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = item;
}

static int by_replicate(const void *a, const void *b)
{
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    return i < j ? -1 : i > j;
}

uint32_t hpb_report_sample(const hpb_report_cell *cell, uint32_t replicates[HPB_REPORT_POINTS])
{
    hashed heap[HPB_REPORT_POINTS]; // those with the smallest hashes so far
    uint32_t n = 0;
    for (uint32_t r = 0; r < cell->n_planned; r++) {
        if (!isfinite(cell->mse[r]))
            continue;
        const hashed item = {mix(r), r};
        if (n < HPB_REPORT_POINTS) {
            heap[n++] = item;
            for (uint32_t i = n - 1; i && heap[(i - 1) / 2].hash < heap[i].hash; i = (i - 1) / 2) {
                const hashed parent = heap[(i - 1) / 2];
                heap[(i - 1) / 2] = heap[i];
                heap[i] = parent;
            }
        } else if (item.hash < heap[0].hash) {
            sift(heap, n, item);
        }
    }
    for (uint32_t i = 0; i < n; i++)
        replicates[i] = heap[i].replicate;
    qsort(replicates, n, sizeof *replicates, by_replicate);
    return n;
}
