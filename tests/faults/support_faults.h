// SPDX-License-Identifier: Apache-2.0
// What the tests of faults share: a small suite, hpbench under a fault, and what must hold after any of them.
#ifndef HPB_TEST_SUPPORT_FAULTS_H
#define HPB_TEST_SUPPORT_FAULTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "support_cli.h"
#include "support_process.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0 // a sanitizer has an allocator of its own, and ends on what is tested here
#endif

/// Two cells of `replicates` trials each.
static inline char *small_suite(unsigned replicates)
{
    return hpb_format("[suite]\nreplicates = %u\n[data]\nrows = 40\n[fit]\nepochs = 3\n"
                      "[model]\nhidden = 4\n[optimizer.adam]\n[optimizer.sgd]\n"
                      "[splitter]\nplugin = train_test_split\n[report]\ncurves = yes\n",
                      replicates);
}

/// `PREFIX hpbench ARGUMENTS`, killed after 60 s. `out` and `err` of the result hold what it printed.
static inline ran run_under(const char *prefix, const char *arguments)
{
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("exec >out.txt 2>err.txt </dev/null %s '%s' %s", prefix,
                               binary ? binary : HPB_TEST_BINARY "/hpbench", arguments);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    free(command);
    const int code = wait_hpbench(pid, 60);
    return (ran){code, ran_text("out.txt"), ran_text("err.txt")};
}

/// Fails the test where the store, if there is one, is damaged or has fewer trials than `least`. Returns its trials.
static inline uint64_t expect_sound(const char *folder, uint64_t least, const char *what)
{
    const uint64_t stored = stored_in(folder, NULL);
    if (stored < least)
        fail_msg("%s: %llu trials were stored, now %llu are", what, (unsigned long long)least,
                 (unsigned long long)stored);
    char *path = hpb_format("%s/" HPB_STORE_FILE, folder);
    if (access(path, F_OK) == 0) {
        sqlite3 *db;
        sqlite3_stmt *check;
        assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(check), SQLITE_ROW);
        const char *answer = (const char *)sqlite3_column_text(check, 0);
        if (strcmp(answer, "ok") != 0)
            fail_msg("%s: %s", what, answer);
        sqlite3_finalize(check);
        sqlite3_close(db);
    }
    free(path);
    return stored;
}

/// Nothing that a fault interrupted lies about: no temporary beside a file of its name.
static inline bool is_same_file(const char *path, const char *text)
{
    char *bytes;
    size_t n;
    hpb_error error;
    if (hpb_file_read(path, (size_t)1 << 28, HPB_EXIT_STORE, &bytes, &n, &error) != HPB_EXIT_OK)
        return false;
    const bool is_same = strcmp(bytes, text) == 0;
    free(bytes);
    return is_same;
}

#endif // HPB_TEST_SUPPORT_FAULTS_H
