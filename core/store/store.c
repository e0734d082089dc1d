// SPDX-License-Identifier: Apache-2.0
// Opening, writing and closing the store of a run.
//
// WAL with synchronous = FULL: a commit is on the disk. The first error of a write ends all writing, since
// a second fsync may report success with the data lost. The file is put into WAL mode by the first write and
// back at the end, so a finished run is one file, and looking at it again does not touch it.
#include "store/private.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMMIT_LEAST_NS UINT64_C(100000000)
#define COMMIT_MOST_NS UINT64_C(1000000000)
#define COMMIT_SHARE 50        // of the time goes into commits, where the disk allows it: 1 / 50
#define CHECKPOINT_FRAMES 4000 // about 16 MB of WAL

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

// --- errors -------------------------------------------------------------------------------------------

hpb_exit hpb_store_sqlite_error(sqlite3 *db, const char *path, hpb_error *error)
{
    const int rc = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    const int noted = db ? sqlite3_system_errno(db) : 0;
    const int fault = noted ? noted : errno; // COMMIT does not note it
    switch (rc & 0xff) {
    case SQLITE_FULL:
        hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be written: %s", path,
                      strerror(fault ? fault : ENOSPC));
        hpb_error_hint(error, "make room, then the same command goes on");
        return HPB_EXIT_STORE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return hpb_error_set(error, HPB_EXIT_STORE, "%s: damaged: %s", path, sqlite3_errmsg(db));
    case SQLITE_READONLY:
        return hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be written: %s", path,
                             strerror(fault ? fault : EACCES));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hpb_error_set(error, HPB_EXIT_BUSY, "%s: in use by another program", path);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be read or written: %s", path,
                      fault ? strerror(fault) : sqlite3_errmsg(db));
        hpb_error_hint_limit(error, fault);
        return HPB_EXIT_STORE;
    default:
        return hpb_error_set(error, HPB_EXIT_STORE, "%s: %s", path,
                             db ? sqlite3_errmsg(db) : "out of memory");
    }
}

hpb_exit hpb_store_fail(hpb_store *store, hpb_error *error)
{
    hpb_error fault;
    const hpb_exit code = hpb_store_sqlite_error(store->db, store->path, &fault);
    if (error)
        *error = fault;
    if (store->lock >= 0 && !store->is_broken) {
        store->is_broken = true;
        store->fault = fault;
    }
    return code;
}

hpb_exit hpb_store_execute(hpb_store *store, const char *sql, hpb_error *error)
{
    errno = 0;
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? HPB_EXIT_OK
               : hpb_store_fail(store, error);
}

hpb_exit hpb_store_prepare(hpb_store *store, const char *sql, sqlite3_stmt **out, hpb_error *error)
{
    *out = NULL;
    return sqlite3_prepare_v2(store->db, sql, -1, out, NULL) == SQLITE_OK
               ? HPB_EXIT_OK
               : hpb_store_fail(store, error);
}

