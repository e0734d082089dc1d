// SPDX-License-Identifier: Apache-2.0
// The answer in plain sentences: one template a case, and the same words on the terminal, page and in JSON.
#include "data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef char number[HPB_NUMBER_SIZE];

// Results have three digits, ratios two.
#define RESULT(value) hpb_rounded_text(value, 3, (number){0})
#define RATIO(value) hpb_rounded_text(value, 2, (number){0})
#define COUNT(value) hpb_count_text(value, (number){0})

const char *hpb_report_name(hpb_arena *arena, const char *label)
{
    static const char *const names[] = {"SGD",   "Adam",    "AdamW",   "Adamax",
                                        "Nadam", "RMSprop", "Adagrad", "Adadelta",
                                        "Ftrl",  "Lion",    "Lamb",    "Adafactor"};
    const size_t n = strcspn(label, " ");
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (strlen(names[i]) == n && strncasecmp(label, names[i], n) == 0 &&
            label[0] >= 'a') // typed in lower case, as an id is
            return hpb_arena_format(arena, "%s%s", names[i], label + n);
    return label;
}

const char *hpb_report_axis_title(hpb_axis axis)
{
    static const char *const titles[HPB_AXIS_COUNT] = {
        "data", "model", "fit", "optimizer", "initializer", "early stopping", "splitter", "seeds"};
    return titles[axis];
}

static const char *capitalised(hpb_arena *arena, const char *text)
{
    char *copy = hpb_arena_strdup(arena, text);
    if (*copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy - 'a' + 'A');
    return copy;
}

#define FEW_RUNS 20 // fewer say nothing of 5 and 95 %, of a spread, or of how many would be needed
#define LOSSY 0.05  // share of runs without a result beyond which the others are no fair picture
#define LONGEST_SENTENCE 600 // code points; labels may be of any length

// A sentence goes to terminals too: labels in it must not move a cursor.
static void say(hpb_report_data *data, const char *sentence)
{
    if (data->n_sentences < HPB_REPORT_SENTENCES)
        data->sentences[data->n_sentences++] =
            hpb_clean_label(data->arena, sentence, LONGEST_SENTENCE);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

const char *hpb_report_status_words(hpb_status status)
{
    static const char *const words[HPB_STATUS_COUNT] = {
        "finished",
        "diverged",
        "crashed",
        "ran into the time limit",
        "stopped because a plugin broke its contract",
        "set aside after three equal failures",
    };
    return (unsigned)status < HPB_STATUS_COUNT ? words[status] : "failed";
}

char *hpb_report_failures(hpb_arena *arena, const uint64_t count[HPB_STATUS_COUNT])
{
    hpb_text text = {0};
    for (int s = HPB_STATUS_DIVERGED + 1; s < HPB_STATUS_COUNT; s++)
        if (count[s])
            hpb_text_add(&text, "%s%s %s", text.length ? ", " : "", COUNT(count[s]),
                         hpb_report_status_words((hpb_status)s));
    char *out = hpb_arena_strdup(arena, text.data ? text.data : "");
    hpb_text_free(&text);
    return out;
}

// --- what comes first: what is missing -----------------------------------------------------------------------

static void say_missing(hpb_report_data *data)
{
    if (data->stored < data->planned)
        say(data, hpb_arena_format(data->arena,
                                   "PARTIAL: %s of %s runs are there; all figures are of those.",
                                   COUNT(data->stored), COUNT(data->planned)));
    if (data->failed)
        say(data, hpb_arena_format(data->arena, "%s of %s runs failed (%s) and have no result.",
                                   COUNT(data->failed), COUNT(data->planned),
                                   hpb_report_failures(data->arena, data->count)));
}

// --- which level is better -------------------------------------------------------------------------------------

typedef struct level_contest {
    hpb_axis axis;
    uint32_t *cells; ///< a level each, by median; those without a finite result are not in it
    uint32_t n, n_levels;
} level_contest;

// The first factor of which one can say that a level is better, by what suites are mostly about.
static bool find_axis(const hpb_report_data *data, hpb_axis *out)
{
    static const hpb_axis order[] = {HPB_AXIS_OPTIMIZER, HPB_AXIS_MODEL, HPB_AXIS_INITIALIZER,
                                     HPB_AXIS_EARLY_STOPPING, HPB_AXIS_FIT};
    for (size_t i = 0; i < HPB_COUNT(order); i++)
        if (data->is_factor[order[i]]) {
            *out = order[i];
            return true;
        }
    return false;
}

static void find_contest(const hpb_report_data *data, level_contest *out)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    uint32_t n_ids = 0;
    for (uint32_t c = 0; c < data->n_cells; c++)
        if (data->cells[c].level_id[out->axis] >= n_ids)
            n_ids = data->cells[c].level_id[out->axis] + 1;
    out->cells = hpb_arena_alloc(data->arena, n_ids, sizeof *out->cells);
    for (uint32_t id = 0; id < n_ids; id++) {
        const int32_t c = hpb_report_find_cell(data, reference, out->axis, id);
        out->n_levels += c >= 0;
        if (c < 0 || !data->cells[c].summary.n)
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
    bool has_settings = false;
    for (uint32_t c = 0; c < data->n_cells; c++)
        has_settings |= strchr(data->cells[c].levels[axis], ' ') != NULL;
    switch (axis) {
    case HPB_AXIS_OPTIMIZER:
        return has_settings ? "optimizer settings" : "optimizers";
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

typedef enum judgement { BETTER, USUALLY, MIXED, SAME } judgement;

// `d` is another minus best, best by median. The mean decides; where it can't, the share of pairs won may.
static judgement judge(const hpb_difference *d)
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
                               const hpb_report_cell *other, judgement verdict)
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

static const char *verdict_of_two(hpb_arena *arena, const contest_words *w, judgement verdict,
                                  const hpb_difference *d)
{
    const bool is_start = !*w->where;
    const char *first = is_start ? capitalised(arena, w->a) : w->a;
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
                                plural(d->n_pairs), w->x, w->y);
    }
}

