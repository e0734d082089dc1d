// SPDX-License-Identifier: Apache-2.0
// Whether the answer holds under the other levels of the suite as well, or turns round; what is best of all.
#include "data.h"

#include <math.h>
#include <stdlib.h>

#define MOST_CONTEXTS 200 // beyond it the first ones must do

// The other levels in words: " with patience", " on friedman1".
static const char *context_words(const hpb_report_data *data, hpb_axis axis,
                                 const hpb_report_cell *cell)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    hpb_text words = {0};
    for (int i = HPB_AXIS_COUNT - 1; i >= 0; i--) { // data last: "with patience on friedman1"
        if (i == (int)axis || cell->level_id[i] == reference->level_id[i])
            continue;
        if (i == HPB_AXIS_DATA)
            hpb_text_add(&words, " on %s", cell->levels[i]);
        else
            hpb_text_add(&words, "%s %s", words.length ? " &" : " with",
                         hpb_report_name(data->arena, cell->levels[i]));
    }
    const char *out = hpb_arena_strdup(data->arena, words.data ? words.data : "");
    hpb_text_free(&words);
    return out;
}

// Pairs of cells that differ as `best` and `second` do, with other levels of anything but splitter and seeds.
static uint32_t find_contexts(const hpb_report_data *data, hpb_axis axis, uint32_t best,
                              uint32_t second, uint32_t *cells, uint32_t *bases)
{
    const hpb_report_cell *like = &data->cells[second];
    uint32_t n = 0;
    for (uint32_t c = 0; c < data->n_cells && n < MOST_CONTEXTS; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (c == second || cell->n_planned < 2 || !cell->summary.n ||
            cell->level_id[axis] != like->level_id[axis] ||
            cell->level_id[HPB_AXIS_SPLITTER] != like->level_id[HPB_AXIS_SPLITTER] ||
            cell->level_id[HPB_AXIS_SEEDS] != like->level_id[HPB_AXIS_SEEDS])
            continue;
        const int32_t base =
            hpb_report_find_cell(data, cell, axis, data->cells[best].level_id[axis]);
        if (base >= 0 && data->cells[base].summary.n) {
            cells[n] = c;
            bases[n++] = (uint32_t)base;
        }
    }
    return n;
}

static bool same_level(const hpb_report_cell *a, const hpb_report_cell *b, hpb_axis axis)
{
    return a->level_id[axis] == b->level_id[axis];
}

bool hpb_report_is_lost(const hpb_report_cell *cell)
{
    return 2 * cell->count[HPB_STATUS_DIVERGED] > cell->stored;
}

uint32_t hpb_report_lowest(const hpb_report_data *data, uint32_t like)
{
    uint32_t lowest = like;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (cell->n_planned > 1 && cell->summary.n && !hpb_report_is_lost(cell) &&
            same_level(cell, &data->cells[like], HPB_AXIS_DATA) &&
            same_level(cell, &data->cells[like], HPB_AXIS_SPLITTER) &&
            same_level(cell, &data->cells[like], HPB_AXIS_SEEDS) &&
            cell->summary.median < data->cells[lowest].summary.median)
            lowest = c;
    }
    return lowest;
}

const char *hpb_report_settings_name(const hpb_report_data *data, const hpb_report_cell *cell,
                                     const char *optimizer)
{
    hpb_text text = {0};
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (data->is_factor[axis] && axis != HPB_AXIS_DATA && axis != HPB_AXIS_SPLITTER &&
            axis != HPB_AXIS_SEEDS)
            hpb_text_add(&text, "%s%s", text.length ? " & " : "",
                         axis == HPB_AXIS_OPTIMIZER && optimizer ? optimizer : cell->levels[axis]);
    const char *out = hpb_arena_strdup(data->arena, text.data ? text.data : cell->label);
    hpb_text_free(&text);
    return out;
}

const char *hpb_report_reversal(const hpb_report_data *data, hpb_axis axis, uint32_t best,
                                uint32_t second)
{
    uint32_t cells[MOST_CONTEXTS], bases[MOST_CONTEXTS], at = MOST_CONTEXTS;
    const uint32_t n = find_contexts(data, axis, best, second, cells, bases);
    hpb_difference *d = hpb_alloc(n, sizeof *d);
    hpb_report_compare(data, cells, bases, n, d);
    for (uint32_t i = 0; i < n; i++)
        // medians and means must both say so
        if (d[i].high < 0 && d[i].ratio < 1 && (at == MOST_CONTEXTS || d[i].ratio < d[at].ratio))
            at = i;
    free(d);
    if (at == MOST_CONTEXTS)
        return NULL;
    const hpb_report_cell *winner = &data->cells[cells[at]], *other = &data->cells[bases[at]];
    char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE];
    return hpb_arena_format(data->arena, "Not so%s: there %s is better (%s against %s).",
                            context_words(data, axis, winner),
                            hpb_report_name(data->arena, winner->levels[axis]),
                            hpb_rounded_text(winner->summary.median, 3, a),
                            hpb_rounded_text(other->summary.median, 3, b));
}
