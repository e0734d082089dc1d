// SPDX-License-Identifier: Apache-2.0
// hpbench validate: the shipped suites are good, bad ones and bad files are refused, nothing hangs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"

#include <jansson.h>
#include <sys/stat.h>

static int set_up(void **state)
{
    (void)state;
    return chdir(HPB_TEST_SOURCE "/..");
}

static void test_the_shipped_suites(void **state)
{
    (void)state;
    expect_run("validate suites/optimizers.ini", 0,
               "suites/optimizers.ini: no errors; 8 cells, 4,004 trials, 12,012 fits\n", "");
    expect_run("validate suites/*.ini", 0, NULL, "");
    expect_run("validate --quiet suites/optimizers.ini", 0, "", "");
}

static void test_several_suites(void **state)
{
    (void)state;
    expect_run("validate tests/bad_suites/15-misspelt-key.ini suites/optimizers.ini", 3,
               "suites/optimizers.ini: no errors", "did you mean epochs?");
}

static void test_json(void **state)
{
    (void)state;
    ran r = run_hpbench("validate --json suites/optimizers.ini --set suite.replicates=10");
    json_t *root = json_loads(r.out, 0, NULL);
    json_int_t trials;
    int valid;
    assert_int_equal(r.code, 0);
    assert_int_equal(json_unpack(root, "[{s:I, s:b}]", "trials", &trials, "valid", &valid), 0);
    assert_int_equal(trials, 44);
    assert_true(valid);
    json_decref(root);
    ran_free(&r);
}

// Rows 1 and 2 of the table of bad inputs.
static void test_files_that_are_none(void **state)
{
    (void)state;
    char folder[] = "/tmp/hpbench-validate-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *fifo = hpb_format("%s/fifo.ini", folder), *closed = hpb_format("%s/closed.ini", folder);
    char *words = hpb_format("validate %s", fifo);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    expect_run(words, 3, "", "not a regular file");
    free(words);
    words = hpb_format("validate %s", folder);
    expect_run(words, 3, "", "not a regular file");
    free(words);
    expect_run("validate /dev/zero", 3, "", "/dev/zero: not a regular file");
    expect_run("validate /nonexistent/a.ini", 3, "",
               "hpbench: error: /nonexistent/a.ini: can't be opened: No such file or directory\n");
    assert_int_equal(hpb_file_write(closed, "[suite]\n", 8, NULL), 0);
    chmod(closed, 0);
    words = hpb_format("validate %s", closed);
    if (access(closed, R_OK) != 0) // root may read all
        expect_run(words, 3, "", "Permission denied");
    free(words);
    unlink(fifo);
    unlink(closed);
    rmdir(folder);
    free(fifo);
    free(closed);
}

static void test_a_large_file(void **state)
{
    (void)state;
    char path[] = "/tmp/hpbench-large-XXXXXX";
    const int fd = mkstemp(path);
    assert_int_equal(ftruncate(fd, (off_t)1 << 32), 0); // 4 GB of nothing
    close(fd);
    char *words = hpb_format("validate %s", path);
    expect_run(words, 3, "", "too large");
    free(words);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_suites),
        cmocka_unit_test(test_several_suites),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_a_large_file),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
