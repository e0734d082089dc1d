// SPDX-License-Identifier: Apache-2.0
// From a store to the data of a report.
#ifndef HPB_REPORT_LOAD_H
#define HPB_REPORT_LOAD_H

#include "data.h"
#include "store/store.h"

/// Reads all trials once, in bounded memory: 8 bytes a planned trial. `run` must outlive `out`.
hpb_exit hpb_report_load(hpb_store *store, const hpb_stored_run *run, hpb_report_data *out,
                         hpb_error *error);

/// Reads one stored cell into the next of out->cells, which has room.
hpb_exit hpb_report_load_cell(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                              hpb_report_data *out, hpb_error *error);
/// Of a run that explains: both sides of each comparison as cells, and what was found; all other runs are only counted
/// (load_explained.c).
hpb_exit hpb_report_load_explained(hpb_store *store, const hpb_stored_run *run,
                                   hpb_report_data *out, hpb_error *error);

/// Median and quartiles by epoch of curves as a trial stores them ([n] floats: epochs, then training and
/// validation loss by turns, fit after fit). Returns an array of *n_epochs in the arena, or NULL.
hpb_report_epoch *hpb_report_curves(hpb_arena *arena, const float *floats, size_t n,
                                    uint32_t *n_epochs);

/// Reads the run's timings into `out`, whose cells are there (load_timings.c).
hpb_exit hpb_report_load_timings(hpb_store *store, const hpb_stored_run *run, hpb_report_data *out,
                                 hpb_error *error);

#endif // HPB_REPORT_LOAD_H
