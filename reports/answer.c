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

static const char *capitalised(hpb_arena *arena, const char *text)
{
    char *copy = hpb_arena_strdup(arena, text);
    if (*copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy - 'a' + 'A');
    return copy;
}

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

// The words for levels of an axis: "3 optimizers".
static const char *axis_words(hpb_axis axis)
{
    switch (axis) {
    case HPB_AXIS_OPTIMIZER:
        return "optimizers";
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

typedef enum judgement { BETTER, USUALLY, SAME } judgement;

// `d` is second minus best. The mean decides; where it can't, the share of pairs won may.
static judgement judge(const hpb_difference *d)
{
    if (d->low > 0)
        return BETTER;
    const double error = sqrt(0.25 / (double)d->n_pairs);
    return d->n_pairs >= 20 && d->worse - 0.5 > 3 * error ? USUALLY : SAME;
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

// Says which level is better; returns the cell that the other sentences are about.
static uint32_t say_contest(hpb_report_data *data, const level_contest *contest, judgement *out)
{
    hpb_arena *arena = data->arena;
    const hpb_report_cell *best = &data->cells[contest->cells[0]];
    const hpb_report_cell *second = &data->cells[contest->cells[1]];
    hpb_difference *d = hpb_arena_alloc(arena, contest->n, sizeof *d);
    uint32_t *bases = hpb_arena_alloc(arena, contest->n, sizeof *bases);
    for (uint32_t i = 0; i + 1 < contest->n; i++)
        bases[i] = contest->cells[0];
    hpb_report_compare(data, contest->cells + 1, bases, contest->n - 1, d);
    const char *a = hpb_report_name(arena, best->levels[contest->axis]);
    const char *b = hpb_report_name(arena, second->levels[contest->axis]);
    const char *x = RESULT(best->summary.median), *y = RESULT(second->summary.median);
    const char *lower = times_lower(data, best->summary.median, second->summary.median);
    const char *where = data->is_factor[HPB_AXIS_DATA]
                            ? hpb_arena_format(arena, "On %s, ", best->levels[HPB_AXIS_DATA])
                            : "";
    const bool is_start = !*where;
    const char *first = is_start ? capitalised(arena, a) : a;
    *out = judge(&d[0]);
    if (*out == BETTER && contest->n == 2)
        say(data, hpb_arena_format(arena, "%s%s is better%s: median MSE %s against %s for %s%s.",
                                   where, first, is_start ? " here" : "", x, y, b, lower));
    else if (*out == BETTER)
        say(data,
            hpb_arena_format(
                arena, "%s%s is the best of %u %s%s: median MSE %s against %s for %s, the next%s.",
                where, first, contest->n_levels, axis_words(contest->axis), is_start ? " here" : "",
                x, y, b, lower));
    else if (*out == USUALLY)
        say(data, hpb_arena_format(
                      arena,
                      "%s%s is usually better (in %.0f of 100 runs; median MSE %s against %s for "
                      "%s), but its mean is not: a few runs go far wrong.",
                      where, first, fmin(99, floor(100 * d[0].worse)), x, y, b));
    else if (contest->n == 2)
        say(data, hpb_arena_format(
                      arena,
                      "%s%so difference between %s and %s that %s run%s can show: median MSE %s "
                      "against %s.",
                      where, is_start ? "N" : "n", a, b, COUNT(d[0].n_pairs), plural(d[0].n_pairs),
                      x, y));
    else
        say(data, hpb_arena_format(
                      arena,
                      "%s%s and %s lead %u %s, with no difference that %s run%s can show: median "
                      "MSE %s and %s.",
                      where, first, b, contest->n_levels, axis_words(contest->axis),
                      COUNT(d[0].n_pairs), plural(d[0].n_pairs), x, y));
    return contest->cells[0];
}

// Levels that have no finite run, and runs that diverged in the cells of the contest: never dropped in silence.
static void say_diverged(hpb_report_data *data, const level_contest *contest)
{
    const hpb_report_cell *reference = &data->cells[data->reference];
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        const hpb_report_cell *like = reference;
        bool is_in = cell->n_planned > 1;
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            is_in &= axis == (int)contest->axis || cell->level_id[axis] == like->level_id[axis];
        if (!is_in || !cell->count[HPB_STATUS_DIVERGED])
            continue;
        const char *name = hpb_report_name(data->arena, contest->axis < HPB_AXIS_COUNT
                                                            ? cell->levels[contest->axis]
                                                            : cell->label);
        const uint64_t n = cell->count[HPB_STATUS_DIVERGED];
        say(data,
            n == cell->stored
                ? hpb_arena_format(data->arena, "All %s runs with %s diverged.", COUNT(n), name)
                : hpb_arena_format(data->arena,
                                   "With %s, %s of %s runs diverged and are not in these numbers.",
                                   name, COUNT(n), COUNT(cell->stored)));
        if (data->n_sentences >= HPB_REPORT_SENTENCES - 4)
            return; // the table of cells has them all
    }
}

// --- how much luck, what CV buys, what a fixed seed says ---------------------------------------------------------

static void say_spread(hpb_report_data *data, const hpb_report_cell *cell, const char *with)
{
    const hpb_summary *s = &cell->summary;
    if (s->n < 2)
        return;
    const bool is_range = s->n < 20;
    const double low = is_range ? s->min : s->p5, high = is_range ? s->max : s->p95;
    const char *runs =
        is_range ? hpb_arena_format(data->arena, "the %zu runs lie", s->n) : "90 runs in 100 lie";
    const char *verdict =
        low > 0 && high / low <= 1.5 ? "One run is a fair guide" : "One run tells you little";
    say(data, hpb_arena_format(data->arena, "%s: %s%s%s between %s and %s.", verdict, with,
                               *with ? ", " : "", runs, RESULT(low), RESULT(high)));
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
    if (!other || cell->summary.n < 2)
        return;
    const hpb_report_cell *one = cell->n_splits == 1 ? cell : other;
    const hpb_report_cell *several = cell->n_splits == 1 ? other : cell;
    if (one->n_splits != 1)
        return;
    const double ratio = one->summary.sd / several->summary.sd;
    const char *name = capitalised(data->arena, splitter_name(data, several));
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
        if (cell->twin != (int32_t)best || !cell->rank || data->cells[best].summary.n < 20)
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
                                hpb_report_name(data->arena, plugin), rate);
    json_decref(spec);
    return name;
}

static void advise(hpb_report_data *data, const hpb_report_cell *cell, const level_contest *contest,
                   judgement verdict, const hpb_report_cell *lowest)
{
    const double runs = runs_for_tenth(cell);
    if (!(runs > 0))
        return;
    hpb_text text = {0};
    if (lowest)
        hpb_text_add(&text, "decide on all settings together (lowest median: %s, %s), and ",
                     lowest->label, RESULT(lowest->summary.median));
    else if (contest->n > 1)
        hpb_text_add(&text, "%s %s, and ", verdict == SAME ? "take either; for instance" : "take",
                     keras_words(data, cell, contest->axis));
    hpb_text_add(
        &text,
        "judge %s by many runs: to see a 10 %% difference of two means takes about %s runs a side",
        lowest           ? "them"
        : contest->n > 1 ? "it"
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

// A suite with nothing to compare.
static void say_single(hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_summary *s = &cell->summary;
    if (cell->n_planned == 1)
        say(data,
            hpb_arena_format(data->arena,
                             "This one run reports an MSE of %s; nothing in it is drawn afresh.",
                             RESULT(s->median)));
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
        uint32_t found;
        const char *reversal =
            hpb_report_reversal(data, contest.axis, contest.cells[0], contest.cells[1], &found);
        if (reversal) {
            say(data, reversal);
            lowest = &data->cells[found];
        }
        with = hpb_arena_format(
            data->arena, "with %s",
            hpb_report_name(data->arena, data->cells[about_cell].levels[contest.axis]));
    } else {
        for (uint32_t c = 0; c < data->n_cells && !data->cells[about_cell].summary.n; c++)
            if (data->cells[c].summary.n)
                about_cell = c;
        if (!data->n_cells || !data->cells[about_cell].summary.n) {
            say(data, data->stored ? "No run has a finite MSE." : "No run is stored yet.");
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
