// SPDX-License-Identifier: Apache-2.0
// Where hpbench runs: locales, the dynamic linker's variables, folders that are not there, no gnuplot, gnuplot's own
// start-up files, limits, a clock that jumps. The results are the same, or the reason is one line.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#include <jansson.h>

static const char suite[] = "[suite]\nreplicates = 20\n[data]\ngenerator = linear\nrows = 40\n"
                            "[fit]\nepochs = 3\n[model]\nhidden = 2\n"
                            "[optimizer.adam]\nlearning_rate = 0.001, 0.01\n"
                            "[splitter]\nplugin = train_test_split\n";

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0 // a sanitizer has wishes of its own as to memory and what is loaded first
#endif

static int set_up(void **state)
{
    *state = work_begin(suite);
    expect_run("run s.ini --quiet --output plain", 0, NULL, NULL);
    return 0;
}

static int tear_down(void **state)
{
    work_end(*state);
    return 0;
}

// `PREFIX hpbench ARGUMENTS` in a shell: its exit code; what it said is in said.txt.
static int run_with(const char *prefix, const char *arguments)
{
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("(%s '%s' %s) >said.txt 2>&1 </dev/null", prefix,
                               binary ? binary : HPB_TEST_BINARY "/hpbench", arguments);
    const int status = system(command);
    free(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void expect_with(const char *prefix, const char *arguments, int code, const char *words)
{
    const int got = run_with(prefix, arguments);
    char *said = ran_text("said.txt");
    if (got != code || !strstr(said, words))
        fail_msg("%s hpbench %s: exit %d\n%s(expected exit %d, \"%s\")", prefix, arguments, got,
                 said, code, words);
    free(said);
}

// A run under `prefix` gives the bits of the plain one, and is removed.
static void expect_same_bits(const char *prefix)
{
    expect_with(prefix, "run s.ini --no-report --output other", 0, "40 of 40 trials, 0 failed");
    expect_run("compare plain other --expect same-bits", 0, "the same bits in all 40 pairs", "");
    assert_int_equal(system("rm -rf other"), 0);
}

// --- locales and variables ------------------------------------------------------------------------------

// Decimal commas, and an i that is no I's small letter. Built here, as few machines have them.
static void locales_change_nothing(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE", "tr_TR"};
    for (size_t i = 0; i < HPB_COUNT(locales); i++) {
        char *make = hpb_format("localedef -i %s -f UTF-8 ./%s.UTF-8 >/dev/null 2>&1; "
                                "test -f %s.UTF-8/LC_NUMERIC",
                                locales[i], locales[i], locales[i]);
        if (system(make) != 0)
            skip();
        char *prefix =
            hpb_format("LOCPATH=\"$PWD\" LC_ALL=%s.UTF-8 LANG=%s.UTF-8", locales[i], locales[i]);
        expect_same_bits(prefix);
        // what is read and printed as well: keys, numbers, JSON, CSV
        expect_with("", "export plain --output c.csv", 0, "40 of 40");
        expect_with(prefix, "export plain --output l.csv", 0, "40 of 40");
        assert_int_equal(system("cmp -s c.csv l.csv"), 0);
        expect_with(prefix, "plan s.ini --set FIT.SHUFFLE=yes", 0, "0.001, 0.01\n");
        expect_with(prefix, "report plain --json", 0, "\"complete\": true");
        free(prefix);
        free(make);
    }
}

static void threads_of_libraries_change_nothing(void **state)
{
    (void)state;
    expect_same_bits("OMP_NUM_THREADS=64 OPENBLAS_NUM_THREADS=8 MKL_NUM_THREADS=3");
    expect_same_bits("HPBENCH=x HPBENCH_SEED=5 SLURM_PROCID=3 OMPI_COMM_WORLD_RANK=9");
    expect_same_bits("env -i");
}

static json_t *about_of(const char *folder)
{
    char *arguments = hpb_format("export %s --format json", folder);
    ran r = run_hpbench(arguments);
    json_t *json = json_loads(r.out, 0, NULL);
    json_t *about = json_incref(json_object_get(json, "about"));
    assert_non_null(about);
    json_decref(json);
    ran_free(&r);
    free(arguments);
    return about;
}

// Plugins come from where they are looked for, and the store says what the dynamic linker was told.
static void the_linkers_variables_are_recorded(void **state)
{
    (void)state;
    if (HAS_SANITIZER)
        skip();
    assert_int_equal(system("mkdir -p decoy && : > decoy/adam.so"), 0);
    expect_with("LD_LIBRARY_PATH=\":$PWD/decoy\" LD_PRELOAD=missing.so",
                "run s.ini --no-report --output ld", 0, "40 of 40 trials, 0 failed");
    expect_run("compare plain ld --expect same-bits", 0, NULL, "");
    json_t *about = about_of("ld"), *plain = about_of("plain");
    const char *loader = json_string_value(json_object_get(about, "loader"));
    assert_non_null(strstr(loader, "LD_PRELOAD=missing.so"));
    assert_non_null(strstr(loader, "LD_LIBRARY_PATH=:/"));
    if (!getenv("LD_LIBRARY_PATH") && !getenv("LD_PRELOAD"))
        assert_string_equal(json_string_value(json_object_get(plain, "loader")), "");
    assert_true(json_equal(json_object_get(about, "plugins"), json_object_get(plain, "plugins")));
    json_decref(about);
    json_decref(plain);
}

static void folders_of_plugins_are_absolute(void **state)
{
    (void)state;
    static const struct {
        const char *value, *words;
        int code;
    } values[] = {
        {"", "no errors", 0}, // as if it were not set
        {"::",
         "HPBENCH_PLUGIN_PATH: element 1 is empty; expected absolute folders with ':' between", 4},
        {":/", "HPBENCH_PLUGIN_PATH: element 1 is empty", 4},
        {"/:", "HPBENCH_PLUGIN_PATH: element 2 is empty", 4},
        {".", "HPBENCH_PLUGIN_PATH: element 1 is relative; expected an absolute folder; got .\n",
         4},
        {"plugins", "element 1 is relative; expected an absolute folder; got plugins\n", 4},
        {"/nonexistent", "element 1 (/nonexistent): can't be read: No such file or directory", 4},
        {"/dev/null", "element 1 (/dev/null): not a folder", 4},
    };
    for (size_t i = 0; i < HPB_COUNT(values); i++) {
        char *prefix = hpb_format("HPBENCH_PLUGIN_PATH='%s'", values[i].value);
        expect_with(prefix, "validate s.ini", values[i].code, values[i].words);
        free(prefix);
    }
    // ten thousand of them, the last one wrong, are read in a moment
    assert_int_equal(system("mkdir -p /tmp/hpbench-p.$PPID"), 0);
    expect_with("HPBENCH_PLUGIN_PATH=$(yes /tmp/hpbench-p.$PPID | head -n 5000 | tr '\\n' ':')x",
                "validate s.ini", 4, "element 5001 is relative");
    assert_int_equal(system("rmdir /tmp/hpbench-p.$PPID"), 0);
}

// --- folders, gnuplot ---------------------------------------------------------------------------------------

static bool has_gnuplot(void)
{
    return system("command -v gnuplot >/dev/null 2>&1") == 0;
}

static void a_home_is_not_needed(void **state)
{
    (void)state;
    expect_same_bits("env -u HOME");
    expect_same_bits("HOME=/nonexistent");
    if (has_gnuplot())
        expect_with("env -u HOME", "report plain", 0, "report: plain/report.html");
}

// Without gnuplot a run is as good as its trials, and a report says what it lacks.
static void no_gnuplot_no_figures(void **state)
{
    (void)state;
    unlink("plain/report.html");
    expect_with("PATH=", "report plain", 5, "gnuplot not found");
    expect_in_file("plain/report.html", "</html>");
    assert_int_equal(access("plain/figures/distribution.csv", R_OK), 0);
    expect_with("PATH=/nonexistent", "run s.ini --output bare", 0,
                "note: gnuplot not found: page written, no figures");
    assert_int_equal(access("bare/figures/distribution.png", F_OK), -1);
}

static void no_room_for_figures(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    expect_with("TMPDIR=/nonexistent", "report plain", 5, "/nonexistent");
    expect_in_file("plain/report.html", "</html>");
    expect_with("TMPDIR=/nonexistent", "run s.ini --output plain", 0, "report: plain/report.html");
    expect_with("TMPDIR=/dev/full", "report plain", 5, "/dev/full");
    expect_with("", "report plain", 0, "report: plain/report.html");
}

// gnuplot's start-up files could run commands: ours reads none of them.
static void gnuplots_own_files_are_not_read(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    hpb_error error;
    char *script = hpb_format("system('touch \"%s/run-by-gnuplot\"')\n", (const char *)*state);
    assert_int_equal(mkdir("home", 0700), 0);
    assert_int_equal(hpb_file_write("home/.gnuplot", script, strlen(script), &error), 0);
    assert_int_equal(hpb_file_write(".gnuplot", script, strlen(script), &error), 0);
    assert_int_equal(hpb_file_write("home/gnuplotrc", script, strlen(script), &error), 0);
    expect_with("HOME=\"$PWD/home\" GNUPLOT_LIB=\"$PWD/home\" GNUPLOT_SHARE_DIR=\"$PWD/home\" "
                "XDG_CONFIG_HOME=\"$PWD/home\"",
                "report plain", 0, "report: plain/report.html");
    assert_int_equal(access("run-by-gnuplot", F_OK), -1);
    free(script);
}

// --- limits -----------------------------------------------------------------------------------------------------

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
    bool is_named = false; // between too little for the loader of programs and enough
    for (int kilobytes = 8000; kilobytes < 40000 && !is_named; kilobytes += 500) {
        char *prefix = hpb_format("ulimit -v %d;", kilobytes);
        const int code = run_with(prefix, "plan s.ini");
        char *said = ran_text("said.txt");
        is_named = code == 70;
        if (is_named)
            assert_string_equal(said, "hpbench: error: out of memory: it is limited (ulimit -v)\n");
        else if (code != 127 && code != 5)
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
        if (freopen("/tmp/hpbench-limit.txt", "w", stderr) == NULL ||
            (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) ||
            setrlimit(RLIMIT_NPROC, &one) != 0)
            _exit(77);
        execl(binary ? binary : HPB_TEST_BINARY "/hpbench", "hpbench", "plan", "s.ini",
              (char *)NULL);
        _exit(77);
    }
    const int code = wait_hpbench(pid, 60);
    char *said = ran_text("/tmp/hpbench-limit.txt");
    if (code == 77 || code == 3 || code == 126) { // nobody may not come here
        free(said);
        skip();
    }
    if (code != 5 || !strstr(said, "can't be started: Resource temporarily unavailable\nhint: the "
                                   "number of processes is limited (ulimit -u)\n"))
        fail_msg("exit %d\n%s", code, said);
    free(said);
}

// Plugins run with the rights of who runs hpbench: root is told, once a run.
static void root_is_warned(void **state)
{
    (void)state;
    const int is_root = geteuid() == 0;
    run_with("", "run s.ini --no-report --output plain");
    char *said = ran_text("said.txt");
    assert_int_equal(
        strstr(said, "warning: run by root: plugins have all of root's rights\n") != NULL, is_root);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locales_change_nothing),
        cmocka_unit_test(threads_of_libraries_change_nothing),
        cmocka_unit_test(the_linkers_variables_are_recorded),
        cmocka_unit_test(folders_of_plugins_are_absolute),
        cmocka_unit_test(a_home_is_not_needed),
        cmocka_unit_test(no_gnuplot_no_figures),
        cmocka_unit_test(no_room_for_figures),
        cmocka_unit_test(gnuplots_own_files_are_not_read),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(memory_and_stack_are_named),
        cmocka_unit_test(processor_time_is_named),
        cmocka_unit_test(processes_are_named),
        cmocka_unit_test(root_is_warned),
    };
    return cmocka_run_group_tests_name("environment", tests, set_up, tear_down);
}
