// SPDX-License-Identifier: Apache-2.0
// What the answer adds where each optimizer is at its best rate: other data, shares of wins, bands of rates, divergence.
#include "answer.h"
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SETS 12

// The family's best on a data set; NULL: none.
static const hpb_best_rate *best_on(const hpb_report_data *data, const char *family, uint32_t set)
{
    const hpb_report_ranking *ranking = data->ranking;
    for (uint32_t i = 0; i < ranking->n_best; i++)
        if (strcmp(ranking->best[i].family, family) == 0 &&
            data->cells[ranking->best[i].cell].level_id[HPB_AXIS_DATA] == set)
            return &ranking->best[i];
    return NULL;
}

typedef enum outcome { IS_BETTER, IS_LEVEL, IS_WORSE, OUTCOMES } outcome;

typedef struct elsewhere {
    uint32_t cell[MOST_SETS], rival[MOST_SETS], n;
    hpb_difference d[MOST_SETS]; // rival minus cell
} elsewhere;

static outcome outcome_of(const hpb_difference *d)
{
    return d->low > 0 ? IS_BETTER : d->high < 0 ? IS_WORSE : IS_LEVEL;
}

static void find_elsewhere(const hpb_report_data *data, const hpb_best_rate *a,
                           const hpb_best_rate *b, elsewhere *out)
{
    const hpb_report_ranking *ranking = data->ranking;
    const uint32_t here = data->cells[a->cell].level_id[HPB_AXIS_DATA];
    out->n = 0;
    for (uint32_t i = 0; i < ranking->n_best && out->n < MOST_SETS; i++) {
        const uint32_t set = data->cells[ranking->best[i].cell].level_id[HPB_AXIS_DATA];
        const hpb_best_rate *other = best_on(data, b->family, set);
        if (set == here || !other || strcmp(ranking->best[i].family, a->family) != 0)
            continue;
        out->cell[out->n] = ranking->best[i].cell;
        out->rival[out->n++] = other->cell;
    }
    hpb_report_compare(data, out->rival, out->cell, out->n, out->d);
}

// " on friedman1 (median MSE 1.9 against 2.3) and diabetes"
static void add_sets(const hpb_report_data *data, const elsewhere *e, outcome which, hpb_text *text)
{
    uint32_t left = 0, first = 1;
    for (uint32_t i = 0; i < e->n; i++)
        left += outcome_of(&e->d[i]) == which;
    for (uint32_t i = 0; i < e->n; i++) {
        const hpb_report_cell *a = &data->cells[e->cell[i]], *b = &data->cells[e->rival[i]];
        if (outcome_of(&e->d[i]) != which)
            continue;
        hpb_text_add(text, "%s%s",
                     first       ? " on "
                     : left == 1 ? " and "
                                 : ", ",
                     a->levels[HPB_AXIS_DATA]);
        if (first && which != IS_LEVEL)
            hpb_text_add(text, " (median MSE %s against %s)", RESULT(a->summary.median),
                         RESULT(b->summary.median));
        first = 0;
        left--;
    }
}

static void say_elsewhere(hpb_report_data *data, const hpb_best_rate *a, const hpb_best_rate *b)
{
    static const char *const words[OUTCOMES] = {"better", "level", "worse"};
    elsewhere e = {0};
    find_elsewhere(data, a, b, &e);
    if (!e.n)
        return;
    hpb_text text = {0};
    hpb_text_add(&text, "%s against %s on other data, each at its best rate:",
                 hpb_answer_capitalised(data->arena, hpb_report_name(data->arena, a->family)),
                 hpb_report_name(data->arena, b->family));
    for (int which = 0, said = 0; which < OUTCOMES; which++) {
        bool has_any = false;
        for (uint32_t i = 0; i < e.n; i++)
            has_any |= outcome_of(&e.d[i]) == (outcome)which;
        if (!has_any)
            continue;
        hpb_text_add(&text, "%s %s", said++ ? "," : "", words[which]);
        add_sets(data, &e, (outcome)which, &text);
    }
    hpb_text_add(&text, ".");
    hpb_answer_say(data, text.data);
    hpb_text_free(&text);
}

static double decades(const hpb_best_rate *best)
{
    return log10(best->good_high / best->good_low);
}

