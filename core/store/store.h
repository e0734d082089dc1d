// SPDX-License-Identifier: Apache-2.0
// The store of a run: one SQLite file, one writer. What is not stored is not done.
//
// NaN and -0.0 do not survive SQLite's REAL, so every result has its bit pattern beside it. A store is an
// hpbench store by its application_id and schema version; anything else is refused untouched.
#ifndef HPB_STORE_H
#define HPB_STORE_H

#include "engine/trial.h"
#include "timing/timing.h"

#include <jansson.h>

typedef struct hpb_store hpb_store;

/// Opens for writing, making the folder and the file where there is none; takes the lock.
/// Codes: HPB_EXIT_BUSY (says who has it), HPB_EXIT_STORE.
hpb_exit hpb_store_open(const char *folder, hpb_store **out, hpb_error *error);
/// Opens read-only, also while a run writes: what is read is the store as it was at the first look.
hpb_exit hpb_store_open_read(const char *folder, hpb_store **out, hpb_error *error);
/// Commits, checkpoints into the one file (writer), closes. NULL is fine.
hpb_exit hpb_store_close(hpb_store *store, hpb_error *error);
/// Removes a store of an older hpbench, which can't be opened; leaves every other: --fresh, before hpb_store_open.
hpb_exit hpb_store_remove_older(const char *folder, hpb_error *error);
/// Forgets everything: --fresh.
hpb_exit hpb_store_clear(hpb_store *store, hpb_error *error);

/// Makes the store describe this plan: the suite's text, cells (found by their key, so that stored trials are
/// kept), plugins, machine and versions. Cells that are no longer in the plan stay stored, not current.
/// What changed since the last run goes to `changes`, one line each.
hpb_exit hpb_store_describe(hpb_store *store, const hpb_plan *plan, const hpb_registry *registry,
                            const char *isa, hpb_text *changes, hpb_error *error);

/// The record of looks (explain/looks.h) as text, from a store that is open for writing; NULL: none. free() it.
char *hpb_store_read_looks(hpb_store *store);
/// Puts another in its place, which the next commit keeps.
hpb_exit hpb_store_put_looks(hpb_store *store, const char *json, hpb_error *error);

/// Which of a cell's planned replicates are stored: bit r of `done[(n + 7) / 8]`; NULL: only counts them, by
/// status. After hpb_store_describe.
hpb_exit hpb_store_done(hpb_store *store, const hpb_plan *plan, uint32_t cell, uint8_t *done,
                        uint64_t count_by_status[HPB_STATUS_COUNT], hpb_error *error);
/// Deletes failed trials of the plan's cells, so that they run again: --retry-failed.
hpb_exit hpb_store_forget_failed(hpb_store *store, hpb_error *error);

/// Adds a trial to the open transaction; commits when 0.1 s to 1 s have passed since the last one, by what a commit
/// costs here.
hpb_exit hpb_store_add(hpb_store *store, const hpb_trial_result *result, hpb_error *error);
hpb_exit hpb_store_commit(hpb_store *store, hpb_error *error);
/// Commits where it is time: for when no trials come in.
hpb_exit hpb_store_flush(hpb_store *store, hpb_error *error);

/// Processor seconds of a fit in bulk of a cell, over its first trials as they were run; 0: none is stored; NaN: one
/// failed. After hpb_store_describe.
hpb_exit hpb_store_fit_seconds(hpb_store *store, uint32_t cell, double *out, hpb_error *error);
/// Whether the timings of this key are stored. `key`: what was timed, and how.
bool hpb_store_has_timings(hpb_store *store, const char *key);
/// Puts these timings in place of all that are stored, and commits. After hpb_store_describe.
/// json: as Google Benchmark writes them.
hpb_exit hpb_store_put_timings(hpb_store *store, const char *key, const hpb_timing *timings,
                               uint32_t n, const char *json, hpb_error *error);
/// Whether a run has the folder's lock, and who: "pid 4711 on HOST since 12:03".
bool hpb_store_owner(const char *folder, char *out, size_t size);

// --- reading: what the report, export and status need, without the plan ----------------------------------

