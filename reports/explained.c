// SPDX-License-Identifier: Apache-2.0
// The answer of a run that explains: core/explain's sentences, for each setting that was crossed beside.
#include "answer.h"
#include "explain/words.h"

void hpb_answer_say_explained(hpb_report_data *data)
{
    for (uint32_t i = 0; i < data->n_explanations; i++) {
        const hpb_explanation *e = &data->explanations[i];
        hpb_explain_words words;
        hpb_explain_say(e, data->arena, &words);
        for (uint32_t k = 0; k < words.n; k++)
            hpb_answer_say(data, k || !*e->setting
                                     ? words.sentences[k]
                                     : hpb_arena_format(data->arena, "On %s: %s", e->setting,
                                                        words.sentences[k]));
        if (!data->advice)
            data->advice = words.advice;
    }
}
