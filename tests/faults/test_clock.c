// SPDX-License-Identifier: Apache-2.0
// A wall clock that jumps: durations are of the clock that never goes back, and no run waits for yesterday.
#include "faults/support_faults.h"

#include <jansson.h>

#define CLOCK "env LD_PRELOAD=" HPB_TEST_BINARY "/faults/jumping_clock.so"

static void durations_are_never_negative(void **state)
{
    (void)state;
    char *text = small_suite(30), *folder = work_begin(text);
    ran r = run_under(CLOCK, "run s.ini --json --output out");
    assert_int_equal(r.code, 0);
    json_t *json = json_loads(r.out, 0, NULL);
    const double seconds = json_number_value(json_object_get(json, "seconds"));
    assert_true(seconds >= 0 && seconds < 60);
    json_decref(json);
    ran_free(&r);
    sqlite3 *db;
    sqlite3_stmt *query;
    assert_int_equal(sqlite3_open("out/run.sqlite", &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT min(fit_ns), max(fit_ns) FROM trial", -1, &query, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    assert_true(sqlite3_column_int64(query, 0) >= 0);
    assert_true(sqlite3_column_int64(query, 1) < INT64_C(60000000000));
    sqlite3_finalize(query);
    sqlite3_close(db);
    expect_run("run s.ini --quiet --no-report --output plain", 0, "", NULL);
    expect_same_results("plain", "out");
    work_end(folder);
    free(text);
}

static void limits_of_time_hold(void **state)
{
    (void)state;
    char *text = small_suite(30), *folder = work_begin(text);
    ran r = run_under(
        CLOCK, "run s.ini --no-report --output out --max-time 1 --set suite.replicates=300000 "
               "--set fit.epochs=50");
    if (r.code != HPB_EXIT_INCOMPLETE || !strstr(r.err, "--max-time is over: "))
        fail_msg("exit %d\n%s", r.code, r.err);
    ran_free(&r);
    r = run_under(CLOCK, "status out");
    assert_int_equal(r.code, HPB_EXIT_INCOMPLETE);
    ran_free(&r);
    work_end(folder);
    free(text);
}

int main(void)
{
    if (HAS_SANITIZER)
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_never_negative),
        cmocka_unit_test(limits_of_time_hold),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
