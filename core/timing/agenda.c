// SPDX-License-Identifier: Apache-2.0
// The agenda of a plan's timings: a pure function, so that `plan` and `run` say the same.
#include "timing/agenda.h"

#include <math.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>

#define LANES 16         // fits side by side: one alone takes about as long as so many in bulk
#define LEAST_TIME 0.002 // seconds a repetition; below, the clock and the caches are what is timed
#define FINDING 0.3      // repetitions that finding the number of iterations takes
#define MOST_PLUGINS 200

typedef struct candidate {
    uint32_t cell;
    uint64_t order; // the smallest first
    double seconds; // of the shortest possible repetition, the longer of its two
} candidate;

hpb_axis hpb_timing_axis(hpb_timing_measure measure)
{
    switch (measure) {
    case HPB_TIMING_UPDATE:
        return HPB_AXIS_OPTIMIZER;
    case HPB_TIMING_FILL:
        return HPB_AXIS_INITIALIZER;
    case HPB_TIMING_SPLIT:
        return HPB_AXIS_SPLITTER;
    case HPB_TIMING_OBSERVE:
        return HPB_AXIS_EARLY_STOPPING;
    case HPB_TIMING_RATE:
        return HPB_AXIS_SCHEDULE;
    default:
        return HPB_AXIS_COUNT;
    }
}

// --- plugins --------------------------------------------------------------------------------------------

static void add_target(hpb_timing_agenda *s, hpb_timing_measure measure, uint32_t cell,
                       const char *name, const char *plugin)
{
    s->targets[s->n_targets++] = (hpb_timing_target){measure, cell, name, plugin};
}

// How a section is called in print: by its label, without the levels that it unfolds into, which are neighbours.
static const char *section_name(const hpb_suite *suite, const hpb_choice *choice)
{
    const hpb_choice *all = suite->choices[choice->axis];
    const uint32_t n = suite->n_choices[choice->axis], at = (uint32_t)(choice - all);
    const bool has_levels = (at && strcmp(all[at - 1].name, choice->name) == 0) ||
                            (at + 1 < n && strcmp(all[at + 1].name, choice->name) == 0);
    return !has_levels && *choice->label ? choice->label
           : *choice->name               ? choice->name
                                         : choice->plugin->id;
}

static bool is_there(const hpb_timing_agenda *s, hpb_timing_measure measure, const char *name)
{
    for (uint32_t i = 0; i < s->n_targets; i++)
        if (s->targets[i].measure == measure && strcmp(s->targets[i].name, name) == 0)
            return true;
    return false;
}

// Each plugin section that the suite names, as its first cell has it; the reference's before others.
static void add_plugins(const hpb_plan *plan, const double *fit_seconds, hpb_timing_agenda *s)
{
    uint32_t n = 0;
    for (int m = HPB_TIMING_UPDATE; m < HPB_TIMING_COUNT; m++) {
        const hpb_axis axis = hpb_timing_axis((hpb_timing_measure)m);
        for (uint32_t k = 0; k <= plan->n_cells - plan->n_grids && n < MOST_PLUGINS; k++) {
            const uint32_t cell = k ? k - 1 : plan->reference;
            const hpb_choice *choice = plan->cells[cell].choice[axis];
            if (!choice->place.line || (fit_seconds && isnan(fit_seconds[cell])))
                continue;
            const char *name = section_name(plan->suite, choice);
            if (is_there(s, (hpb_timing_measure)m, name))
                continue;
            add_target(s, (hpb_timing_measure)m, cell, name, choice->plugin->id);
            n++;
        }
    }
}

// --- cells ----------------------------------------------------------------------------------------------

// So that the first n of them are spread evenly, whatever n is.
static uint32_t reversed(uint32_t x)
{
    uint32_t out = 0;
    for (int i = 0; i < 32; i++, x >>= 1)
        out = out << 1 | (x & 1);
    return out;
}

static uint64_t order_of(const hpb_plan *plan, uint32_t cell)
{
    uint32_t n = 0;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        n += plan->cells[cell].choice[axis] != plan->cells[plan->reference].choice[axis];
    return n == 0 ? 0 : n == 1 ? 1 + (uint64_t)cell : (UINT64_C(1) << 32) + reversed(cell);
}

