// SPDX-License-Identifier: Apache-2.0
// Where luck comes from, in a sentence behind how large it is: of both sides at once where they are alike.
#include "explain/private.h"
#include "explain/sources.h"

#include <math.h>
#include <string.h>

// Share of all that a source takes part in, and the upper end of its interval: without it the runs would lie 2.5 %, at most
// 5 % closer together, which nobody would see.
#define UNSEEN 0.05
#define UNSEEN_MOST 0.1
#define SOME 0.1     // share that is worth a word
#define TOGETHER 0.2 // of two sources: what the one adds depends on the other

// What is said of one side.
typedef struct told {
    const char *lead; // "most of it is the split, some the initial weights"; NULL: nothing
    bool is_seen[HPB_STREAM_COUNT], is_unseen[HPB_STREAM_COUNT]; // of the sources
} told;

// "the split and the initial weights": of the factors in `order` up to the n-th.
static const char *nouns(hpb_speaker *s, const hpb_variance *v, const uint32_t *order, uint32_t n)
{
    const char *all = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const char *noun = hpb_source_noun(v->stream[order[i]]);
        all = !i ? hpb_arena_format(s->arena, "the %s", noun)
                 : hpb_arena_format(s->arena, "%s%s the %s", all, i + 1 < n ? "," : " and", noun);
    }
    return all;
}

// ", and what the one adds depends on the other", where the two that are named make much together.
static const char *together_words(const hpb_variance *v, const uint32_t *order)
{
    return v->shares.term[1u << order[0] | 1u << order[1]].value >= TOGETHER
               ? ", and what the one adds depends on the other"
               : "";
}

static const char *lead_words(hpb_speaker *s, const hpb_variance *v)
{
    uint32_t order[HPB_FACTORS], n = 2;
    bool is_sure;
    const hpb_lead lead = hpb_variance_lead(v, order, &is_sure);
    const char *is = is_sure ? "is" : "seems to be";
    switch (lead) {
    case HPB_LEAD_ALL:
        return hpb_arena_format(s->arena, "all of it is %s", nouns(s, v, order, 1));
    case HPB_LEAD_UNSURE:
        return NULL;
    case HPB_LEAD_NEARLY:
        return hpb_arena_format(
            s->arena, "nearly all of it %s %s%s%s", is, nouns(s, v, order, 1),
            v->shares.shapley[order[1]].value >= SOME ? ", a little " : "",
            v->shares.shapley[order[1]].value >= SOME ? nouns(s, v, order + 1, 1) : "");
    case HPB_LEAD_MOST:
        return hpb_arena_format(s->arena, "most of it %s %s, some %s%s", is, nouns(s, v, order, 1),
                                nouns(s, v, order + 1, 1), together_words(v, order));
    default:
        while (n < v->n_factors && v->shares.shapley[order[n]].value >= SOME)
            n++;
        return hpb_arena_format(s->arena, "it is %s alike%s", nouns(s, v, order, n),
                                n == 2 ? together_words(v, order) : "");
    }
}

static told tell(hpb_speaker *s, const hpb_side *side)
{
    told out = {0};
    if (!side->sources || !side->sources->grid.is_good || hpb_is_lost(side))
        return out;
    const hpb_variance *v = &side->sources->grid;
    out.lead = hpb_sources_vary(side->sources) ? lead_words(s, v) : "no seed changes anything";
    for (uint32_t i = 0; i < v->n_factors && out.lead && hpb_sources_vary(side->sources); i++) {
        const hpb_estimate *total = &v->shares.total[i];
        const bool is_unseen = total->value < UNSEEN && total->high < UNSEEN_MOST;
        out.is_unseen[v->stream[i]] = is_unseen;
        out.is_seen[v->stream[i]] = !is_unseen;
    }
    return out;
}

