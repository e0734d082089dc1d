// SPDX-License-Identifier: Apache-2.0
// The answer in plain sentences: one template a case, and the same words on the terminal, page and in JSON.
#include "answer.h"
#include "explain/looks.h"
#include "explain/words.h"
#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *hpb_report_name(hpb_arena *arena, const char *label)
{
    const size_t n = strcspn(label, " ");
    const char *name =
        *label >= 'a' ? hpb_optimizer_words(label, n) : NULL; // lower case, as an id is
    return name ? hpb_arena_format(arena, "%s%s", name, label + n) : label;
}

const char *hpb_report_title(const hpb_report_cell *cell, hpb_axis axis)
{
    return cell->titles[axis] ? cell->titles[axis] : cell->levels[axis];
}

char *hpb_level_text(double level, char out[HPB_NUMBER_SIZE])
{
    snprintf(out, HPB_NUMBER_SIZE, "%.3g", level);
    return out;
}

const char *hpb_report_axis_title(hpb_axis axis)
{
    static const char *const titles[HPB_AXIS_COUNT] = {
        "protocol", "data",        "model",          "fit",      "optimizer",
        "schedule", "initializer", "early stopping", "splitter", "seeds"};
    return titles[axis];
}

const char *hpb_answer_capitalised(hpb_arena *arena, const char *text)
{
    char *copy = hpb_arena_strdup(arena, text);
    if (*copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy - 'a' + 'A');
    return copy;
}

// A sentence goes to terminals too: labels in it must not move a cursor.
void hpb_answer_say(hpb_report_data *data, const char *sentence)
{
    if (data->n_sentences == data->sentence_capacity) {
        data->sentence_capacity = 2 * data->sentence_capacity + 16;
        const char **more = hpb_arena_alloc(data->arena, data->sentence_capacity, sizeof *more);
        if (data->n_sentences)
            memcpy(more, data->sentences, data->n_sentences * sizeof *more);
        data->sentences = more;
    }
    data->sentences[data->n_sentences++] = hpb_clean_label(data->arena, sentence, LONGEST_SENTENCE);
}

const char *hpb_answer_plural(uint64_t n)
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

bool hpb_report_is_partial(const hpb_report_data *data)
{
    return data->stored < data->planned || hpb_looks_go_on(json_object_get(data->about, "looks"));
}

// --- what comes first: what is missing -----------------------------------------------------------------------

static void say_missing(hpb_report_data *data)
{
    if (data->stored < data->planned)
        hpb_answer_say(
            data, hpb_arena_format(data->arena,
                                   "PARTIAL: %s of %s runs are there; all figures are of those.",
                                   COUNT(data->stored), COUNT(data->planned)));
    if (data->failed)
        hpb_answer_say(data, hpb_arena_format(data->arena,
                                              "%s of %s runs failed (%s) and have no result.",
                                              COUNT(data->failed), COUNT(data->planned),
                                              hpb_report_failures(data->arena, data->count)));
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

void hpb_answer_say_spread(hpb_report_data *data, const hpb_report_cell *cell, const char *with)
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
    hpb_answer_say(
        data, hpb_arena_format(data->arena, "%s: %s%s%s between %s and %s.",
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

const char *hpb_answer_spec_text(const json_t *spec, const char *section, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(spec, section), key));
    return text ? text : "";
}

const char *hpb_answer_splitter_name(const hpb_report_data *data, const hpb_report_cell *cell)
{
    json_t *spec = cell->spec ? json_loads(cell->spec, 0, NULL) : NULL;
    const bool is_kfold = strcmp(hpb_answer_spec_text(spec, "splitter", "plugin"), "kfold") == 0;
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
    const char *name = hpb_answer_capitalised(data->arena, hpb_answer_splitter_name(data, several));
    // two standard errors of the ratio of two SDs
    const double chance =
        exp(2 / sqrt((double)(one->summary.n < several->summary.n ? one->summary.n
                                                                  : several->summary.n)));
    if (!isfinite(ratio) || (ratio >= 1.05 && ratio < chance))
        return;
    if (ratio >= 1.05)
        hpb_answer_say(data, hpb_arena_format(
                                 data->arena,
                                 "%s narrows the spread %s times (SD %s to %s) for %u fits a run.",
                                 name, RATIO(ratio), RESULT(one->summary.sd),
                                 RESULT(several->summary.sd), several->n_splits));
    else
        hpb_answer_say(
            data,
            hpb_arena_format(
                data->arena, "%s costs %u fits a run and does not narrow the spread (SD %s to %s).",
                name, several->n_splits, RESULT(one->summary.sd), RESULT(several->summary.sd)));
}

const char *hpb_report_ordinal(hpb_arena *arena, uint32_t n)
{
    return hpb_arena_format(arena, "%u%s", n, hpb_ordinal_suffix(n));
}

static const char *fixed_name(const hpb_report_data *data, const hpb_report_cell *cell)
{
    json_t *spec = cell->spec ? json_loads(cell->spec, 0, NULL) : NULL;
    const char *split = hpb_answer_spec_text(spec, "seeds", "split");
    const char *name = "fixed seeds";
    if (*split && strcmp(split, hpb_answer_spec_text(spec, "seeds", "weights")) == 0 &&
        strcmp(split, hpb_answer_spec_text(spec, "seeds", "order")) == 0)
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
            hpb_answer_say(data,
                           hpb_arena_format(data->arena, "The %s %s %s: one draw from that range.",
                                            name, verb, value));
        else
            hpb_answer_say(data,
                           hpb_arena_format(data->arena, "The %s %s %s: %s draw, %s of 100.", name,
                                            verb, value, cell->rank <= 5 ? "a lucky" : "an unlucky",
                                            hpb_report_ordinal(data->arena, cell->rank)));
        return;
    }
}

