// SPDX-License-Identifier: Apache-2.0
// What the files of core/explain share with each other alone.
#ifndef HPB_EXPLAIN_PRIVATE_H
#define HPB_EXPLAIN_PRIVATE_H

#include "explain/words.h"

// One explanation being put into words.
typedef struct hpb_speaker {
    const hpb_explanation *e;
    hpb_arena *arena;
    hpb_explain_words *out;
    const char *a, *b;
} hpb_speaker;

void hpb_say(hpb_speaker *s, const char *format, ...) HPB_PRINTF(2, 3);
/// Goes on with the last sentence: no word of `text` is read without it.
void hpb_say_on(hpb_speaker *s, const char *text);
/// Rounded: three digits for results, two for causes.
const char *hpb_say_number(hpb_speaker *s, double value, int digits);
const char *hpb_say_count(hpb_speaker *s, double n);

// Parts of an explanation, each with the file that it is in.
void hpb_say_noise(hpb_speaker *s);     // words_luck.c
void hpb_say_failures(hpb_speaker *s);  // failures.c
void hpb_say_sample(hpb_speaker *s);    // words_sample.c
void hpb_say_looks(hpb_speaker *s);     // words_looks.c
void hpb_say_averaging(hpb_speaker *s); // averaging.c
void hpb_say_luck(hpb_speaker *s);      // words_luck.c
void hpb_say_sources(hpb_speaker *s);   // words_sources.c
void hpb_say_reported(hpb_speaker *s);  // words_luck.c
void hpb_say_bias(hpb_speaker *s);      // words_bias.c
void hpb_say_scope(hpb_speaker *s);     // words_luck.c
void hpb_advise(hpb_speaker *s);        // words_advice.c

/// Whether a side's number lies outside of all that its runs gave.
bool hpb_is_unseen(const hpb_side *side);
/// Whether any setting ever acted.
bool hpb_acts(const hpb_explanation *e);
/// Whether half of a side's runs or more diverged, or are astray.
bool hpb_is_lost(const hpb_side *side);
/// Whether an MSE is so far above predicting the mean that nothing was trained.
bool hpb_is_astray(const hpb_side *side, double mse);
/// The number of the corner that diverges most often; a side that is lost goes first.
uint32_t hpb_worst_mix(const hpb_explanation *e);
bool hpb_holds_zero(const hpb_estimate *estimate);

/// What one side has, as the user's Python spells it: "EarlyStopping(patience=10)", "validation_split=0.2".
const char *hpb_cause_noun(const hpb_cause *cause, int side, hpb_arena *arena);
/// The cause without a number in it: "SGD instead of Adam", "which candidates are tried".
const char *hpb_cause_brief(const hpb_cause *cause, hpb_arena *arena);
/// A mix of the two, by the side from which fewer settings are changed: "manual with Adam and validation_split=0".
const char *hpb_mix_words(const hpb_explanation *e, uint32_t mask, hpb_arena *arena);

/// Splits the difference over the causes, whose sampling error and half it fills, and where all combinations were run lists
/// interactions. phi, effects and whole as stats/attribution.h has them.
void hpb_explanation_split(hpb_explanation *e, const double *const *values, double *phi,
                           hpb_effect *effects, hpb_attribution *whole);

/// Where no seed changes anything one run of a cell was made, and all others would be that one: values[n] of its runs
/// become the first.
void hpb_runs_spread(const hpb_stored_cell *cell, double *values, uint32_t n);

/// Fills `failure` from the failed runs of all combinations (failures.c).
hpb_exit hpb_explanation_read_failures(hpb_store *store, const hpb_stored_run *run,
                                       hpb_explanation *out, hpb_error *error);

/// Fills settings, rows and updates of a cause from the effective values of both sides; n_rows: of the data.
void hpb_cause_read(hpb_cause *cause, json_t *const spec[2], uint32_t n_rows, hpb_arena *arena);

#endif // HPB_EXPLAIN_PRIVATE_H
