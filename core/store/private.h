// SPDX-License-Identifier: Apache-2.0
// What the files of the store share; nobody else includes this.
#ifndef HPB_STORE_PRIVATE_H
#define HPB_STORE_PRIVATE_H

#include "store/store.h"

#include <sqlite3.h>

#define STORE_APPLICATION_ID 0x48504231 // "HPB1"; `file` and the header check know a store by it
#define STORE_SCHEMA_VERSION 5
#define STORE_LOCK_FILE "run.lock"

// Values of cell.current; 0: no longer in the suite.
#define STORE_CELL 1
#define STORE_GRID 2 // a crossed grid of seeds, behind all others

/// The whole schema; a store has exactly this text, or it is refused. docs/store.md describes it.
extern const char hpb_store_schema[];

struct hpb_store {
    sqlite3 *db;
    char *path;      // of the file, for messages
    char *lock_path; // writer
    int lock;        // descriptor that holds the lock; -1: reader
    bool is_wal;     // the file is in WAL mode
    bool in_transaction;
    bool is_broken;     // a write failed: nothing more is written, what is committed stays
    hpb_error fault;    // then: what it was
    bool has_session;   // this run's row in `session` is written
    int wal_frames;     // pages in the write-ahead log after the last commit
    uint64_t commit_ns; // monotonic time of the last commit
    uint64_t pause_ns;  // until the next
    sqlite3_stmt *insert_trial, *insert_failure, *insert_worth, *insert_curve;
    int64_t *cell_ids; // [n_cells]: row of each cell of the plan, from hpb_store_describe
    uint32_t n_cells;
    char *isa; // from hpb_store_describe
};

// --- schema.c -----------------------------------------------------------------------------------------

typedef enum store_file {
    STORE_FILE_ABSENT,
    STORE_FILE_GOOD,
    STORE_FILE_OLDER, ///< a store of an earlier schema
    STORE_FILE_REFUSED,
} store_file;

/// Looks at the file's header with plain reads, so that a foreign file is not touched by SQLite.
store_file hpb_store_check_file(const char *path, hpb_error *error);
/// Whether the open database has exactly our schema, and is not damaged where that is cheap to see.
hpb_exit hpb_store_check_schema(hpb_store *store, hpb_error *error);
/// Makes an empty store, whole or not at all: beside it, then renamed.
hpb_exit hpb_store_create(const char *path, hpb_error *error);

// --- lock.c -------------------------------------------------------------------------------------------

/// Takes the lock of a folder; HPB_EXIT_BUSY names who has it. The kernel drops it with the process.
hpb_exit hpb_store_lock(const char *lock_path, const char *folder, int *out, hpb_error *error);
void hpb_store_unlock(const char *lock_path, int lock);

// --- store.c ------------------------------------------------------------------------------------------

/// Turns SQLite's last error into ours. After a failed write the store takes no more.
hpb_exit hpb_store_fail(hpb_store *store, hpb_error *error);
/// The same for a handle that is no store yet.
hpb_exit hpb_store_sqlite_error(sqlite3 *db, const char *path, hpb_error *error);
hpb_exit hpb_store_execute(hpb_store *store, const char *sql, hpb_error *error);
hpb_exit hpb_store_prepare(hpb_store *store, const char *sql, sqlite3_stmt **out, hpb_error *error);
/// Steps a statement that returns no rows, and resets it.
hpb_exit hpb_store_step(hpb_store *store, sqlite3_stmt *statement, hpb_error *error);
/// Opens the transaction that is committed once a second, if it is not open.
hpb_exit hpb_store_begin(hpb_store *store, hpb_error *error);

// --- describe.c ---------------------------------------------------------------------------------------

/// Writes the row of `session`: on what machine and with which versions the trials that follow are run.
hpb_exit hpb_store_write_session(hpb_store *store, hpb_error *error);
/// The text of a value of `about`, or NULL where it is not there; free() it.
char *hpb_store_get_text(hpb_store *store, const char *key);
/// Every effective value of a cell, and which of them the suite does not give, as JSON; free() it.
char *hpb_store_cell_spec(const hpb_plan *plan, const hpb_cell *cell);

// --- trials.c -----------------------------------------------------------------------------------------

/// Counts the stored trials of a cell's first `planned` replicates by status.
hpb_exit hpb_store_count_cell(hpb_store *store, int64_t cell, uint32_t planned,
                              uint64_t count[HPB_STATUS_COUNT], hpb_error *error);

// --- changes.c ----------------------------------------------------------------------------------------

/// Adds a line to `changes` for all that differs between the stored description and the plan: "optimizer adam:
/// learning_rate 0.1 -> 0.2"; none twice. Before the description is written anew.
hpb_exit hpb_store_changes_find(hpb_store *store, const hpb_plan *plan,
                                const hpb_registry *registry, hpb_text *changes, hpb_error *error);

/// The factors and corners of a plan that explains, as `about` has them; null of another. A new reference.
json_t *hpb_store_explain_to_json(const hpb_plan *plan);

#endif // HPB_STORE_PRIVATE_H