// What an MSE of these data compares with.
static void say_scale(hpb_report_data *data, const hpb_report_cell *cell)
{
    if (!(cell->baseline_mse > 0) || !isfinite(cell->baseline_mse))
        return;
    const bool is_trained = cell->summary.median < cell->baseline_mse;
    const char *truth =
        cell->truth_mse > 0
            ? hpb_arena_format(data->arena, ", the true function %s", RESULT(cell->truth_mse))
            : "";
    hpb_answer_say(data,
                   hpb_arena_format(data->arena, "For scale: predicting the mean scores %s%s.%s",
                                    RESULT(cell->baseline_mse), truth,
                                    is_trained ? "" : " By that, nothing is learned yet."));
}

// --- the whole ---------------------------------------------------------------------------------------------------

// One level of several has a median MSE: most runs of the others diverged, or all failed. Returns "with LEVEL".
static const char *say_alone(hpb_report_data *data, const hpb_contest *contest)
{
    const hpb_report_cell *cell = &data->cells[contest->cells[0]];
    const char *name = hpb_report_name(data->arena, cell->levels[contest->axis]);
    hpb_answer_say(
        data, hpb_arena_format(data->arena, "Only %s has a finite median MSE: %s over %s run%s.",
                               name, RESULT(cell->summary.median), COUNT(cell->summary.n),
                               hpb_answer_plural(cell->summary.n)));
    return hpb_arena_format(data->arena, "with %s", name);
}

// A suite whose cells differ in more than one factor at once, as paired ones do: no level by itself is better.
static bool say_paired(hpb_report_data *data, const hpb_report_cell *cell)
{
    const uint32_t found = hpb_report_lowest(data, data->reference);
    if (found == data->reference || cell != &data->cells[data->reference])
        return false;
    const hpb_report_cell *lowest = &data->cells[found];
    hpb_answer_say(data,
                   hpb_arena_format(data->arena, "With %s the median MSE is %s over %s run%s.",
                                    hpb_report_settings_name(data, cell, NULL),
                                    RESULT(cell->summary.median), COUNT(cell->summary.n),
                                    hpb_answer_plural(cell->summary.n)));
    hpb_answer_say(data, hpb_arena_format(data->arena, "The lowest of all that was run: %s, %s.",
                                          hpb_report_settings_name(data, lowest, NULL),
                                          RESULT(lowest->summary.median)));
    return true;
}

// A suite with nothing to compare.
static void say_single(hpb_report_data *data, const hpb_report_cell *cell)
{
    const hpb_summary *s = &cell->summary;
    const json_t *replicates = json_object_get(data->about, "replicates");
    if (cell->n_planned == 1)
        hpb_answer_say(data,
                       hpb_arena_format(data->arena, "This one run reports an MSE of %s; %s.",
                                        RESULT(s->median),
                                        json_integer_value(replicates) == 1
                                            ? "more of them would show how much of that is luck"
                                            : "nothing in it is drawn afresh"));
    else
        hpb_answer_say(data,
                       hpb_arena_format(data->arena, "The median MSE is %s over %s run%s.",
                                        RESULT(s->median), COUNT(s->n), hpb_answer_plural(s->n)));
}

