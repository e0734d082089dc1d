// SPDX-License-Identifier: Apache-2.0
// Changes the store of suite s.ini behind hpbench's back.
//
// Include after cmocka.h.
#ifndef HPB_TEST_SUPPORT_STORE_H
#define HPB_TEST_SUPPORT_STORE_H

#include <sqlite3.h>

/// Fails where it changes no row.
static inline void store_alter(const char *sql)
{
    sqlite3 *db;
    char *fault = NULL;
    assert_int_equal(sqlite3_open("hpbench-results/s/run.sqlite", &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &fault) != SQLITE_OK)
        fail_msg("%s: %s", sql, fault);
    assert_true(sqlite3_total_changes(db) > 0);
    sqlite3_close(db);
}

#endif // HPB_TEST_SUPPORT_STORE_H
