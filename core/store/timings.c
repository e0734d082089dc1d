// SPDX-License-Identifier: Apache-2.0
// Timings in and out of the store. They are no results: measured together, and replaced together.
#include "store/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool hpb_store_has_timings(hpb_store *store, const char *key)
{
    sqlite3_stmt *statement;
    bool has = false;
    if (hpb_store_prepare(store, "SELECT 1 FROM benchmark WHERE key = ?", &statement, NULL) ==
        HPB_EXIT_OK) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        has = sqlite3_step(statement) == SQLITE_ROW;
    }
    sqlite3_finalize(statement);
    return has;
}

#define LOOKED_AT "64" // replicates that tell how long a fit takes

hpb_exit hpb_store_fit_seconds(hpb_store *store, uint32_t cell, double *out, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(
        store,
        "SELECT avg(fit_ns) FILTER (WHERE status <= 1),"
        " (SELECT count(*) FROM trial WHERE cell = ?1 AND status > 1 AND status <> 0) FROM trial"
        " WHERE cell = ?1 AND replicate < " LOOKED_AT,
        &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_int64(statement, 1, store->cell_ids[cell]);
    if (sqlite3_step(statement) != SQLITE_ROW)
        code = hpb_store_fail(store, error);
    else
        *out = sqlite3_column_int64(statement, 1) ? (double)NAN
                                                  : sqlite3_column_double(statement, 0) * 1e-9;
    sqlite3_finalize(statement);
    return code;
}

// --- writing ------------------------------------------------------------------------------------------

static hpb_exit insert_repetitions(hpb_store *store, sqlite3_stmt *statement, int64_t id,
                                   const hpb_timing *timing, hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t i = 0; i < timing->n_repetitions && code == HPB_EXIT_OK; i++) {
        sqlite3_bind_int64(statement, 1, id);
        sqlite3_bind_int64(statement, 2, i);
        sqlite3_bind_double(statement, 3, timing->cpu[i]);
        sqlite3_bind_double(statement, 4, timing->real[i]);
        code = hpb_store_step(store, statement, error);
    }
    return code;
}

static hpb_exit insert_timing(hpb_store *store, sqlite3_stmt *statement, int64_t id,
                              int64_t session, const hpb_timing *timing, hpb_error *error)
{
    int at = 0;
    sqlite3_bind_int64(statement, ++at, id);
    sqlite3_bind_int64(statement, ++at, session);
    sqlite3_bind_text(statement, ++at, hpb_timing_measure_name(timing->measure), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, ++at, timing->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, ++at, timing->plugin, -1, SQLITE_STATIC);
    at++; // a plugin's has no cell: NULL
    if (timing->cell >= 0 && (uint32_t)timing->cell < store->n_cells)
        sqlite3_bind_int64(statement, at, store->cell_ids[timing->cell]);
    sqlite3_bind_int64(statement, ++at, (int64_t)timing->n_items);
    sqlite3_bind_int64(statement, ++at, (int64_t)timing->n_iterations);
    return hpb_store_step(store, statement, error);
}

static hpb_exit insert_all(hpb_store *store, int64_t session, const hpb_timing *timings, uint32_t n,
                           hpb_error *error)
{
    sqlite3_stmt *timing = NULL, *repetition = NULL;
    hpb_exit code =
        hpb_store_prepare(store, "INSERT INTO timing VALUES (?,?,?,?,?,?,?,?)", &timing, error);
    if (code == HPB_EXIT_OK)
        code =
            hpb_store_prepare(store, "INSERT INTO repetition VALUES (?,?,?,?)", &repetition, error);
    for (uint32_t i = 0; i < n && code == HPB_EXIT_OK; i++) {
        code = insert_timing(store, timing, i, session, &timings[i], error);
        if (code == HPB_EXIT_OK)
            code = insert_repetitions(store, repetition, i, &timings[i], error);
    }
    sqlite3_finalize(timing);
    sqlite3_finalize(repetition);
    return code;
}

static hpb_exit insert_benchmark(hpb_store *store, const char *key, const char *json,
                                 int64_t *out_session, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(
        store, "INSERT INTO benchmark SELECT max(id), ?, ? FROM session", &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, json, -1, SQLITE_STATIC);
    code = hpb_store_step(store, statement, error);
    sqlite3_finalize(statement);
    *out_session = sqlite3_last_insert_rowid(store->db);
    return code;
}

