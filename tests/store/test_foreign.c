// SPDX-License-Identifier: Apache-2.0
// Files that are no store, or a damaged one: refused in plain words, and left as they are.
#include "support.h"

#include <sqlite3.h>

static const char *const rates[] = {"0.1", NULL};

static char *store_path(const char *folder)
{
    return hpb_format("%s/" HPB_STORE_FILE, folder);
}

static void write_file(const char *folder, const void *bytes, size_t n)
{
    char *path = store_path(folder);
    hpb_error error;
    assert_ok(hpb_file_write(path, bytes, n, &error), error);
    free(path);
}

static char *read_file(const char *folder, size_t *n)
{
    char *path = store_path(folder), *bytes;
    hpb_error error;
    assert_ok(hpb_file_read(path, (size_t)1 << 30, HPB_EXIT_STORE, &bytes, n, &error), error);
    free(path);
    return bytes;
}

// Both ways of opening refuse with these words, and not a byte is different afterwards.
static void expect_refused(const char *folder, const char *words)
{
    size_t n, n_after;
    char *before = read_file(folder, &n);
    hpb_store *store;
    hpb_error error;
    for (int i = 0; i < 2; i++) {
        const hpb_exit code = i ? hpb_store_open(folder, &store, &error)
                                : hpb_store_open_read(folder, &store, &error);
        if (code != HPB_EXIT_STORE || !strstr(error.text, words))
            fail_msg("expected \"%s\"; got code %d, \"%s\"", words, code, code ? error.text : "");
        assert_null(store);
    }
    char *after = read_file(folder, &n_after);
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
    char *wal = hpb_format("%s/" HPB_STORE_FILE "-wal", folder);
    assert_int_not_equal(access(wal, F_OK), 0);
    free(wal);
}

static char *folder_with_store(uint32_t n_trials)
{
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, n_trials);
    hpb_store *store = store_open(folder, &m, NULL);
    store_fill(store, 0, 0, n_trials);
    store_shut(store);
    return folder;
}

static void text_and_empty_files(void **state)
{
    (void)state;
    char *folder = folder_make();
    write_file(folder, "", 0);
    expect_refused(folder, "run.sqlite: not an hpbench store: the file is empty");
    static const char text[] = "Dear diary,\n";
    write_file(folder, text, sizeof text - 1);
    expect_refused(folder, "run.sqlite: not an hpbench store: not an SQLite file");
    write_file(folder, "SQLite format 3", 16);
    expect_refused(folder, "not an SQLite file");
    folder_remove(folder);
}

// An SQLite file that `sql` makes.
static char *folder_with_database(const char *sql)
{
    char *folder = folder_make(), *path = store_path(folder);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    free(path);
    return folder;
}

static void other_databases(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *words;
    } cases[] = {
        {"CREATE TABLE moz_places (id INTEGER)",
         "not an hpbench store: an SQLite file of another program"},
        {"PRAGMA application_id = 1213219377; PRAGMA user_version = 6; CREATE TABLE a (b)",
         "written by a newer hpbench: schema 6; this one reads 5"},
        {"PRAGMA application_id = 1213219377; PRAGMA user_version = 4; CREATE TABLE a (b)",
         "written by an older hpbench: schema 4; this one reads 5"},
        {"PRAGMA application_id = 1213219377; CREATE TABLE a (b)", "damaged: schema 0; expected 5"},
        {"PRAGMA application_id = 1213219377; PRAGMA user_version = 5; CREATE TABLE about (key, "
         "value)",
         "its tables are not those of schema 5"},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char *folder = folder_with_database(cases[i].sql);
        expect_refused(folder, cases[i].words);
        folder_remove(folder);
    }
}

// --fresh starts over where nothing can be read; it takes nothing else away.
static void an_older_store_can_be_started_over(void **state)
{
    (void)state;
    hpb_error error;
    char *folder = folder_with_database(
        "PRAGMA application_id = 1213219377; PRAGMA user_version = 2; CREATE TABLE a (b)");
    hpb_store *store;
    assert_int_equal(hpb_store_open(folder, &store, &error), HPB_EXIT_STORE);
    assert_string_equal(error.hint, "`hpbench run SUITE --fresh` starts over");
    assert_ok(hpb_store_remove_older(folder, &error), error);
    assert_ok(hpb_store_remove_older(folder, &error), error); // nothing there is fine
    MADE_PLAN(m);
    plan_make(&m, rates, 3);
    store_shut(store_open(folder, &m, NULL));
    assert_ok(hpb_store_remove_older(folder, &error), error);
    assert_ok(hpb_store_open_read(folder, &store, &error), error); // still there
    hpb_store_close(store, NULL);
    folder_remove(folder);
    folder = folder_with_database("CREATE TABLE moz_places (id INTEGER)");
    assert_ok(hpb_store_remove_older(folder, &error), error);
    expect_refused(folder, "an SQLite file of another program");
    folder_remove(folder);
}

