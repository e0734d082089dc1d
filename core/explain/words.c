// SPDX-License-Identifier: Apache-2.0
// Sentences by templates: which verdict holds, the answer, the difference and its causes.
#include "explain/private.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define ONE_CAUSE 0.8  // share that makes a cause the one
#define ANOTHER 0.1    // share that makes it not the only one
#define CANCELS 0.2    // of the causes of one sign against those of the other
#define OVERLAPS 0.33  // of the difference: alone against last
#define SMALL 0.02     // of the difference: named as "under"
#define UNFINISHED 0.5 // of the difference: closed by training longer
#define GAINS 0.1      // of a side's own mean: worth a word
#define ASTRAY                                                                                     \
    1000.0 // times the MSE of predicting the mean: no training, though all numbers are finite
#define SELDOM 0.5 // of the runs: a setting that acts in fewer is said to

void hpb_say(hpb_speaker *s, const char *format, ...)
{
    char text[2048];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (s->out->n < HPB_EXPLAIN_SENTENCES)
        s->out->sentences[s->out->n++] = hpb_arena_strdup(s->arena, text);
}

void hpb_say_on(hpb_speaker *s, const char *text)
{
    if (s->out->n)
        s->out->sentences[s->out->n - 1] =
            hpb_arena_format(s->arena, "%s %s", s->out->sentences[s->out->n - 1], text);
}

const char *hpb_say_number(hpb_speaker *s, double value, int digits)
{
    char text[HPB_NUMBER_SIZE];
    return hpb_arena_strdup(s->arena,
                            hpb_rounded_text(value == 0 ? 0 : value, digits, text)); // never -0
}

const char *hpb_say_count(hpb_speaker *s, double n)
{
    char text[HPB_NUMBER_SIZE];
    return hpb_arena_strdup(s->arena, hpb_count_text((uint64_t)n, text));
}

// --- which verdict --------------------------------------------------------------------------------------------

bool hpb_holds_zero(const hpb_estimate *estimate)
{
    return !(estimate->low > 0 || estimate->high < 0);
}

bool hpb_acts(const hpb_explanation *e)
{
    bool acts = false;
    for (uint32_t i = 0; i < e->n_causes; i++)
        acts |= e->causes[i].n_acted > 0;
    return acts;
}

bool hpb_is_astray(const hpb_side *side, double mse)
{
    return side->baseline_mse > 0 && mse > ASTRAY * side->baseline_mse;
}

bool hpb_is_lost(const hpb_side *side)
{
    return side->count[HPB_STATUS_DIVERGED] > side->n_finite ||
           (side->n_finite && hpb_is_astray(side, side->summary.median));
}

bool hpb_is_unseen(const hpb_side *side)
{
    return side->n_finite >= HPB_FEWEST_RUNS && isfinite(side->reported) &&
           (side->reported > side->summary.max || side->reported < side->summary.min);
}

uint32_t hpb_worst_mix(const hpb_explanation *e)
{
    const uint32_t last = e->n_corners - 1;
    uint32_t worst = hpb_is_lost(&e->side[1]) && !hpb_is_lost(&e->side[0]) ? last : 0;
    for (uint32_t c = 0; c <= last && !hpb_is_lost(&e->side[worst == last]); c++)
        worst = e->corner_diverged[c] > e->corner_diverged[worst] ? c : worst;
    return worst;
}

static bool has_runs(const hpb_side *side)
{
    return side->n_finite + side->count[HPB_STATUS_DIVERGED] > 0;
}

static bool cancels(const hpb_explanation *e)
{
    double up = 0, down = 0;
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        if (!hpb_holds_zero(&cause->effect))
            *(cause->effect.value > 0 ? &up : &down) += fabs(cause->effect.value);
    }
    return fmin(up, down) > CANCELS * fmax(up, down);
}

// Whether a side's MSE falls on, where it is trained longer.
static bool gains(const hpb_side *side)
{
    return side->n_longer >= HPB_FEWEST_RUNS && side->gain.low > 0 &&
           side->gain.value >= GAINS * side->level;
}