hpb_exit hpb_store_put_timings(hpb_store *store, const char *key, const hpb_timing *timings,
                               uint32_t n, const char *json, hpb_error *error)
{
    int64_t session = 0;
    hpb_exit code = hpb_store_begin(store, error);
    if (code == HPB_EXIT_OK && !store->has_session)
        code = hpb_store_write_session(store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_execute(
            store, "DELETE FROM repetition; DELETE FROM timing; DELETE FROM benchmark", error);
    if (code == HPB_EXIT_OK)
        code = insert_benchmark(store, key, json, &session, error);
    if (code == HPB_EXIT_OK)
        code = insert_all(store, session, timings, n, error);
    return code == HPB_EXIT_OK ? hpb_store_commit(store, error) : code;
}

// --- reading ------------------------------------------------------------------------------------------

typedef struct reader {
    const hpb_stored_run *run;
    bool (*each)(void *context, const hpb_timing *timing);
    void *context;
    sqlite3_stmt *repetitions;
    double *seconds[2]; // processor's, wall clock's
    size_t capacity[2];
} reader;

// The index of a cell's row among the current ones; -1: it is not current.
static int32_t find_cell(const hpb_stored_run *run, int64_t id)
{
    for (uint32_t i = 0; i < run->n_cells; i++)
        if (run->cells[i].id == id)
            return (int32_t)i;
    return -1;
}

static bool find_measure(const char *name, hpb_timing_measure *out)
{
    for (int i = 0; i < HPB_TIMING_COUNT; i++)
        if (name && strcmp(name, hpb_timing_measure_name((hpb_timing_measure)i)) == 0) {
            *out = (hpb_timing_measure)i;
            return true;
        }
    return false;
}

static hpb_exit read_repetitions(hpb_store *store, reader *r, int64_t id, hpb_timing *timing,
                                 hpb_error *error)
{
    sqlite3_bind_int64(r->repetitions, 1, id);
    int rc;
    uint32_t n = 0;
    while ((rc = sqlite3_step(r->repetitions)) == SQLITE_ROW) {
        for (int i = 0; i < 2; i++) {
            r->seconds[i] = hpb_grow(r->seconds[i], &r->capacity[i], n + 1, sizeof(double));
            r->seconds[i][n] = sqlite3_column_double(r->repetitions, i);
        }
        n++;
    }
    const hpb_exit code = rc == SQLITE_DONE ? HPB_EXIT_OK : hpb_store_fail(store, error);
    sqlite3_reset(r->repetitions);
    timing->n_repetitions = n;
    timing->cpu = r->seconds[0];
    timing->real = r->seconds[1];
    return code;
}

// A fit is of a cell and a chore of none, and no time is negative or without end: a store may be made by hand.
static bool makes_sense(const hpb_timing *timing, bool is_cell)
{
    const bool is_fit =
        timing->measure == HPB_TIMING_FIT_ALONE || timing->measure == HPB_TIMING_FIT_BULK;
    if (is_fit != is_cell || is_fit != (*timing->plugin == '\0'))
        return false;
    for (uint32_t i = 0; i < timing->n_repetitions; i++)
        if (!(timing->cpu[i] >= 0 && timing->real[i] >= 0) ||
            isinf(timing->cpu[i] + timing->real[i]))
            return false;
    return true;
}

// Timings of cells that are no longer in the suite, and of measures that this hpbench does not know, are passed over.
static hpb_exit read_timing(hpb_store *store, reader *r, sqlite3_stmt *row, bool *out_goes_on,
                            hpb_error *error)
{
    const char *name = (const char *)sqlite3_column_text(row, 2);
    const char *plugin = (const char *)sqlite3_column_text(row, 3);
    const bool is_cell = sqlite3_column_type(row, 4) != SQLITE_NULL;
    hpb_timing timing = {
        .name = name ? name : "",
        .plugin = plugin ? plugin : "",
        .cell = is_cell ? find_cell(r->run, sqlite3_column_int64(row, 4)) : -1,
        .n_items = (uint64_t)sqlite3_column_int64(row, 5),
        .n_iterations = (uint64_t)sqlite3_column_int64(row, 6),
    };
    if (!find_measure((const char *)sqlite3_column_text(row, 1), &timing.measure) ||
        is_cell != (timing.cell >= 0))
        return HPB_EXIT_OK;
    const hpb_exit code = read_repetitions(store, r, sqlite3_column_int64(row, 0), &timing, error);
    if (code == HPB_EXIT_OK && timing.n_repetitions && makes_sense(&timing, is_cell))
        *out_goes_on = r->each(r->context, &timing);
    return code;
}

hpb_exit hpb_store_each_timing(hpb_store *store, const hpb_stored_run *run,
                               bool (*each)(void *context, const hpb_timing *timing), void *context,
                               hpb_error *error)
{
    reader r = {.run = run, .each = each, .context = context};
    sqlite3_stmt *rows = NULL;
    hpb_exit code = hpb_store_prepare(
        store, "SELECT id, measure, name, plugin, cell, items, iterations FROM timing ORDER BY id",
        &rows, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_prepare(store,
                                 "SELECT cpu_seconds, real_seconds FROM repetition"
                                 " WHERE timing = ? ORDER BY repetition",
                                 &r.repetitions, error);
    int rc = SQLITE_DONE;
    bool goes_on = true;
    while (code == HPB_EXIT_OK && goes_on && (rc = sqlite3_step(rows)) == SQLITE_ROW)
        code = read_timing(store, &r, rows, &goes_on, error);
    if (code == HPB_EXIT_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(rows);
    sqlite3_finalize(r.repetitions);
    free(r.seconds[0]);
    free(r.seconds[1]);
    return code;
}

hpb_exit hpb_store_read_benchmark(hpb_store *store, char **out, hpb_error *error)
{
    sqlite3_stmt *statement;
    *out = NULL;
    hpb_exit code = hpb_store_prepare(
        store, "SELECT json FROM benchmark ORDER BY session DESC LIMIT 1", &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    const int rc = sqlite3_step(statement);
    const char *json = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = hpb_store_fail(store, error);
    else
        *out = hpb_strdup(json ? json : "");
    sqlite3_finalize(statement);
    return code;
}
