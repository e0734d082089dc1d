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
    hpb_exit code = hpb_store_prepare(
        store, "INSERT INTO trial VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        &store->insert_trial, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_prepare(store, "INSERT INTO failure VALUES (?,?,?)",
                                 &store->insert_failure, error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_prepare(store, "INSERT INTO worth VALUES (?,?,?,?)", &store->insert_worth,
                                 error);
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

// Their bit patterns; a blob of length 0 where there are none.
static uint64_t *bind_doubles(sqlite3_stmt *statement, int at, const double *values, uint32_t n)
{
    uint64_t *bits = hpb_alloc(n, sizeof *bits);
    for (uint32_t i = 0; i < n; i++)
        bits[i] = bits_of(values[i]);
    sqlite3_bind_blob64(statement, at, bits, n * sizeof *bits, SQLITE_STATIC);
    return bits;
}

// NULL where nothing was chosen.
static void bind_chosen(sqlite3_stmt *statement, int at, const hpb_trial_result *result)
{
    hpb_text text = {0};
    for (uint32_t i = 0; i < result->n_chosen; i++)
        hpb_text_add(&text, "%s%" PRIu32, i ? " " : "", result->chosen[i]);
    sqlite3_bind_text(statement, at, text.data, -1, SQLITE_TRANSIENT);
    hpb_text_free(&text);
}

static hpb_exit insert_trial(hpb_store *store, int64_t cell, const hpb_trial_result *result,
                             hpb_error *error)
{
    sqlite3_stmt *statement = store->insert_trial;
    int at = 0;
    sqlite3_bind_int64(statement, ++at, cell);
    sqlite3_bind_int64(statement, ++at, result->replicate);
    sqlite3_bind_int(statement, ++at, (int)result->status);
    bind_number(statement, ++at, result->mse);
    sqlite3_bind_int64(statement, ++at, (int64_t)bits_of(result->mse));
    uint64_t *folds = bind_doubles(statement, ++at, result->fold_mse, result->n_folds),
             *scores = NULL;
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
    if (result->n_scores)
        scores = bind_doubles(statement, ++at, result->scores, result->n_scores);
    else
        sqlite3_bind_null(statement, ++at);
    bind_chosen(statement, ++at, result);
    bind_number(statement, ++at, result->pooled_mse);
    bind_number(statement, ++at, result->pooled_r2);
    const hpb_exit code = hpb_store_step(store, statement, error);
    free(folds);
    free(scores);
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

static hpb_exit insert_worth(hpb_store *store, int64_t cell, const hpb_trial_result *result,
                             hpb_error *error)
{
    sqlite3_bind_int64(store->insert_worth, 1, cell);
    sqlite3_bind_int64(store->insert_worth, 2, result->replicate);
    bind_number(store->insert_worth, 3, result->worth[result->n_worth - 1]);
    uint64_t *bits = bind_doubles(store->insert_worth, 4, result->worth, result->n_worth);
    const hpb_exit code = hpb_store_step(store, store->insert_worth, error);
    free(bits);
    return code;
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
    if (code == HPB_EXIT_OK && result->n_worth)
        code = insert_worth(store, cell, result, error);
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
            "DELETE FROM trial; DELETE FROM failure; DELETE FROM worth; DELETE FROM curve;"
            "DELETE FROM cell;"
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
    " t.fit_ns, t.scores, t.chosen, t.pooled_mse, t.pooled_r2, w.bits"
#define TRIALS                                                                                     \
    " FROM trial AS t LEFT JOIN worth AS w ON w.cell = t.cell AND w.replicate = t.replicate"
#define N_TRIAL_COLUMNS 21

// What one row is read into, row after row.
typedef struct row_buffers {
    double *folds, *scores, *worth;
    uint32_t *chosen;
    float *curves;
    size_t fold_capacity, score_capacity, worth_capacity, chosen_capacity, curve_capacity;
} row_buffers;

static double column_number(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? (double)NAN
               : sqlite3_column_double(statement, column);
}

// A blob of doubles, at most `most`. Copied, since a blob inside a page need not be aligned. False: it makes no sense.
static bool read_doubles(sqlite3_stmt *statement, int column, uint64_t most, double **values,
                         size_t *capacity, uint32_t *n)
{
    const uint32_t n_bytes = (uint32_t)sqlite3_column_bytes(statement, column);
    *n = n_bytes / sizeof **values;
    if (n_bytes % sizeof **values || *n > most)
        return false;
    *values = hpb_grow(*values, capacity, *n, sizeof **values);
    if (*n)
        memcpy(*values, sqlite3_column_blob(statement, column), n_bytes);
    return true;
}

// "1 0 2": a candidate for each outer split, or none at all.
static bool read_chosen(sqlite3_stmt *statement, int column, const hpb_stored_cell *of,
                        row_buffers *buffers, uint32_t *n)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    for (*n = 0; text && *text; ++*n) {
        char *end;
        const unsigned long long candidate = strtoull(text, &end, 10);
        if (*n == of->n_outer || *text < '0' || *text > '9' || candidate >= of->n_candidates ||
            (*end == ' ' && !end[1]) || (*end && *end != ' '))
            return false;
        buffers->chosen =
            hpb_grow(buffers->chosen, &buffers->chosen_capacity, *n + 1, sizeof *buffers->chosen);
        buffers->chosen[*n] = (uint32_t)candidate;
        text = end + (*end == ' ');
    }
    return *n == 0 || *n == of->n_outer;
}

// Fills a result from a row of TRIAL_COLUMNS. False: the row makes no sense.
static bool read_trial(sqlite3_stmt *statement, uint32_t cell, const hpb_stored_cell *of,
                       row_buffers *buffers, hpb_trial_result *out)
{
    const uint64_t n_splits = (uint64_t)of->n_outer * of->n_splits;
    const int64_t status = sqlite3_column_int64(statement, 1);
    if (status < 0 || status > HPB_STATUS_SET_ASIDE || sqlite3_column_int64(statement, 0) < 0)
        return false;
    memset(out, 0, sizeof *out);
    out->cell = cell;
    out->replicate = (uint32_t)sqlite3_column_int64(statement, 0);
    out->status = (hpb_status)status;
    out->mse = double_of((uint64_t)sqlite3_column_int64(statement, 2));
    if (!read_doubles(statement, 3, n_splits, &buffers->folds, &buffers->fold_capacity,
                      &out->n_folds) ||
        !read_doubles(statement, 16, n_splits * of->n_candidates, &buffers->scores,
                      &buffers->score_capacity, &out->n_scores) ||
        !read_chosen(statement, 17, of, buffers, &out->n_chosen) ||
        !read_doubles(statement, 20, n_splits * of->n_candidates + 1, &buffers->worth,
                      &buffers->worth_capacity, &out->n_worth) ||
        out->n_scores != (out->n_chosen ? n_splits * of->n_candidates : 0) ||
        (out->n_worth && out->n_worth != out->n_folds + 1 &&
         out->n_worth != n_splits * of->n_candidates + 1))
        return false; // scores and choice are there together, or not at all
    out->fold_mse = buffers->folds;
    out->scores = out->n_scores ? buffers->scores : NULL;
    out->chosen = out->n_chosen ? buffers->chosen : NULL;
    out->worth = out->n_worth ? buffers->worth : NULL;
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
    out->pooled_mse = column_number(statement, 18);
    out->pooled_r2 = column_number(statement, 19);
    return true;
}

static void read_curves(sqlite3_stmt *statement, int column, row_buffers *buffers,
                        hpb_trial_result *out)
{
    const void *blob = sqlite3_column_blob(statement, column);
    if (!blob)
        return;
    out->n_curve_floats = (uint32_t)sqlite3_column_bytes(statement, column) / sizeof(float);
    buffers->curves =
        hpb_grow(buffers->curves, &buffers->curve_capacity, out->n_curve_floats, sizeof(float));
    memcpy(buffers->curves, blob, out->n_curve_floats * sizeof(float));
    out->curves = buffers->curves;
}

typedef bool (*trial_function)(void *context, const hpb_trial_result *result);

static hpb_exit each_row(hpb_store *store, const char *sql, const hpb_stored_cell *of,
                         uint32_t cell, trial_function each, void *context, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(store, sql, &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_int64(statement, 1, of->id);
    sqlite3_bind_int64(statement, 2, of->n_planned);
    row_buffers buffers = {0};
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        hpb_trial_result result;
        if (!read_trial(statement, cell, of, &buffers, &result)) {
            code = hpb_error_set(error, HPB_EXIT_STORE,
                                 "%s: damaged: trial %" PRIi64 " of a cell holds no result",
                                 store->path, (int64_t)sqlite3_column_int64(statement, 0));
            break;
        }
        if (sqlite3_column_count(statement) > N_TRIAL_COLUMNS) {
            result.cause = (const char *)sqlite3_column_text(statement, N_TRIAL_COLUMNS);
            read_curves(statement, N_TRIAL_COLUMNS + 1, &buffers, &result);
        }
        if (!each(context, &result))
            break;
    }
    if (code == HPB_EXIT_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    free(buffers.folds);
    free(buffers.scores);
    free(buffers.worth);
    free(buffers.chosen);
    free(buffers.curves);
    return code;
}

hpb_exit hpb_store_each_trial(hpb_store *store, const hpb_stored_run *run, uint32_t cell,
                              bool (*each)(void *context, const hpb_trial_result *result),
                              void *context, hpb_error *error)
{
    return each_row(store,
                    "SELECT " TRIAL_COLUMNS ", f.cause, v.floats" TRIALS
                    " LEFT JOIN failure AS f ON f.cell = t.cell AND f.replicate = t.replicate"
                    " LEFT JOIN curve AS v ON v.cell = t.cell AND v.replicate = t.replicate"
                    " WHERE t.cell = ? AND t.replicate < ? ORDER BY t.replicate",
                    &run->cells[cell], cell, each, context, error);
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
    for (uint32_t i = 0; i < run->n_cells + run->n_grids && code == HPB_EXIT_OK; i++) {
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

// Nothing where nothing was searched.
static void hash_search(SHA256_CTX *context, const hpb_trial_result *result)
{
    if (!result->n_scores)
        return;
    hash_number(context, result->n_scores);
    for (uint32_t i = 0; i < result->n_scores; i++)
        hash_number(context, bits_of(result->scores[i]));
    for (uint32_t i = 0; i < result->n_chosen; i++)
        hash_number(context, result->chosen[i]);
}

// No times, no words, and nothing that follows from the rest (R2, its scale, all rows together): what is hashed is the same
// on every machine.
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
    hash_search(context, result);
    for (uint32_t i = 0; i < result->n_worth; i++)
        hash_number(context, bits_of(result->worth[i]));
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
        code = each_row(store,
                        "SELECT " TRIAL_COLUMNS TRIALS " WHERE t.cell = ? AND t.replicate < ?"
                        " ORDER BY t.replicate",
                        cells[i], 0, hash_trial, &context, error);
    }
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, &context);
    hpb_hex_text(digest, sizeof digest, out);
    free(cells);
    hpb_stored_run_free(&run);
    return code;
}
