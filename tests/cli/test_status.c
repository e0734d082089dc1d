// SPDX-License-Identifier: Apache-2.0
// hpbench status: exit code, counts, and a read-only look.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#include <jansson.h>

static const char suite[] =
    "[suite]\nreplicates = 30\n[data]\ngenerator = linear\n[fit]\nepochs = 2\n"
    "[optimizer.adam]\n[optimizer.sgd]\nlearning_rate = 1e30\n[splitter]\n"
    "plugin = train_test_split\n";

static void counts_by_cell(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --no-report --quiet", 0, "", "");
    ran r = run_hpbench("status s --json");
    assert_int_equal(r.code, 0);
    json_t *json = json_loads(r.out, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json, "stored")), 60);
    assert_int_equal(json_integer_value(json_object_get(json, "diverged")), 30);
    assert_true(json_is_null(json_object_get(json, "in_use_by")));
    const json_t *sgd = json_array_get(json_object_get(json, "cells"), 1);
    assert_string_equal(json_string_value(json_object_get(sgd, "cell")), "sgd");
    assert_int_equal(json_integer_value(json_object_get(sgd, "diverged")), 30);
    assert_int_equal(json_integer_value(json_object_get(sgd, "ok")), 0);
    json_decref(json);
    ran_free(&r);
    expect_run("status s", 0, "          30 of 30           sgd   30 diverged\n", "");
    expect_run("status hpbench-results/s --quiet", 0, "", "");
    work_end(folder);
}

static void a_look_changes_nothing(void **state)
{
    (void)state;
    char *folder = work_begin(suite), *before, *after;
    size_t n, n_after;
    hpb_error error;
    expect_run("run s.ini --no-report --quiet --output out", 0, "", "");
    assert_int_equal(hpb_file_read("out/run.sqlite", 1 << 28, HPB_EXIT_STORE, &before, &n, &error),
                     HPB_EXIT_OK);
    expect_run("status out", 0, "last change: 20", "");
    expect_run("run s.ini --no-report --quiet --output out", 0, "", "");
    assert_int_equal(
        hpb_file_read("out/run.sqlite", 1 << 28, HPB_EXIT_STORE, &after, &n_after, &error),
        HPB_EXIT_OK);
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_cell),
        cmocka_unit_test(a_look_changes_nothing),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
