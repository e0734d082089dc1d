// SPDX-License-Identifier: Apache-2.0
// Makes the store describe the plan: suite, cells, data, plugins.
#include "store/private.h"

#include <inttypes.h>
#include <math.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

// --- values of `about` --------------------------------------------------------------------------------

static hpb_exit set_value(hpb_store *store, const char *key, const char *text, int64_t number,
                          hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code =
        hpb_store_prepare(store, "INSERT OR REPLACE INTO about VALUES (?, ?)", &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (text)
        sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_int64(statement, 2, number);
    code = hpb_store_step(store, statement, error);
    sqlite3_finalize(statement);
    return code;
}

char *hpb_store_get_text(hpb_store *store, const char *key)
{
    sqlite3_stmt *statement;
    char *text = NULL;
    if (hpb_store_prepare(store, "SELECT value FROM about WHERE key = ?", &statement, NULL) ==
        HPB_EXIT_OK) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW)
            text = hpb_strdup((const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return text;
}

char *hpb_store_read_looks(hpb_store *store)
{
    return hpb_store_get_text(store, "looks");
}

hpb_exit hpb_store_put_looks(hpb_store *store, const char *json, hpb_error *error)
{
    const hpb_exit code = hpb_store_begin(store, error);
    return code == HPB_EXIT_OK ? set_value(store, "looks", json, 0, error) : code;
}

static void time_text(char out[32])
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

// --- the session --------------------------------------------------------------------------------------

static void cpu_model(char *out, size_t size)
{
    snprintf(out, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (!file)
        return;
    char line[512];
    while (fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out, size, "%s", colon[1] == ' ' ? colon + 2 : colon + 1);
        break;
    }
    fclose(file);
}

// What may put other code under plugins and program: "LD_PRELOAD=x.so LD_LIBRARY_PATH=/dir"; free() it.
static char *loader_variables(void)
{
    hpb_text text = {0};
    hpb_text_add(&text, "%s", "");
    for (char **variable = environ; *variable; variable++)
        if (strncmp(*variable, "LD_", 3) == 0)
            hpb_text_add(&text, "%s%s", text.length ? " " : "", *variable);
    return text.data;
}

hpb_exit hpb_store_write_session(hpb_store *store, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_prepare(store, "INSERT INTO session VALUES (NULL,?,?,?,?,?,?,?,?)",
                                      &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    char started[32], cpu[256], system[256] = "unknown";
    time_text(started);
    cpu_model(cpu, sizeof cpu);
    struct utsname name;
    if (uname(&name) == 0)
        snprintf(system, sizeof system, "%s %s %s", name.sysname, name.release, name.machine);
    const char *texts[] = {started, HPB_VERSION, store->isa ? store->isa : "", system, cpu};
    int at = 0;
    for (size_t i = 0; i < HPB_COUNT(texts); i++)
        sqlite3_bind_text(statement, ++at, texts[i], -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, ++at, sysconf(_SC_NPROCESSORS_ONLN));
#ifdef __clang__
    sqlite3_bind_text(statement, ++at, __VERSION__, -1, SQLITE_STATIC);
#else
    sqlite3_bind_text(statement, ++at, "GCC " __VERSION__, -1, SQLITE_STATIC);
#endif
    sqlite3_bind_text(statement, ++at, sqlite3_libversion(), -1, SQLITE_STATIC);
    code = hpb_store_step(store, statement, error);
    sqlite3_finalize(statement);
    store->has_session = code == HPB_EXIT_OK;
    char *loader = loader_variables();
    if (code == HPB_EXIT_OK)
        code = set_value(store, "loader", loader, 0, error);
    free(loader);
    return code == HPB_EXIT_OK ? set_value(store, "changed", started, 0, error) : code;
}

// --- cells --------------------------------------------------------------------------------------------

static char *levels_text(const hpb_cell *cell)
{
    json_t *levels = json_object();
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        json_object_set_new(
            levels, hpb_axis_name((hpb_axis)axis),
            json_pack("[ss]", cell->choice[axis]->title, cell->choice[axis]->label));
    char *text = json_dumps(levels, JSON_COMPACT);
    json_decref(levels);
    return text;
}

// The key has no part in the defaults.
char *hpb_store_cell_spec(const hpb_plan *plan, const hpb_cell *cell)
{
    json_t *spec = hpb_cell_to_json(plan, cell), *defaults = json_object();
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        json_object_set_new(defaults, hpb_axis_name((hpb_axis)axis),
                            hpb_choice_defaults(cell->choice[axis]));
    json_object_set_new(spec, "defaults", defaults);
    char *text = json_dumps(spec, JSON_COMPACT);
    json_decref(spec);
    return text;
}

#define UPSERT_CELL                                                                                \
    "INSERT INTO cell (key, label, position, planned, n_splits, n_outer, n_candidates,"            \
    " twin, data, spec, levels, current)"                                                          \
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET label = excluded.label,"    \
    " position = excluded.position, planned = excluded.planned, n_splits = excluded.n_splits,"     \
    " n_outer = excluded.n_outer, n_candidates = excluded.n_candidates,"                           \
    " twin = excluded.twin, data = excluded.data, spec = excluded.spec, levels = excluded.levels," \
    " current = excluded.current"

static hpb_exit write_cells(hpb_store *store, const hpb_plan *plan, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_execute(store, "UPDATE cell SET current = 0 WHERE current", error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_prepare(store, UPSERT_CELL, &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    for (uint32_t i = 0; i < plan->n_cells && code == HPB_EXIT_OK; i++) {
        const hpb_cell *cell = &plan->cells[i];
        char *levels = levels_text(cell), *spec = hpb_store_cell_spec(plan, cell);
        sqlite3_bind_text(statement, 1, cell->key, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, cell->label, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 3, i);
        sqlite3_bind_int64(statement, 4, cell->n_replicates);
        sqlite3_bind_int64(statement, 5, cell->n_splits);
        sqlite3_bind_int64(statement, 6, cell->n_outer);
        sqlite3_bind_int64(statement, 7, cell->n_candidates);
        sqlite3_bind_int64(statement, 8, cell->twin);
        sqlite3_bind_int64(statement, 9, cell->data);
        sqlite3_bind_text(statement, 10, spec, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 11, levels, -1, SQLITE_STATIC);
        sqlite3_bind_int(statement, 12, hpb_cell_is_grid(cell) ? STORE_GRID : STORE_CELL);
        code = hpb_store_step(store, statement, error);
        free(levels);
        free(spec);
    }
    sqlite3_finalize(statement);
    return code;
}

static hpb_exit read_cell_ids(hpb_store *store, const hpb_plan *plan, hpb_error *error)
{
    free(store->cell_ids);
    store->cell_ids = hpb_alloc(plan->n_cells, sizeof *store->cell_ids);
    store->n_cells = plan->n_cells;
    sqlite3_stmt *statement;
    hpb_exit code =
        hpb_store_prepare(store, "SELECT position, id FROM cell WHERE current", &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const int64_t position = sqlite3_column_int64(statement, 0);
        if (position >= 0 && position < plan->n_cells)
            store->cell_ids[position] = sqlite3_column_int64(statement, 1);
    }
    if (rc != SQLITE_DONE)
        code = hpb_store_fail(store, error);
    sqlite3_finalize(statement);
    return code;
}

// --- data and plugins ---------------------------------------------------------------------------------

static hpb_exit write_data(hpb_store *store, const hpb_plan *plan, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_execute(store, "DELETE FROM data", error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_prepare(store, "INSERT INTO data VALUES (?,?,?,?,?,?)", &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    for (uint32_t i = 0; i < plan->n_data && code == HPB_EXIT_OK; i++) {
        const hpb_plan_data *data = &plan->data[i];
        sqlite3_bind_int64(statement, 1, i);
        sqlite3_bind_text(statement, 2, data->choice->label, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 3, data->n_rows);
        sqlite3_bind_int64(statement, 4, data->n_features);
        sqlite3_bind_text(statement, 5, data->sha256, -1, SQLITE_STATIC);
        if (!isnan(data->truth_mse))
            sqlite3_bind_double(statement, 6, data->truth_mse);
        code = hpb_store_step(store, statement, error);
    }
    sqlite3_finalize(statement);
    return code;
}

static bool is_used(const hpb_suite *suite, const hpb_plugin_info *plugin)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        for (uint32_t i = 0; i < suite->n_choices[axis]; i++)
            if (suite->choices[axis][i].plugin == plugin)
                return true;
    return false;
}

static hpb_exit write_plugins(hpb_store *store, const hpb_suite *suite,
                              const hpb_registry *registry, hpb_error *error)
{
    sqlite3_stmt *statement;
    hpb_exit code = hpb_store_execute(store, "DELETE FROM plugin", error);
    if (code == HPB_EXIT_OK)
        code =
            hpb_store_prepare(store, "INSERT INTO plugin VALUES (?,?,?,?,?,?)", &statement, error);
    if (code != HPB_EXIT_OK)
        return code;
    for (uint32_t i = 0; i < registry->n_plugins && code == HPB_EXIT_OK; i++) {
        const hpb_plugin_info *plugin = &registry->plugins[i];
        if (!is_used(suite, plugin))
            continue;
        const char *texts[] = {hpb_kind_name(plugin->kind),
                               plugin->id,
                               plugin->version,
                               NULL,
                               plugin->path,
                               plugin->sha256};
        for (int k = 0; k < (int)HPB_COUNT(texts); k++)
            if (texts[k])
                sqlite3_bind_text(statement, k + 1, texts[k], -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 4, plugin->results_revision);
        code = hpb_store_step(store, statement, error);
    }
    sqlite3_finalize(statement);
    return code;
}

// --- all of it ----------------------------------------------------------------------------------------

static void hash_text(SHA256_CTX *context, const char *text)
{
    SHA256_Update(context, (const uint8_t *)text, strlen(text) + 1);
}

// A hash of all that is written below, so that a second look at a finished run writes nothing.
static void describe_hash(const hpb_plan *plan, const hpb_registry *registry,
                          char out[HPB_SHA256_TEXT])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    const hpb_suite *suite = plan->suite;
    SHA256_Update(&context, (const uint8_t *)suite->text, suite->text_size);
    hash_text(&context, suite->overrides);
    hash_text(&context, suite->name);
    char numbers[256];
    snprintf(numbers, sizeof numbers, "%u %u %" PRIu64 " %u %d %d %u", HPB_ENGINE_REVISION,
             plan->replicates, suite->seed, plan->reference, suite->curves, suite->order_median,
             plan->n_cells);
    hash_text(&context, numbers);
    for (uint32_t i = 0; i < plan->n_cells; i++) {
        const hpb_cell *cell = &plan->cells[i];
        hash_text(&context, cell->key);
        hash_text(&context, cell->label);
        snprintf(numbers, sizeof numbers, "%u %d", cell->n_replicates, cell->twin);
        hash_text(&context, numbers);
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            hash_text(&context, cell->choice[axis]->label);
    }
    for (uint32_t i = 0; i < registry->n_plugins; i++)
        if (is_used(suite, &registry->plugins[i])) {
            hash_text(&context, registry->plugins[i].path);
            hash_text(&context, registry->plugins[i].sha256);
        }
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, &context);
    hpb_hex_text(digest, sizeof digest, out);
}

static hpb_exit write_about(hpb_store *store, const hpb_plan *plan, const char *hash,
                            hpb_error *error)
{
    const hpb_suite *suite = plan->suite;
    char seed[32], started[32];
    snprintf(seed, sizeof seed, "%" PRIu64, suite->seed);
    time_text(started);
    hpb_text factors = {0};
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (hpb_plan_is_factor(plan, (hpb_axis)axis))
            hpb_text_add(&factors, "%s%s", factors.length ? "," : "",
                         hpb_axis_name((hpb_axis)axis));
    char *earlier = hpb_store_get_text(store, "started");
    json_t *explain = hpb_store_explain_to_json(plan);
    char *explain_text = json_dumps(explain, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(explain);
    const struct {
        const char *key, *text;
        int64_t number;
    } values[] = {
        {"suite_name", suite->name, 0},
        {"suite_text", suite->text, 0},
        {"overrides", suite->overrides, 0},
        {"question", suite->question, 0},
        {"seed", seed, 0},
        {"factors", factors.data ? factors.data : "", 0},
        {"explain", explain_text, 0},
        {"started", earlier ? earlier : started, 0},
        {"replicates", NULL, plan->replicates},
        {"reference", NULL, plan->reference},
        {"curves", NULL, suite->curves},
        {"order_median", NULL, suite->order_median},
        {"engine_revision", NULL, HPB_ENGINE_REVISION},
        {"description", hash, 0},
    };
    hpb_exit code = HPB_EXIT_OK;
    for (size_t i = 0; i < HPB_COUNT(values) && code == HPB_EXIT_OK; i++)
        code = set_value(store, values[i].key, values[i].text, values[i].number, error);
    hpb_text_free(&factors);
    free(explain_text);
    free(earlier);
    return code;
}

hpb_exit hpb_store_describe(hpb_store *store, const hpb_plan *plan, const hpb_registry *registry,
                            const char *isa, hpb_text *changes, hpb_error *error)
{
    free(store->isa);
    store->isa = hpb_strdup(isa);
    char hash[HPB_SHA256_TEXT];
    describe_hash(plan, registry, hash);
    char *stored = hpb_store_get_text(store, "description");
    const bool is_same = stored && strcmp(stored, hash) == 0;
    free(stored);
    hpb_exit code = HPB_EXIT_OK;
    if (!is_same) {
        code = hpb_store_changes_find(store, plan, registry, changes, error);
        if (code == HPB_EXIT_OK)
            code = hpb_store_begin(store, error);
        if (code == HPB_EXIT_OK)
            code = write_cells(store, plan, error);
        if (code == HPB_EXIT_OK)
            code = write_data(store, plan, error);
        if (code == HPB_EXIT_OK)
            code = write_plugins(store, plan->suite, registry, error);
        if (code == HPB_EXIT_OK)
            code = write_about(store, plan, hash, error);
        if (code == HPB_EXIT_OK)
            code = hpb_store_commit(store, error);
    }
    return code == HPB_EXIT_OK ? read_cell_ids(store, plan, error) : code;
}