hpb_exit hpb_store_step(hpb_store *store, sqlite3_stmt *statement, hpb_error *error)
{
    errno = 0;
    const int rc = sqlite3_step(statement);
    const hpb_exit code = rc == SQLITE_DONE ? HPB_EXIT_OK : hpb_store_fail(store, error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code;
}

// What broke the store, whoever heard of it then: a caller that goes on must not take silence for success.
static hpb_exit broken(const hpb_store *store, hpb_error *error)
{
    if (error)
        *error = store->fault;
    return store->fault.code;
}

// --- memory -------------------------------------------------------------------------------------------

// SQLite gets its memory or hpbench ends, as everywhere: a column that is NULL for want of memory would pass for
// one that is empty.
static void *memory_get(int size)
{
    return hpb_alloc(1, (size_t)size);
}

static void *memory_resize(void *memory, int size)
{
    size_t capacity = 0;
    return hpb_grow(memory, &capacity, (size_t)size, 1);
}

static int memory_size(void *memory)
{
    return (int)malloc_usable_size(memory);
}

static int memory_round(int size)
{
    return (size + 7) & ~7;
}

static int memory_begin(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void memory_end(void *context)
{
    (void)context;
}

// Before the first database is opened; later calls change nothing.
static void use_memory(void)
{
    static const sqlite3_mem_methods methods = {
        memory_get, free, memory_resize, memory_size, memory_round, memory_begin, memory_end, NULL};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

// --- opening ------------------------------------------------------------------------------------------

// A store may come from someone else: it is data, and must not act.
static hpb_exit harden(hpb_store *store, hpb_error *error)
{
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, 2000);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 256 << 20);
    return hpb_store_execute(store, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", error);
}

static hpb_exit read_journal_mode(hpb_store *store, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(store, "PRAGMA journal_mode", &statement, error);
    if (code == HPB_EXIT_OK && sqlite3_step(statement) == SQLITE_ROW)
        store->is_wal = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    else if (code == HPB_EXIT_OK)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    return code;
}

static hpb_exit open_database(hpb_store *store, int flags, hpb_error *error)
{
    const int all = flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(store->path, &store->db, all, NULL) != SQLITE_OK)
        return hpb_store_fail(store, error);
    hpb_exit code = harden(store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_check_schema(store, error);
    return code == HPB_EXIT_OK ? read_journal_mode(store, error) : code;
}

// In place of SQLite's automatic checkpoint, which would keep its errors to itself.
static int note_frames(void *context, sqlite3 *db, const char *name, int frames)
{
    (void)db;
    (void)name;
    ((hpb_store *)context)->wal_frames = frames;
    return SQLITE_OK;
}

static void release(hpb_store *store)
{
    if (!store)
        return;
    sqlite3_finalize(store->insert_trial);
    sqlite3_finalize(store->insert_failure);
    sqlite3_finalize(store->insert_worth);
    sqlite3_finalize(store->insert_curve);
    sqlite3_close(store->db);
    hpb_store_unlock(store->lock_path, store->lock);
    free(store->lock_path);
    free(store->path);
    free(store->cell_ids);
    free(store->isa);
    free(store);
}

hpb_exit hpb_store_open(const char *folder, hpb_store **out, hpb_error *error)
{
    *out = NULL;
    // Without this a limit on file sizes kills the process instead of failing the write.
    signal(SIGXFSZ, SIG_IGN);
    use_memory();
    hpb_exit code = hpb_folder_create(folder, error);
    if (code != HPB_EXIT_OK)
        return code;
    hpb_store *store = hpb_alloc(1, sizeof *store);
    store->path = hpb_format("%s/" HPB_STORE_FILE, folder);
    store->lock_path = hpb_format("%s/" STORE_LOCK_FILE, folder);
    store->lock = -1;
    code = hpb_store_lock(store->lock_path, folder, &store->lock, error);
    if (code == HPB_EXIT_OK) {
        const store_file file = hpb_store_check_file(store->path, error);
        if (file == STORE_FILE_ABSENT)
            code = hpb_store_create(store->path, error);
        else if (file != STORE_FILE_GOOD)
            code = HPB_EXIT_STORE;
    }
    if (code == HPB_EXIT_OK)
        code = open_database(store, SQLITE_OPEN_READWRITE, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_execute(store, "PRAGMA synchronous = FULL", error);
    if (code != HPB_EXIT_OK) {
        if (store->db) // what was refused stays as it is
            sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
        release(store);
        return code;
    }
    sqlite3_wal_hook(store->db, note_frames, store);
    store->commit_ns = now_ns();
    store->pause_ns = COMMIT_LEAST_NS;
    *out = store;
    return HPB_EXIT_OK;
}

hpb_exit hpb_store_remove_older(const char *folder, hpb_error *error)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char *path = hpb_format("%s/" HPB_STORE_FILE, folder);
    char *lock_path = hpb_format("%s/" STORE_LOCK_FILE, folder);
    int lock = -1;
    hpb_exit code = HPB_EXIT_OK;
    if (hpb_store_check_file(path, NULL) == STORE_FILE_OLDER)
        code = hpb_store_lock(lock_path, folder, &lock, error);
    for (size_t i = 0; i < HPB_COUNT(endings) && lock >= 0; i++) {
        char *file = hpb_format("%s%s", path, endings[i]);
        if (unlink(file) != 0 && errno != ENOENT)
            code = hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be removed: %s", file,
                                 strerror(errno));
        free(file);
    }
    hpb_store_unlock(lock_path, lock);
    free(lock_path);
    free(path);
    return code;
}

static hpb_exit open_to_read(hpb_store *store, hpb_error *error, bool *out_needs_writer)
{
    const store_file file = hpb_store_check_file(store->path, error);
    if (file == STORE_FILE_ABSENT)
        hpb_error_hint(error, "expected the folder of a run, as `hpbench run` makes it");
    if (file != STORE_FILE_GOOD)
        return HPB_EXIT_STORE;
    const hpb_exit code = open_database(store, SQLITE_OPEN_READONLY, error);
    *out_needs_writer =
        code != HPB_EXIT_OK && (sqlite3_extended_errcode(store->db) & 0xff) == SQLITE_READONLY;
    // one transaction for all that is read, so that counts and trials are of the same moment
    return code == HPB_EXIT_OK ? hpb_store_execute(store, "BEGIN", error) : code;
}

hpb_exit hpb_store_open_read(const char *folder, hpb_store **out, hpb_error *error)
{
    *out = NULL;
    use_memory();
    for (bool is_mended = false;; is_mended = true) {
        hpb_store *store = hpb_alloc(1, sizeof *store), *writer;
        store->path = hpb_format("%s/" HPB_STORE_FILE, folder);
        store->lock = -1;
        bool needs_writer = false;
        const hpb_exit code = open_to_read(store, error, &needs_writer);
        if (code == HPB_EXIT_OK) {
            *out = store;
            return HPB_EXIT_OK;
        }
        release(store);
        // A run that was killed in the middle of a write of the file itself: a writer has to undo that write.
        if (!needs_writer || is_mended || hpb_store_open(folder, &writer, error) != HPB_EXIT_OK)
            return code;
        hpb_store_close(writer, NULL);
    }
}

// One file is the whole run: the WAL is written back and goes.
static hpb_exit finish(hpb_store *store, hpb_error *error)
{
    if (store->is_broken) {
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
        return broken(store, error);
    }
    const hpb_exit code = hpb_store_commit(store, error);
    if (code != HPB_EXIT_OK || !store->is_wal)
        return code;
    sqlite3_busy_timeout(store->db, 200);
    const int rc = sqlite3_exec(store->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    // a reader is looking: the store stays in two files until the next run, and nothing is lost
    return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED
               ? HPB_EXIT_OK
               : hpb_store_fail(store, error);
}

hpb_exit hpb_store_close(hpb_store *store, hpb_error *error)
{
    if (!store)
        return HPB_EXIT_OK;
    sqlite3_finalize(store->insert_trial);
    sqlite3_finalize(store->insert_failure);
    sqlite3_finalize(store->insert_worth);
    sqlite3_finalize(store->insert_curve);
    store->insert_trial = store->insert_failure = NULL;
    store->insert_worth = store->insert_curve = NULL;
    const hpb_exit code = store->lock >= 0 ? finish(store, error) : HPB_EXIT_OK;
    release(store);
    return code;
}

// --- writing ------------------------------------------------------------------------------------------

static hpb_exit enter_wal(hpb_store *store, hpb_error *error)
{
    if (store->is_wal)
        return HPB_EXIT_OK;
    hpb_exit code = hpb_store_execute(store, "PRAGMA journal_mode = WAL", error);
    if (code == HPB_EXIT_OK)
        code = read_journal_mode(store, error);
    if (code == HPB_EXIT_OK && !store->is_wal)
        code = hpb_error_set(error, HPB_EXIT_STORE,
                             "%s: this file system can't hold a store (no write-ahead log)",
                             store->path);
    return code;
}

hpb_exit hpb_store_begin(hpb_store *store, hpb_error *error)
{
    if (store->in_transaction)
        return HPB_EXIT_OK;
    if (store->is_broken)
        return broken(store, error);
    hpb_exit code = enter_wal(store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_execute(store, "BEGIN IMMEDIATE", error);
    store->in_transaction = code == HPB_EXIT_OK;
    return code;
}

// A quick disk loses less to a crash, a slow one is not kept busy with commits.
static uint64_t pause_after(uint64_t took_ns)
{
    const uint64_t pause = took_ns * COMMIT_SHARE;
    return pause < COMMIT_LEAST_NS  ? COMMIT_LEAST_NS
           : pause > COMMIT_MOST_NS ? COMMIT_MOST_NS
                                    : pause;
}

hpb_exit hpb_store_commit(hpb_store *store, hpb_error *error)
{
    store->commit_ns = now_ns();
    if (store->is_broken)
        return broken(store, error);
    if (!store->in_transaction)
        return HPB_EXIT_OK;
    store->in_transaction = false;
    hpb_exit code = hpb_store_execute(store, "COMMIT", error);
    if (code != HPB_EXIT_OK)
        return code;
    const uint64_t begin = store->commit_ns;
    store->commit_ns = now_ns();
    store->pause_ns = pause_after(store->commit_ns - begin);
    if (store->wal_frames < CHECKPOINT_FRAMES)
        return code;
    const int rc =
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY ? code : hpb_store_fail(store, error);
}

hpb_exit hpb_store_flush(hpb_store *store, hpb_error *error)
{
    return now_ns() - store->commit_ns >= store->pause_ns ? hpb_store_commit(store, error)
                                                          : HPB_EXIT_OK;
}
