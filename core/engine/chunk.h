// SPDX-License-Identifier: Apache-2.0
// A stretch of trials of a cell under way: prepared, then trained. Shared inside the engine alone.
#ifndef HPB_CHUNK_H
#define HPB_CHUNK_H

#include "engine/material.h"
#include "engine/private.h"
#include "engine/search.h"
#include "engine/trial.h"
#include "engine/worth.h"

struct hpb_trial_runner {
    const hpb_plan *plan;
    uint32_t isa;
    struct loaded *plugins;
    size_t n_plugins, capacity;
    hpb_table
        *tables[2]; // [plan->n_data]: of fixed data, as they are and standardised over all rows
    hpb_new_rows *new_rows; // [plan->n_data]: drawn when they are first needed
};

/// The plugin's ops; NULL where there is no plugin.
const void *hpb_trial_runner_ops(const hpb_trial_runner *runner, const hpb_plugin_info *info);

// Everything of a trial's fits is found by their number (plan.h: outer split, candidate, split).
typedef struct trial {
    uint32_t replicate;
    hpb_trial_seeds seeds;
    const hpb_material *material;
    double *mse, *loss, *val_loss; // [n_fits]
    float **curves;                // [n_fits]: [epochs][2]
    uint32_t *epochs;              // [n_fits]
    uint64_t updates;
    double *scores;        // [O][C][F]; NULL where there is nothing to choose
    uint32_t *chosen;      // [O]
    uint64_t *n_drawn;     // [O]: kernels drawn before the first fit of an outer split
    uint32_t *layer_seeds; // [n_layer_seeds]
    double *worth;         // [n_worth] of the trial's result; NULL: not scored on new rows
    char *fault;
} trial;

typedef struct chunk {
    hpb_trial_runner *runner;
    const hpb_cell *cell;
    uint32_t cell_index;
    uint32_t n_inner;     // C F: fits of an outer split before it refits
    uint32_t n_refits;    // of an outer split: 0 or 1
    uint32_t n_fits;      // of a trial
    size_t n_layer_seeds; // of a trial, under Keras' policy: kernels that it draws at most; else 0
    uint64_t *n_drawn;    // [C + 1]: kernels that earlier candidates draw, of one outer split
    bool is_in_turn; // outer splits wait for each other: their weights go on from the refit chosen
    hpb_material_source source;
    hpb_material *materials;
    size_t n_materials;
    trial *trials;
    uint32_t n_trials;
    hpb_fit *fits; // [n_listed] of one candidate, equal shapes together
    size_t n_listed, next, end;
    uint64_t n_trained;
    hpb_fit_done_function done;    // takes each fit that is trained; its context is the chunk
    struct hpb_worth_score *score; // while models are scored on new rows
    bool curves;
    void (*alive)(void *context); // may be NULL
    void *context;
} chunk;

// Where a fit stands in its trial.
typedef struct place {
    uint32_t outer, candidate, split; // of a refit: candidate and split are those after the last
} place;

/// Room for n_trials; add each, then train. Where models are scored on new rows, number n_fits is the chosen candidate's
/// refit on all rows, if it takes one (refits_whole).
chunk hpb_chunk_begin(hpb_trial_runner *runner, uint32_t cell_index, uint32_t n_trials);
/// Prepares a trial: data, splits and tables, or its `fault`.
void hpb_chunk_add(chunk *c, uint32_t replicate);
place hpb_chunk_place(const chunk *c, uint32_t fit);
uint32_t hpb_chunk_number(const chunk *c, place at);
bool hpb_chunk_is_refit(const chunk *c, place at);
/// Index of the fit's rows, table and scale in its material.
uint32_t hpb_chunk_split(const chunk *c, place at);
/// Makes a fit of trial `index`, with the settings of a candidate. False: it has no row to train or validate on, `message`
/// says so.
bool hpb_chunk_fit(const chunk *c, uint32_t index, uint32_t fit, uint32_t candidate, hpb_fit *out,
                   char message[HPB_SPLITS_MESSAGE]);
/// Lists a fit of trial `index`, if the trial is sound; one that can't be made is the trial's fault.
void hpb_chunk_list_fit(chunk *c, uint32_t index, uint32_t fit, uint32_t candidate);
/// Lists the fits of a candidate on the splits of outer splits begin ... end - 1 of all sound trials, split by split.
void hpb_chunk_list(chunk *c, uint32_t candidate, uint32_t begin, uint32_t end);
/// Brings fits of equal shapes together.
void hpb_chunk_sort(chunk *c);
hpb_fit_config hpb_chunk_config(const chunk *c, uint32_t candidate);
/// Trains fits first ... first + n - 1 of the list, neighbours of one shape side by side.
void hpb_chunk_train(chunk *c, const hpb_fit_config *config, size_t first, size_t n);
/// R2 of a fit that is trained.
double hpb_chunk_r2(const chunk *c, const trial *t, uint32_t fit);
/// Trains outer splits begin ... end - 1 of all sound trials: every candidate, the choice, the refit. Where the chunk
/// is_in_turn those before them are trained, and they are one.
void hpb_chunk_search(chunk *c, uint32_t begin, uint32_t end);
void hpb_chunk_free(chunk *c);
bool hpb_chunk_wants_curves(const chunk *c, uint32_t replicate);
/// How many trials of the cell `room` bytes hold: 1 at least.
uint32_t hpb_chunk_size(const hpb_trial_runner *runner, const hpb_cell *cell, size_t room);

#endif // HPB_CHUNK_H
