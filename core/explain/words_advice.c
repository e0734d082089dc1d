// SPDX-License-Identifier: Apache-2.0
// "Do this": a mix of the two that was run, never one that was inferred.
#include "explain/private.h"
#include "stats/precision.h"

#include <math.h>
#include <string.h>

#define CLOSES 0.1  // of the gap: no more of it is left
#define TELLING 0.1 // of the mean: a difference that one would want to see

// How far a mix is from the side that is lower.
static double left_over(const hpb_explanation *e, uint32_t corner, int low)
{
    return fabs(e->corner_mean[corner] - e->side[low].level);
}

// The mix nearest to the lower side, of those that differ from the higher one in `n` settings that act.
static uint32_t nearest_mix(const hpb_explanation *e, int high, uint32_t n)
{
    const uint32_t from = high ? e->n_corners - 1 : 0;
    uint32_t best = from, inert = 0;
    for (uint32_t i = 0; i < e->n_causes; i++)
        inert |= !e->causes[i].n_acted ? 1u << e->causes[i].bit : 0;
    for (uint32_t c = 0; c < e->n_corners; c++) {
        const uint32_t changed = e->corner_mask[c] ^ e->corner_mask[from];
        if ((uint32_t)__builtin_popcount(changed) == n && !(changed & inert) &&
            isfinite(e->corner_mean[c]) && left_over(e, c, !high) < left_over(e, best, !high))
            best = c;
    }
    return best;
}

// One of them, which is no group, as something to do: "use `Adam`", "choose by val_loss".
static const char *one_change_words(hpb_speaker *s, const hpb_cause *cause, int side)
{
    const char *noun = hpb_cause_noun(cause, side, s->arena);
    static const char *const verbs[][3] = {{"selection", "choosing", "choose"},
                                           {"report", "reporting", "report"},
                                           {"candidates", "the grid", "try"}};
    for (size_t i = 0; i < HPB_COUNT(verbs); i++)
        if (strcmp(cause->name, verbs[i][0]) == 0 &&
            strncmp(noun, verbs[i][1], strlen(verbs[i][1])) == 0) {
            const char *rest = noun + strlen(verbs[i][1]) + 1;
            return hpb_arena_format(s->arena, strchr(rest, '=') ? "%s `%s`" : "%s %s", verbs[i][2],
                                    rest);
        }
    const bool is_code = !strchr(noun, ' ') || strpbrk(noun, "=(");
    return hpb_arena_format(s->arena, is_code ? "use `%s`" : "use %s", noun);
}

// Adds a cause to what is to be done; several in a row are used by one word.
static void add_change(hpb_speaker *s, const hpb_cause *cause, int side, hpb_text *text,
                       bool *is_use)
{
    for (uint32_t i = 0; i < cause->n_parts; i++)
        add_change(s, &cause->parts[i], side, text, is_use);
    if (cause->n_parts)
        return;
    const char *change = one_change_words(s, cause, side);
    const bool was_use = *is_use;
    *is_use = strncmp(change, "use ", 4) == 0;
    hpb_text_add(text, "%s%s", text->length ? " and " : "", change + (was_use && *is_use ? 4 : 0));
}

static const char *change_words(hpb_speaker *s, const hpb_cause *cause, int side)
{
    hpb_text text = {0};
    bool is_use = false;
    add_change(s, cause, side, &text, &is_use);
    const char *out = hpb_arena_strdup(s->arena, text.data);
    hpb_text_free(&text);
    return out;
}

// What the higher side takes from the lower, largest first: "use `Adam` and `validation_split=0`".
static const char *changes_words(hpb_speaker *s, uint32_t mask, int high)
{
    const hpb_explanation *e = s->e;
    hpb_text text = {0};
    bool is_use = false;
    for (uint32_t i = 0; i < e->n_causes; i++)
        if ((mask >> e->causes[i].bit & 1) != (uint32_t)high)
            add_change(s, &e->causes[i], !high, &text, &is_use);
    const char *out = hpb_arena_strdup(s->arena, text.length ? text.data : "");
    hpb_text_free(&text);
    return out;
}

static bool closes(const hpb_explanation *e, double level, const hpb_side *other)
{
    return fabs(level - other->level) <= CLOSES * fabs(e->difference.value);
}

// What a number is beside the other side's: ", as grid does", or what the two are.
static const char *beside_words(hpb_speaker *s, double level, const hpb_side *side,
                                const hpb_side *other)
{
    return closes(s->e, level, other)
               ? hpb_arena_format(s->arena, ", as %s does", other->title)
               : hpb_arena_format(s->arena, " instead of %s (%s %s)",
                                  hpb_say_number(s, side->level, 3), other->title,
                                  hpb_say_number(s, other->level, 3));
}

// The one change that brings the higher side nearest; or two, where these close the gap.
static uint32_t best_mix(const hpb_explanation *e, int high)
{
    const double near = CLOSES * fabs(e->difference.value);
    const uint32_t one = nearest_mix(e, high, 1), two = nearest_mix(e, high, 2);
    return left_over(e, one, !high) > near && left_over(e, two, !high) <= near ? two : one;
}

