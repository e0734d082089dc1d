// SPDX-License-Identifier: Apache-2.0
// Which level is better: the factor that the answer is about, its levels against each other, and the verdict in words.
#include "answer.h"
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The first factor of which one can say that a level is better, by what suites are mostly about.
static bool find_axis(const hpb_report_data *data, hpb_axis *out)
{
    for (size_t i = 0; i < HPB_REPORT_CHOSEN; i++)
        if (data->is_factor[hpb_report_axis_order[i]]) {
            *out = hpb_report_axis_order[i];
            return true;
        }
    return false;
}

bool hpb_contest_is_tuned(const hpb_report_data *data, const hpb_contest *contest)
{
    return contest->axis == HPB_AXIS_OPTIMIZER && data->ranking && data->ranking->is_tuned;
}

void hpb_contest_find(const hpb_report_data *data, hpb_contest *out)
{
    *out = (hpb_contest){.axis = HPB_AXIS_COUNT};
    if (!data->n_cells || !find_axis(data, &out->axis))
        return;
    const hpb_report_cell *reference = &data->cells[data->reference];
    const bool is_tuned = hpb_contest_is_tuned(data, out);
    uint32_t n_ids = 0;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].level_id[out->axis] >= n_ids)
            n_ids = data->cells[c].level_id[out->axis] + 1;
    out->cells = hpb_arena_alloc(data->arena, n_ids, sizeof *out->cells);
    for (uint32_t id = 0; id < n_ids; id++) {
        const int32_t c = hpb_report_find_cell(data, reference, out->axis, id);
        if (c >= 0 && is_tuned && !data->ranking->is_chosen[c])
            continue;                                     // another rate of the same optimizer
        out->n_levels += c >= 0 && data->cells[c].stored; // one that has not run has not lost
        if (c < 0 || !data->cells[c].summary.n || hpb_report_is_lost(&data->cells[c]))
            continue;
        uint32_t at = out->n++; // insertion by median; equal ones stay in the suite's order
        while (at &&
               data->cells[out->cells[at - 1]].summary.median > data->cells[c].summary.median) {
            out->cells[at] = out->cells[at - 1];
            at--;
        }
        out->cells[at] = (uint32_t)c;
    }
}

// The words for levels of an axis: "3 optimizers"; levels of one section ("adam learning_rate 0.1") are settings.
static const char *axis_words(const hpb_report_data *data, hpb_axis axis)
{
    const hpb_contest contest = {.axis = axis};
    bool has_settings = false;
    for (uint32_t c = 0; c < data->n_cells && !hpb_contest_is_tuned(data, &contest); c++)
        has_settings |=
            strcmp(hpb_report_title(&data->cells[c], axis), data->cells[c].levels[axis]) != 0;
    switch (axis) {
    case HPB_AXIS_OPTIMIZER:
        return has_settings ? "optimizer settings" : "optimizers";
    case HPB_AXIS_SCHEDULE:
        return "schedules";
    case HPB_AXIS_MODEL:
        return "models";
    case HPB_AXIS_INITIALIZER:
        return "initializers";
    case HPB_AXIS_EARLY_STOPPING:
        return "stopping rules";
    default:
        return "settings";
    }
}

// `d` is another minus best, best by median. The mean decides; where it can't, the share of pairs won may.
static hpb_judgement judge(const hpb_difference *d)
{
    if (d->low > 0)
        return BETTER;
    const double error = sqrt(0.25 / (double)d->n_pairs);
    if (d->n_pairs >= FEW_RUNS && d->worse - 0.5 > 3 * error)
        return USUALLY;
    return d->high < 0 ? MIXED : SAME;
}

// The next by median whose mean is not shown to be worse than the best's: only where there is none is the best
// the best of all. Where all are beaten: the second.
static uint32_t find_rival(const hpb_difference *d, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!(d[i].low > 0))
            return i;
    return 0;
}

static double diverged_share(const hpb_report_cell *cell)
{
    return (double)cell->count[HPB_STATUS_DIVERGED] / (double)(cell->stored ? cell->stored : 1);
}

// What a verdict is about: the data set, and whether runs that diverged are missing from the winner above all.
static const char *scope_words(const hpb_report_data *data, const hpb_report_cell *best,
                               const hpb_report_cell *other, hpb_judgement verdict)
{
    const bool is_lossy = (verdict == BETTER || verdict == USUALLY) &&
                          diverged_share(best) > diverged_share(other) + LOSSY;
    if (data->is_factor[HPB_AXIS_DATA])
        return hpb_arena_format(data->arena, "On %s, %s", best->levels[HPB_AXIS_DATA],
                                is_lossy ? "where it does not diverge, " : "");
    return is_lossy ? "Where it does not diverge, " : "";
}