// Whether that closes much of the gap, for the higher one alone and for both, and the number of epochs is no cause by itself.
static bool is_unfinished(const hpb_explanation *e)
{
    const hpb_side *high = &e->side[e->difference.value < 0];
    const double gap = fabs(e->difference.value),
                 longer = fabs(e->side[0].longer_level - e->side[1].longer_level);
    for (uint32_t i = 0; i < e->n_causes; i++)
        if (strstr(e->causes[i].name, "epochs"))
            return false;
    return gains(high) && high->gain.value >= UNFINISHED * gap &&
           !(longer > (1 - UNFINISHED) * gap);
}

static hpb_explain_verdict judge(const hpb_explanation *e)
{
    const hpb_side *a = &e->side[0], *b = &e->side[1];
    const double d = fabs(e->difference.value);
    if (!e->n_causes)
        return HPB_VERDICT_SAME;
    if (!has_runs(a) || !has_runs(b))
        return HPB_VERDICT_NOT_STORED;
    if (hpb_is_lost(a) || hpb_is_lost(b))
        return HPB_VERDICT_DIVERGES;
    if (e->n_used < HPB_FEWEST_RUNS)
        return e->corner_diverged[hpb_worst_mix(e)] * 2 > e->n_replicates ? HPB_VERDICT_DIVERGES
                                                                          : HPB_VERDICT_TOO_FEW;
    if ((a->is_typed && hpb_is_unseen(a)) || (b->is_typed && hpb_is_unseen(b)))
        return HPB_VERDICT_UNSEEN;
    if (cancels(e))
        return HPB_VERDICT_CANCEL;
    if (hpb_holds_zero(&e->difference))
        return HPB_VERDICT_LUCK;
    if (is_unfinished(e))
        return HPB_VERDICT_UNFINISHED;
    const double first = fabs(e->causes[0].effect.value) / d;
    const double second = e->n_causes > 1 ? fabs(e->causes[1].effect.value) / d : 0;
    if (first >= ONE_CAUSE && second < ANOTHER)
        return HPB_VERDICT_ONE_CAUSE;
    return fabs(e->causes[0].alone - e->causes[0].last) > OVERLAPS * d ? HPB_VERDICT_OVERLAP
                                                                       : HPB_VERDICT_SEVERAL;
}

// --- sentences ------------------------------------------------------------------------------------------------

static void say_unseen(hpb_speaker *s)
{
    const hpb_side *side = s->e->side;
    const bool is_a = side[0].is_typed && hpb_is_unseen(&side[0]),
               is_b = side[1].is_typed && hpb_is_unseen(&side[1]);
    if (is_a && is_b)
        hpb_say(s,
                "These settings give neither of your numbers: something else differs between your "
                "scripts and this suite.");
    else
        hpb_say(s,
                "These settings do not give your number for %s: something else differs between "
                "your script and this suite.",
                is_a ? s->a : s->b);
}

