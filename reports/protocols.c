// SPDX-License-Identifier: Apache-2.0
// What two or more protocols report, side by side: none is better for the lower number, since each measures in its own way.
#include "answer.h"
#include "stats/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LISTED 4 // sides in one sentence

typedef struct sides {
    const hpb_report_cell **cells; // one a protocol, in the suite's order
    uint32_t n;
} sides;

// One cell of each protocol, on the reference's data. False: a protocol has several, and none speaks for it.
static bool find_sides(const hpb_report_data *data, sides *out)
{
    const hpb_report_cell *like = &data->cells[data->reference];
    out->n = 0;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (data->is_factor[HPB_AXIS_DATA] &&
            cell->level_id[HPB_AXIS_DATA] != like->level_id[HPB_AXIS_DATA])
            continue;
        for (uint32_t i = 0; i < out->n; i++)
            if (out->cells[i]->level_id[HPB_AXIS_PROTOCOL] == cell->level_id[HPB_AXIS_PROTOCOL])
                return false;
        out->cells[out->n++] = cell;
    }
    return out->n > 1;
}

static const char *name_of(const hpb_report_cell *cell)
{
    return cell->levels[HPB_AXIS_PROTOCOL];
}

static bool is_one_run(const hpb_report_cell *cell)
{
    return cell->n_planned == 1;
}

static const char *side_words(hpb_arena *arena, const hpb_report_cell *cell)
{
    const hpb_summary *s = &cell->summary;
    const uint64_t diverged = cell->count[HPB_STATUS_DIVERGED];
    if (!s->n)
        return !cell->stored ? hpb_arena_format(arena, "%s has no run yet", name_of(cell))
               : diverged == cell->stored
                   ? hpb_arena_format(arena, "%s diverged in all of %s run%s", name_of(cell),
                                      COUNT(diverged), hpb_answer_plural(diverged))
                   : hpb_arena_format(arena, "%s has no result", name_of(cell));
    if (is_one_run(cell))
        return hpb_arena_format(arena, "%s reports an MSE of %s with its fixed seeds",
                                name_of(cell), RESULT(s->median));
    return hpb_arena_format(arena, "%s reports %s at the median of %s run%s", name_of(cell),
                            RESULT(s->median), COUNT(s->n), hpb_answer_plural(s->n));
}

static void say_sides(hpb_report_data *data, const sides *all)
{
    const uint32_t shown = all->n > LISTED ? LISTED - 1 : all->n;
    hpb_text text = {0};
    for (uint32_t i = 0; i < shown; i++)
        hpb_text_add(&text, "%s%s", i ? ", " : "", side_words(data->arena, all->cells[i]));
    if (shown < all->n)
        hpb_text_add(&text, ", and %u protocols more are in the table", all->n - shown);
    hpb_text_add(&text, ".");
    hpb_answer_say(data, text.data);
    hpb_text_free(&text);
}

// Its finite MSEs, in order of the replicates.
static double *finite_of(const hpb_report_data *data, const hpb_report_cell *cell)
{
    double *values = hpb_arena_alloc(data->arena, cell->n_planned, sizeof *values);
    size_t n = 0;
    for (uint32_t r = 0; r < cell->n_planned; r++)
        if (isfinite(cell->mse[r]))
            values[n++] = cell->mse[r];
    return values;
}

// A number against the runs of another protocol.
static void say_place(hpb_report_data *data, const hpb_report_cell *one,
                      const hpb_report_cell *many)
{
    const double value = one->summary.median, *runs = finite_of(data, many);
    const size_t n = many->summary.n;
    size_t below = 0;
    for (size_t i = 0; i < n; i++)
        below += runs[i] < value;
    hpb_answer_say(
        data,
        below == 0 ? hpb_arena_format(data->arena, "The %s of %s is below every run of %s.",
                                      RESULT(value), name_of(one), name_of(many))
        : below == n
            ? hpb_arena_format(data->arena, "The %s of %s is above every run of %s.", RESULT(value),
                               name_of(one), name_of(many))
            : hpb_arena_format(data->arena, "The %s of %s is above %s of %s runs of %s.",
                               RESULT(value), name_of(one), COUNT(below), COUNT(n), name_of(many)));
}

// How often chance alone decides which of the two numbers is lower: by all pairs of runs, seeds of their own.
static void say_order(hpb_report_data *data, const hpb_report_cell *a, const hpb_report_cell *b)
{
    const double share = hpb_unpaired_compare(finite_of(data, a), a->summary.n, finite_of(data, b),
                                              b->summary.n, 0.95)
                             .share;
    const hpb_report_cell *low = share >= 0.5 ? a : b;
    if (isnan(share))
        return;
    const double often = fmax(share, 1 - share);
    hpb_answer_say(
        data,
        often == 1
            ? hpb_arena_format(data->arena, "Every run of %s reports less than every run of %s.",
                               name_of(low), name_of(low == a ? b : a))
            : hpb_arena_format(data->arena,
                               "Of one run of each, that of %s is the lower %.0f times in 100.",
                               name_of(low), fmin(99, floor(100 * often + 0.5))));
}

static void say_lost(hpb_report_data *data, const sides *all)
{
    for (uint32_t i = 0; i < all->n; i++) {
        const hpb_report_cell *cell = all->cells[i];
        const uint64_t diverged = cell->count[HPB_STATUS_DIVERGED];
        if (diverged && cell->summary.n)
            hpb_answer_say(data,
                           hpb_arena_format(data->arena,
                                            "With %s, %s of %s runs diverged and %s not in "
                                            "these numbers.",
                                            name_of(cell), COUNT(diverged), COUNT(cell->stored),
                                            diverged == 1 ? "is" : "are"));
    }
}

bool hpb_answer_say_protocols(hpb_report_data *data, uint32_t *subject)
{
    sides all = {.cells = hpb_arena_alloc(data->arena, data->n_cells, sizeof *all.cells)};
    if (!data->n_cells || !data->is_factor[HPB_AXIS_PROTOCOL] || !find_sides(data, &all))
        return false;
    say_sides(data, &all);
    say_lost(data, &all);
    const hpb_report_cell *a = all.cells[0], *b = all.cells[1];
    if (all.n == 2 && a->summary.n && b->summary.n && is_one_run(a) != is_one_run(b))
        say_place(data, is_one_run(a) ? a : b, is_one_run(a) ? b : a);
    else if (all.n == 2 && a->summary.n > 1 && b->summary.n > 1)
        say_order(data, a, b);
    for (uint32_t i = 0; i < all.n && i < 2; i++)
        hpb_answer_say_spread(data, all.cells[i],
                              hpb_arena_format(data->arena, "with %s", name_of(all.cells[i])));
    for (uint32_t i = 0; i < all.n; i++)
        if (all.cells[i]->summary.n > data->cells[*subject].summary.n)
            *subject = (uint32_t)(all.cells[i] - data->cells);
    data->advice = "ask `hpbench explain` how much of the difference is luck and what each setting "
                   "adds: where two protocols measure in their own ways, the lower number is not "
                   "the better model.";
    return true;
}
