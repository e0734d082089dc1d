// SPDX-License-Identifier: Apache-2.0
// What is said of causes that come from a sample of the combinations.
#include "explain/private.h"

const char *hpb_combinations_words(const hpb_explanation *e, hpb_arena *arena)
{
    char run[HPB_NUMBER_SIZE], all[HPB_NUMBER_SIZE];
    hpb_count_text(e->n_corners, run);
    return e->n_pairs ? hpb_arena_format(arena, "%s of %s", run,
                                         hpb_count_text(UINT64_C(1) << e->n_causes, all))
                      : hpb_arena_format(arena, "all %s", run);
}

void hpb_say_sample(hpb_speaker *s)
{
    if (s->e->n_pairs && s->out->n_rows)
        hpb_say(s,
                "The causes come from %s combinations of the settings; their intervals allow for "
                "the others.",
                hpb_combinations_words(s->e, s->arena));
}
