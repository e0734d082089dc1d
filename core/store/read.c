// SPDX-License-Identifier: Apache-2.0
// What a store says about its run: for the report, export and status, which see no plan.
#include "loader/json.h"
#include "store/private.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

// Steps through the rows of a query.
static hpb_exit each_row(hpb_store *store, const char *sql,
                         void (*row)(void *context, sqlite3_stmt *), void *context,
                         hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(store, sql, &statement, error);
    int rc = SQLITE_DONE;
    if (code == HPB_EXIT_OK)
        while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
            row(context, statement);
    if (code == HPB_EXIT_OK && rc != SQLITE_DONE)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    return code;
}

// --- about --------------------------------------------------------------------------------------------

// "optimizer,splitter" as an array.
static json_t *words(const char *text)
{
    json_t *array = json_array();
    while (*text) {
        const size_t n = strcspn(text, ",");
        json_array_append_new(array, json_stringn(text, n));
        text += n + (text[n] == ',');
    }
    return array;
}

static void about_row(void *context, sqlite3_stmt *statement)
{
    json_t *about = context;
    const char *key = text_of(statement, 0);
    json_t *value;
    if (strcmp(key, "factors") == 0)
        value = words(text_of(statement, 1));
    else if (strcmp(key, "explain") == 0 || strcmp(key, "looks") == 0)
        value = json_loads(text_of(statement, 1), JSON_DECODE_ANY, NULL);
    else if (strcmp(key, "curves") == 0 || strcmp(key, "order_median") == 0)
        value = json_boolean(sqlite3_column_int64(statement, 1));
    else if (sqlite3_column_type(statement, 1) == SQLITE_INTEGER)
        value = json_integer(sqlite3_column_int64(statement, 1));
    else // a suite's comments may hold bytes that are not UTF-8, which JSON can't say
        value = json_stringn(
            text_of(statement, 1),
            hpb_utf8_valid(text_of(statement, 1), (size_t)sqlite3_column_bytes(statement, 1)));
    json_object_set_new(about, key, value);
}

static void session_row(void *context, sqlite3_stmt *statement)
{
    json_t *about = context;
    for (int i = 0; i < sqlite3_column_count(statement); i++)
        json_object_set_new(about, sqlite3_column_name(statement, i),
                            sqlite3_column_type(statement, i) == SQLITE_INTEGER
                                ? json_integer(sqlite3_column_int64(statement, i))
                                : hpb_json_text(text_of(statement, i)));
}

// An object of a row's columns, appended to an array.
static void object_row(void *context, sqlite3_stmt *statement)
{
    json_t *object = json_object();
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const int type = sqlite3_column_type(statement, i);
        json_object_set_new(object, sqlite3_column_name(statement, i),
                            type == SQLITE_NULL ? json_null()
                            : type == SQLITE_INTEGER
                                ? json_integer(sqlite3_column_int64(statement, i))
                            : type == SQLITE_FLOAT ? json_real(sqlite3_column_double(statement, i))
                                                   : hpb_json_text(text_of(statement, i)));
    }
    json_array_append_new(context, object);
}

static hpb_exit read_about(hpb_store *store, json_t *about, hpb_error *error)
{
    json_t *plugins = json_array(), *data = json_array();
    json_object_set_new(about, "plugins", plugins);
    json_object_set_new(about, "data", data);
    hpb_exit code = each_row(store, "SELECT key, value FROM about", about_row, about, error);
    if (code == HPB_EXIT_OK)
        code = each_row(
            store,
            "SELECT hpbench, isa, system, cpu, cores, compiler, sqlite,"
            " (SELECT count(*) FROM session) AS sessions FROM session ORDER BY id DESC LIMIT 1",
            session_row, about, error);
    if (code == HPB_EXIT_OK)
        code = each_row(store,
                        "SELECT kind, id, version, results_revision, path, sha256 FROM plugin"
                        " ORDER BY kind, id",
                        object_row, plugins, error);
    if (code == HPB_EXIT_OK)
        code = each_row(
            store,
            "SELECT label, n_rows, n_features, sha256, truth_mse FROM data ORDER BY position",
            object_row, data, error);
    return code;
}

// --- cells --------------------------------------------------------------------------------------------

typedef struct cells {
    hpb_stored_run *run;
    size_t capacity;
} cells;

// Of each axis ["title", "label"]: `which` of the two.
static const char *const *read_levels(hpb_arena *arena, const char *text, size_t which)
{
    const char **levels = hpb_arena_alloc(arena, HPB_AXIS_COUNT, sizeof *levels);
    json_t *object = json_loads(text, 0, NULL);
    for (size_t i = 0; i < HPB_AXIS_COUNT; i++) {
        const json_t *pair = json_object_get(object, hpb_axis_name((hpb_axis)i));
        const char *level = json_string_value(json_array_get(pair, which));
        levels[i] = hpb_arena_strdup(arena, level ? level : "");
    }
    json_decref(object);
    return levels;
}

