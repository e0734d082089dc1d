// SPDX-License-Identifier: Apache-2.0
// Runs that are not whole: nothing stored, or another run at work on them. Every command that reads says so.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#include <sqlite3.h>

static const char suite[] = "[suite]\nreplicates = 250\n[data]\ngenerator = linear\nrows = 20\n"
                            "[fit]\nepochs = 1\n[optimizer.adam]\n[optimizer.sgd]\n"
                            "[splitter]\nplugin = train_test_split\n";

static void a_store_without_trials(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --quiet --no-report --output out", 0, "", NULL);
    sqlite3 *db;
    assert_int_equal(sqlite3_open("out/run.sqlite", &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM trial; DELETE FROM curve", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    expect_run("report out", 6, "0 of 500", NULL);
    expect_in_file("out/report.html", "0 of 500");
    expect_in_file("out/report.html", "</html>");
    expect_run("report out --partial", 0, "PARTIAL", NULL);
    expect_run("report out --json", 6, "\"complete\": false", NULL);
    expect_run("status out", 6, "out: 0 of 500 trials stored", "");
    expect_run("export out", 6, "suite,cell,", "0 of 500 trials exported (the run is incomplete)");
    expect_run("compare out out", 6, "PARTIAL: 0 of 500 pairs are there", "");
    expect_run("compare out out --expect same-bits", 8, NULL,
               "cell adam: 0 of 250 pairs are there; expected the same bits");
    expect_run("run s.ini --output out", 0, "report: out/report.html", "500 of 500 trials");
    expect_run("report out", 0, "report: out/report.html", NULL);
    work_end(folder);
}

static void readers_beside_a_run(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
#define LONG "run s.ini --no-report --output out --set suite.replicates=400000 --set fit.epochs=50 "
    const pid_t pid = start_hpbench(LONG, 0);
    const double end = seconds_now() + 20; // trials are in the store once its log has grown
    struct stat status = {0};
    while (seconds_now() < end &&
           (stat("out/run.sqlite-wal", &status) != 0 || status.st_size < 200000))
        sleep_seconds(0.01);
    char *owner = hpb_format("in use by pid %ld on ", (long)pid);
    expect_run(LONG, 7, NULL, owner);
    expect_run(LONG "--fresh", 7, NULL, owner);
    expect_run("status out", 6, owner, "");
    expect_run("report out", 6, "PARTIAL: ", NULL);
    expect_run("export out --output part.csv", 6, "", "(the run is incomplete)");
    expect_run("compare out out", 6, "PARTIAL: ", "");
    kill(pid, SIGINT);
    assert_int_equal(wait_hpbench(pid, 20), 130);
    expect_run("status out", 6, " of 800,000 trials stored, 0 failed", "");
    free(owner);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_without_trials),
        cmocka_unit_test(readers_beside_a_run),
    };
    return cmocka_run_group_tests_name("partial", tests, NULL, NULL);
}
