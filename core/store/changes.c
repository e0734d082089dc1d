// SPDX-License-Identifier: Apache-2.0
// What an edited suite changed, said in plain words.
#include "store/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- lines ------------------------------------------------------------------------------------------

// Unless it is there already.
static void HPB_PRINTF(2, 3) add(hpb_text *changes, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line - 1, format, list);
    va_end(list);
    const size_t n = strlen(line);
    line[n] = '\n';
    line[n + 1] = '\0';
    for (const char *at = changes->data; at && *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, line, n + 1) == 0)
            return;
    hpb_text_add_bytes(changes, line, n + 1);
}

static const char *word(const json_t *value)
{
    const char *text = json_string_value(value);
    return text ? text : "not there";
}

static void compare_axis(const char *axis, const char *level, json_t *before, json_t *now,
                         hpb_text *changes)
{
    const char *gap = level[0] ? " " : "";
    const char *key;
    json_t *value;
    json_object_foreach(now, key, value)
    {
        const json_t *old = json_object_get(before, key);
        if (!json_equal(old, value) && (!json_is_string(value) || (old && !json_is_string(old))))
            add(changes, "%s%s%s: %s changed", axis, gap, level, key); // candidates, outer splits
        else if (!json_equal(old, value))
            add(changes, "%s%s%s: %s %s -> %s", axis, gap, level, key, word(old), word(value));
    }
    json_object_foreach(before, key, value) if (!json_object_get(now, key))
        add(changes, "%s%s%s: %s %s -> not there", axis, gap, level, key, word(value));
}

static void compare_cells(const char *before, const char *now, const char *const *levels,
                          hpb_text *changes)
{
    json_t *old = json_loads(before, 0, NULL), *new = json_loads(now, 0, NULL);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const char *name = hpb_axis_name((hpb_axis)axis);
        compare_axis(name, levels[axis], json_object_get(old, name), json_object_get(new, name),
                     changes);
    }
    const json_t *seed = json_object_get(old, "suite_seed"),
                 *now_seed = json_object_get(new, "suite_seed");
    if (seed && now_seed && !json_equal(seed, now_seed))
        add(changes, "suite: seed %s -> %s", word(seed), word(now_seed));
    json_decref(old);
    json_decref(new);
}

// --- cells and files ------------------------------------------------------------------------------------

typedef struct old_cell {
    int64_t id;
    const char *key, *label;
    uint32_t planned;
    bool is_kept;
} old_cell;

typedef struct old_cells {
    hpb_arena *arena;
    old_cell *items; // by key
    size_t n, capacity;
} old_cells;

static hpb_exit read_old_cells(hpb_store *store, old_cells *out, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(
        store, "SELECT id, key, label, planned FROM cell WHERE current ORDER BY key", &statement,
        error);
    if (code != HPB_EXIT_OK)
        return code;
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        out->items = hpb_grow(out->items, &out->capacity, out->n + 1, sizeof *out->items);
        out->items[out->n++] = (old_cell){
            .id = sqlite3_column_int64(statement, 0),
            .key = hpb_arena_strdup(out->arena, (const char *)sqlite3_column_text(statement, 1)),
            .label = hpb_arena_strdup(out->arena, (const char *)sqlite3_column_text(statement, 2)),
            .planned = (uint32_t)sqlite3_column_int64(statement, 3),
        };
    }
    if (rc != SQLITE_DONE)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    return code;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const old_cell *)a)->key, ((const old_cell *)b)->key);
}

static int by_label(const void *a, const void *b)
{
    return strcmp((*(const old_cell *const *)a)->label, (*(const old_cell *const *)b)->label);
}

static void compare_with_old(hpb_store *store, const hpb_plan *plan, const hpb_cell *cell,
                             const old_cell *old, hpb_text *changes)
{
    sqlite3_stmt *statement;
    if (hpb_store_prepare(store, "SELECT spec FROM cell WHERE id = ?", &statement, NULL) !=
        HPB_EXIT_OK)
        return;
    sqlite3_bind_int64(statement, 1, old->id);
    const char *levels[HPB_AXIS_COUNT];
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        levels[axis] = cell->choice[axis]->label;
    if (sqlite3_step(statement) == SQLITE_ROW) {
        char *spec = hpb_store_cell_spec(plan, cell);
        compare_cells((const char *)sqlite3_column_text(statement, 0), spec, levels, changes);
        free(spec);
    }
    sqlite3_finalize(statement);
}

#define MAX_COMPARED 1000 // cells that are looked at value by value; the counts are of all