static int by_order(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_cell(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

// Fits of a trial that are timed together: of a search, its first candidate's.
static double side_by_side(const hpb_cell *cell)
{
    return fmin((double)cell->n_outer * cell->n_splits, LANES);
}

static double unit_of(const hpb_cell *cell, double fit_seconds)
{
    return LANES * fit_seconds * side_by_side(cell);
}

// The cells that are to be timed if there is room.
static candidate *find_candidates(const hpb_plan *plan, const double *fit_seconds, uint32_t *out_n,
                                  uint32_t *out_failed)
{
    candidate *all = hpb_alloc(plan->n_cells, sizeof *all);
    *out_n = *out_failed = 0;
    for (uint32_t i = 0; i < plan->n_cells - plan->n_grids; i++) {
        const double seconds = fit_seconds ? fit_seconds[i] : 0;
        if (isnan(seconds))
            ++*out_failed;
        else if (plan->cells[i].twin < 0)
            all[(*out_n)++] = (candidate){i, order_of(plan, i), unit_of(&plan->cells[i], seconds)};
    }
    qsort(all, *out_n, sizeof *all, by_order);
    return all;
}

// --- the budget -----------------------------------------------------------------------------------------

// What one thing takes in all.
static double cost(double unit, uint32_t n_repetitions, double min_time)
{
    return fmax(unit, min_time) * (n_repetitions + FINDING) + unit;
}

// `alone` differs from bulk by a factor: one fit is one fold.
static double cell_cost(const hpb_plan *plan, const candidate *c, uint32_t n_repetitions,
                        double min_time)
{
    return cost(c->seconds, n_repetitions, min_time) +
           cost(c->seconds / side_by_side(&plan->cells[c->cell]), n_repetitions, min_time);
}

static double all_cost(const hpb_plan *plan, const candidate *cells, uint32_t n, uint32_t n_plugins,
                       uint32_t n_repetitions, double min_time)
{
    double sum = n_plugins * cost(0, n_repetitions, min_time);
    for (uint32_t i = 0; i < n; i++)
        sum += cell_cost(plan, &cells[i], n_repetitions, min_time);
    return sum;
}

// Shortens repetitions, then their number, as little as the budget asks for. Returns how many cells then fit; those come
// to the front.
static uint32_t fit_budget(const hpb_plan *plan, candidate *cells, uint32_t n, uint32_t n_plugins,
                           hpb_timing_agenda *s)
{
    const double budget = plan->suite->timing_budget;
    double low = fmin(LEAST_TIME, s->min_time), high = s->min_time;
    if (all_cost(plan, cells, n, n_plugins, s->n_repetitions, high) <= budget)
        return n;
    if (all_cost(plan, cells, n, n_plugins, s->n_repetitions, low) <= budget) {
        for (int i = 0; i < 30; i++) {
            const double middle = (low + high) / 2;
            const bool fits =
                all_cost(plan, cells, n, n_plugins, s->n_repetitions, middle) <= budget;
            *(fits ? &low : &high) = middle;
        }
        s->min_time = low;
        return n;
    }
    s->min_time = low;
    while (s->n_repetitions > HPB_TIMING_LEAST_REPETITIONS &&
           all_cost(plan, cells, n, n_plugins, s->n_repetitions, low) > budget)
        s->n_repetitions--;
    double sum = n_plugins * cost(0, s->n_repetitions, low);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double more = cell_cost(plan, &cells[i], s->n_repetitions, low);
        if (sum + more > budget)
            continue;
        sum += more;
        const candidate moved = cells[kept];
        cells[kept++] = cells[i];
        cells[i] = moved;
    }
    return kept;
}

// --- all of it ------------------------------------------------------------------------------------------

static void hash_text(SHA256_CTX *context, const char *text)
{
    SHA256_Update(context, (const uint8_t *)text, strlen(text) + 1);
}

// What is asked for, not what the budget leaves of it: fit times change from run to run.
static void make_key(const hpb_plan *plan, uint32_t isa, const hpb_timing_agenda *s,
                     char out[HPB_SHA256_TEXT])
{
    const hpb_suite *suite = plan->suite;
    char numbers[128];
    SHA256_CTX context;
    SHA256_Init(&context);
    snprintf(numbers, sizeof numbers, "%u %u %.17g %.17g", isa, suite->timing_repetitions,
             suite->timing_min_time, suite->timing_budget);
    hash_text(&context, numbers);
    for (uint32_t i = 0; i < plan->n_cells - plan->n_grids; i++)
        hash_text(&context, plan->cells[i].key);
    for (uint32_t i = 0; i < s->n_targets; i++)
        if (*s->targets[i].plugin)
            hash_text(&context, s->targets[i].name);
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, &context);
    hpb_hex_text(digest, sizeof digest, out);
}