static const char *verdict_of_many(const hpb_report_data *data, const contest_words *w,
                                   judgement verdict, const hpb_difference *d,
                                   const level_contest *contest)
{
    hpb_arena *arena = data->arena;
    const bool is_start = !*w->where;
    const char *first = is_start ? capitalised(arena, w->a) : w->a;
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
                            axis_words(data, contest->axis), COUNT(d->n_pairs), plural(d->n_pairs),
                            w->x, w->y);
}

// Says which level is better; returns the cell that the other sentences are about.
static uint32_t say_contest(hpb_report_data *data, const level_contest *contest, judgement *out)
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
        .a = hpb_report_name(arena, best->levels[contest->axis]),
        .b = hpb_report_name(arena, other->levels[contest->axis]),
        .x = hpb_arena_strdup(arena, RESULT(best->summary.median)),
        .y = hpb_arena_strdup(arena, RESULT(other->summary.median)),
        .lower = times_lower(data, best->summary.median, other->summary.median),
    };
    say(data, contest->n == 2 ? verdict_of_two(arena, &words, *out, &d[rival])
                              : verdict_of_many(data, &words, *out, &d[rival], contest));
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

// Levels that have no finite run, and runs that diverged in the cells of the contest: never dropped in silence.
static void say_diverged(hpb_report_data *data, const level_contest *contest)
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
        say(data, hpb_arena_format(arena, "All %s runs with %s diverged.", COUNT(runs[1]),
                                   name_list(arena, names[1], n[1])));
    if (n[0])
        say(data,
            hpb_arena_format(arena, "With %s, %s of %s runs diverged and are not in these numbers.",
                             name_list(arena, names[0], n[0]), COUNT(diverged[0]), COUNT(runs[0])));
}

// --- how much luck, what CV buys, what a fixed seed says ---------------------------------------------------------

// Which runs a range is of, where some have no MSE.
static const char *with_result(const hpb_report_cell *cell)
{
    const bool has_diverged = cell->count[HPB_STATUS_DIVERGED] > 0;
    return has_diverged && cell->failed ? " that neither diverged nor failed"
           : has_diverged               ? " that did not diverge"
           : cell->failed               ? " that did not fail"
                                        : "";
}