typedef struct hpb_stored_cell {
    int64_t id;
    const char *key, *label;
    uint32_t n_planned;
    uint32_t n_splits, n_outer, n_candidates, n_fits; ///< as those of hpb_cell
    int32_t twin;                                     ///< index among the current cells, or -1
    uint32_t data;                                    ///< index into about's `data`
    /// JSON: every effective value (hpb_cell_to_json), and under "defaults", by axis, those that the suite does not
    /// give, with whose default it is: {"fit": {"epochs": "Keras", ...}, ...}
    const char *spec;
    const char *const *titles; ///< [HPB_AXIS_COUNT]: of the sections of its levels: "adam"
    const char *const *levels; ///< [HPB_AXIS_COUNT]: printed levels: "adam learning_rate 0.01"
} hpb_stored_cell;

typedef struct hpb_stored_run {
    hpb_arena *arena;
    /// Strings: suite_name, suite_text, overrides (" --set ...", as typed), question, started and changed (ISO 8601,
    /// UTC; changed: when this store was last opened for new trials), loader ("LD_PRELOAD=x.so", variables of the
    /// dynamic linker that were set then), and of the machine that ran the last of them: hpbench, isa, system, cpu,
    /// compiler, sqlite. Integers: engine_revision, cores, replicates, seed (decimal string), reference (index among
    /// `cells`), sessions. Booleans: curves, order_median. Arrays: factors (axis names, in the axes' order), plugins
    /// (objects of kind, id, version, results_revision, path, sha256), data (objects of label, n_rows, n_features,
    /// sha256 ("": generated), truth_mse (null: not known); hpb_stored_cell.data is the index).
    json_t *about;
    /// [n_cells + n_grids]: the current cells in the suite's order, then their crossed grids of seeds, which no report
    /// compares: each has in its spec "grid": {"data": levels, "split", "weights", "order"}; 0: held at its
    /// first number, null: not drawn
    hpb_stored_cell *cells;
    uint32_t n_cells, n_grids;
} hpb_stored_run;

hpb_exit hpb_store_read_run(hpb_store *store, hpb_stored_run *out, hpb_error *error);
void hpb_stored_run_free(hpb_stored_run *run);

/// Calls `each` for every stored trial of a current cell (index among the current cells), by replicate.
/// result->fold_mse, ->scores, ->chosen and ->curves are valid during the call. Stops early where `each` returns false.
hpb_exit hpb_store_each_trial(hpb_store *store, const hpb_stored_run *run, uint32_t cell,
                              bool (*each)(void *context, const hpb_trial_result *result),
                              void *context, hpb_error *error);

/// Counts the stored trials of a current cell by status, without reading them.
hpb_exit hpb_store_count(hpb_store *store, const hpb_stored_run *run, uint32_t cell,
                         uint64_t count_by_status[HPB_STATUS_COUNT], hpb_error *error);

/// Calls `each` for every failed trial of the current cells, in their order, by replicate; without its numbers.
hpb_exit hpb_store_each_failure(hpb_store *store, const hpb_stored_run *run,
                                void (*each)(void *context, const hpb_trial_result *result),
                                void *context, hpb_error *error);

/// Calls `each` for everything that was timed, in the order measured: fits of current cells (index among them), then
/// plugins. What it points to is valid during the call. Stops early where `each` returns false.
hpb_exit hpb_store_each_timing(hpb_store *store, const hpb_stored_run *run,
                               bool (*each)(void *context, const hpb_timing *timing), void *context,
                               hpb_error *error);
/// The timings as Google Benchmark wrote them, JSON; "" where nothing was timed. free() it.
hpb_exit hpb_store_read_benchmark(hpb_store *store, char **out, hpb_error *error);

/// Length of what a cause says happened: what follows, " in cell ..., replicate 7; ...", is another for each trial.
size_t hpb_cause_kind(const char *cause);

/// SHA-256 over the results of the current cells in order (bit patterns; no times): two stores with the same
/// results have the same digest.
hpb_exit hpb_store_digest(hpb_store *store, char out[HPB_SHA256_TEXT], hpb_error *error);

#define HPB_STORE_FILE "run.sqlite"

#endif // HPB_STORE_H
