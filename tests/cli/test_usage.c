// SPDX-License-Identifier: Apache-2.0
// The command line itself: help, unknown commands and options, values out of range.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

static const char suite[] = "[suite]\nreplicates = 10\n[data]\ngenerator = linear\nrows = 20\n"
                            "[fit]\nepochs = 1\n[optimizer.sgd]\n";

static void test_no_command(void **state)
{
    (void)state;
    expect_run("", 2, NULL, "Usage: hpbench COMMAND");
    expect_run("''", 2, NULL, "unknown command \"\"");
    expect_run("-", 2, NULL, "unknown command \"-\"");
}

static void test_help_fits_one_screen(void **state)
{
    (void)state;
    static const char *const commands[] = {"new",     "run",    "report",   "export", "validate",
                                           "plan",    "status", "compare",  "keras",  "splits",
                                           "plugins", "diff",   "variance", "explain"};
    ran r = run_hpbench("--help");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.err, "");
    size_t lines = 0, column = 0;
    for (const char *c = r.out; *c; c++) {
        column = *c == '\n' ? 0 : column + 1;
        lines += *c == '\n';
        assert_true(column <= 80);
    }
    assert_true(lines <= 24);
    for (size_t i = 0; i < HPB_COUNT(commands); i++) {
        char *line = hpb_format("\n  %s ", commands[i]),
             *help = hpb_format("%s --help", commands[i]);
        assert_non_null(strstr(r.out, line));
        char *usage = hpb_format("Usage: hpbench %s", commands[i]);
        expect_run(help, 0, usage, "");
        free(line);
        free(help);
        free(usage);
    }
    ran_free(&r);
    expect_run("--version", 0, "hpbench 0.", "");
}

static void test_unknown_words_name_the_nearest(void **state)
{
    (void)state;
    expect_run("rnu suites/optimizers.ini", 2, NULL,
               "hpbench: error: unknown command \"rnu\"\nhint: did you mean hpbench run?\n");
    expect_run("banana", 2, NULL, "hint: hpbench --help lists the commands\n");
    expect_run("--hlep", 2, NULL, "unknown option --hlep\nhint: did you mean --help?");
    expect_run("plan --jsno x.ini", 2, NULL, "unknown option --jsno\nhint: did you mean --json?");
    expect_run("plan --banana=1 x.ini", 2, NULL,
               "unknown option --banana\nhint: hpbench plan --help");
    expect_run("plan -h", 2, NULL, "unknown option -h\nhint: did you mean --help?");
    expect_run("plan -qz x.ini", 2, NULL, "unknown option -z");
}

static void test_values_of_options(void **state)
{
    (void)state;
    static const char *const jobs[] = {"0",  "-1", "1e9",  "abc",
                                       "2x", "",   "1025", "99999999999999999999"};
    for (size_t i = 0; i < HPB_COUNT(jobs); i++) {
        char *words = hpb_format("run x.ini '--jobs=%s'", jobs[i]);
        char *text =
            hpb_format("--jobs: expected a whole number from 1 to 1024; got \"%s\"", jobs[i]);
        expect_run(words, 2, "", text);
        free(words);
        free(text);
    }
    expect_run("run x.ini --jobs", 2, "",
               "--jobs needs a value: --jobs N\nhint: hpbench run --help");
    expect_run("run x.ini -j", 2, "", "-j needs a value: -j N");
    expect_run("plan --json=yes x.ini", 2, "", "--json takes no value; got \"yes\"");
    expect_run("plan x.ini --set suite.epochs", 2, "", "--set: not of the form section.key=value");
    expect_run("plan x.ini --set =1", 2, "", "--set: not of the form section.key=value");
    expect_run("plan x.ini --set a=1", 2, "", "--set: not of the form section.key=value");
    expect_run("plan x.ini --set", 2, "", "--set needs a value");
}

static void test_arguments(void **state)
{
    (void)state;
    expect_run("plan", 2, "", "SUITE is missing\nhint: hpbench plan --help");
    expect_run("plan a.ini b.ini", 2, "", "one SUITE expected; got \"a.ini\" and \"b.ini\"");
    expect_run("validate", 2, "", "SUITE is missing");
    expect_run("plan -- -x.ini", 3, "", "-x.ini: can't be opened: No such file or directory");
    expect_run("plan a.ini -- --json", 2, "", "one SUITE expected; got \"a.ini\" and \"--json\"");
}

// The last one counts; of what may be repeated each does, and of one key the last.
static void test_options_given_twice(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --quiet --no-report --jobs 2 --jobs 1 --output a --output b", 0, "",
               NULL);
    assert_int_equal(access("a", F_OK), -1);
    assert_int_equal(access("b/run.sqlite", F_OK), 0);
    expect_run("run s.ini --quiet --no-report --jobs 1 --jobs 0", 2, "",
               "--jobs: expected a whole");
    expect_run("plan s.ini --set fit.epochs=3 --set fit.epochs=4", 0,
               "    epochs                   4\n", "");
    expect_run("status b --json --json", 0, "\"planned\": 10", "");
    expect_run("export b --format json --format csv", 0, "suite,cell,", NULL);
    work_end(folder);
}

static void test_names_that_begin_with_a_dash(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    assert_int_equal(rename("s.ini", "-x.ini"), 0);
    expect_run("validate -- -x.ini", 0, "-x.ini: no errors", "");
    expect_run("plan -- -x.ini", 0, "-x.ini: 1 cell", "");
    expect_run("run --quiet -o -y -- -x.ini", 0, "-y/report.html\n", NULL);
    expect_run("status -- -y", 0, "-y: 10 of 10", "");
    expect_run("report --quiet -- -y", 0, "-y/report.html", "");
    expect_run("export --output=-y.csv -- -y", 0, "", "10 of 10");
    expect_run("compare -- -y -y", 0, "all 10 pairs", "");
    expect_run("splits -- -x.ini", 0, "cell,replicate", "");
    expect_run("status -y", 2, "", "unknown option -y");
    work_end(folder);
}

