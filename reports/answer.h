// SPDX-License-Identifier: Apache-2.0
// What the sentences of the answer share: answer.c says them in order, contest.c which level is better.
#ifndef HPB_ANSWER_H
#define HPB_ANSWER_H

#include "data.h"

typedef char number[HPB_NUMBER_SIZE];

// Results have three digits, ratios two.
#define RESULT(value) hpb_rounded_text(value, 3, (number){0})
#define RATIO(value) hpb_rounded_text(value, 2, (number){0})
#define COUNT(value) hpb_count_text(value, (number){0})

#define FEW_RUNS 20 // fewer say nothing of 5 and 95 %, of a spread, or of how many would be needed
#define LOSSY 0.05  // share of runs without a result beyond which the others are no fair picture

/// The levels of one factor, all else as in the reference.
typedef struct hpb_contest {
    hpb_axis axis;
    uint32_t
        *cells; ///< a level each, by median; those with none, or an infinite one, are not in it
    uint32_t n, n_levels;
} hpb_contest;

/// Of the level with the lowest median against another: better on average; lower in most runs; lower in median but not
/// on average; nothing that these runs can show.
typedef enum hpb_judgement { BETTER, USUALLY, MIXED, SAME } hpb_judgement;

#define LONGEST_SENTENCE 600 // code points; labels may be of any length

/// Adds a sentence to the answer.
void hpb_answer_say(hpb_report_data *data, const char *sentence);
const char *hpb_answer_plural(uint64_t n); ///< "" for 1, else "s"
const char *hpb_answer_capitalised(hpb_arena *arena, const char *text);

/// The contest of the first factor of which one can say that a level is better; none (n = 0) where
/// there is no such factor.
void hpb_contest_find(const hpb_report_data *data, hpb_contest *out);
/// Whether its levels are optimizers, each at its best rate.
bool hpb_contest_is_tuned(const hpb_report_data *data, const hpb_contest *contest);
/// Says who wins a contest of at least two levels. Returns the cell that the sentences after it are about; `advised`
/// is the one to take: of stopping rules that can't be told apart, the one that trains least.
uint32_t hpb_contest_say(hpb_report_data *data, const hpb_contest *contest, hpb_judgement *out,
                         uint32_t *advised);
/// Where nothing is better or worse: says which seeds, else which splitter, spread the MSE most and least. False: fewer
/// than three do, and how often a run is split may be said too.
bool hpb_answer_say_steadiness(hpb_report_data *data, const hpb_report_cell *cell);
/// Says why two protocols report two numbers, setting by setting (explained.c).
void hpb_answer_say_explained(hpb_report_data *data);
/// Says what two or more protocols report, and where the numbers of two lie to each other; none is better. False: there are
/// no such, or several cells of one. *cell, the reference: becomes the one with most results.
bool hpb_answer_say_protocols(hpb_report_data *data, uint32_t *cell);
/// Says between what most of a cell's runs lie; `with`: "with sgd", or "".
void hpb_answer_say_spread(hpb_report_data *data, const hpb_report_cell *cell, const char *with);
/// Says which levels, the best aside, have a median MSE no lower than that of predicting the mean.
void hpb_contest_say_untrained(hpb_report_data *data, const hpb_contest *contest);
/// Says which levels lost runs to divergence.
void hpb_contest_say_diverged(hpb_report_data *data, const hpb_contest *contest);

/// A text of a cell's spec; "" where there is none. Valid as long as `spec`.
const char *hpb_answer_spec_text(const json_t *spec, const char *section, const char *key);
/// A cell's splitter in words: "5-fold CV".
const char *hpb_answer_splitter_name(const hpb_report_data *data, const hpb_report_cell *cell);
/// Sets data->advice (advice.c).
void hpb_answer_advise(hpb_report_data *data, const hpb_report_cell *cell,
                       const hpb_contest *contest, hpb_judgement verdict,
                       const hpb_report_cell *lowest, const hpb_report_cell *advised);

#endif // HPB_ANSWER_H
