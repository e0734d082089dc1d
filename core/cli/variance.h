// SPDX-License-Identifier: Apache-2.0
// Where the variance of one cell's MSE comes from: read from the crossed grid of its seeds, then said.
#ifndef HPB_CLI_VARIANCE_H
#define HPB_CLI_VARIANCE_H

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
    hpb_components components;
    hpb_shares shares;
    hpb_interval pigeonhole;
    // what to repeat next
    double precision;           ///< half the width aimed at, as a share of the mean
    bool is_reached;            ///< `next` is that narrow; else there is no such grid
    uint32_t next[HPB_FACTORS]; ///< the fewest runs: levels, each at least what there is
    double independent;         ///< runs with fresh seeds each that would do
    bool
        is_replicated; ///< replicates of the suite are such runs: all that is crossed is fresh, no more
    bool helps[HPB_FACTORS]; ///< twice the levels would narrow the interval by 5 % or more
} hpb_variance;

/// Reads grid `index` of the run's (cells[n_cells + index]). Strings live in the run's arena. Code: the store's.
hpb_exit hpb_variance_read(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                           double precision, hpb_variance *out, hpb_error *error);
/// Whether a grid is the cell's.
bool hpb_variance_is_of(const hpb_stored_cell *grid, const hpb_stored_cell *cell);
/// Of a cell that has no grid.
hpb_variance hpb_variance_of_none(const hpb_stored_cell *cell);
/// The sentences, one a line: the answer first.
void hpb_variance_sentences(const hpb_variance *variance, hpb_text *out);
/// The table: components, shares, effects.
void hpb_variance_table(const hpb_variance *variance, hpb_text *out);
/// docs/variance.md has the schema.
json_t *hpb_variance_to_json(const hpb_variance *variance);
/// "split and initial weights": the factors of a term.
void hpb_variance_term(const hpb_variance *variance, uint32_t term, hpb_text *out);

#endif // HPB_CLI_VARIANCE_H
