// SPDX-License-Identifier: Apache-2.0
// What an explanation says to a person: the same sentences in terminal, page and JSON.
//
// Sentence 1 is the answer, with no number and no statistical word; 2 says real or luck, with the size; 3 is the noise
// floor; then the causes, what never acted, luck, the user's numbers, what holds where. Two digits for causes, three for
// results; brackets are 95 % intervals. Settings are spelled as in the user's own Python.
#ifndef HPB_EXPLAIN_WORDS_H
#define HPB_EXPLAIN_WORDS_H

#include "explain/explanation.h"

// What the answer is, the first that holds.
typedef enum hpb_explain_verdict {
    HPB_VERDICT_SAME,       ///< no setting differs
    HPB_VERDICT_NOT_STORED, ///< nothing to go by yet
    HPB_VERDICT_DIVERGES,   ///< most runs of a side diverged
    HPB_VERDICT_TOO_FEW,    ///< fewer than HPB_FEWEST_RUNS runs finite in all corners
    HPB_VERDICT_UNSEEN,     ///< a number that the user typed is outside of all runs of its side
    HPB_VERDICT_UNFINISHED, ///< training the higher side longer closes at least half of the gap
    HPB_VERDICT_LUCK,       ///< the interval of the difference holds 0
    HPB_VERDICT_ONE_CAUSE,  ///< one cause is at least 4/5 of the difference, no other 1/10
    HPB_VERDICT_CANCEL,     ///< causes of both signs, the smaller side at least 1/5 of the larger
    HPB_VERDICT_OVERLAP, ///< the largest cause alone and as the last change are a third of the difference apart
    HPB_VERDICT_SEVERAL,
} hpb_explain_verdict;

#define HPB_FEWEST_RUNS                                                                            \
    20 ///< statistics.md: a t interval of skewed errors is honest from about here
#define HPB_EXPLAIN_SENTENCES (2 * HPB_MAX_CAUSES + 32) ///< two of each cause, and all else

// A row of the table of causes.
typedef struct hpb_cause_row {
    const char *what;   ///< "SGD instead of Adam"
    const char *amount; ///< what it adds to A's mean: "0.26 [0.21, 0.31]"
    const char *share;  ///< "74 %"; "" where the difference may be 0
    const hpb_cause *cause;
} hpb_cause_row;

typedef struct hpb_explain_words {
    hpb_explain_verdict verdict;
    const char *
        title; ///< "Why manual reports 0.359 and grid 0.0123 (mine; means of 80 runs each)"; NULL: no means
    const char *sentences[HPB_EXPLAIN_SENTENCES]; ///< [n], in the arena
    uint32_t n;
    uint32_t table_at; ///< the sentence that the table of causes follows; where there is none: n
    hpb_cause_row rows[HPB_MAX_CAUSES]; ///< [n_rows], largest first; none that never acted
    uint32_t n_rows;
    const char *advice; ///< "Do this", code between backticks; NULL: none
} hpb_explain_words;

void hpb_explain_say(const hpb_explanation *explanation, hpb_arena *arena, hpb_explain_words *out);
/// A cause as the user's Python spells it: "SGD instead of Adam", "validation_split=0.2: 64 rows train instead of 80".
const char *hpb_cause_words(const hpb_cause *cause, hpb_arena *arena);
/// An optimizer's id of n bytes as its authors write it: "SGD", "RMSprop"; NULL: not known.
const char *hpb_optimizer_words(const char *id, size_t n);

/// How many combinations of the settings were run: "all 8", "602 of 4,096".
const char *hpb_combinations_words(const hpb_explanation *e, hpb_arena *arena);

/// All of it as JSON. A new reference; words are made in the arena.
json_t *hpb_explanation_to_json(const hpb_explanation *explanation, hpb_arena *arena);

#endif // HPB_EXPLAIN_WORDS_H