// Fits of a trial: every candidate on every split, and those that are fitted again.
static uint32_t fits_of(const hpb_stored_cell *cell)
{
    json_t *spec = json_loads(cell->spec, 0, NULL);
    const char *report =
        json_string_value(json_object_get(json_object_get(spec, "protocol"), "report"));
    const uint32_t n_refits = report && strcmp(report, "refit") == 0;
    json_decref(spec);
    return cell->n_outer * (cell->n_candidates * cell->n_splits + n_refits);
}

static void cell_row(void *context, sqlite3_stmt *statement)
{
    cells *all = context;
    hpb_stored_run *run = all->run;
    const uint32_t n = run->n_cells + run->n_grids;
    run->cells = hpb_grow(run->cells, &all->capacity, n + 1, sizeof *run->cells);
    ++*(sqlite3_column_int(statement, 11) == STORE_GRID ? &run->n_grids : &run->n_cells);
    run->cells[n] = (hpb_stored_cell){
        .id = sqlite3_column_int64(statement, 0),
        .key = hpb_arena_strdup(run->arena, text_of(statement, 1)),
        .label = hpb_arena_strdup(run->arena, text_of(statement, 2)),
        .n_planned = (uint32_t)sqlite3_column_int64(statement, 3),
        .n_splits = (uint32_t)sqlite3_column_int64(statement, 4),
        .n_outer = (uint32_t)sqlite3_column_int64(statement, 5),
        .n_candidates = (uint32_t)sqlite3_column_int64(statement, 6),
        .twin = sqlite3_column_int(statement, 7),
        .data = (uint32_t)sqlite3_column_int64(statement, 8),
        .spec = hpb_arena_strdup(run->arena, text_of(statement, 9)),
        .titles = read_levels(run->arena, text_of(statement, 10), 0),
        .levels = read_levels(run->arena, text_of(statement, 10), 1),
    };
    run->cells[n].n_fits = fits_of(&run->cells[n]);
}

#define MOST_SCORES 125000000 // doubles in SQLITE_MAX_LENGTH bytes: no blob has more

// A store may be damaged, or made by hand: what points at something else must point inside.
static hpb_exit check_run(hpb_store *store, const hpb_stored_run *run, hpb_error *error)
{
    const json_int_t reference = json_integer_value(json_object_get(run->about, "reference"));
    bool is_good = run->n_cells == 0 || (reference >= 0 && reference < run->n_cells);
    const size_t n_data = json_array_size(json_object_get(run->about, "data"));
    for (uint32_t i = 0; i < run->n_cells + run->n_grids && is_good; i++) {
        const hpb_stored_cell *cell = &run->cells[i];
        is_good = cell->twin >= -1 && cell->twin < (int32_t)run->n_cells && cell->data < n_data &&
                  (double)cell->n_outer * cell->n_candidates * cell->n_splits <= MOST_SCORES;
    }
    return is_good ? HPB_EXIT_OK
                   : hpb_error_set(error, HPB_EXIT_STORE,
                                   "%s: damaged: its cells do not fit together", store->path);
}

hpb_exit hpb_store_read_run(hpb_store *store, hpb_stored_run *out, hpb_error *error)
{
    memset(out, 0, sizeof *out);
    out->arena = hpb_arena_create();
    out->about = json_object();
    cells all = {.run = out};
    hpb_exit code = read_about(store, out->about, error);
    if (code == HPB_EXIT_OK)
        code =
            each_row(store,
                     "SELECT id, key, label, planned, n_splits, n_outer, n_candidates, twin, data,"
                     " spec, levels, current FROM cell WHERE current ORDER BY current, position",
                     cell_row, &all, error);
    if (code == HPB_EXIT_OK)
        code = check_run(store, out, error);
    if (code != HPB_EXIT_OK)
        hpb_stored_run_free(out);
    return code;
}

void hpb_stored_run_free(hpb_stored_run *run)
{
    json_decref(run->about);
    free(run->cells);
    hpb_arena_destroy(run->arena);
    memset(run, 0, sizeof *run);
}

hpb_exit hpb_store_count(hpb_store *store, const hpb_stored_run *run, uint32_t cell,
                         uint64_t count_by_status[HPB_STATUS_COUNT], hpb_error *error)
{
    return hpb_store_count_cell(store, run->cells[cell].id, run->cells[cell].n_planned,
                                count_by_status, error);
}