static void say_answer(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const char *cause = e->n_causes ? hpb_cause_brief(&e->causes[0], s->arena) : "";
    switch (s->out->verdict) {
    case HPB_VERDICT_SAME:
        hpb_say(
            s,
            "%s and %s are the same procedure: no setting differs, so there is nothing to explain.",
            s->a, s->b);
        return;
    case HPB_VERDICT_NOT_STORED:
        hpb_say(s, "There is nothing to go by yet: no run of %s is finished.",
                has_runs(&e->side[0]) ? s->b : s->a);
        return;
    case HPB_VERDICT_DIVERGES:
        hpb_say(s, "%s does not train: most of its runs %s, so %s.",
                hpb_mix_words(e, e->corner_mask[hpb_worst_mix(e)], s->arena),
                e->corner_diverged[hpb_worst_mix(e)] * 2 > e->n_replicates
                    ? "diverge"
                    : "end far above predicting the mean",
                hpb_is_lost(&e->side[0]) || hpb_is_lost(&e->side[1])
                    ? "there is no number to explain"
                    : "the causes cannot be told apart");
        return;
    case HPB_VERDICT_TOO_FEW:
        hpb_say(s, "There are too few runs to tell causes from luck.");
        return;
    case HPB_VERDICT_UNSEEN:
        say_unseen(s);
        return;
    case HPB_VERDICT_LUCK:
        hpb_say(s,
                "It is luck: the settings in which %s and %s differ make no difference that shows.",
                s->a, s->b);
        return;
    case HPB_VERDICT_UNFINISHED:
        hpb_say(s, "The model of %s had not finished training; that is most of the difference.",
                e->side[e->difference.value < 0].title);
        return;
    case HPB_VERDICT_ONE_CAUSE:
        hpb_say(s, "One setting makes the difference: %s.", cause);
        return;
    case HPB_VERDICT_CANCEL:
        hpb_say(s,
                "Several settings matter, and they pull in opposite directions; the strongest is "
                "%s.",
                cause);
        return;
    case HPB_VERDICT_OVERLAP:
        hpb_say(s, "Several settings make the difference together; the strongest is %s.", cause);
        return;
    default:
        hpb_say(s, "Several settings make the difference, each a part of it; the largest is %s.",
                cause);
    }
}

static const char *apart(hpb_speaker *s)
{
    const hpb_estimate *d = &s->e->difference;
    return hpb_arena_format(s->arena, "%s apart [%s, %s] over %s runs of each with the same seeds",
                            hpb_say_number(s, d->value, 2), hpb_say_number(s, d->low, 2),
                            hpb_say_number(s, d->high, 2), hpb_say_count(s, s->e->n_used));
}

static void say_difference(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const double d = e->difference.value;
    if (!hpb_acts(e))
        return; // what never acted is named
    if (hpb_holds_zero(&e->difference)) {
        hpb_say(s,
                s->out->verdict == HPB_VERDICT_CANCEL
                    ? "On the whole they cancel: the averages are %s."
                    : "The averages are %s: nothing that can be told from 0.",
                apart(s));
        return;
    }
    const int high = d < 0;
    const double low_end = high ? -e->difference.high : e->difference.low,
                 high_end = high ? -e->difference.low : e->difference.high;
    const double n_worse = (high ? 1 - e->worse : e->worse) * e->n_used;
    hpb_say(s,
            "%s is real: %s is %s higher on average [%s, %s], and higher in %s of %s runs with the "
            "same seeds.",
            s->out->verdict == HPB_VERDICT_UNSEEN ? "What the settings do" : "The gap",
            high ? s->b : s->a, hpb_say_number(s, fabs(d), 3), hpb_say_number(s, low_end, 3),
            hpb_say_number(s, high_end, 3), hpb_say_count(s, floor(n_worse)),
            hpb_say_count(s, e->n_used));
}

// What leaves runs out, or leaves too few: where they diverge, or that they are not there.
static void say_left_out(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const uint32_t n_left = e->n_replicates - e->n_used, worst = hpb_worst_mix(e);
    const uint64_t n_diverged = e->corner_diverged[worst];
    if (s->out->verdict == HPB_VERDICT_TOO_FEW)
        hpb_say(s, "%s of %s runs finished with every combination of the settings; it takes %u.",
                hpb_say_count(s, e->n_used), hpb_say_count(s, e->n_replicates), HPB_FEWEST_RUNS);
    const char *are = n_left == 1 ? "is" : "are";
    if (n_diverged == e->n_replicates)
        hpb_say(s, "Not one of the %s runs of %s has a result.", hpb_say_count(s, e->n_replicates),
                hpb_mix_words(e, e->corner_mask[worst], s->arena));
    else if (n_diverged)
        hpb_say(s, "%s of %s runs %s left out of the comparison: %s diverges in %s.",
                hpb_say_count(s, n_left), hpb_say_count(s, e->n_replicates), are,
                hpb_mix_words(e, e->corner_mask[worst], s->arena),
                hpb_say_count(s, (double)n_diverged));
    else if (n_left && s->out->verdict != HPB_VERDICT_TOO_FEW)
        hpb_say(s, "%s of %s runs %s left out of the comparison: some of theirs %s.",
                hpb_say_count(s, n_left), hpb_say_count(s, e->n_replicates), are,
                e->failure.cause ? "failed" : "are missing");
}

