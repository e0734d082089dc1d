// SPDX-License-Identifier: Apache-2.0
// Limits that a shell sets: each is named, nothing half is left, and the same command goes on without it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_environment.h"

// Nothing half: what has a final name is whole, and the store goes on where it was.
static void expect_whole(const char *folder)
{
    char *page = hpb_format("%s/report.html", folder);
    if (access(page, F_OK) == 0)
        expect_in_file(page, "</html>");
    free(page);
    char *again = hpb_format("run s.ini --quiet --no-report --output %s", folder);
    expect_run(again, 0, "", NULL);
    expect_same_results("plain", folder);
    free(again);
    char *remove_it = hpb_format("rm -rf %s", folder);
    assert_int_equal(system(remove_it), 0);
    free(remove_it);
}

static void limits_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *limit, *arguments, *words;
        int code;
    } limits[] = {
        {"-n 8", "run s.ini --output l",
         "open files: too few are allowed; expected at least 32 (ulimit -n)", 5},
        {"-n 8", "report plain", "(ulimit -n); got 8", 5},
        {"-n 8", "compare plain plain", "(ulimit -n); got 8", 5},
        {"-f 1", "run s.ini --output l", "the size of files is limited (ulimit -f)", 5},
        {"-f 64", "run s.ini --output l", "the size of files is limited (ulimit -f)", 5},
        {"-f 1", "report plain", "the size of files is limited (ulimit -f)", 5},
        {"-f 1", "export plain --output half.csv", "the size of files is limited (ulimit -f)", 5},
        {"-c unlimited", "run s.ini --output l", "report: l/report.html", 0},
    };
    for (size_t i = 0; i < HPB_COUNT(limits); i++) {
        char *prefix = hpb_format("rm -f plain/report.*; ulimit %s;", limits[i].limit);
        expect_with(prefix, limits[i].arguments, limits[i].code, limits[i].words);
        free(prefix);
        expect_whole("l");
    }
    assert_int_equal(access("half.csv", F_OK), -1);
    expect_run("report plain", 0, "report: plain/report.html", NULL);
}

static void memory_and_stack_are_named(void **state)
{
    (void)state;
    if (HAS_SANITIZER)
        skip();
    expect_with("ulimit -v 200000;", "run s.ini --output l --no-report", 0, "40 of 40 trials");
    expect_whole("l");
    bool is_named =
        false; // between too little for the loader of programs, or for C++ to begin, and enough
    for (int kilobytes = 8000; kilobytes < 40000 && !is_named; kilobytes += 500) {
        char *prefix = hpb_format("ulimit -v %d;", kilobytes);
        const int code = run_with(prefix, "plan s.ini");
        char *said = ran_text("said.txt");
        is_named = code == 70;
        if (is_named)
            assert_string_equal(said, "hpbench: error: out of memory: it is limited (ulimit -v)\n");
        else if (code != 127 && code != 5 && !strstr(said, "without an active exception"))
            fail_msg("%s exit %d\n%s", prefix, code, said);
        free(said);
        free(prefix);
    }
    assert_true(is_named);
    expect_with("ulimit -s 256;", "run s.ini --output l --no-report", 0, "40 of 40 trials");
    expect_whole("l");
    if (has_gnuplot()) {
        expect_with("rm -f plain/report.*; ulimit -v 20000;", "report plain", 5,
                    "; memory is limited (ulimit -v)");
        expect_in_file("plain/report.html", "</html>");
    }
}

// A worker's processor time is no fault of its trial: the run stops with what it has.
static void processor_time_is_named(void **state)
{
    (void)state;
    expect_with("ulimit -t 1;",
                "run s.ini --output l --set suite.replicates=100000 --set fit.epochs=100 --jobs 1",
                5,
                "hpbench: error: a worker process has used up its processor time, which is limited "
                "(ulimit -t)\n");
    expect_run("status l", 6, " of 200,000 trials stored, 0 failed", NULL);
    // the parent itself, whose second ends in the middle of a file
    expect_run("run s.ini --quiet --no-report --output big --set suite.replicates=100000 "
               "--set fit.epochs=1 --set data.rows=4",
               0, "", NULL);
    expect_with("ulimit -t 1; exec", "export big --format json --output big.json", 5,
                "hpbench: error: all processor time is used up: it is limited (ulimit -t)\n");
    assert_int_equal(access("big.json", F_OK), -1);
    assert_int_equal(system("rm -rf big l"), 0);
}

// Root is not limited in processes, so it becomes nobody for this.
static void processes_are_named(void **state)
{
    (void)state;
    if (HAS_SANITIZER)
        skip(); // its search for leaks starts a process
    assert_int_equal(chmod(".", 0777), 0);
    const char *binary = getenv("HPBENCH");
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit one = {1, 1};
        if (freopen("limit.txt", "w", stderr) == NULL ||
            (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) ||
            setrlimit(RLIMIT_NPROC, &one) != 0)
            _exit(77);
        execl(binary ? binary : HPB_TEST_BINARY "/hpbench", "hpbench", "plan", "s.ini",
              (char *)NULL);
        _exit(77);
    }
    const int code = wait_hpbench(pid, 60);
    char *said = ran_text("limit.txt");
    if (code == 77 || code == 3 || code == 126) { // nobody may not come here
        free(said);
        skip();
    }
    if (code != 5 || !strstr(said, "can't be started: Resource temporarily unavailable\nhint: the "
                                   "number of processes is limited (ulimit -u)\n"))
        fail_msg("exit %d\n%s", code, said);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(memory_and_stack_are_named),
        cmocka_unit_test(processor_time_is_named),
        cmocka_unit_test(processes_are_named),
    };
    return cmocka_run_group_tests_name("limits", tests, set_up, tear_down);
}