static const char *times_lower(const hpb_report_data *data, double best, double second)
{
    const double ratio = second / best;
    if (!isfinite(ratio) || !(best > 0))
        return "";
    if (ratio < 1.095) // "1.0 times lower" would say nothing
        return hpb_arena_format(data->arena, " (%s %% lower)", RATIO(100 * (1 - best / second)));
    return hpb_arena_format(data->arena, " (%s times lower)", RATIO(ratio));
}

typedef struct contest_words {
    const char *where, *a, *b; // scope, the best's name, the other's
    const char *x, *y, *lower; // their medians, and how far apart
} contest_words;

static const char *verdict_of_two(hpb_arena *arena, const contest_words *w, hpb_judgement verdict,
                                  const hpb_difference *d)
{
    const bool is_start = !*w->where;
    const char *first = is_start ? hpb_answer_capitalised(arena, w->a) : w->a;
    switch (verdict) {
    case BETTER:
        return hpb_arena_format(arena, "%s%s is better%s: median MSE %s against %s for %s%s.",
                                w->where, first, is_start ? " here" : "", w->x, w->y, w->b,
                                w->lower);
    case USUALLY:
        return hpb_arena_format(
            arena,
            "%s%s is usually better (in %.0f of 100 runs; median MSE %s against %s for %s), but "
            "its mean is not: a few runs go far wrong.",
            w->where, first, fmin(99, floor(100 * d->worse)), w->x, w->y, w->b);
    case MIXED:
        return hpb_arena_format(arena,
                                "%s%s has the lower median MSE (%s against %s for %s), but the "
                                "higher mean: its bad runs are worse.",
                                w->where, first, w->x, w->y, w->b);
    default:
        return hpb_arena_format(arena,
                                "%s%so difference between %s and %s that %s run%s can show: median "
                                "MSE %s against %s.",
                                w->where, is_start ? "N" : "n", w->a, w->b, COUNT(d->n_pairs),
                                hpb_answer_plural(d->n_pairs), w->x, w->y);
    }
}

static const char *verdict_of_many(const hpb_report_data *data, const contest_words *w,
                                   hpb_judgement verdict, const hpb_difference *d,
                                   const hpb_contest *contest)
{
    hpb_arena *arena = data->arena;
    const bool is_start = !*w->where;
    const char *first = is_start ? hpb_answer_capitalised(arena, w->a) : w->a;
    if (verdict == BETTER)
        return hpb_arena_format(
            arena, "%s%s is the best of %u %s%s: median MSE %s against %s for %s, the next%s.",
            w->where, first, contest->n_levels, axis_words(data, contest->axis),
            is_start ? " here" : "", w->x, w->y, w->b, w->lower);
    if (verdict != SAME)
        return verdict_of_two(arena, w, verdict, d);
    return hpb_arena_format(arena,
                            "%s%s and %s lead %u %s, with no difference that %s run%s can show: "
                            "median MSE %s and %s.",
                            w->where, first, w->b, contest->n_levels,
                            axis_words(data, contest->axis), COUNT(d->n_pairs),
                            hpb_answer_plural(d->n_pairs), w->x, w->y);
}

// Of levels that can't be told apart, stopping rules differ in what they cost: the one that trains least, among those
// whose mean is not shown to be above the best's.
static uint32_t say_epochs(hpb_report_data *data, const hpb_contest *contest,
                           const hpb_difference *d)
{
    uint32_t least = contest->cells[0], most = least, n_tied = 1;
    for (uint32_t i = 1; i < contest->n; i++) {
        const hpb_report_cell *cell = &data->cells[contest->cells[i]];
        const bool is_tied = d[i - 1].n_pairs >= FEW_RUNS && !(d[i - 1].low > 0);
        n_tied += is_tied;
        if (is_tied && cell->epochs < data->cells[least].epochs)
            least = contest->cells[i];
        if (cell->epochs > data->cells[most].epochs)
            most = contest->cells[i];
    }
    const hpb_report_cell *a = &data->cells[least], *b = &data->cells[most];
    if (!(a->epochs * 1.05 < b->epochs))
        return contest->cells[0];
    const char *who =
        n_tied == 1
            ? "It trains"
            : hpb_arena_format(data->arena,
                               "Of the %u that can't be told apart, %s trains least:", n_tied,
                               a->levels[contest->axis]);
    hpb_answer_say(data,
                   hpb_arena_format(data->arena, "%s %s epochs a fit, against %s with %s.", who,
                                    COUNT((uint64_t)llround(a->epochs)),
                                    COUNT((uint64_t)llround(b->epochs)), b->levels[contest->axis]));
    return least;
}

