// SPDX-License-Identifier: Apache-2.0
// The command line itself: help, unknown commands and options, values out of range.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"

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
    static const char *const commands[] = {"new",      "run",    "report", "export",
                                           "validate", "plan",   "status", "compare",
                                           "keras",    "splits", "plugins"};
    ran r = run_hpbench("--help");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.err, "");
    size_t lines = 0, column = 0;
    for (const char *c = r.out; *c; c++) {
        column = *c == '\n' ? 0 : column + 1;
        lines += *c == '\n';
        assert_true(column <= 100);
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
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
