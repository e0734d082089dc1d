// SPDX-License-Identifier: Apache-2.0
// Trials in and out of the store.
#include "store/private.h"

#include <inttypes.h>
#include <math.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>

// One NaN for all: which one the hardware made says nothing.
static uint64_t bits_of(double value)
{
    return isnan(value) ? UINT64_C(0x7ff8000000000000) : hpb_double_bits(value);
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// --- writing ------------------------------------------------------------------------------------------

static hpb_exit prepare_inserts(hpb_store *store, hpb_error *error)
{
    if (store->insert_curve)
        return HPB_EXIT_OK;
    hpb_exit code =
        hpb_store_prepare(store, "INSERT INTO trial VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                          &store->insert_trial, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_prepare(store, "INSERT INTO failure VALUES (?,?,?)",
                                 &store->insert_failure, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_prepare(store, "INSERT INTO curve VALUES (?,?,?)", &store->insert_curve,
                                 error);
    return code;
}

static void bind_number(sqlite3_stmt *statement, int at, double value)
{
    if (isnan(value))
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_double(statement, at, value);
}

static hpb_exit insert_trial(hpb_store *store, int64_t cell, const hpb_trial_result *result,
                             hpb_error *error)
{
    sqlite3_stmt *statement = store->insert_trial;
    uint64_t *folds = hpb_alloc(result->n_folds, sizeof *folds);
    for (uint32_t i = 0; i < result->n_folds; i++)
        folds[i] = bits_of(result->fold_mse[i]);
    int at = 0;
    sqlite3_bind_int64(statement, ++at, cell);
    sqlite3_bind_int64(statement, ++at, result->replicate);
    sqlite3_bind_int(statement, ++at, (int)result->status);
    bind_number(statement, ++at, result->mse);
    sqlite3_bind_int64(statement, ++at, (int64_t)bits_of(result->mse));
    sqlite3_bind_blob(statement, ++at, folds, (int)(result->n_folds * sizeof *folds),
                      SQLITE_STATIC);
    sqlite3_bind_int64(statement, ++at, (int64_t)result->epochs);
    sqlite3_bind_int64(statement, ++at, (int64_t)result->updates);
    bind_number(statement, ++at, result->loss);
    bind_number(statement, ++at, result->val_loss);
    bind_number(statement, ++at, result->baseline_mse);
    bind_number(statement, ++at, result->truth_mse);
    bind_number(statement, ++at, result->r2);
    for (int i = 0; i < HPB_STREAM_COUNT; i++)
        sqlite3_bind_int64(statement, ++at, result->seed[i]);
    sqlite3_bind_int64(statement, ++at, (int64_t)result->fit_ns);
    const hpb_exit code = hpb_store_step(store, statement, error);
    free(folds);
    return code;
}

static hpb_exit insert_failure(hpb_store *store, int64_t cell, const hpb_trial_result *result,
                               hpb_error *error)
{
    const char *cause = result->cause ? result->cause : hpb_status_name(result->status);
    sqlite3_bind_int64(store->insert_failure, 1, cell);
    sqlite3_bind_int64(store->insert_failure, 2, result->replicate);
    // a plugin's words may be any bytes: what is not UTF-8 is cut off
    sqlite3_bind_text(store->insert_failure, 3, cause, (int)hpb_utf8_valid(cause, strlen(cause)),
                      SQLITE_STATIC);
    return hpb_store_step(store, store->insert_failure, error);
}

hpb_exit hpb_store_add(hpb_store *store, const hpb_trial_result *result, hpb_error *error)
{
    if (result->cell >= store->n_cells)
        return hpb_error_set(error, HPB_EXIT_INTERNAL, "%s: no cell %" PRIu32, store->path,
                             result->cell);
    hpb_exit code = hpb_store_flush(store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_begin(store, error);
    if (code == HPB_EXIT_OK && !store->has_session)
        code = hpb_store_write_session(store, error);
    if (code == HPB_EXIT_OK)
        code = prepare_inserts(store, error);
    const int64_t cell = store->cell_ids[result->cell];
    if (code == HPB_EXIT_OK)
        code = insert_trial(store, cell, result, error);
    if (code == HPB_EXIT_OK && result->status > HPB_STATUS_DIVERGED)
        code = insert_failure(store, cell, result, error);
    if (code == HPB_EXIT_OK && result->curves) {
        sqlite3_bind_int64(store->insert_curve, 1, cell);
        sqlite3_bind_int64(store->insert_curve, 2, result->replicate);
        sqlite3_bind_blob64(store->insert_curve, 3, result->curves,
                            result->n_curve_floats * sizeof *result->curves, SQLITE_STATIC);
        code = hpb_store_step(store, store->insert_curve, error);
    }
    return code;
}

hpb_exit hpb_store_forget_failed(hpb_store *store, hpb_error *error)
{
    hpb_exit code = hpb_store_begin(store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_execute(
            store,
            "DELETE FROM failure WHERE cell IN (SELECT id FROM cell WHERE current);"
            "DELETE FROM trial WHERE status > 1 AND"
            " cell IN (SELECT id FROM cell WHERE current)",
            error);
    return code == HPB_EXIT_OK ? hpb_store_commit(store, error) : code;
}

hpb_exit hpb_store_clear(hpb_store *store, hpb_error *error)
{
    hpb_exit code = hpb_store_begin(store, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_execute(
            store,
            "DELETE FROM trial; DELETE FROM failure; DELETE FROM curve; DELETE FROM cell;"
            "DELETE FROM about; DELETE FROM session; DELETE FROM plugin; DELETE FROM data;"
            "DELETE FROM repetition; DELETE FROM timing; DELETE FROM benchmark",
            error);
    return code == HPB_EXIT_OK ? hpb_store_commit(store, error) : code;
}

// --- what is done -------------------------------------------------------------------------------------

// Counts without a walk over the index of what is not ok; the walk over the trials touches no values.
hpb_exit hpb_store_count_cell(hpb_store *store, int64_t cell, uint32_t planned,
                              uint64_t count[HPB_STATUS_COUNT], hpb_error *error)
{
    sqlite3_stmt *statement;
    memset(count, 0, 6 * sizeof *count);
    hpb_exit code =
        hpb_store_prepare(store,
                          "SELECT 0, count(*) FROM trial WHERE cell = ?1 AND replicate < ?2"
                          " UNION ALL SELECT status, count(*) FROM trial"
                          " WHERE cell = ?1 AND replicate < ?2 AND status <> 0 GROUP BY status",
                          &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_int64(statement, 1, cell);
    sqlite3_bind_int64(statement, 2, planned);
    int rc;
    bool is_total = true;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const int status = sqlite3_column_int(statement, 0);
        const uint64_t n = (uint64_t)sqlite3_column_int64(statement, 1);
        if (is_total) {
            count[0] = n;
        } else if (status >= 1 && status <= 5) {
            count[status] = n;
            count[0] -= n;
        }
        is_total = false;
    }
    if (rc != SQLITE_DONE)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    return code;
}

static hpb_exit mark_done(hpb_store *store, int64_t cell, uint32_t planned, uint8_t *done,
                          hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(
        store, "SELECT replicate FROM trial WHERE cell = ? AND replicate < ?", &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_int64(statement, 1, cell);
    sqlite3_bind_int64(statement, 2, planned);
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const int64_t replicate = sqlite3_column_int64(statement, 0);
        if (replicate >= 0)
            done[replicate / 8] |= (uint8_t)(1u << (replicate % 8));
    }
    if (rc != SQLITE_DONE)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    return code;
}

hpb_exit hpb_store_done(hpb_store *store, const hpb_plan *plan, uint32_t cell, uint8_t *done,
                        uint64_t count_by_status[HPB_STATUS_COUNT], hpb_error *error)
{
    const uint32_t planned = plan->cells[cell].n_replicates;
    if (cell >= store->n_cells)
        return hpb_error_set(error, HPB_EXIT_INTERNAL, "%s: no cell %" PRIu32, store->path, cell);
    hpb_exit code =
        hpb_store_count_cell(store, store->cell_ids[cell], planned, count_by_status, error);
    if (code != HPB_EXIT_OK || !done)
        return code;
    uint64_t stored = 0;
    for (int i = 0; i < HPB_STATUS_COUNT; i++)
        stored += count_by_status[i];
    const size_t n_bytes = ((size_t)planned + 7) / 8;
    memset(done, stored == planned ? 0xff : 0, n_bytes);
    return stored == planned || stored == 0
               ? HPB_EXIT_OK
               : mark_done(store, store->cell_ids[cell], planned, done, error);
}

// --- reading ------------------------------------------------------------------------------------------

#define TRIAL_COLUMNS                                                                              \
    "t.replicate, t.status, t.mse_bits, t.folds, t.epochs, t.updates, t.loss, t.val_loss,"         \
    " t.baseline_mse, t.truth_mse, t.r2, t.data_seed, t.split_seed, t.weights_seed, t.order_seed," \
    " t.fit_ns"
#define N_TRIAL_COLUMNS 16

static double column_number(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? (double)NAN
               : sqlite3_column_double(statement, column);
}

// Fills a result from a row of TRIAL_COLUMNS; `folds` is grown as needed. False: the row makes no sense.
static bool read_trial(sqlite3_stmt *statement, uint32_t cell, uint32_t n_splits, double **folds,
                       size_t *capacity, hpb_trial_result *out)
{
    const int64_t status = sqlite3_column_int64(statement, 1);
    const int n_bytes = sqlite3_column_bytes(statement, 3);
    if (status < 0 || status > HPB_STATUS_SET_ASIDE || n_bytes % 8 ||
        (uint32_t)n_bytes / 8 > n_splits || sqlite3_column_int64(statement, 0) < 0)
        return false;
    memset(out, 0, sizeof *out);
    out->cell = cell;
    out->replicate = (uint32_t)sqlite3_column_int64(statement, 0);
    out->status = (hpb_status)status;
    out->mse = double_of((uint64_t)sqlite3_column_int64(statement, 2));
    out->n_folds = (uint32_t)n_bytes / 8;
    *folds = hpb_grow(*folds, capacity, out->n_folds, sizeof **folds);
    if (out->n_folds)
        memcpy(*folds, sqlite3_column_blob(statement, 3), (size_t)n_bytes);
    out->fold_mse = *folds;
    out->epochs = (uint64_t)sqlite3_column_int64(statement, 4);
    out->updates = (uint64_t)sqlite3_column_int64(statement, 5);
    out->loss = column_number(statement, 6);
    out->val_loss = column_number(statement, 7);
    out->baseline_mse = column_number(statement, 8);
    out->truth_mse = column_number(statement, 9);
    out->r2 = column_number(statement, 10);
    for (int i = 0; i < HPB_STREAM_COUNT; i++)
        out->seed[i] = (uint32_t)sqlite3_column_int64(statement, 11 + i);
    out->fit_ns = (uint64_t)sqlite3_column_int64(statement, 15);
    return true;
}

// Copied, since a blob inside a page need not be aligned.
static void read_curves(sqlite3_stmt *statement, int column, float **curves, size_t *capacity,
                        hpb_trial_result *out)
{
    const void *blob = sqlite3_column_blob(statement, column);
    if (!blob)
        return;
    out->n_curve_floats = (uint32_t)sqlite3_column_bytes(statement, column) / sizeof **curves;
    *curves = hpb_grow(*curves, capacity, out->n_curve_floats, sizeof **curves);
    memcpy(*curves, blob, out->n_curve_floats * sizeof **curves);
    out->curves = *curves;
}

typedef bool (*trial_function)(void *context, const hpb_trial_result *result);

static hpb_exit each_row(hpb_store *store, const char *sql, int64_t id, uint32_t planned,
                         uint32_t cell, uint32_t n_splits, trial_function each, void *context,
                         hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(store, sql, &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, planned);
    double *folds = NULL;
    float *curves = NULL;
    size_t capacity = 0, curve_capacity = 0;
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        hpb_trial_result result;
        if (!read_trial(statement, cell, n_splits, &folds, &capacity, &result)) {
            code = hpb_error_set(error, HPB_EXIT_STORE,
                                 "%s: damaged: trial %" PRIi64 " of a cell holds no result",
                                 store->path, (int64_t)sqlite3_column_int64(statement, 0));
            break;
        }
        if (sqlite3_column_count(statement) > N_TRIAL_COLUMNS) {
            result.cause = (const char *)sqlite3_column_text(statement, N_TRIAL_COLUMNS);
            read_curves(statement, N_TRIAL_COLUMNS + 1, &curves, &curve_capacity, &result);
        }
        if (!each(context, &result))
            break;
    }
    if (code == HPB_EXIT_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    free(folds);
    free(curves);
    return code;
}

hpb_exit hpb_store_each_trial(hpb_store *store, const hpb_stored_run *run, uint32_t cell,
                              bool (*each)(void *context, const hpb_trial_result *result),
                              void *context, hpb_error *error)
{
    const hpb_stored_cell *stored = &run->cells[cell];
    return each_row(store,
                    "SELECT " TRIAL_COLUMNS ", f.cause, v.floats FROM trial AS t"
                    " LEFT JOIN failure AS f ON f.cell = t.cell AND f.replicate = t.replicate"
                    " LEFT JOIN curve AS v ON v.cell = t.cell AND v.replicate = t.replicate"
                    " WHERE t.cell = ? AND t.replicate < ? ORDER BY t.replicate",
                    stored->id, stored->n_planned, cell, stored->n_splits, each, context, error);
}

// "status <> 0" is what the partial index is known by.
hpb_exit hpb_store_each_failure(hpb_store *store, const hpb_stored_run *run,
                                void (*each)(void *context, const hpb_trial_result *result),
                                void *context, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code =
        hpb_store_prepare(store,
                          "SELECT t.replicate, t.status, f.cause FROM trial AS t"
                          " LEFT JOIN failure AS f ON f.cell = t.cell AND f.replicate = t.replicate"
                          " WHERE t.cell = ? AND t.status > 1 AND t.status <> 0 AND t.replicate < ?"
                          " ORDER BY t.replicate",
                          &statement, error);
    for (uint32_t i = 0; i < run->n_cells && code == HPB_EXIT_OK; i++) {
        sqlite3_bind_int64(statement, 1, run->cells[i].id);
        sqlite3_bind_int64(statement, 2, run->cells[i].n_planned);
        int rc;
        while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
            const hpb_trial_result result = {
                .cell = i,
                .replicate = (uint32_t)sqlite3_column_int64(statement, 0),
                .status = (hpb_status)sqlite3_column_int(statement, 1),
                .mse = (double)NAN,
                .cause = (const char *)sqlite3_column_text(statement, 2),
            };
            each(context, &result);
        }
        if (rc != SQLITE_DONE)
            code = hpb_store_fail(store, error);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return code;
}

size_t hpb_cause_kind(const char *cause)
{
    const char *where = strstr(cause, " in cell ");
    return where ? (size_t)(where - cause) : strlen(cause);
}

// --- the digest ---------------------------------------------------------------------------------------

static void hash_number(SHA256_CTX *context, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    SHA256_Update(context, bytes, sizeof bytes);
}

// No times, no words, and nothing that follows from the rest (R2 and its scale): what is hashed is the same on every
// machine.
static bool hash_trial(void *context, const hpb_trial_result *result)
{
    hash_number(context, result->replicate);
    hash_number(context, (uint64_t)result->status);
    hash_number(context, bits_of(result->mse));
    hash_number(context, result->n_folds);
    for (uint32_t i = 0; i < result->n_folds; i++)
        hash_number(context, bits_of(result->fold_mse[i]));
    hash_number(context, result->epochs);
    hash_number(context, result->updates);
    hash_number(context, bits_of(result->loss));
    hash_number(context, bits_of(result->val_loss));
    for (int i = 0; i < HPB_STREAM_COUNT; i++)
        hash_number(context, result->seed[i]);
    return true;
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const hpb_stored_cell *const *)a)->key,
                  (*(const hpb_stored_cell *const *)b)->key);
}

hpb_exit hpb_store_digest(hpb_store *store, char out[HPB_SHA256_TEXT], hpb_error *error)
{
    hpb_stored_run run;
    hpb_exit code = hpb_store_read_run(store, &run, error);
    if (code != HPB_EXIT_OK)
        return code;
    const hpb_stored_cell **cells = hpb_alloc(run.n_cells, sizeof *cells);
    for (uint32_t i = 0; i < run.n_cells; i++)
        cells[i] = &run.cells[i];
    qsort(cells, run.n_cells, sizeof *cells, by_key); // the order in a suite changes no result
    SHA256_CTX context;
    SHA256_Init(&context);
    for (uint32_t i = 0; i < run.n_cells && code == HPB_EXIT_OK; i++) {
        SHA256_Update(&context, (const uint8_t *)cells[i]->key, strlen(cells[i]->key));
        code = each_row(
            store,
            "SELECT " TRIAL_COLUMNS " FROM trial AS t WHERE t.cell = ? AND t.replicate < ?"
            " ORDER BY t.replicate",
            cells[i]->id, cells[i]->n_planned, 0, cells[i]->n_splits, hash_trial, &context, error);
    }
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, &context);
    hpb_hex_text(digest, sizeof digest, out);
    free(cells);
    hpb_stored_run_free(&run);
    return code;
}
