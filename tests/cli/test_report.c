// SPDX-License-Identifier: Apache-2.0
// hpbench report: the answer, where the page is, and the exit codes that scripts rely on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#include <jansson.h>

static const char suite_text[] = "[suite]\n"
                                 "question = Which?\n"
                                 "replicates = 30\n"
                                 "[data]\n"
                                 "rows = 20\n"
                                 "[model]\n"
                                 "hidden = 2\n"
                                 "[fit]\n"
                                 "epochs = 3\n"
                                 "[optimizer.adam]\n"
                                 "learning_rate = 0.01\n"
                                 "[optimizer.sgd]\n"
                                 "learning_rate = 0.01\n"
                                 "[splitter.holdout]\n"
                                 "plugin = train_test_split\n"
                                 "[cross]\n"
                                 "optimizer = *\n";

// A finished run in the folder `out` below the working directory.
static char *finished(void)
{
    char *folder = work_begin(suite_text);
    expect_run("run s.ini --output out --quiet", 0, NULL, NULL);
    return folder;
}

static void test_usage(void **state)
{
    (void)state;
    expect_run("report --help", 0, "--partial", NULL);
    expect_run("report", 2, NULL, "RUN");
    expect_run("report one two", 2, NULL, "two");
    expect_run("report nowhere-at-all", 5, NULL, "hpbench: error: ");
}

static void test_answer_and_page(void **state)
{
    (void)state;
    char *folder = finished();
    ran r = run_hpbench("report out");
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "median MSE"));
    assert_non_null(strstr(r.out, "report: out/report.html\n"));
    assert_string_equal(r.err, "");
    ran_free(&r);
    r = run_hpbench("report out --quiet");
    assert_string_equal(r.out, "out/report.html\n");
    ran_free(&r);
    const char *const files[] = {"out/report.html", "out/figures/distribution.png",
                                 "out/figures/distribution.svg", "out/figures/distribution.csv",
                                 "out/figures/differences.png"};
    for (size_t i = 0; i < HPB_COUNT(files); i++)
        if (access(files[i], R_OK) != 0)
            fail_msg("%s is not there", files[i]);
    work_end(folder);
}

// The sentences of the terminal, the page and the JSON are the same.
static void test_json(void **state)
{
    (void)state;
    char *folder = finished();
    ran text = run_hpbench("report out"), r = run_hpbench("report out --json");
    assert_int_equal(r.code, 0);
    json_t *report = json_loads(r.out, 0, NULL);
    assert_non_null(report);
    size_t i;
    json_t *sentence;
    char *page = NULL;
    size_t n;
    assert_int_equal(
        hpb_file_read("out/report.html", (size_t)1 << 24, HPB_EXIT_STORE, &page, &n, NULL), 0);
    assert_true(json_array_size(json_object_get(report, "answer")) >= 2);
    json_array_foreach(json_object_get(report, "answer"), i, sentence)
    {
        assert_non_null(strstr(text.out, json_string_value(sentence)));
        assert_non_null(strstr(page, json_string_value(sentence)));
    }
    assert_int_equal(json_integer_value(json_object_get(report, "planned")), 60);
    assert_true(json_is_true(json_object_get(report, "complete")));
    assert_int_equal(json_array_size(json_object_get(report, "cells")), 2);
    assert_string_equal(json_string_value(json_object_get(report, "report")), "out/report.html");
    json_decref(report);
    free(page);
    ran_free(&r);
    ran_free(&text);
    work_end(folder);
}

static void test_incomplete(void **state)
{
    (void)state;
    char *folder = work_begin(suite_text);
    const pid_t pid =
        start_hpbench("run s.ini --output out --no-report --set suite.replicates=400000", 0);
    const double end = seconds_now() + 20; // trials are in the store once its log has grown
    struct stat status = {0};
    while (seconds_now() < end &&
           (stat("out/run.sqlite-wal", &status) != 0 || status.st_size < 200000))
        sleep_seconds(0.01);
    kill(pid, SIGINT);
    assert_int_equal(wait_hpbench(pid, 20), 130);
    expect_run("report out", 6, "PARTIAL: ", NULL);
    expect_run("report out --partial", 0, "PARTIAL: ", NULL);
    ran r = run_hpbench("report out --json");
    assert_int_equal(r.code, 6);
    assert_non_null(strstr(r.out, "\"complete\": false"));
    ran_free(&r);
    work_end(folder);
}

static void test_without_gnuplot(void **state)
{
    (void)state;
    char *folder = finished(), *kept = hpb_strdup(getenv("PATH"));
    unlink("out/report.html");
    setenv("PATH", "/nonexistent", 1);
    ran r = run_hpbench("report out");
    setenv("PATH", kept, 1);
    assert_int_equal(r.code, 5);
    assert_non_null(strstr(r.err, "gnuplot not found"));
    assert_non_null(strstr(r.out, "median MSE"));
    ran_free(&r);
    assert_int_equal(access("out/report.html", R_OK), 0);
    assert_int_not_equal(access("out/figures/distribution.png", F_OK),
                         0);                       // none beside a page without
    expect_run("report out", 0, "report: ", NULL); // and with gnuplot they are back
    assert_int_equal(access("out/figures/distribution.png", R_OK), 0);
    free(kept);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_answer_and_page),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_without_gnuplot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
