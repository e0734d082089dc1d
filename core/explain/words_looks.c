// SPDX-License-Identifier: Apache-2.0
// That causes are not known as well as [explain] precision asks; where they are, nothing is said.
#include "explain/looks.h"
#include "explain/private.h"

#include <math.h>
#include <string.h>

// "SGD instead of Adam"
static const char *widest_words(hpb_speaker *s, const char *name)
{
    const char *brief = name;
    for (uint32_t i = 0; i < s->e->n_causes; i++)
        if (strcmp(s->e->causes[i].name, name) == 0)
            brief = hpb_cause_brief(&s->e->causes[i], s->arena);
    return brief;
}

void hpb_say_looks(hpb_speaker *s)
{
    const hpb_looks *looks = s->e->looks;
    const hpb_look *last = looks ? &looks->looks[looks->n - 1] : NULL;
    if (!last || last->state == HPB_PRECISION_KNOWN || isinf(last->half))
        return;
    const bool is_relative = looks->rule.is_relative, is_over = last->state != HPB_PRECISION_GO_ON;
    const char *likely = hpb_likely_words(last, s->arena),
               *widest = widest_words(s, looks->causes[looks->n - 1]),
               *runs = hpb_say_count(s, (double)last->n);
    const char *head =
        hpb_arena_format(s->arena, "Not every cause is known to within %s%s%s, as was asked",
                         hpb_target_words(&looks->rule, s->arena),
                         is_relative ? " of the difference" : "", is_over ? "" : " yet");
    if (is_relative && is_over && hpb_holds_zero(&s->e->difference)) {
        hpb_say(s,
                "%s: the difference may be 0, and no number of runs gives a share of that. The "
                "least certain, %s, is known to within %s after %s runs.",
                head, widest, hpb_say_number(s, last->half, 2), runs);
        return;
    }
    const char *known =
        hpb_arena_format(s->arena, "%s: the least certain, %s, is known to within %s after %s runs",
                         head, widest, hpb_known_words(&looks->rule, last, s->arena), runs);
    const char *would = likely ? hpb_arena_format(s->arena, "; %s would do", likely) : "";
    if (is_over && s->e->n_pairs && !likely)
        hpb_say(s, "%s; it takes more orders of changes, and not more runs.", known);
    else if (last->state == HPB_PRECISION_OUT_OF_REACH)
        hpb_say(s, "%s, and the %s that are allowed would be far from enough%s.", known,
                hpb_say_count(s, (double)looks->rule.most), would);
    else if (last->state == HPB_PRECISION_CAPPED)
        hpb_say(s, "%s, and no more are allowed%s.", known, would);
    else
        hpb_say(s, "%s%s. The same command goes on.", known, would);
}
