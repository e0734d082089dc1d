// SPDX-License-Identifier: Apache-2.0
// What a store looks like, and whether a file is one. docs/store.md explains the tables to its readers.
#include "store/private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char hpb_store_schema[] =
    "CREATE TABLE about (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE session (id INTEGER PRIMARY KEY, started TEXT NOT NULL, hpbench TEXT NOT NULL,"
    " isa TEXT NOT NULL, system TEXT NOT NULL, cpu TEXT NOT NULL, cores INTEGER NOT NULL,"
    " compiler TEXT NOT NULL, sqlite TEXT NOT NULL) STRICT;\n"
    "CREATE TABLE plugin (kind TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL,"
    " results_revision INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,"
    " PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE data (position INTEGER PRIMARY KEY, label TEXT NOT NULL, n_rows INTEGER NOT NULL,"
    " n_features INTEGER NOT NULL, sha256 TEXT NOT NULL, truth_mse REAL) STRICT;\n"
    "CREATE TABLE cell (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, label TEXT NOT NULL,"
    " position INTEGER NOT NULL, planned INTEGER NOT NULL, n_splits INTEGER NOT NULL,"
    " n_outer INTEGER NOT NULL, n_candidates INTEGER NOT NULL,"
    " twin INTEGER NOT NULL, data INTEGER NOT NULL, spec TEXT NOT NULL, levels TEXT NOT NULL,"
    " current INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE trial (cell INTEGER NOT NULL, replicate INTEGER NOT NULL, status INTEGER NOT "
    "NULL,"
    " mse REAL, mse_bits INTEGER NOT NULL, folds BLOB NOT NULL, epochs INTEGER NOT NULL,"
    " updates INTEGER NOT NULL, loss REAL, val_loss REAL, baseline_mse REAL, truth_mse REAL,"
    " r2 REAL, data_seed INTEGER NOT NULL,"
    " split_seed INTEGER NOT NULL, weights_seed INTEGER NOT NULL, order_seed INTEGER NOT NULL,"
    " fit_ns INTEGER NOT NULL, scores BLOB, chosen TEXT, pooled_mse REAL, pooled_r2 REAL,"
    " PRIMARY KEY (cell, replicate)) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE failure (cell INTEGER NOT NULL, replicate INTEGER NOT NULL, cause TEXT NOT NULL,"
    " PRIMARY KEY (cell, replicate)) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE curve (cell INTEGER NOT NULL, replicate INTEGER NOT NULL, floats BLOB NOT NULL,"
    " PRIMARY KEY (cell, replicate)) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE worth (cell INTEGER NOT NULL, replicate INTEGER NOT NULL, mse REAL,"
    " bits BLOB NOT NULL, PRIMARY KEY (cell, replicate)) STRICT, WITHOUT ROWID;\n"
    // only what is not ok: counting by status then needs no walk over every trial
    "CREATE INDEX trial_status ON trial (cell, status) WHERE status <> 0;\n"
    "CREATE TABLE benchmark (session INTEGER PRIMARY KEY, key TEXT NOT NULL, json TEXT NOT NULL)"
    " STRICT;\n"
    "CREATE TABLE timing (id INTEGER PRIMARY KEY, session INTEGER NOT NULL, measure TEXT NOT NULL,"
    " name TEXT NOT NULL, plugin TEXT NOT NULL, cell INTEGER, items INTEGER NOT NULL,"
    " iterations INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE repetition (timing INTEGER NOT NULL, repetition INTEGER NOT NULL,"
    " cpu_seconds REAL NOT NULL, real_seconds REAL NOT NULL, PRIMARY KEY (timing, repetition))"
    " STRICT, WITHOUT ROWID;\n"
    "CREATE VIEW v_timings AS SELECT t.measure, t.name, r.repetition, r.cpu_seconds,"
    " r.real_seconds, t.items, t.iterations FROM timing AS t JOIN repetition AS r"
    " ON r.timing = t.id ORDER BY t.id, r.repetition;\n"
    "CREATE VIEW v_trials AS SELECT c.label AS cell, t.replicate, CASE t.status WHEN 0 THEN 'ok'"
    " WHEN 1 THEN 'diverged' WHEN 2 THEN 'crashed' WHEN 3 THEN 'timeout' WHEN 4 THEN 'contract'"
    " ELSE 'set_aside' END AS status, t.mse AS test_mse,"
    " printf('%016x', t.mse_bits) AS test_mse_bits, length(t.folds) / 8 AS folds, t.epochs,"
    " t.updates, t.loss, t.val_loss, t.baseline_mse, t.truth_mse, t.r2, t.pooled_mse, t.pooled_r2,"
    " w.mse AS new_rows_mse, t.chosen, t.data_seed, t.split_seed, t.weights_seed, t.order_seed,"
    " t.fit_ns * 1e-9 AS seconds_a_fit, f.cause FROM cell AS c JOIN trial AS t ON t.cell = c.id"
    " LEFT JOIN failure AS f ON f.cell = t.cell AND f.replicate = t.replicate"
    " LEFT JOIN worth AS w ON w.cell = t.cell AND w.replicate = t.replicate"
    " WHERE c.current AND t.replicate < c.planned ORDER BY c.position, t.replicate;\n"
    "CREATE VIEW v_cells AS SELECT c.label AS cell, c.planned, count(t.replicate) AS stored,"
    " coalesce(sum(t.status = 0), 0) AS ok, coalesce(sum(t.status = 1), 0) AS diverged,"
    " coalesce(sum(t.status > 1), 0) AS failed, avg(t.mse) FILTER (WHERE t.status = 0) AS mean_mse,"
    " c.spec FROM cell AS c LEFT JOIN trial AS t ON t.cell = c.id AND t.replicate < c.planned"
    " WHERE c.current GROUP BY c.id ORDER BY c.position;\n";