static const char *make_words(const hpb_suite *suite, const hpb_timing_agenda *s)
{
    hpb_text text = {0};
    char number[HPB_NUMBER_SIZE];
    hpb_text_add_bytes(&text, "", 0);
    if (s->n_left_out && s->n_cells)
        hpb_text_add(
            &text,
            "%s cells have no room in it: timed are the reference, what differs from it in "
            "one level, and an even sample of the others; ",
            hpb_count_text(s->n_left_out, number));
    else if (s->n_left_out)
        hpb_text_add(&text, "no fit is timed: not one has room in it; ");
    if (s->n_repetitions < suite->timing_repetitions)
        hpb_text_add(&text, "%u repetitions in place of %u; ", s->n_repetitions,
                     suite->timing_repetitions);
    if (s->min_time < suite->timing_min_time)
        hpb_text_add(&text, "%.0f ms a repetition in place of %g; ", s->min_time * 1e3,
                     suite->timing_min_time * 1e3);
    const char *words = "";
    if (text.length) {
        text.data[text.length - 2] = '\0'; // "; "
        words = hpb_arena_format(s->arena, "the budget of %g s is short: %s", suite->timing_budget,
                                 text.data);
    }
    hpb_text_free(&text);
    return words;
}

void hpb_timing_agenda_make(const hpb_plan *plan, uint32_t isa, const double *fit_seconds,
                            hpb_timing_agenda *out)
{
    *out = (hpb_timing_agenda){.arena = hpb_arena_create(),
                               .n_repetitions = plan->suite->timing_repetitions,
                               .min_time = plan->suite->timing_min_time};
    uint32_t n;
    hpb_timing_agenda plugins = *out;
    plugins.targets = hpb_arena_alloc(out->arena, MOST_PLUGINS, sizeof *plugins.targets);
    add_plugins(plan, fit_seconds, &plugins);
    candidate *cells = find_candidates(plan, fit_seconds, &n, &out->n_failed);
    const uint32_t kept = fit_budget(plan, cells, n, plugins.n_targets, out);
    out->n_left_out = n - kept;
    out->seconds =
        all_cost(plan, cells, kept, plugins.n_targets, out->n_repetitions, out->min_time);
    qsort(cells, kept, sizeof *cells, by_cell);
    out->targets =
        hpb_arena_alloc(out->arena, 2 * (size_t)kept + plugins.n_targets, sizeof *out->targets);
    bool *is_timed = hpb_alloc(plan->n_cells, sizeof *is_timed);
    for (uint32_t i = 0; i < kept; i++) {
        const char *label = plan->cells[cells[i].cell].label;
        add_target(out, HPB_TIMING_FIT_ALONE, cells[i].cell, label, "");
        add_target(out, HPB_TIMING_FIT_BULK, cells[i].cell, label, "");
        is_timed[cells[i].cell] = true;
    }
    for (uint32_t i = 0; i < plan->n_cells - plan->n_grids; i++) {
        const int32_t twin = plan->cells[i].twin;
        const bool has_failed = fit_seconds && isnan(fit_seconds[i]);
        out->n_cells += !has_failed && is_timed[twin < 0 ? (int32_t)i : twin];
    }
    for (uint32_t i = 0; i < plugins.n_targets; i++)
        out->targets[out->n_targets++] = plugins.targets[i];
    make_key(plan, isa, out, out->key);
    out->words = make_words(plan->suite, out);
    free(is_timed);
    free(cells);
}

void hpb_timing_agenda_free(hpb_timing_agenda *agenda)
{
    hpb_arena_destroy(agenda->arena);
    *agenda = (hpb_timing_agenda){0};
}
