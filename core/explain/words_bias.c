// SPDX-License-Identifier: Apache-2.0
// Whether the two numbers can be believed: what the models are worth on new rows.
#include "explain/bias.h"
#include "explain/private.h"

#include <math.h>

// "8 % too little"
static const char *off_words(hpb_speaker *s, const hpb_bias_side *side)
{
    const double share = fabs(side->optimism.value) / side->worth.value;
    return hpb_arena_format(s->arena, "%s %% too %s", hpb_say_number(s, 100 * share, 2),
                            side->optimism.value > 0 ? "little" : "much");
}

static void add_verdict(hpb_speaker *s, hpb_text *text, const hpb_bias_side *side,
                        const char *title)
{
    const hpb_bias_kind kind = hpb_bias_kind_of(side);
    hpb_text_add(text, "%s%s", text->length ? ", " : "", title);
    if (kind == HPB_BIAS_UNSURE)
        hpb_text_add(text, "'s report cannot be told from that");
    else
        hpb_text_add(text, " reports %s",
                     kind == HPB_BIAS_NONE ? "about what it is worth" : off_words(s, side));
}

// One side alone has a figure.
static void say_one(hpb_speaker *s, const hpb_bias_side *side, const char *title)
{
    hpb_text text = {0};
    add_verdict(s, &text, side, title);
    hpb_say(s, "On new rows %s's model is worth %s: %s.", title,
            hpb_say_number(s, side->worth.value, 3), text.data);
    hpb_text_free(&text);
}

static void say_both(hpb_speaker *s, const hpb_bias_side *a, const hpb_bias_side *b)
{
    const hpb_bias_kind of_a = hpb_bias_kind_of(a), of_b = hpb_bias_kind_of(b);
    hpb_text text = {0};
    if (of_a == HPB_BIAS_NONE && of_b == HPB_BIAS_NONE) {
        hpb_text_add(&text, "both report about what they are worth");
    } else if (of_a == HPB_BIAS_UNSURE && of_b == HPB_BIAS_UNSURE) {
        hpb_text_add(&text, "neither report can be told from that");
    } else {
        add_verdict(s, &text, a, s->a);
        add_verdict(s, &text, b, s->b);
    }
    hpb_say(s, "On new rows %s's model is worth %s, %s's %s: %s.", s->a,
            hpb_say_number(s, a->worth.value, 3), s->b, hpb_say_number(s, b->worth.value, 3),
            text.data);
    hpb_text_free(&text);
}

// Why a report is off, where it is known.
static void say_why(hpb_speaker *s, const hpb_bias_side *side, const char *title)
{
    if (!side->n)
        return;
    if (hpb_bias_is_selection(side))
        hpb_say(s,
                "%s reports the best of %u candidates, on the rows that chose it: that alone makes "
                "it %s too low.",
                title, side->n_candidates, hpb_say_number(s, side->selection.value, 2));
    else if (hpb_bias_kind_of(side) == HPB_BIAS_TOO_HIGH && side->is_refitted)
        hpb_say(
            s,
            "The model that %s ends with is fitted to all rows, those whose score it reports to "
            "fewer.",
            title);
}

void hpb_say_bias(hpb_speaker *s)
{
    const hpb_bias *bias = s->e->bias;
    if (!bias)
        return;
    if (!bias->is_known) {
        hpb_say(s, "What the models are worth on new rows can't be known: the data are those of a "
                   "file.");
        return;
    }
    const hpb_bias_side *a = &bias->side[0], *b = &bias->side[1];
    if (a->n && b->n)
        say_both(s, a, b);
    else
        say_one(s, a->n ? a : b, a->n ? s->a : s->b);
    say_why(s, a, s->a);
    say_why(s, b, s->b);
}