// --- the file -----------------------------------------------------------------------------------------

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

#define REFUSE(...) (hpb_error_set(error, HPB_EXIT_STORE, __VA_ARGS__), STORE_FILE_REFUSED)

// The fields of the file format that is documented at sqlite.org/fileformat.html, section 1.3.
static store_file check_header(const char *path, const unsigned char *header, size_t n,
                               uint64_t file_size, hpb_error *error)
{
    if (n == 0)
        return REFUSE("%s: not an hpbench store: the file is empty", path);
    if (n < 100 || memcmp(header, "SQLite format 3", 16) != 0)
        return REFUSE("%s: not an hpbench store: not an SQLite file", path);
    if (big_endian(header + 68) != STORE_APPLICATION_ID)
        return REFUSE("%s: not an hpbench store: an SQLite file of another program "
                      "(application_id %" PRIu32 ")",
                      path, big_endian(header + 68));
    const uint32_t version = big_endian(header + 60);
    if (version > STORE_SCHEMA_VERSION)
        return REFUSE("%s: written by a newer hpbench: schema %" PRIu32 "; this one reads %d", path,
                      version, STORE_SCHEMA_VERSION);
    if (version > 0 && version < STORE_SCHEMA_VERSION) {
        hpb_error_set(error, HPB_EXIT_STORE,
                      "%s: written by an older hpbench: schema %" PRIu32 "; this one reads %d",
                      path, version, STORE_SCHEMA_VERSION);
        hpb_error_hint(error, "`hpbench run SUITE --fresh` starts over");
        return STORE_FILE_OLDER;
    }
    if (version < STORE_SCHEMA_VERSION)
        return REFUSE("%s: damaged: schema %" PRIu32 "; expected %d", path, version,
                      STORE_SCHEMA_VERSION);
    uint64_t page = (uint64_t)header[16] << 8 | header[17];
    page = page == 1 ? 65536 : page;
    const uint64_t expected = page * big_endian(header + 28);
    char *wal = hpb_format("%s-wal", path);
    const bool has_wal =
        access(wal, F_OK) == 0; // then the size in the header may be older than the file
    free(wal);
    if (!has_wal && file_size < expected)
        return REFUSE("%s: damaged: the file ends after %" PRIu64 " of %" PRIu64 " bytes", path,
                      file_size, expected);
    return STORE_FILE_GOOD;
}

