// SPDX-License-Identifier: Apache-2.0
// hpbench splits: every row of every fold, in order, as CSV and as arrays; splitters that harm their process.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#define SUITE                                                                                      \
    "[suite]\nreplicates = 20\n[data]\nrows = 23\n[fit]\nvalidation_split = 0.25\n"                \
    "[optimizer.sgd]\n[splitter.cv4]\nplugin = kfold\nn_splits = 4\nshuffle = yes\n"               \
    "[splitter.holdout]\nplugin = train_test_split\nrandom_state = 42\n"
#define HOSTILE                                                                                    \
    "[suite]\nreplicates = 2\ntime_limit = 0.5\n[data]\nrows = 9\n[optimizer.sgd]\n"               \
    "[splitter.hostile_splitter]\naction = %s\n"

typedef struct line {
    unsigned replicate, fold, position, row;
    char cell[64], part[16];
} line;

// The next line of CSV; false at its end.
static bool read_line(const char **at, line *out)
{
    int n = 0;
    if (sscanf(*at, "%63[^,],%u,%u,%15[^,],%u,%u\r\n%n", out->cell, &out->replicate, &out->fold,
               out->part, &out->position, &out->row, &n) != 6)
        return false;
    *at += n;
    return true;
}

static const char header[] = "cell,replicate,fold,part,position,row\r\n";

// 23 rows in 4 folds: 6, 6, 6 and 5 are tested, of the others the last quarter validates.
static void test_every_row_once_a_fold(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    ran r = run_hpbench("splits s.ini --replicate 3-5");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.err, "");
    assert_int_equal(strncmp(r.out, header, sizeof header - 1), 0);
    const char *at = r.out + sizeof header - 1;
    line l;
    unsigned seen[3][4][23] = {0}, n_part[3][4][3] = {0}, tested[3][23] = {0}, n = 0;
    static const char *const parts[] = {"train", "validation", "test"};
    for (; read_line(&at, &l); n++) {
        assert_string_equal(l.cell, "cv4");
        assert_in_range(l.replicate, 3, 5);
        assert_in_range(l.fold, 0, 3);
        assert_in_range(l.row, 0, 22);
        unsigned part = 0;
        while (part < 3 && strcmp(parts[part], l.part) != 0)
            part++;
        assert_in_range(part, 0, 2);
        assert_int_equal(l.position, n_part[l.replicate - 3][l.fold][part]++);
        seen[l.replicate - 3][l.fold][l.row]++;
        tested[l.replicate - 3][l.row] += part == 2;
    }
    assert_int_equal(*at, 0);
    assert_int_equal(n, 3 * 4 * 23);
    for (int k = 0; k < 3; k++)
        for (int fold = 0; fold < 4; fold++) {
            assert_int_equal(n_part[k][fold][0], fold < 3 ? 12 : 13); // floor(17 * 0.75)
            assert_int_equal(n_part[k][fold][1], 5);
            assert_int_equal(n_part[k][fold][2], fold < 3 ? 6 : 5);
            for (int row = 0; row < 23; row++) {
                assert_int_equal(seen[k][fold][row], 1);
                assert_int_equal(tested[k][row], fold ? tested[k][row] : 1);
            }
        }
    ran_free(&r);
    work_end(folder);
}

// The rows of goldens/splits.json for train_test_split with random_state 42 begin like this.
static void test_rows_are_scikit_learns(void **state)
{
    (void)state;
    char *folder = work_begin("[suite]\n[optimizer.sgd]\n[splitter.holdout]\n"
                              "plugin = train_test_split\ntest_size = 0.2\nrandom_state = 42\n");
    ran r = run_hpbench("splits s.ini");
    const unsigned first_test[] = {83, 53, 70, 45, 44, 39, 22, 80, 10, 0};
    const char *at = strstr(r.out, "\r\ns,0,0,test,0,");
    assert_non_null(at);
    at += 2;
    for (size_t i = 0; i < HPB_COUNT(first_test); i++) {
        line l;
        assert_true(read_line(&at, &l));
        assert_string_equal(l.part, "test");
        assert_int_equal(l.row, first_test[i]);
    }
    ran_free(&r);
    work_end(folder);
}

#define GROUPED                                                                                    \
    "[suite]\n[optimizer.sgd]\n[data]\nfile = " HPB_TEST_SOURCE "/bad_suites/groups.csv\n"         \
    "target = y\ngroup = ward\ntest_fold = fold\n"

// Groups and folds of the data reach the splitter in its worker: wards 9 to 11, folds 0 and 1.
static void test_groups_and_folds_of_a_file(void **state)
{
    (void)state;
    char *folder = work_begin(GROUPED "[splitter.leave_one_group_out]\n");
    expect_run("splits s.ini", 0, "\r\ns,0,0,test,0,2\r\ns,0,0,test,1,5\r\ns,0,1,train,0,1\r\n",
               "");
    work_end(folder);
    folder = work_begin(GROUPED "[splitter.predefined_split]\n");
    expect_run("splits s.ini", 0,
               "\r\ns,0,0,test,0,1\r\ns,0,0,test,1,4\r\ns,0,0,test,2,7\r\ns,0,1,train,0,0\r\n", "");
    work_end(folder);
}