static void say_spread(hpb_report_data *data, const hpb_report_cell *cell, const char *with)
{
    const hpb_summary *s = &cell->summary;
    if (s->n < 2)
        return;
    const bool is_range = s->n < FEW_RUNS;
    const double low = is_range ? s->min : s->p5, high = is_range ? s->max : s->p95;
    const char *which = with_result(cell);
    const char *runs = is_range ? hpb_arena_format(data->arena, "the %zu runs%s lie", s->n, which)
                       : *which
                           ? hpb_arena_format(data->arena, "90 in 100 of the runs%s lie", which)
                           : "90 runs in 100 lie";
    const bool is_guide = low > 0 && high / low <= 1.5 &&
                          (double)(cell->stored - s->n) <= LOSSY * (double)cell->stored;
    say(data, hpb_arena_format(data->arena, "%s: %s%s%s between %s and %s.",
                               is_guide ? "One run is a fair guide" : "One run tells you little",
                               with, *with ? ", " : "", runs, RESULT(low), RESULT(high)));
}

// The same cell with another number of fits a run; `several`: with the most, else with one.
static const hpb_report_cell *other_splits(const hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_report_cell *found = NULL;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *other = &data->cells[c];
        if (other->n_splits == cell->n_splits || other->n_planned < 2 || other->summary.n < 2)
            continue;
        if (cell->n_splits > 1 ? other->n_splits != 1 : found && other->n_splits <= found->n_splits)
            continue;
        if (hpb_report_find_cell(data, cell, HPB_AXIS_SPLITTER,
                                 other->level_id[HPB_AXIS_SPLITTER]) == (int32_t)c)
            found = other;
    }
    return found;
}

// A text of a cell's spec; "" where there is none. Valid as long as `spec`.
static const char *spec_text(const json_t *spec, const char *section, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(spec, section), key));
    return text ? text : "";
}

static const char *splitter_name(const hpb_report_data *data, const hpb_report_cell *cell)
{
    json_t *spec = cell->spec ? json_loads(cell->spec, 0, NULL) : NULL;
    const bool is_kfold = strcmp(spec_text(spec, "splitter", "plugin"), "kfold") == 0;
    json_decref(spec);
    return is_kfold ? hpb_arena_format(data->arena, "%u-fold CV", cell->n_splits)
                    : cell->levels[HPB_AXIS_SPLITTER];
}

static void say_folds(hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_report_cell *other = other_splits(data, cell);
    if (!other || cell->summary.n < FEW_RUNS || other->summary.n < FEW_RUNS)
        return;
    const hpb_report_cell *one = cell->n_splits == 1 ? cell : other;
    const hpb_report_cell *several = cell->n_splits == 1 ? other : cell;
    if (one->n_splits != 1)
        return;
    const double ratio = one->summary.sd / several->summary.sd;
    const char *name = capitalised(data->arena, splitter_name(data, several));
    // two standard errors of the ratio of two SDs
    const double chance =
        exp(2 / sqrt((double)(one->summary.n < several->summary.n ? one->summary.n
                                                                  : several->summary.n)));
    if (!isfinite(ratio) || (ratio >= 1.05 && ratio < chance))
        return;
    if (ratio >= 1.05)
        say(data,
            hpb_arena_format(data->arena,
                             "%s narrows the spread %s times (SD %s to %s) for %u fits a run.",
                             name, RATIO(ratio), RESULT(one->summary.sd),
                             RESULT(several->summary.sd), several->n_splits));
    else
        say(data,
            hpb_arena_format(
                data->arena, "%s costs %u fits a run and does not narrow the spread (SD %s to %s).",
                name, several->n_splits, RESULT(one->summary.sd), RESULT(several->summary.sd)));
}

const char *hpb_report_ordinal(hpb_arena *arena, uint32_t n)
{
    const uint32_t tens = n % 100 / 10, ones = n % 10;
    const char *suffix = tens == 1   ? "th"
                         : ones == 1 ? "st"
                         : ones == 2 ? "nd"
                         : ones == 3 ? "rd"
                                     : "th";
    return hpb_arena_format(arena, "%u%s", n, suffix);
}

