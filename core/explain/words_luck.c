// SPDX-License-Identifier: Apache-2.0
// What an explanation says of luck, of the user's two numbers, and where it holds.
#include "explain/private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define UNLIKELY 0.05 // a place this near an end is luck worth a word

// --- luck -----------------------------------------------------------------------------------------------------

// Whether all of several runs give the same.
static bool has_no_luck(const hpb_side *side)
{
    return side->n_finite > 1 && side->summary.sd == 0;
}

// Of two runs of A: how far apart they are, or that no seed changes anything.
static const char *noise_words(hpb_speaker *s)
{
    return s->e->noise > 0
               ? hpb_arena_format(s->arena, "are more than %s apart in half of all pairs",
                                  hpb_say_number(s, s->e->noise, 2))
           : has_no_luck(&s->e->side[0]) ? "give the same number"
                                         : "give the same number in half of all pairs";
}

// A against A, before anything is said of A against B.
void hpb_say_noise(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    if (!isfinite(e->noise) || !isfinite(e->reversed))
        return;
    const char *cases = e->reversed < 0.005 ? "fewer than 1"
                                            : hpb_arena_format(s->arena, "%.0f", 100 * e->reversed);
    hpb_say(s,
            "Two runs of %s alone %s; one run of each would order %s and %s the other way in %s of "
            "100 cases.",
            s->a, noise_words(s), s->a, s->b, cases);
}

static void add_range(hpb_speaker *s, hpb_text *text, const hpb_side *side)
{
    if (!side->n_finite)
        return;
    const bool is_few = side->n_finite < HPB_FEWEST_RUNS;
    if (has_no_luck(side)) {
        hpb_text_add(text, "%severy %s run gives %s", text->length ? ", " : "", side->title,
                     hpb_say_number(s, side->summary.min, 3));
        return;
    }
    if (side->n_finite == 1) {
        hpb_text_add(text, "%sthe one %s run gave %s", text->length ? ", " : "", side->title,
                     hpb_say_number(s, side->summary.min, 3));
        return;
    }
    hpb_text_add(text, "%sone %s run %sbetween %s and %s (%s)", text->length ? ", " : "",
                 side->title, text->length ? "" : "lies ",
                 hpb_say_number(s, is_few ? side->summary.min : side->summary.p5, 3),
                 hpb_say_number(s, is_few ? side->summary.max : side->summary.p95, 3),
                 is_few ? hpb_arena_format(s->arena, "all %u", side->n_finite) : "9 in 10");
    const uint64_t n_diverged = side->count[HPB_STATUS_DIVERGED];
    if (n_diverged)
        hpb_text_add(text, ", and %s diverged", hpb_say_count(s, (double)n_diverged));
}

void hpb_say_luck(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    hpb_text text = {0};
    add_range(s, &text, &e->side[0]);
    if (e->n_causes)
        add_range(s, &text, &e->side[1]);
    if (text.length) {
        hpb_say(s, "Luck: %s.", text.data);
        hpb_say_sources(s);
    }
    hpb_text_free(&text);
    if (!e->n_causes && e->noise > 0)
        hpb_say(s,
                "Two runs of it still differ, by luck alone: by more than %s in half of all pairs.",
                hpb_say_number(s, e->noise, 2));
}

// --- the user's numbers ---------------------------------------------------------------------------------------

// As it was typed; what a run gave, with three digits.
static const char *reported_words(hpb_speaker *s, const hpb_side *side)
{
    char text[HPB_NUMBER_SIZE];
    return side->is_typed ? hpb_arena_strdup(s->arena, hpb_number_text(side->reported, text))
                          : hpb_say_number(s, side->reported, 3);
}

// 1st, 35th, 100th: of 100, from the lowest.
static const char *place_words(hpb_speaker *s, double place)
{
    const int n = (int)fmax(1, fmin(100, floor(100 * place + 0.5)));
    return hpb_arena_format(s->arena, "%d%s", n, hpb_ordinal_suffix((uint64_t)n));
}