// What the sentences after the verdict are about.
typedef struct subject {
    uint32_t cell, advised; // UINT32_MAX: the cell itself
    hpb_judgement verdict;
    const char *with;              // "with Adam", or ""
    const hpb_report_cell *lowest; // to be advised instead; NULL: none
} subject;

static void say_contest(hpb_report_data *data, const hpb_contest *contest, subject *about)
{
    about->cell = hpb_contest_say(data, contest, &about->verdict, &about->advised);
    const hpb_report_cell *best = &data->cells[about->cell];
    about->with =
        hpb_arena_format(data->arena, "with %s", hpb_best_rate_name(data, best, contest->axis));
    if (hpb_contest_is_tuned(data, contest))
        return;
    const char *reversal =
        hpb_report_reversal(data, contest->axis, contest->cells[0], contest->cells[1]);
    const uint32_t found = hpb_report_lowest(data, about->cell);
    const hpb_report_cell *lowest = &data->cells[found];
    if (reversal)
        hpb_answer_say(data, reversal);
    else if (found != about->cell)
        hpb_answer_say(data,
                       hpb_arena_format(data->arena, "Lower still, of all that was run: %s, %s.",
                                        hpb_report_settings_name(data, lowest, NULL),
                                        RESULT(lowest->summary.median)));
    if (reversal || found != about->cell)
        about->lowest = lowest;
}

// Nothing to compare; false: nor any result.
static bool say_uncontested(hpb_report_data *data, subject *about)
{
    for (uint32_t c = 0; c < data->n_cells && !data->cells[about->cell].summary.n; c++)
        if (data->cells[c].summary.n)
            about->cell = c;
    if (!data->n_cells || !data->cells[about->cell].summary.n) {
        const uint64_t diverged = data->count[HPB_STATUS_DIVERGED];
        hpb_answer_say(data, !data->stored ? "No run is stored yet."
                             : diverged == data->stored
                                 ? hpb_arena_format(data->arena, "All %s run%s diverged.",
                                                    COUNT(diverged), hpb_answer_plural(diverged))
                                 : "No run has a finite MSE.");
        return false;
    }
    const hpb_report_cell *single = &data->cells[about->cell];
    if (say_paired(data, single))
        about->with =
            hpb_arena_format(data->arena, "with %s", hpb_report_settings_name(data, single, NULL));
    else
        say_single(data, single);
    return true;
}

void hpb_report_answer(hpb_report_data *data)
{
    say_missing(data);
    if (data->n_explanations) {
        hpb_answer_say_explained(data);
        return;
    }
    uint32_t side = data->reference;
    if (hpb_answer_say_protocols(data, &side)) {
        say_scale(data, &data->cells[side]);
        return;
    }
    hpb_contest contest;
    hpb_contest_find(data, &contest);
    subject about = {.cell = data->reference, .advised = UINT32_MAX, .verdict = SAME, .with = ""};
    if (contest.n > 1) {
        say_contest(data, &contest, &about);
    } else if (contest.n_levels == 1 && contest.n && hpb_contest_is_tuned(data, &contest)) {
        about.cell = contest.cells[0];
        about.with = "at that rate";
        hpb_best_rate_say_alone(data, about.cell);
    } else if (contest.n == 1 && contest.n_levels > 1) {
        about.cell = contest.cells[0];
        about.with = say_alone(data, &contest);
    } else if (!say_uncontested(data, &about)) {
        return;
    }
    if (!hpb_contest_is_tuned(data, &contest)) // else said with the rates
        hpb_contest_say_diverged(data, &contest);
    hpb_contest_say_untrained(data, &contest);
    const hpb_report_cell *cell = &data->cells[about.cell];
    hpb_answer_say_spread(data, cell, about.with);
    if (contest.n > 1 || !hpb_answer_say_steadiness(data, cell))
        say_folds(data, cell);
    say_fixed(data, about.cell);
    say_scale(data, cell);
    hpb_answer_advise(data, cell, &contest, about.verdict, about.lowest,
                      about.advised == UINT32_MAX ? cell : &data->cells[about.advised]);
}