static const char *fixed_name(const hpb_report_data *data, const hpb_report_cell *cell)
{
    json_t *spec = cell->spec ? json_loads(cell->spec, 0, NULL) : NULL;
    const char *split = spec_text(spec, "seeds", "split");
    const char *name = "fixed seeds";
    if (*split && strcmp(split, spec_text(spec, "seeds", "weights")) == 0 &&
        strcmp(split, spec_text(spec, "seeds", "order")) == 0)
        name = hpb_arena_format(data->arena, "fixed seed %s", split);
    json_decref(spec);
    return name;
}

static void say_fixed(hpb_report_data *data, uint32_t best)
{
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (cell->twin != (int32_t)best || !cell->rank || data->cells[best].summary.n < FEW_RUNS)
            continue;
        const char *name = fixed_name(data, cell);
        const char *verb = strcmp(name, "fixed seeds") == 0 ? "report" : "reports";
        const char *value = RESULT(cell->mse[0]);
        if (cell->rank > 5 && cell->rank <= 95)
            say(data, hpb_arena_format(data->arena, "The %s %s %s: one draw from that range.", name,
                                       verb, value));
        else
            say(data, hpb_arena_format(data->arena, "The %s %s %s: %s draw, %s of 100.", name, verb,
                                       value, cell->rank <= 5 ? "a lucky" : "an unlucky",
                                       hpb_report_ordinal(data->arena, cell->rank)));
        return;
    }
}

// --- what to do ---------------------------------------------------------------------------------------------------

// Runs a side that show a 10 % difference of two means in 4 of 5 experiments; 0: not known.
static double runs_for_tenth(const hpb_report_cell *cell)
{
    if (cell->summary.n < FEW_RUNS)
        return 0;
    const double variation = cell->summary.sd / cell->summary.mean;
    const double z = hpb_normal_quantile(0.975) + hpb_normal_quantile(0.8);
    const double runs = ceil(2 * z * z * variation * variation / 0.01);
    return isfinite(runs) && runs > 0 && runs < 1e9 ? fmax(runs, 2) : 0;
}

// Two digits are all that such a number is worth.
static const char *about(hpb_arena *arena, double runs)
{
    const double unit = pow(10, fmax(0, floor(log10(runs)) - 1));
    number text;
    return hpb_arena_strdup(arena, hpb_count_text((uint64_t)(ceil(runs / unit) * unit), text));
}

static const char *keras_words(const hpb_report_data *data, const hpb_report_cell *cell,
                               hpb_axis axis)
{
    const char *name = hpb_report_name(data->arena, cell->levels[axis]);
    if (axis != HPB_AXIS_OPTIMIZER || !cell->spec)
        return name;
    json_t *spec = json_loads(cell->spec, 0, NULL);
    const char *plugin = spec_text(spec, "optimizer", "plugin");
    const char *rate = spec_text(spec, "optimizer", "learning_rate");
    if (*plugin && *rate)
        name = hpb_arena_format(data->arena, "`%s(learning_rate=%s)`",
                                hpb_report_name(data->arena, plugin),
                                strlen(rate) > 8 ? RESULT(strtod(rate, NULL)) : rate);
    json_decref(spec);
    return name;
}

static void advise(hpb_report_data *data, const hpb_report_cell *cell, const level_contest *contest,
                   judgement verdict, const hpb_report_cell *lowest)
{
    if (lowest)
        cell = lowest;
    const double runs = runs_for_tenth(cell);
    if (!(runs > 0))
        return;
    hpb_text text = {0};
    if (lowest)
        hpb_text_add(&text, "decide on all settings together (lowest median: %s, %s), and ",
                     hpb_report_settings_name(data, lowest), RESULT(lowest->summary.median));
    else if (contest->n > 1 && verdict != MIXED)
        hpb_text_add(&text, "%s %s, and ", verdict == SAME ? "take either; for instance" : "take",
                     keras_words(data, cell, contest->axis));
    hpb_text_add(
        &text,
        "judge %s by many runs: to see a 10 %% difference of two means takes about %s runs a side",
        lowest || verdict == MIXED ? "them"
        : contest->n > 1           ? "it"
                                   : "this setting",
        about(data->arena, runs));
    const hpb_report_cell *other = other_splits(data, cell);
    const double other_runs = other ? runs_for_tenth(other) : 0;
    if (other && other_runs > 0 && other->n_splits > cell->n_splits)
        hpb_text_add(&text, ", or about %s runs of %s", about(data->arena, other_runs),
                     splitter_name(data, other));
    hpb_text_add(&text, ".");
    data->advice = hpb_clean_label(data->arena, text.data, LONGEST_SENTENCE);
    hpb_text_free(&text);
}