static void advise_mix(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const int high = e->difference.value < 0;
    const hpb_side *side = &e->side[high], *other = &e->side[!high];
    const uint32_t corner = best_mix(e, high);
    const char *changes = changes_words(s, e->corner_mask[corner], high);
    const double level = e->corner_mean[corner];
    if (s->out->verdict == HPB_VERDICT_UNFINISHED &&
        (closes(e, side->longer_level, other) || !closes(e, level, other)))
        s->out->advice = hpb_arena_format(
            s->arena, "give %s time: with `epochs=%.0f` it reports %s on average%s%s%s",
            side->title, side->longer_epochs, hpb_say_number(s, side->longer_level, 3),
            beside_words(s, side->longer_level, side, other), *changes ? "; or let it " : "",
            changes);
    else if (*changes)
        s->out->advice = hpb_arena_format(
            s->arena, "let %s %s: with that alone it reports %s on average%s", side->title, changes,
            hpb_say_number(s, level, 3), beside_words(s, level, side, other));
    else
        s->out->advice = "give both sides the same settings: no one change closes the gap";
}

// How many runs it takes: of each side with seeds of its own, or with the same seeds, as they were run.
static void advise_runs(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const double sd = e->side[0].summary.sd, level = e->side[1].level,
                 half = (e->difference.high - e->difference.low) / 2;
    const double n = hpb_acts(e)
                         ? e->n_used * (half / (TELLING * level)) * (half / (TELLING * level))
                         : hpb_precision_size(sqrt(2) * sd, TELLING * level, 0.95);
    if (!hpb_acts(e) && e->side[0].n_finite > 1 && sd == 0) {
        s->out->advice =
            "look for what differs elsewhere: with these settings every run gives the same number";
        return;
    }
    if (!(n < 1e9) || !(level > 0)) {
        s->out->advice = "compare many runs, not one of each; no setting needs to change";
        return;
    }
    const double digit = pow(10, fmax(0, floor(log10(fmax(n, 1))) - 1)); // two digits
    s->out->advice = hpb_arena_format(
        s->arena,
        "compare many runs, not one of each: it takes about %s runs of each%s to tell averages "
        "that are 10 %% apart",
        hpb_say_count(s, fmax(2, ceil(n / digit) * digit)),
        hpb_acts(e) ? ", with the same seeds," : "");
}

static void advise_more(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    uint64_t n_stored = 0;
    for (int status = 0; status < HPB_STATUS_COUNT; status++)
        n_stored += e->side[0].count[status];
    const uint32_t n = e->n_replicates < 50 ? 100 : 2 * e->n_replicates;
    s->out->advice =
        n_stored < e->n_replicates
            ? "run the same command again: it goes on where it was"
            : hpb_arena_format(s->arena, "run it again with `--set suite.replicates=%u`", n);
}

// What was run one change away from what diverges, and trains.
static void advise_training(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const uint32_t worst = e->corner_mask[hpb_worst_mix(e)];
    const hpb_cause *best = NULL;
    double level = (double)NAN;
    const bool diverges = e->corner_diverged[hpb_worst_mix(e)] * 2 > e->n_replicates;
    uint64_t fewest = e->n_replicates / 10; // more is no remedy
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const uint32_t corner = hpb_corner_find(e, worst ^ 1u << e->causes[i].bit);
        if (corner == e->n_corners || hpb_is_astray(&e->side[0], e->corner_mean[corner]))
            continue;
        const uint64_t n = e->corner_diverged[corner];
        if (n < fewest ||
            (n == fewest && (!best || (!diverges && e->corner_mean[corner] < level)))) {
            best = &e->causes[i];
            fewest = n;
            level = e->corner_mean[corner];
        }
    }
    if (!best) {
        s->out->advice = hpb_arena_format(s->arena, "find a learning rate with which %s trains",
                                          hpb_mix_words(e, worst, s->arena));
        return;
    }
    const char *change = change_words(s, best, !(worst >> best->bit & 1));
    if (diverges)
        s->out->advice = hpb_arena_format(
            s->arena, "let it %s: with that alone %s of %s runs diverge", change,
            fewest ? hpb_say_count(s, (double)fewest) : "none", hpb_say_count(s, e->n_replicates));
    else
        s->out->advice =
            hpb_arena_format(s->arena, "let it %s: with that alone it reports %s on average",
                             change, hpb_say_number(s, level, 3));
}

void hpb_advise(hpb_speaker *s)
{
    if (s->e->failure.cause &&
        (s->out->verdict == HPB_VERDICT_NOT_STORED || s->out->verdict == HPB_VERDICT_TOO_FEW)) {
        s->out->advice = "mend what fails, and run the same command with `--retry-failed`";
        return;
    }
    switch (s->out->verdict) {
    case HPB_VERDICT_SAME:
    case HPB_VERDICT_LUCK:
        advise_runs(s);
        return;
    case HPB_VERDICT_NOT_STORED:
        s->out->advice = "run the same command again without a limit";
        return;
    case HPB_VERDICT_TOO_FEW:
        advise_more(s);
        return;
    case HPB_VERDICT_DIVERGES:
        advise_training(s);
        return;
    case HPB_VERDICT_UNSEEN:
        s->out->advice = hpb_arena_format(
            s->arena,
            "compare your script with the one that `hpbench keras` prints for %s; look at the "
            "data, and at what a library sets by default",
            s->e->side[!(s->e->side[0].is_typed && hpb_is_unseen(&s->e->side[0]))].title);
        return;
    default:
        advise_mix(s);
    }
}
