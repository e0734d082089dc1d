// SPDX-License-Identifier: Apache-2.0
// Killed at any moment and run again, a run comes to the same bits, and what it had stored stays stored.
// `test_cli_resume N` kills N times (30 without).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

static const char suite[] =
    "[suite]\nreplicates = 3000\n[data]\ngenerator = linear\n[fit]\nepochs = 60\n"
    "[model]\nhidden = 8\n[optimizer.adam]\n[optimizer.sgd]\n"
    "[splitter]\nplugin = train_test_split\n[report]\ncurves = yes\n";

static uint32_t n_kills = 30;

// --- kill -9 ------------------------------------------------------------------------------------------

typedef enum victim { VICTIM_PARENT, VICTIM_GROUP, VICTIM_WORKER_FIRST, VICTIM_COUNT } victim;

static void kill_it(pid_t pid, victim who)
{
    pid_t children[16];
    const size_t n = children_of(pid, children, HPB_COUNT(children));
    if (who == VICTIM_WORKER_FIRST && n)
        kill(children[n - 1], SIGKILL);
    kill(who == VICTIM_GROUP ? -pid : pid, SIGKILL);
    wait_hpbench(pid, 10);
    expect_gone(children, n);
}

static void killed_and_resumed_is_the_undisturbed_run(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    const double begin = seconds_now();
    expect_run("run s.ini --no-report --quiet --output clean", 0, "", "");
    const double whole = seconds_now() - begin;
    uint64_t stored = 0;
    uint32_t killed = 0, tries = 0;
    srand(1);
    while (killed < n_kills && tries++ < 4 * n_kills) {
        const bool is_over = stored == 6000;
        char *arguments = hpb_format("run s.ini --no-report --quiet --output killed --jobs %u%s",
                                     1 + tries % 2, is_over ? " --fresh" : "");
        if (is_over)
            stored = 0;
        const pid_t pid = start_hpbench(arguments, 0);
        free(arguments);
        sleep_seconds(whole * 0.5 * (double)rand() / RAND_MAX);
        int status;
        if (waitpid(pid, &status, WNOHANG) == pid) { // it was quicker
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        } else {
            kill_it(pid, (victim)(rand() % VICTIM_COUNT));
            killed++;
        }
        const uint64_t now =
            is_over ? stored : stored_in("killed", NULL); // --fresh may not have begun
        if (now < stored)
            fail_msg("%llu trials were stored, now %llu are", (unsigned long long)stored,
                     (unsigned long long)now);
        stored = is_over ? 0 : now;
    }
    assert_true(killed >= n_kills / 2);
    expect_run("run s.ini --no-report --quiet --output killed", 0, "", "");
    expect_same_results("clean", "killed");
    work_end(folder);
}

static void killed_worker_costs_nothing(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --no-report --quiet --output clean", 0, "", "");
    const pid_t pid = start_hpbench("run s.ini --no-report --quiet --output other --jobs 2", 0);
    const double end = seconds_now() + 30;
    while (stored_in("other", NULL) == 0 &&
           seconds_now() < end) // then its children are workers, not the probe
        sleep_seconds(0.005);
    pid_t children[16];
    const size_t n = children_of(pid, children, HPB_COUNT(children));
    if (n) // once: what dies a second time has failed
        kill(children[n - 1], SIGKILL);
    assert_int_equal(wait_hpbench(pid, 60), 0);
    expect_same_results("clean", "other");
    work_end(folder);
}

// --- signals ------------------------------------------------------------------------------------------

static const char hanging[] =
    "[suite]\nreplicates = 50\ntime_limit = 1000\n[data]\ngenerator = linear\n[fit]\n"
    "epochs = 2\n[optimizer.good]\nplugin = hostile\n"
    "[optimizer.hang]\nplugin = hostile\naction = spin\n"
    "[splitter]\nplugin = train_test_split\n";

// The trials of the first cell are stored; the others never end.
static pid_t start_hanging(void)
{
    const pid_t pid = start_hpbench("run s.ini " PLUGINS " --output out --jobs 2", 0);
    const double end = seconds_now() + 30;
    while (stored_in("out", NULL) < 50) {
        if (seconds_now() > end)
            fail_msg("nothing was stored");
        sleep_seconds(0.01);
    }
    return pid;
}