static void add_place(hpb_speaker *s, hpb_text *text, const hpb_side *side)
{
    const char *value = reported_words(s, side);
    const double n_below = floor(side->place * side->n_finite + 0.5);
    hpb_text_add(text, "%s", text->length ? "; " : "");
    if (has_no_luck(side) && side->reported == side->summary.min)
        hpb_text_add(text, "%s is what every %s run gives", value, side->title);
    else if (has_no_luck(side))
        hpb_text_add(text, "%s was never seen in %s, of which every run gives %s", value,
                     side->title, hpb_say_number(s, side->summary.min, 3));
    else if (side->n_finite < HPB_FEWEST_RUNS)
        hpb_text_add(text, "%.0f of the %u %s runs %s at %s or below", n_below, side->n_finite,
                     side->title, n_below == 1 ? "is" : "are", value);
    else if (hpb_is_unseen(side))
        hpb_text_add(text, "%s was never seen in %s runs of %s, which lie between %s and %s", value,
                     hpb_say_count(s, side->n_finite), side->title,
                     hpb_say_number(s, side->summary.min, 3),
                     hpb_say_number(s, side->summary.max, 3));
    else
        hpb_text_add(text, "%s is %s %s run (%s of 100%s)", value,
                     side->place < UNLIKELY       ? "a lucky"
                     : side->place > 1 - UNLIKELY ? "an unlucky"
                                                  : "an ordinary",
                     side->title, place_words(s, side->place),
                     strchr(text->data, '(') ? "" : ", from the lowest");
}

// The identity in words: what of the gap between the two numbers is the settings', and what is not.
static void say_parts(hpb_speaker *s)
{
    const hpb_side *side = s->e->side;
    if (!isfinite(side[0].luck) || !isfinite(side[1].luck) || s->e->n_used < HPB_FEWEST_RUNS ||
        s->out->verdict == HPB_VERDICT_DIVERGES || !hpb_acts(s->e) ||
        side[0].is_typed != side[1].is_typed)
        return;
    const double gap = side[0].reported - side[1].reported, sign = gap < 0 ? -1 : 1;
    const char *by[2];
    for (int i = 0; i < 2; i++)
        by[i] = hpb_arena_format(s->arena,
                                 hpb_is_unseen(&side[i]) ? "what no run of %s shows" : "luck of %s",
                                 side[i].title);
    hpb_say(s, "The number of %s is %s higher: %s by the settings, %s by %s and %s by %s.",
            side[gap < 0].title, hpb_say_number(s, fabs(gap), 3),
            hpb_say_number(s, sign * (side[0].level - side[1].level), 3),
            hpb_say_number(s, sign * side[0].luck, 3), by[0],
            hpb_say_number(s, -sign * side[1].luck, 3), by[1]);
}

void hpb_say_reported(hpb_speaker *s)
{
    const hpb_side *side = s->e->side;
    const bool is_typed = side[0].is_typed || side[1].is_typed;
    hpb_text text = {0};
    hpb_text_add(&text, "%s", "");
    for (int i = 0; i < 2; i++)
        if (isfinite(side[i].reported) && side[i].n_finite > 1 && side[i].is_typed == is_typed)
            add_place(s, &text, &side[i]);
    if (text.length)
        hpb_say(s, "%s: %s.",
                side[0].is_typed && side[1].is_typed ? "Your numbers"
                : is_typed                           ? "Your number"
                                                     : "With the suite's own seeds",
                text.data);
    hpb_text_free(&text);
    say_parts(s);
}

// --- where it holds -------------------------------------------------------------------------------------------

static const char *given(const json_t *spec, const char *section, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(spec, section), key));
    return text && *text && strcmp(text, "none") != 0 && strcmp(text, "fresh") != 0 ? text : NULL;
}

void hpb_say_scope(hpb_speaker *s)
{
    const hpb_explanation *e = s->e;
    const hpb_side *a = &e->side[0];
    if (!isfinite(a->baseline_mse))
        return;
    json_t *spec = json_loads(a->spec ? a->spec : "{}", 0, NULL);
    const char *seed = given(spec, "data", "seed"),
               *state = given(spec, "splitter", "random_state");
    hpb_text text = {0};
    if (strstr(e->shared, "data"))
        hpb_text_add(&text, seed ? "this data set (seed %s)" : "this data set", seed);
    else
        hpb_text_add(&text, "data drawn anew in each run");
    if (strstr(e->shared, "split"))
        hpb_text_add(&text, state ? " and split (random_state=%s)" : " and split", state);
    hpb_text_add(&text, ", where predicting the mean scores %s",
                 hpb_say_number(s, a->baseline_mse, 3));
    if (isfinite(a->truth_mse))
        hpb_text_add(&text, " and the true function %s", hpb_say_number(s, a->truth_mse, 3));
    hpb_say(s, "Valid for %s.", text.data);
    hpb_text_free(&text);
    json_decref(spec);
}