static void check_array(const char *path, const unsigned *rows, size_t n)
{
    char *bytes;
    size_t size;
    hpb_error error;
    if (hpb_file_read(path, 1 << 20, HPB_EXIT_STORE, &bytes, &size, &error))
        fail_msg("%s", error.text);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    const size_t begin = 10 + (unsigned char)bytes[8] + 256 * (size_t)(unsigned char)bytes[9];
    assert_int_equal(begin % 64, 0);
    assert_int_equal(bytes[begin - 1], '\n');
    char *shape = hpb_format("{'descr': '<i8', 'fortran_order': False, 'shape': (%zu,), }", n);
    assert_int_equal(strncmp(bytes + 10, shape, strlen(shape)), 0);
    assert_int_equal(size, begin + 8 * n);
    for (size_t i = 0; i < n; i++) {
        int64_t row;
        memcpy(&row, bytes + begin + 8 * i, sizeof row);
        assert_int_equal(row, rows[i]);
    }
    free(shape);
    free(bytes);
}

static void test_arrays_hold_the_same(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    ran r = run_hpbench("splits s.ini --cell ' HOLDOUT '");
    expect_run("splits s.ini --cell holdout --format npy --output rows", 0, "", "");
    const char *at = r.out + sizeof header - 1;
    static const char *const parts[] = {"train", "validation", "test"};
    unsigned rows[3][23];
    size_t n[3] = {0};
    line l;
    while (read_line(&at, &l))
        for (int part = 0; part < 3; part++)
            if (strcmp(parts[part], l.part) == 0)
                rows[part][n[part]++] = l.row;
    assert_int_equal(n[0] + n[1] + n[2], 23);
    for (int part = 0; part < 3; part++) {
        char path[64];
        snprintf(path, sizeof path, "rows/fold0_%s.npy", parts[part]);
        check_array(path, rows[part], n[part]);
    }
    expect_run("splits s.ini --cell cv4 -r 0-1 -f npy -o several --set fit.validation_split=0", 0,
               "", "");
    assert_int_equal(access("several/replicate1/fold3_test.npy", F_OK), 0);
    assert_int_equal(access("several/replicate0/fold0_validation.npy", F_OK), -1);
    expect_run("splits s.ini --output rows.csv", 0, "", "");
    assert_int_equal(access("rows.csv", F_OK), 0);
    ran_free(&r);
    work_end(folder);
}

static void test_bad_requests(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    expect_run("splits", 2, "", "SUITE is missing");
    expect_run("splits absent.ini", 3, "", "absent.ini");
    expect_run("splits s.ini --format json", 2, "", "expected csv or npy; got \"json\"");
    expect_run("splits s.ini --format npy", 2, "", "needs a folder: --output DIR");
    expect_run("splits s.ini --cell holdot", 2, "",
               "the label \"holdot\"\nhint: did you mean holdout?");
    expect_run("splits s.ini --cell 'holdout & cv4'", 2, "", "no cell carries all of");
    expect_run("splits s.ini --cell ''", 2, "", "no cell carries the label \"\"");
    expect_run("splits s.ini --replicate 20", 2, "", "20 is too large; expected at most 19");
    expect_run("splits s.ini --replicate 7-2", 2, "", "got \"7-2\"");
    expect_run("splits s.ini --replicate=-1", 2, "", "got \"-1\"");
    expect_run("splits s.ini --output absent/rows.csv", 5, "", "absent/rows.csv");
    expect_run("splits s.ini --format npy --output s.ini", 5, "", "s.ini");
    expect_run("splits s.ini --set seeds.split=1 --set seeds.weights=1 --set seeds.order=1 -r 1", 2,
               "", "hint: nothing is fresh in cell cv4, so it runs once");
    work_end(folder);
}

static void test_hostile_splitters(void **state)
{
    (void)state;
    static const struct {
        const char *action;
        int code;
        const char *err;
    } cases[] = {
        {"none", 0, ""},
        {"segfault", 1, "hpbench: error: replicate 0 failed: signal 11 (segmentation fault)"},
        {"spin", 1, "hpbench: error: replicate 0 failed: silent for 0.5 s (time_limit)"},
        {"twice", 1,
         "replicate 0 failed: splitter hostile_splitter: fold 1 has row 1 twice in test"},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char *text = hpb_format(HOSTILE, cases[i].action);
        char *folder = work_begin(text);
        ran r = run_hpbench("splits s.ini " PLUGINS " --output rows.csv");
        if (r.code != cases[i].code || !strstr(r.err, cases[i].err))
            fail_msg("%s: exit %d: %s", cases[i].action, r.code, r.err);
        assert_int_equal(access("rows.csv", F_OK), r.code ? -1 : 0); // whole, or not at all
        ran_free(&r);
        work_end(folder);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_row_once_a_fold),
                                       cmocka_unit_test(test_rows_are_scikit_learns),
                                       cmocka_unit_test(test_arrays_hold_the_same),
                                       cmocka_unit_test(test_bad_requests),
                                       cmocka_unit_test(test_groups_and_folds_of_a_file),
                                       cmocka_unit_test(test_hostile_splitters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