// "the row order adds nothing you would see": what either side draws, and neither shows. NULL: none.
static const char *unseen_words(hpb_speaker *s, const told side[2])
{
    const char *all = NULL;
    bool is_plural = false;
    for (int i = 0; i < HPB_STREAM_COUNT; i++) {
        const hpb_stream stream = (hpb_stream)i;
        if (side[0].is_seen[i] || side[1].is_seen[i] ||
            !(side[0].is_unseen[i] || side[1].is_unseen[i]))
            continue;
        is_plural |= all || stream == HPB_STREAM_DATA || stream == HPB_STREAM_WEIGHTS;
        all = all ? hpb_arena_format(s->arena, "%s and the %s", all, hpb_source_noun(stream))
                  : hpb_arena_format(s->arena, "the %s", hpb_source_noun(stream));
    }
    return all ? hpb_arena_format(s->arena, "%s %s nothing you would see", all,
                                  is_plural ? "add" : "adds")
               : NULL;
}

static const char *capital(hpb_speaker *s, const char *text)
{
    return hpb_arena_format(s->arena, "%c%s", text[0] - 'a' + 'A', text + 1);
}

// "92 %", "under 1 %", and "over 99 %" of what is not all.
static const char *percent_words(hpb_speaker *s, double share)
{
    if (share < 0.005)
        return "under 1 %";
    return share >= 0.995 && share < 1 ? "over 99 %"
                                       : hpb_arena_format(s->arena, "%.0f %%", 100 * share);
}

// The source with the largest share by itself of those that are not taken.
static uint32_t largest_left(const hpb_variance *v, const bool *is_taken)
{
    uint32_t best = HPB_FACTORS;
    for (uint32_t i = 0; i < v->n_factors; i++)
        if (!is_taken[i] && (best == HPB_FACTORS ||
                             v->shares.term[1u << i].value > v->shares.term[1u << best].value))
            best = i;
    return best;
}

// Of the same procedure, whose luck is the answer: "92 % from the initial weights, 7 % from both together".
static void say_percents(hpb_speaker *s, const hpb_sources *sources)
{
    const hpb_variance *v = &sources->grid;
    bool is_taken[HPB_FACTORS] = {false};
    const double together = hpb_sources_together(sources);
    hpb_text text = {0};
    for (uint32_t i = 0; i < v->n_factors; i++) {
        const uint32_t factor = largest_left(v, is_taken);
        is_taken[factor] = true;
        hpb_text_add(&text, "%s%s from the %s", i ? ", " : "It comes ",
                     percent_words(s, v->shares.term[1u << factor].value),
                     hpb_source_noun(v->stream[factor]));
    }
    if (together >= 0.005)
        hpb_text_add(&text, ", %s from %s together", percent_words(s, together),
                     v->n_factors == 2 ? "both" : "several");
    hpb_text_add(&text, ".");
    hpb_say_on(s, text.data);
    hpb_text_free(&text);
}

void hpb_say_sources(hpb_speaker *s)
{
    const hpb_side *side = s->e->side;
    const told all[2] = {tell(s, &side[0]), tell(s, &side[1])};
    const char *unseen = unseen_words(s, all);
    if (!s->e->n_causes) {
        const int which = !all[0].lead; // they are the same
        if (all[which].lead && hpb_sources_vary(side[which].sources))
            say_percents(s, side[which].sources);
        return;
    }
    if (!all[0].lead && !all[1].lead)
        return;
    if (all[0].lead && all[1].lead && strcmp(all[0].lead, all[1].lead) == 0) {
        hpb_say_on(s, hpb_arena_format(s->arena, "%s%s%s.", capital(s, all[0].lead),
                                       unseen ? "; " : "", unseen ? unseen : ""));
        return;
    }
    hpb_text text = {0};
    for (int i = 0; i < 2; i++)
        if (all[i].lead)
            hpb_text_add(&text, "%s %s %s", text.length ? "; in" : "In", side[i].title,
                         all[i].lead);
    hpb_text_add(&text, ".");
    if (unseen)
        hpb_text_add(&text, " %s.", capital(s, unseen));
    hpb_say_on(s, text.data);
    hpb_text_free(&text);
}