static const char *amount_words(hpb_speaker *s, const hpb_cause *cause, double d)
{
    if (fabs(cause->effect.value) < SMALL * d && !hpb_holds_zero(&s->e->difference))
        return hpb_arena_format(s->arena, "under %s", hpb_say_number(s, SMALL * d, 1));
    return hpb_arena_format(s->arena, "%s [%s, %s]", hpb_say_number(s, cause->effect.value, 2),
                            hpb_say_number(s, cause->effect.low, 2),
                            hpb_say_number(s, cause->effect.high, 2));
}

static const char *share_words(hpb_speaker *s, double share)
{
    return fabs(share) < 0.005 ? "0 %" : hpb_arena_format(s->arena, "%.0f %%", 100 * share);
}

// The table of causes, the largest first; those that never acted are named after.
static void say_causes(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const double d = fabs(e->difference.value);
    const bool has_shares =
        s->out->verdict != HPB_VERDICT_CANCEL; // of a remainder they say nothing
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        if (!cause->n_acted)
            continue;
        s->out->rows[s->out->n_rows++] = (hpb_cause_row){
            .what = hpb_cause_words(cause, s->arena),
            .amount = amount_words(s, cause, d),
            .share = has_shares && isfinite(cause->share) ? share_words(s, cause->share) : "",
            .cause = cause};
    }
    if (!s->out->n_rows)
        return;
    s->out->table_at = s->out->n;
    hpb_say(s, "What adds to %s's MSE, with 95 %% intervals:", s->a);
}

static void say_overlap(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const double d = e->difference.value;
    const hpb_cause *first = &e->causes[0];
    if (fabs(first->alone - first->last) <= OVERLAPS * fabs(d) || hpb_holds_zero(&e->difference) ||
        s->out->verdict == HPB_VERDICT_CANCEL)
        return;
    hpb_say(s,
            "The causes overlap: alone, %s would close %.0f %% of the gap; as the last change, "
            "%.0f %%.",
            hpb_cause_noun(first, 1, s->arena), 100 * first->alone / d, 100 * first->last / d);
}

// --- what never acted, and what rows do ------------------------------------------------------------------------

static bool has_stopping(const hpb_side *side)
{
    json_t *spec = json_loads(side->spec ? side->spec : "{}", 0, NULL);
    const char *rule =
        json_string_value(json_object_get(json_object_get(spec, "early_stopping"), "plugin"));
    const bool has = rule && strcmp(rule, "never") != 0;
    json_decref(spec);
    return has;
}

// "none of the 80 runs of manual"; "" where a side has no rule that stops, or no runs.
static const char *stopped_words(hpb_speaker *s, const hpb_side *side)
{
    if (!has_stopping(side) || !side->n_finite || !isfinite(side->stopped))
        return "";
    const double n = floor(side->stopped * side->n_finite + 0.5);
    return hpb_arena_format(
        s->arena, "%s%s of the %s runs of %s", side->n_fits > 1 && n > 0 ? "a fit in " : "",
        n > 0 ? hpb_say_count(s, n) : "none", hpb_say_count(s, side->n_finite), side->title);
}