// One level of several has an MSE: the others diverged, failed or were not run yet. Returns "with LEVEL".
static const char *say_alone(hpb_report_data *data, const level_contest *contest)
{
    const hpb_report_cell *cell = &data->cells[contest->cells[0]];
    const char *name = hpb_report_name(data->arena, cell->levels[contest->axis]);
    say(data, hpb_arena_format(data->arena, "Only %s has a finite MSE: median %s over %s run%s.",
                               name, RESULT(cell->summary.median), COUNT(cell->summary.n),
                               plural(cell->summary.n)));
    return hpb_arena_format(data->arena, "with %s", name);
}

// A suite with nothing to compare.
static void say_single(hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_summary *s = &cell->summary;
    const json_t *replicates = json_object_get(data->about, "replicates");
    if (cell->n_planned == 1)
        say(data, hpb_arena_format(data->arena, "This one run reports an MSE of %s; %s.",
                                   RESULT(s->median),
                                   json_integer_value(replicates) == 1
                                       ? "more of them would show how much of that is luck"
                                       : "nothing in it is drawn afresh"));
    else
        say(data, hpb_arena_format(data->arena, "The median MSE is %s over %s run%s.",
                                   RESULT(s->median), COUNT(s->n), plural(s->n)));
}

void hpb_report_answer(hpb_report_data *data)
{
    say_missing(data);
    level_contest contest = {.axis = HPB_AXIS_COUNT};
    if (data->n_cells && find_axis(data, &contest.axis))
        find_contest(data, &contest);
    uint32_t about_cell = data->reference;
    judgement verdict = SAME;
    const char *with = "";
    const hpb_report_cell *lowest = NULL;
    if (contest.n > 1) {
        about_cell = say_contest(data, &contest, &verdict);
        const char *reversal =
            hpb_report_reversal(data, contest.axis, contest.cells[0], contest.cells[1]);
        const uint32_t found = hpb_report_lowest(data, about_cell);
        if (reversal)
            say(data, reversal);
        else if (found != about_cell)
            say(data, hpb_arena_format(data->arena, "Lower still, of all that was run: %s, %s.",
                                       hpb_report_settings_name(data, &data->cells[found]),
                                       RESULT(data->cells[found].summary.median)));
        if (reversal || found != about_cell)
            lowest = &data->cells[found];
        with = hpb_arena_format(
            data->arena, "with %s",
            hpb_report_name(data->arena, data->cells[about_cell].levels[contest.axis]));
    } else if (contest.n == 1 && contest.n_levels > 1) {
        about_cell = contest.cells[0];
        with = say_alone(data, &contest);
    } else {
        for (uint32_t c = 0; c < data->n_cells && !data->cells[about_cell].summary.n; c++)
            if (data->cells[c].summary.n)
                about_cell = c;
        if (!data->n_cells || !data->cells[about_cell].summary.n) {
            const uint64_t diverged = data->count[HPB_STATUS_DIVERGED];
            say(data, !data->stored ? "No run is stored yet."
                      : diverged == data->stored
                          ? hpb_arena_format(data->arena, "All %s run%s diverged.", COUNT(diverged),
                                             plural(diverged))
                          : "No run has a finite MSE.");
            return;
        }
        say_single(data, &data->cells[about_cell]);
    }
    say_diverged(data, &contest);
    const hpb_report_cell *cell = &data->cells[about_cell];
    say_spread(data, cell, with);
    say_folds(data, cell);
    say_fixed(data, about_cell);
    advise(data, cell, &contest, verdict, lowest);
}