// A store that somebody added something to must not be able to act.
static void store_with_additions(void **state)
{
    (void)state;
    static const char *const additions[] = {
        "CREATE TRIGGER t AFTER INSERT ON trial BEGIN DELETE FROM cell; END",
        "DROP VIEW v_trials; CREATE VIEW v_trials AS SELECT 1 AS cell",
        "ALTER TABLE session ADD COLUMN more TEXT",
        "CREATE INDEX more ON trial (mse)",
    };
    for (size_t i = 0; i < HPB_COUNT(additions); i++) {
        char *folder = folder_with_store(3), *path = store_path(folder);
        sqlite3 *db;
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, additions[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        expect_refused(folder, "its tables are not those of schema 5");
        hpb_error error;
        hpb_store *store;
        assert_int_equal(hpb_store_open(folder, &store, &error), HPB_EXIT_STORE);
        assert_string_equal(error.hint, "another --output, or taking the file away, starts over");
        free(path);
        folder_remove(folder);
    }
}

static void truncated_stores(void **state)
{
    (void)state;
    char *folder = folder_with_store(500);
    size_t n;
    char *bytes = read_file(folder, &n);
    const size_t sizes[] = {n - 1, n - 4096, 20000, 4096, 100};
    for (size_t i = 0; i < HPB_COUNT(sizes); i++) {
        write_file(folder, bytes, sizes[i]);
        expect_refused(folder, "damaged: the file ends after ");
    }
    write_file(folder, bytes, 99);
    expect_refused(folder, "not an SQLite file");
    free(bytes);
    folder_remove(folder);
}

// Whatever bytes are wrong: refused, or read to the end; never a crash, and never a result out of range.
static bool look(void *context, const hpb_trial_result *result)
{
    assert_true(result->status <= HPB_STATUS_SET_ASIDE);
    assert_true(result->n_folds <= 2);
    *(uint32_t *)context += 1;
    return true;
}

static void flipped_bytes(void **state)
{
    (void)state;
    char *folder = folder_with_store(300);
    size_t n;
    char *bytes = read_file(folder, &n);
    uint32_t random = 12345, refused = 0, tries = 300;
    for (uint32_t i = 0; i < tries; i++) {
        char *damaged = hpb_alloc(n, 1);
        memcpy(damaged, bytes, n);
        for (int k = 0; k < 3; k++) {
            random = random * 1664525u + 1013904223u;
            damaged[random % n] ^= (char)(1u << (random >> 29));
        }
        char *path = store_path(folder);
        FILE *file =
            fopen(path, "wb"); // in place: a rename and two fsyncs each would take their time
        assert_int_equal(fwrite(damaged, 1, n, file), n);
        fclose(file);
        free(path);
        free(damaged);
        hpb_store *store = NULL;
        hpb_stored_run run = {0};
        hpb_error error = {0};
        hpb_exit code = hpb_store_open_read(folder, &store, &error);
        if (code == HPB_EXIT_OK)
            code = hpb_store_read_run(store, &run, &error);
        uint32_t seen = 0;
        if (code == HPB_EXIT_OK && run.n_cells)
            code = hpb_store_each_trial(store, &run, 0, look, &seen, &error);
        if (code != HPB_EXIT_OK) {
            assert_int_equal(code, HPB_EXIT_STORE);
            assert_true(error.text[0]);
            refused++;
        }
        if (run.arena)
            hpb_stored_run_free(&run);
        hpb_store_close(store, NULL);
    }
    assert_true(refused > 0);
    free(bytes);
    folder_remove(folder);
}

static void nothing_there(void **state)
{
    (void)state;
    hpb_store *store;
    hpb_error error;
    assert_int_equal(hpb_store_open_read("/nonexistent", &store, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "/nonexistent/run.sqlite: can't be opened: No such file"));
    assert_true(error.hint[0]);
    char *folder = folder_make(), *path = store_path(folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(hpb_store_open(folder, &store, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "not a regular file"));
    free(path);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_empty_files),
        cmocka_unit_test(other_databases),
        cmocka_unit_test(store_with_additions),
        cmocka_unit_test(an_older_store_can_be_started_over),
        cmocka_unit_test(truncated_stores),
        cmocka_unit_test(flipped_bytes),
        cmocka_unit_test(nothing_there),
    };
    return cmocka_run_group_tests_name("store foreign", tests, NULL, NULL);
}