static const char *decades_text(hpb_arena *arena, const hpb_best_rate *best)
{
    if (!(decades(best) > 0))
        return "one alone";
    return hpb_arena_format(arena, "%s%.1f decades", best->is_open ? "at least " : "",
                            decades(best));
}

// Share of runs won, band of good rates and time of a fit, in one sentence.
static void say_traits(hpb_report_data *data, const hpb_best_rate *a, const hpb_best_rate *b,
                       bool share_is_said)
{
    hpb_arena *arena = data->arena;
    const hpb_report_cell *cell = &data->cells[a->cell], *other = &data->cells[b->cell];
    const char *first = hpb_answer_capitalised(arena, hpb_report_name(arena, a->family));
    const char *second = hpb_report_name(arena, b->family);
    hpb_difference d;
    hpb_report_compare(data, &b->cell, &a->cell, 1, &d);
    hpb_text text = {0};
    if (d.n_pairs >= FEW_RUNS && !share_is_said) {
        const hpb_interval wins = hpb_wilson_interval(d.worse * (double)d.n_pairs, d.n_pairs, 0.95);
        hpb_text_add(&text,
                     "%s has the lower MSE in %.0f of 100 runs with the same seeds [%.0f, %.0f]",
                     first, 100 * d.worse, 100 * wins.low, 100 * wins.high);
    }
    const bool has_bands = a->n_tried > 1 && b->n_tried > 1 && decades(a) + decades(b) > 0;
    if (has_bands)
        hpb_text_add(&text, "%s good rates %s %s, against %s for %s",
                     text.length ? "; its" : hpb_arena_format(arena, "%s's", first),
                     decades(a) > 0 ? "span" : "are", decades_text(arena, a),
                     decades_text(arena, b), second);
    const double time = cell->fit_ns / other->fit_ns;
    if (text.length && isfinite(time) && (time > 1.1 || time < 1 / 1.1))
        hpb_text_add(&text, "; %s takes %s times as long for a fit", time > 1 ? "it" : second,
                     RATIO(time > 1 ? time : 1 / time));
    if (text.length) {
        hpb_text_add(&text, ".");
        hpb_answer_say(data, text.data);
    }
    hpb_text_free(&text);
}

static void say_diverged(hpb_report_data *data)
{
    const hpb_report_ranking *ranking = data->ranking;
    uint64_t diverged = 0;
    double from = HUGE_VAL;
    for (uint32_t i = 0; i < ranking->n_best; i++) {
        diverged += ranking->best[i].diverged;
        if (ranking->best[i].diverged)
            from = fmin(from, ranking->best[i].diverged_from);
    }
    if (diverged && isfinite(from))
        hpb_answer_say(data, hpb_arena_format(data->arena,
                                              "%s run%s diverged, all at rates of %s or more.",
                                              COUNT(diverged), hpb_answer_plural(diverged),
                                              hpb_level_text(from, (number){0})));
}

void hpb_best_rate_say_alone(hpb_report_data *data, uint32_t cell)
{
    const hpb_best_rate *best = hpb_best_rate_of(data, &data->cells[cell]);
    if (!best)
        return;
    const hpb_summary *s = &data->cells[cell].summary;
    const char *name = hpb_best_rate_name(data, &data->cells[cell], HPB_AXIS_OPTIMIZER);
    const char *band = "";
    if (best->n_tried > 1 && decades(best) >= 0)
        band =
            hpb_arena_format(data->arena, " Its good rates %s %s.",
                             decades(best) > 0 ? "span" : "are", decades_text(data->arena, best));
    hpb_answer_say(data,
                   hpb_arena_format(data->arena,
                                    "%s, chosen from %u settings on validation rows, has a "
                                    "median MSE of %s over %s run%s.%s",
                                    hpb_answer_capitalised(data->arena, name), best->n_tried,
                                    RESULT(s->median), COUNT(s->n), hpb_answer_plural(s->n), band));
    say_diverged(data);
}

void hpb_best_rate_say(hpb_report_data *data, uint32_t best, uint32_t rival, bool share_is_said)
{
    const hpb_best_rate *a = hpb_best_rate_of(data, &data->cells[best]);
    const hpb_best_rate *b = hpb_best_rate_of(data, &data->cells[rival]);
    if (!a || !b)
        return;
    say_elsewhere(data, a, b);
    say_traits(data, a, b, share_is_said);
    say_diverged(data);
}
