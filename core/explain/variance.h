// SPDX-License-Identifier: Apache-2.0
// Where the variance of one cell's MSE comes from: read from the crossed grid of its seeds, then said. For `variance` of a cell,
// for `explain` of a side.
#ifndef HPB_VARIANCE_H
#define HPB_VARIANCE_H

#include "stats/effects.h"
#include "store/store.h"

typedef struct hpb_variance {
    const char *label; ///< of the cell, without ", seeds crossed"
    const char *given; ///< what is not crossed: "this data set (seed 0)"; "" where all is
    uint32_t n_planned, n_stored, n_failed, n_diverged;
    uint32_t n_factors; ///< 0: [variance] crosses nothing that the cell draws; all else is then 0
    hpb_stream stream[HPB_FACTORS]; ///< of each factor
    uint32_t planned[HPB_FACTORS];  ///< levels of each
    uint32_t levels[HPB_FACTORS];   ///< kept: those with a run that failed or diverged are left out
    bool is_good;                   ///< below is there; else too little is left, or is stored yet
    const double
        *values;    ///< [levels[0]][levels[1]]..., the last factor fastest: MSEs that are kept
    bool has_first; ///< the run with the first seed of every factor is kept: values[0]
    hpb_components components;
    hpb_shares shares;
    // how well the mean is known, and what to repeat next: hpb_variance_plan()
    hpb_interval pigeonhole;
    double precision;           ///< half the width aimed at, as a share of the mean
    bool is_reached;            ///< `next` is that narrow; else there is no such grid
    uint32_t next[HPB_FACTORS]; ///< the fewest runs: levels, each at least what there is
    double independent;         ///< runs with fresh seeds each that would do
    bool
        is_replicated; ///< replicates of the suite are such runs: all that is crossed is fresh, no more
    bool helps[HPB_FACTORS]; ///< twice the levels would narrow the interval by 5 % or more
} hpb_variance;

/// Reads grid `index` of the run's (cells[n_cells + index]), but for how well its mean is known. Strings and values live in
/// `arena`. Code: the store's.
hpb_exit hpb_variance_read(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                           hpb_arena *arena, hpb_variance *out, hpb_error *error);
/// From the MSEs of all planned runs, values[n_planned], NaN where one failed or diverged: what is kept, its components and
/// shares. Keeps `values`, and moves what is kept to its front.
void hpb_variance_estimate(hpb_variance *variance, double *values);
/// Fills how well the mean is known, and what it takes to know it to `precision`, from 0 to 1.
void hpb_variance_plan(hpb_variance *variance, double precision);
/// Whether a grid is the cell's.
bool hpb_variance_is_of(const hpb_stored_cell *grid, const hpb_stored_cell *cell);
/// Of a cell that has no grid.
hpb_variance hpb_variance_of_none(const hpb_stored_cell *cell);

/// How the luck is shared out among the factors, in words.
typedef enum hpb_lead {
    HPB_LEAD_ALL,    ///< there is but one factor
    HPB_LEAD_UNSURE, ///< the interval of the largest share is nearly anything
    HPB_LEAD_NEARLY, ///< nearly all is the first
    HPB_LEAD_MOST,   ///< most is the first, some the second
    HPB_LEAD_ALIKE   ///< the first two alike
} hpb_lead;
/// Where the luck is, by Shapley effects: order[n_factors] the factors, the largest first, then 0. *is_sure: the intervals of the
/// first two lie apart, and that of the first begins at a half or more, of nearly all at 0.6. Of a variance that is good and above 0.
hpb_lead hpb_variance_lead(const hpb_variance *variance, uint32_t order[HPB_FACTORS],
                           bool *is_sure);

/// "the split", "the initial weights", "the row order": in words, without the article.
const char *hpb_source_noun(hpb_stream stream);
/// The sentences, one a line: the answer first.
void hpb_variance_sentences(const hpb_variance *variance, hpb_text *out);
/// The table: components, shares, effects.
void hpb_variance_table(const hpb_variance *variance, hpb_text *out);
/// Runs, factors and terms: {"planned", "stored", "diverged", "failed", "given", "factors", "terms", "variance"}, as
/// docs/variance.md has them. A new reference, as below.
json_t *hpb_variance_shares_to_json(const hpb_variance *variance);
/// docs/variance.md has the schema.
json_t *hpb_variance_to_json(const hpb_variance *variance);
/// "split and initial weights": the factors of a term.
void hpb_variance_term(const hpb_variance *variance, uint32_t term, hpb_text *out);

#endif // HPB_VARIANCE_H