// Where all that is wrong stands in --set, it is the command line that is.
static void test_set_names_what_is_not_there(void **state)
{
    (void)state;
    static const char *const commands[] = {"run", "plan", "validate", "splits"};
    char *folder = work_begin(suite);
    for (size_t i = 0; i < HPB_COUNT(commands); i++) {
        char *key = hpb_format("%s s.ini --set fit.epoch=1", commands[i]);
        char *section = hpb_format("%s s.ini --set fitt.epochs=1", commands[i]);
        char *value = hpb_format("%s s.ini --set fit.epochs=x", commands[i]);
        expect_run(key, 2, "", "--set fit.epoch=1: [fit]: unknown key \"epoch\"");
        expect_run(section, 2, "", "--set fitt.epochs=1: [fitt]: unknown section");
        expect_run(value, 2, "", "--set fit.epochs=x: [fit] epochs: not a whole number");
        free(key);
        free(section);
        free(value);
    }
    hpb_error error;
    assert_int_equal(hpb_file_write("bad.ini", "[fit]\nepoch = 1\n", 16, &error), 0);
    expect_run("plan bad.ini --set fit.epochs=x", 3, "", "bad.ini:2:1: [fit]: unknown key");
    work_end(folder);
}

// What is read is not written over, and what can't be written is said before anything is lost.
static void test_outputs(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *words;
        int code;
    } outputs[] = {
        {"splits s.ini --output s.ini", "s.ini is read here and would be written over", 2},
        {"splits s.ini --output d.csv", "d.csv is read here and would be written over", 2},
        {"splits s.ini --output ./link.ini", "./link.ini is read here", 2},
        {"keras s.ini --output s.ini", "s.ini is read here and would be written over", 2},
        {"keras s.ini --output d.csv", "d.csv is read here and would be written over", 2},
        {"export b --output b/run.sqlite", "b/run.sqlite is read here", 2},
        {"new optimizers d.csv --data d.csv --target y --force", "d.csv is read here", 2},
        {"run s.ini --output s.ini", "s.ini: not a folder", 5},
        {"run s.ini --output s.ini/x", "s.ini: not a folder", 5},
        {"run s.ini --output ''", "--output: expected a folder; got nothing", 2},
        {"run s.ini --output /proc/x", "/proc/x: can't be made: No such file or directory", 5},
        {"export b --output ''", "--output: expected a file; got nothing", 2},
        {"export b --output b", "b: can't be written: not a regular file", 5},
        {"export b --output /dev/full", "/dev/full: can't be written: not a regular file", 5},
        {"export b --output no/x.csv", "no/x.csv: can't be written: No such file or directory", 5},
        {"export b --output s.ini/x.csv", "s.ini/x.csv: can't be written: Not a directory", 5},
        {"splits s.ini --output b", "b: can't be written: not a regular file", 5},
        {"splits s.ini --format npy --output s.ini", "s.ini: not a folder", 5},
    };
    static const char data[] = "x,y\n1,2\n2,3\n3,5\n4,4\n5,6\n6,7\n7,7\n8,9\n";
    char *folder = work_begin("[suite]\nreplicates = 2\n[data]\nfile = d.csv\ntarget = y\n[fit]\n"
                              "epochs = 1\n[optimizer.sgd]\n");
    hpb_error error;
    assert_int_equal(hpb_file_write("d.csv", data, sizeof data - 1, &error), 0);
    assert_int_equal(symlink("s.ini", "link.ini"), 0);
    expect_run("run s.ini --quiet --no-report --output b", 0, "", NULL);
    for (size_t i = 0; i < HPB_COUNT(outputs); i++)
        expect_run(outputs[i].arguments, outputs[i].code, "", outputs[i].words);
    expect_in_file("d.csv", data);
    expect_in_file("s.ini", "file = d.csv");
    expect_run("status b", 0, "b: 2 of 2 trials", NULL);
    work_end(folder);
}

// A copy that runs with another user's rights would lend them to every plugin.
static void test_set_user_id(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    const char *binary = getenv("HPBENCH");
    char *folder = work_begin(suite);
    char *command =
        hpb_format("chmod 755 . && cp '%s' lent && chmod 6755 lent && su nobody -s /bin/sh -c "
                   "'exec ./lent plugins list' >said.txt 2>&1",
                   binary ? binary : HPB_TEST_BINARY "/hpbench");
    const int status = system(command);
    char *said = ran_text("said.txt");
    const bool is_honoured =
        strstr(said, "set-user-id") != NULL; // not so where /tmp is mounted nosuid
    if (is_honoured)
        assert_int_equal(WEXITSTATUS(status), 2);
    free(said);
    free(command);
    work_end(folder);
    if (!is_honoured)
        skip();
}

// What could not be written was not said.
static void test_full_disk(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("'%s' --help >/dev/full 2>/dev/null",
                               binary ? binary : HPB_TEST_BINARY "/hpbench");
    const int status = system(command);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), HPB_EXIT_STORE);
    free(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_command),
        cmocka_unit_test(test_help_fits_one_screen),
        cmocka_unit_test(test_unknown_words_name_the_nearest),
        cmocka_unit_test(test_values_of_options),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_options_given_twice),
        cmocka_unit_test(test_names_that_begin_with_a_dash),
        cmocka_unit_test(test_set_names_what_is_not_there),
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_set_user_id),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