// Pairs each new cell with the one of the same label that went, and says what is different.
static void compare_gone(hpb_store *store, const hpb_plan *plan, const old_cells *before,
                         const uint32_t *fresh, size_t n_fresh, hpb_text *changes)
{
    const old_cell **gone = hpb_alloc(before->n, sizeof *gone);
    size_t n_gone = 0;
    for (size_t i = 0; i < before->n; i++)
        if (!before->items[i].is_kept)
            gone[n_gone++] = &before->items[i];
    if (n_gone) {
        qsort(gone, n_gone, sizeof *gone, by_label);
        for (size_t i = 0; i < n_fresh && i < MAX_COMPARED; i++) {
            const hpb_cell *cell = &plan->cells[fresh[i]];
            const old_cell wanted = {.label = cell->label}, *at = &wanted;
            const old_cell **found = bsearch(&at, gone, n_gone, sizeof *gone, by_label);
            if (found)
                compare_with_old(store, plan, cell, *found, changes);
        }
    }
    free(gone);
}

// What changes a cell's key without a word in the suite.
static void compare_files(hpb_store *store, const hpb_plan *plan, const hpb_registry *registry,
                          hpb_text *changes)
{
    sqlite3_stmt *statement;
    if (hpb_store_prepare(store, "SELECT sha256, version FROM plugin WHERE kind = ? AND id = ?",
                          &statement, NULL) != HPB_EXIT_OK)
        return;
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        const hpb_plugin_info *plugin = &registry->plugins[i];
        const char *kind = hpb_kind_name(plugin->kind);
        sqlite3_bind_text(statement, 1, kind, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, plugin->id, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW &&
            strcmp((const char *)sqlite3_column_text(statement, 0), plugin->sha256) != 0)
            add(changes, "%s plugin %s: another file (version %s -> %s)", kind, plugin->id,
                (const char *)sqlite3_column_text(statement, 1), plugin->version);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    if (hpb_store_prepare(store, "SELECT sha256 FROM data WHERE label = ?", &statement, NULL) !=
        HPB_EXIT_OK)
        return;
    for (uint32_t i = 0; i < plan->n_data; i++) {
        sqlite3_bind_text(statement, 1, plan->data[i].choice->label, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW &&
            strcmp((const char *)sqlite3_column_text(statement, 0), plan->data[i].sha256) != 0)
            add(changes, "data %s: the file has changed", plan->data[i].choice->label);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    char *revision = hpb_store_get_text(store, "engine_revision");
    if (revision && strtol(revision, NULL, 10) != HPB_ENGINE_REVISION)
        add(changes, "hpbench: engine revision %s -> %d", revision, HPB_ENGINE_REVISION);
    free(revision);
}

hpb_exit hpb_store_changes_find(hpb_store *store, const hpb_plan *plan,
                                const hpb_registry *registry, hpb_text *changes, hpb_error *error)
{
    old_cells before = {.arena = hpb_arena_create()};
    hpb_exit code = read_old_cells(store, &before, error);
    if (code == HPB_EXIT_OK && before.n) {
        uint32_t *fresh = hpb_alloc(plan->n_cells, sizeof *fresh);
        size_t n_fresh = 0, n_kept = 0;
        for (uint32_t i = 0; i < plan->n_cells; i++) {
            const old_cell wanted = {.key = plan->cells[i].key};
            old_cell *old = bsearch(&wanted, before.items, before.n, sizeof *before.items, by_key);
            if (!old) {
                fresh[n_fresh++] = i;
                continue;
            }
            old->is_kept = true;
            n_kept++;
            char from[HPB_NUMBER_SIZE], to[HPB_NUMBER_SIZE];
            if (old->planned != plan->cells[i].n_replicates && !plan->cells[i].grows)
                add(changes, "replicates %s -> %s", hpb_count_text(old->planned, from),
                    hpb_count_text(plan->cells[i].n_replicates, to));
        }
        if (n_fresh) {
            compare_gone(store, plan, &before, fresh, n_fresh, changes);
            compare_files(store, plan, registry, changes);
        }
        char a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE], c[HPB_NUMBER_SIZE];
        if (n_fresh || n_kept < before.n)
            add(changes, "%s %s new, %s already there, %s %s", hpb_count_text(n_fresh, a),
                n_fresh == 1 ? "cell" : "cells", hpb_count_text(n_kept, b),
                hpb_count_text(before.n - n_kept, c),
                plan->suite->n_filters ? "left out" : "no longer in the suite");
        free(fresh);
    }
    free(before.items);
    hpb_arena_destroy(before.arena);
    return code;
}