static void say_inert(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    bool is_said = false; // of early stopping
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        const char *stopped = strcmp(cause->name, "early_stopping") != 0 ? ""
                              : has_stopping(&e->side[0]) ? stopped_words(s, &e->side[0])
                                                          : stopped_words(s, &e->side[1]);
        if (cause->n_acted) {
            if (!*stopped && cause->n_acted < SELDOM * e->n_replicates)
                hpb_say(s, "%s makes no difference in %s of the %s runs.",
                        hpb_cause_words(cause, s->arena),
                        hpb_say_count(s, e->n_replicates - cause->n_acted),
                        hpb_say_count(s, e->n_replicates));
            continue;
        }
        is_said |= *stopped != 0;
        hpb_say(s, "%s never acted: %s%s%snot one run differs by it.",
                hpb_cause_words(cause, s->arena), *stopped ? "it stopped " : "", stopped,
                *stopped ? ", and " : "");
    }
    for (int i = 0; i < 2 && !is_said; i++) {
        const char *stopped = stopped_words(s, &e->side[i]);
        if (*stopped)
            hpb_say(s, "Early stopping stopped %s.", stopped);
    }
}

// What more epochs did, as it was run.
static void say_longer(hpb_speaker *s)
{
    const int high = s->e->difference.value < 0;
    for (int i = 0; i < 2; i++) {
        const hpb_side *side = &s->e->side[i];
        const bool is_said = s->out->verdict == HPB_VERDICT_UNFINISHED && i == high;
        if (gains(side))
            hpb_say(s, "With epochs=%.0f instead of %.0f %s reports %s on average%s.",
                    side->longer_epochs, side->epochs_given, side->title,
                    hpb_say_number(s, side->longer_level, 3),
                    is_said ? "" : ": more training still helps");
    }
}

static void say_updates_of(hpb_speaker *s, const hpb_cause *cause)
{
    if (cause->updates[0] != cause->updates[1])
        hpb_say(s, "%u rows are %u weight update%s an epoch, %u rows are %u.", cause->rows[0],
                cause->updates[0], cause->updates[0] == 1 ? "" : "s", cause->rows[1],
                cause->updates[1]);
    for (uint32_t i = 0; i < cause->n_parts; i++)
        say_updates_of(s, &cause->parts[i]);
}

static void say_updates(hpb_speaker *s)
{
    for (uint32_t i = 0; i < s->e->n_causes; i++)
        if (!hpb_holds_zero(&s->e->causes[i].effect))
            say_updates_of(s, &s->e->causes[i]);
}

// --- all of it ------------------------------------------------------------------------------------------------

static void make_title(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const hpb_side *a = &e->side[0], *b = &e->side[1];
    if (e->n_causes && e->n_used >= HPB_FEWEST_RUNS && s->out->verdict != HPB_VERDICT_DIVERGES)
        s->out->title =
            hpb_arena_format(s->arena, "Why %s reports %s and %s %s (%s; means of %s runs each)",
                             s->a, hpb_say_number(s, a->level, 3), s->b,
                             hpb_say_number(s, b->level, 3), e->suite, hpb_say_count(s, e->n_used));
}

void hpb_explain_say(const hpb_explanation *explanation, hpb_arena *arena, hpb_explain_words *out)
{
    *out = (hpb_explain_words){.verdict = judge(explanation), .table_at = UINT32_MAX};
    hpb_speaker s = {explanation, arena, out, explanation->side[0].title,
                     explanation->side[1].title};
    const bool has_causes = out->verdict >= HPB_VERDICT_UNSEEN;
    make_title(&s);
    say_answer(&s);
    if (has_causes) {
        say_difference(&s);
        hpb_say_noise(&s);
        say_left_out(&s);
    }
    if (out->verdict == HPB_VERDICT_TOO_FEW || out->verdict == HPB_VERDICT_DIVERGES)
        say_left_out(&s);
    hpb_say_failures(&s);
    if (has_causes && out->verdict != HPB_VERDICT_LUCK) {
        say_causes(&s);
        hpb_say_sample(&s);
        say_overlap(&s);
    }
    if (has_causes) {
        say_inert(&s);
        say_updates(&s);
        say_longer(&s);
        hpb_say_looks(&s);
        hpb_say_averaging(&s);
    }
    hpb_say_luck(&s);
    hpb_say_reported(&s);
    hpb_say_bias(&s);
    hpb_say_scope(&s);
    if (!out->n_rows)
        out->table_at = out->n;
    hpb_advise(&s);
}
