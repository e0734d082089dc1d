// SPDX-License-Identifier: Apache-2.0
// Where no level can be better, since all train the same model: which seeds or which splitter moves the MSE most.
#include "answer.h"

#include <math.h>
#include <string.h>

// Cells that differ from `like` on this axis alone, of enough runs to have a spread, narrowest first.
static uint32_t find_spreads(const hpb_report_data *data, const hpb_report_cell *like,
                             hpb_axis axis, uint32_t *cells)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (cell->summary.n < FEW_RUNS ||
            hpb_report_find_cell(data, like, axis, cell->level_id[axis]) != (int32_t)c)
            continue;
        uint32_t at = n++;
        for (; at && data->cells[cells[at - 1]].summary.sd > cell->summary.sd; at--)
            cells[at] = cells[at - 1];
        cells[at] = c;
    }
    return n;
}

static const char *cost_words(hpb_arena *arena, const hpb_report_cell *cell)
{
    return hpb_arena_format(arena, "SD %s for %u fit%s a run", RESULT(cell->summary.sd),
                            cell->n_splits, hpb_answer_plural(cell->n_splits));
}

bool hpb_answer_say_steadiness(hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_axis axis = data->is_factor[HPB_AXIS_SEEDS] ? HPB_AXIS_SEEDS : HPB_AXIS_SPLITTER;
    uint32_t *cells = hpb_arena_alloc(data->arena, data->n_cells, sizeof *cells);
    const uint32_t n = find_spreads(data, cell, axis, cells);
    if (n < 2 || (n < 3 && axis != HPB_AXIS_SEEDS))
        return false;
    const hpb_report_cell *least = &data->cells[cells[0]], *most = &data->cells[cells[n - 1]];
    if (n == 2) {
        const bool is_same = most->summary.sd < least->summary.sd * 1.2;
        const hpb_report_cell *first = is_same && most == cell ? least : most;
        const hpb_report_cell *second = first == most ? least : most;
        hpb_answer_say(data, hpb_arena_format(data->arena,
                                              "It moves %s with %s (SD %s) %s with %s (SD %s).",
                                              is_same ? "as much" : "more", first->levels[axis],
                                              RESULT(first->summary.sd), is_same ? "as" : "than",
                                              second->levels[axis], RESULT(second->summary.sd)));
        return false;
    }
    if (most->summary.sd < least->summary.sd * 1.2)
        hpb_answer_say(data, hpb_arena_format(data->arena,
                                              "The spread is much the same with all %u %s (SD %s "
                                              "to %s).",
                                              n, axis == HPB_AXIS_SEEDS ? "seeds" : "splitters",
                                              RESULT(least->summary.sd), RESULT(most->summary.sd)));
    else if (axis == HPB_AXIS_SEEDS)
        hpb_answer_say(data,
                       hpb_arena_format(data->arena,
                                        "It moves most with %s (SD %s) and least with %s (SD %s).",
                                        most->levels[axis], RESULT(most->summary.sd),
                                        least->levels[axis], RESULT(least->summary.sd)));
    else
        hpb_answer_say(data,
                       hpb_arena_format(data->arena,
                                        "Of %u splitters, %s is the steadiest (%s), %s the "
                                        "least so (%s).",
                                        n, least->levels[axis], cost_words(data->arena, least),
                                        most->levels[axis], cost_words(data->arena, most)));
    return true;
}