static void signals_stop_in_order(void **state)
{
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < HPB_COUNT(numbers); i++) {
        char *folder = work_begin(hanging);
        const pid_t pid = start_hanging();
        pid_t children[16];
        const size_t n = children_of(pid, children, HPB_COUNT(children));
        const double begin = seconds_now();
        kill(pid, numbers[i]);
        assert_int_equal(wait_hpbench(pid, 20), 128 + numbers[i]);
        assert_true(seconds_now() - begin <= 10);
        expect_in_file("err.txt", "50 of 100 trials stored in out; the same command goes on");
        expect_gone(children, n);
        assert_int_equal(stored_in("out", NULL), 50);
        assert_int_not_equal(access("out/run.sqlite-wal", F_OK), 0);
        assert_int_not_equal(access("out/run.lock", F_OK), 0);
        expect_run("status out", 6, "50 of 100 trials stored", "");
        work_end(folder);
    }
}

static void second_signal_does_not_wait(void **state)
{
    (void)state;
    char *folder = work_begin(hanging);
    const pid_t pid = start_hanging();
    pid_t children[16];
    const size_t n = children_of(pid, children, HPB_COUNT(children));
    kill(pid, SIGINT);
    kill(pid, SIGINT); // as timeout(1) sends it, to the process and to its group: one stop
    sleep_seconds(0.3);
    assert_int_equal(kill(pid, 0), 0);
    kill(pid, SIGINT);
    const double begin = seconds_now();
    assert_int_equal(wait_hpbench(pid, 20), 130);
    assert_true(seconds_now() - begin < 1.5);
    expect_gone(children, n);
    assert_int_equal(stored_in("out", NULL), 50);
    work_end(folder);
}

// --- two at once --------------------------------------------------------------------------------------

static void second_run_is_refused_until_the_first_is_dead(void **state)
{
    (void)state;
    char *folder = work_begin(hanging);
    const pid_t pid = start_hanging();
    char *owner = hpb_format("out: in use by pid %ld on ", (long)pid);
    const double begin = seconds_now();
    expect_run("run s.ini " PLUGINS " --output out", 7, NULL, owner);
    assert_true(seconds_now() - begin < 2);
    char *line = hpb_format("in use by pid %ld on ", (long)pid);
    expect_run("status out", 6, line, "");
    kill(pid, SIGKILL);
    wait_hpbench(pid, 10);
    // no lock that a person must delete; the hanging level is left out now
    expect_run("run s.ini " PLUGINS " --output out --no-report --set cross.optimizer=good", 0,
               "nothing to do: all 50 trials are stored", "");
    free(owner);
    free(line);
    work_end(folder);
}

// --- the disk -----------------------------------------------------------------------------------------

static void full_disk_loses_nothing(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --no-report --quiet --output clean", 0, "", "");
    // 400 trials and the first 100 curves of a cell are less than the limits, all of them more
    expect_run("run s.ini --no-report --quiet --output out --set suite.replicates=200", 0, "", "");
    uint64_t stored = stored_in("out", NULL);
    assert_int_equal(stored, 400);
    for (rlim_t limit = 200000; limit < 600000; limit += 150000) {
        const pid_t pid = start_hpbench("run s.ini --no-report --quiet --output out", limit);
        assert_int_equal(wait_hpbench(pid, 60), 5);
        expect_in_file("err.txt", "hpbench: error: out/run.sqlite");
        expect_in_file("err.txt", "File too large");
        const uint64_t now = stored_in("out", NULL);
        assert_true(now >= stored);
        stored = now;
    }
    expect_run("run s.ini --no-report --quiet --output out", 0, "", "");
    expect_same_results("clean", "out");
    work_end(folder);
}

int main(int argc, char **argv)
{
    int64_t n;
    if (argc == 2 && hpb_parse_int64(argv[1], &n) && n > 0)
        n_kills = (uint32_t)n;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_and_resumed_is_the_undisturbed_run),
        cmocka_unit_test(killed_worker_costs_nothing),
        cmocka_unit_test(signals_stop_in_order),
        cmocka_unit_test(second_signal_does_not_wait),
        cmocka_unit_test(second_run_is_refused_until_the_first_is_dead),
        cmocka_unit_test(full_disk_loses_nothing),
    };
    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