// Says which level is better; returns the cell that the other sentences are about.
uint32_t hpb_contest_say(hpb_report_data *data, const hpb_contest *contest, hpb_judgement *out,
                         uint32_t *advised)
{
    hpb_arena *arena = data->arena;
    const hpb_report_cell *best = &data->cells[contest->cells[0]];
    hpb_difference *d = hpb_arena_alloc(arena, contest->n, sizeof *d);
    uint32_t *bases = hpb_arena_alloc(arena, contest->n, sizeof *bases);
    for (uint32_t i = 0; i + 1 < contest->n; i++)
        bases[i] = contest->cells[0];
    hpb_report_compare(data, contest->cells + 1, bases, contest->n - 1, d);
    const uint32_t rival = find_rival(d, contest->n - 1);
    const hpb_report_cell *other = &data->cells[contest->cells[rival + 1]];
    *out = judge(&d[rival]);
    const contest_words words = {
        .where = scope_words(data, best, other, *out),
        .a = hpb_best_rate_name(data, best, contest->axis),
        .b = hpb_best_rate_name(data, other, contest->axis),
        .x = hpb_arena_strdup(arena, RESULT(best->summary.median)),
        .y = hpb_arena_strdup(arena, RESULT(other->summary.median)),
        .lower = times_lower(data, best->summary.median, other->summary.median),
    };
    hpb_answer_say(data, contest->n == 2 ? verdict_of_two(arena, &words, *out, &d[rival])
                                         : verdict_of_many(data, &words, *out, &d[rival], contest));
    if (hpb_contest_is_tuned(data, contest))
        hpb_best_rate_say(data, contest->cells[0], contest->cells[rival + 1], *out == USUALLY);
    *advised = contest->cells[0];
    if (contest->axis == HPB_AXIS_EARLY_STOPPING && (*out == SAME || *out == BETTER))
        *advised = say_epochs(data, contest, d);
    return contest->cells[0];
}

#define LISTED_NAMES 3

// "adam, sgd and lion", "adam, sgd and 4 more".
static const char *name_list(hpb_arena *arena, const char *const *names, uint32_t n)
{
    const uint32_t shown = n > LISTED_NAMES ? LISTED_NAMES - 1 : n;
    hpb_text text = {0};
    for (uint32_t i = 0; i < shown; i++)
        hpb_text_add(&text, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", names[i]);
    if (shown < n)
        hpb_text_add(&text, " and %u more", n - shown);
    const char *list = hpb_arena_strdup(arena, text.data ? text.data : "");
    hpb_text_free(&text);
    return list;
}

void hpb_contest_say_untrained(hpb_report_data *data, const hpb_contest *contest)
{
    const char **names = hpb_arena_alloc(data->arena, contest->n, sizeof *names);
    uint32_t n = 0;
    for (uint32_t i = 1; i < contest->n; i++) {
        const hpb_report_cell *cell = &data->cells[contest->cells[i]];
        if (cell->summary.median >= cell->baseline_mse)
            names[n++] = hpb_best_rate_name(data, cell, contest->axis);
    }
    const hpb_report_cell *best = contest->n ? &data->cells[contest->cells[0]] : NULL;
    if (n && best->summary.median < best->baseline_mse) // else the sentence on the scale says it
        hpb_answer_say(
            data,
            hpb_arena_format(data->arena,
                             "%s learn%s nothing: median MSE above that of predicting the mean.",
                             hpb_answer_capitalised(data->arena, name_list(data->arena, names, n)),
                             n == 1 ? "s" : ""));
}

// Levels that have no finite run, and runs that diverged in the cells of the contest: never dropped in silence.
void hpb_contest_say_diverged(hpb_report_data *data, const hpb_contest *contest)
{
    hpb_arena *arena = data->arena;
    const hpb_report_cell *like = &data->cells[data->reference];
    const char **names[2]; // of levels of which some runs diverged, and all
    uint64_t diverged[2] = {0}, runs[2] = {0};
    uint32_t n[2] = {0};
    for (int k = 0; k < 2; k++)
        names[k] = hpb_arena_alloc(arena, data->n_cells, sizeof *names[k]);
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        bool is_in = cell->n_planned > 1;
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            is_in &= axis == (int)contest->axis || cell->level_id[axis] == like->level_id[axis];
        if (!is_in || !cell->count[HPB_STATUS_DIVERGED])
            continue;
        const int all = cell->count[HPB_STATUS_DIVERGED] == cell->stored;
        names[all][n[all]++] = hpb_report_name(
            arena, contest->axis < HPB_AXIS_COUNT ? cell->levels[contest->axis] : cell->label);
        diverged[all] += cell->count[HPB_STATUS_DIVERGED];
        runs[all] += cell->stored;
    }
    if (n[1])
        hpb_answer_say(data, hpb_arena_format(arena, "All %s runs with %s diverged.",
                                              COUNT(runs[1]), name_list(arena, names[1], n[1])));
    if (n[0])
        hpb_answer_say(
            data,
            hpb_arena_format(arena, "With %s, %s of %s runs diverged and are not in these numbers.",
                             name_list(arena, names[0], n[0]), COUNT(diverged[0]), COUNT(runs[0])));
}
