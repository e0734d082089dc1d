// SPDX-License-Identifier: Apache-2.0
// A stretch of trials of a cell under way: prepared, then trained. Shared inside the engine alone.
#ifndef HPB_CHUNK_H
#define HPB_CHUNK_H

#include "engine/material.h"
#include "engine/private.h"
#include "engine/trial.h"

typedef struct trial {
    uint32_t replicate;
    hpb_trial_seeds seeds;
    const hpb_material *material;
    double *fold_mse, *loss, *val_loss; // [n_splits]
    float **curves;                     // [n_splits]: [epochs][2]
    uint32_t *epochs;                   // [n_splits]
    uint64_t updates;
    char *fault;
} trial;

typedef struct chunk {
    hpb_trial_runner *runner;
    const hpb_cell *cell;
    uint32_t cell_index;
    hpb_fit_config config;
    double validation_split;
    hpb_material_source source;
    hpb_material *materials;
    size_t n_materials;
    trial *trials;
    uint32_t n_trials;
    hpb_fit *fits; // [n_fits], equal shapes together
    size_t n_fits, next, end;
} chunk;

/// Room for n_trials; add each, then train. Nothing is alive-checked unless config.alive is set.
chunk hpb_chunk_begin(hpb_trial_runner *runner, uint32_t cell_index, uint32_t n_trials);
/// Prepares a trial: data, split, tables and fits, or its `fault`.
void hpb_chunk_add(chunk *c, uint32_t replicate);
/// Brings fits of equal shapes together.
void hpb_chunk_sort(chunk *c);
/// Trains fits first ... first + n - 1, neighbours of one shape side by side.
void hpb_chunk_train(chunk *c, size_t first, size_t n);
void hpb_chunk_free(chunk *c);
/// How many trials of the cell `room` bytes hold: 1 at least.
uint32_t hpb_chunk_size(const hpb_trial_runner *runner, const hpb_cell *cell, size_t room);

#endif // HPB_CHUNK_H