store_file hpb_store_check_file(const char *path, hpb_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT) {
        hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be opened: %s", path, strerror(ENOENT));
        return STORE_FILE_ABSENT;
    }
    if (fd < 0)
        return REFUSE("%s: can't be opened: %s", path, strerror(errno));
    struct stat status;
    unsigned char header[100];
    store_file result;
    ssize_t n = -1;
    if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode))
        result = REFUSE("%s: not an hpbench store: not a regular file", path);
    else if ((n = pread(fd, header, sizeof header, 0)) < 0)
        result = REFUSE("%s: can't be read: %s", path, strerror(errno));
    else
        result = check_header(path, header, (size_t)n, (uint64_t)status.st_size, error);
    close(fd);
    return result;
}

// --- the schema ---------------------------------------------------------------------------------------

// All of a database's schema as one text.
static int schema_text(sqlite3 *db, hpb_text *out)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name",
                                -1, &statement, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW)
            for (int i = 0; i < 3; i++) {
                const char *text = (const char *)sqlite3_column_text(statement, i);
                hpb_text_add(out, "%s\n", text ? text : "-");
            }
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void expected_schema(hpb_text *out)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(":memory:", &db) == SQLITE_OK &&
        sqlite3_exec(db, hpb_store_schema, NULL, NULL, NULL) == SQLITE_OK)
        schema_text(db, out);
    sqlite3_close(db);
}

#define QUICK_CHECK_PAGES                                                                          \
    4096 // larger files are checked as they are read: a check of 1e6 trials takes seconds

static hpb_exit quick_check(hpb_store *store, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code =
        hpb_store_prepare(store,
                          "SELECT quick_check FROM pragma_page_count, pragma_quick_check(1) "
                          "WHERE page_count <= ?",
                          &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_int(statement, 1, QUICK_CHECK_PAGES);
    const int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        const char *finding = (const char *)sqlite3_column_text(statement, 0);
        if (!finding || strcmp(finding, "ok") != 0)
            code = hpb_error_set(error, HPB_EXIT_STORE, "%s: damaged: %s", store->path,
                                 finding ? finding : "unreadable");
    } else if (rc != SQLITE_DONE) {
        code = hpb_store_fail(store, error);
    }
    sqlite3_finalize(statement);
    return code;
}

hpb_exit hpb_store_check_schema(hpb_store *store, hpb_error *error)
{
    hpb_text found = {0}, expected = {0};
    expected_schema(&expected);
    hpb_exit code = HPB_EXIT_OK;
    if (schema_text(store->db, &found) != SQLITE_OK)
        code = hpb_store_fail(store, error);
    else if (!found.data || !expected.data || strcmp(found.data, expected.data) != 0)
        code = hpb_error_set(error, HPB_EXIT_STORE,
                             "%s: not an hpbench store: its tables are not those of schema %d",
                             store->path, STORE_SCHEMA_VERSION);
    if (code == HPB_EXIT_STORE && found.data && expected.data)
        hpb_error_hint(error, "another --output, or taking the file away, starts over");
    hpb_text_free(&found);
    hpb_text_free(&expected);
    return code == HPB_EXIT_OK ? quick_check(store, error) : code;
}

// The new name must outlive a loss of power as what is committed under it does.
static void sync_folder_of(const char *path)
{
    char *folder = hpb_strdup(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

hpb_exit hpb_store_create(const char *path, hpb_error *error)
{
    char *temporary = hpb_format("%s.new", path);
    unlink(temporary); // of a run that was killed here; we have the lock
    sqlite3 *db = NULL;
    hpb_text sql = {0};
    hpb_text_add(&sql,
                 "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; BEGIN; %s"
                 "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;",
                 hpb_store_schema, STORE_APPLICATION_ID, STORE_SCHEMA_VERSION);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    hpb_exit code = HPB_EXIT_OK;
    if (sqlite3_open_v2(temporary, &db, flags, NULL) != SQLITE_OK ||
        sqlite3_exec(db, sql.data, NULL, NULL, NULL) != SQLITE_OK)
        code = hpb_store_sqlite_error(db, path, error);
    sqlite3_close(db);
    if (code == HPB_EXIT_OK && rename(temporary, path) != 0)
        code =
            hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be written: %s", path, strerror(errno));
    if (code == HPB_EXIT_OK)
        sync_folder_of(path);
    else
        unlink(temporary);
    hpb_text_free(&sql);
    free(temporary);
    return code;
}
