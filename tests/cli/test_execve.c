// SPDX-License-Identifier: Apache-2.0
// What a report starts is gnuplot, whatever the suite's text says: seen from outside, by strace.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <glob.h>

#include "support_cli.h"
#include "support_process.h"

#define SKIPPED 77

// Text that a shell or gnuplot would run, in all that a figure shows.
static const char suite_text[] = "[suite]\n"
                                 "question = \"`touch P` $(touch P) '; system('touch P'); #\"\n"
                                 "replicates = 20\n"
                                 "[data]\n"
                                 "rows = 20\n"
                                 "[model]\n"
                                 "hidden = 2\n"
                                 "[fit]\n"
                                 "epochs = 2\n"
                                 "[optimizer.adam]\n"
                                 "label = `touch P`\n"
                                 "[optimizer.sgd]\n"
                                 "label = \"'; system('touch P'); # $(touch P)\"\n"
                                 "[splitter.holdout]\n"
                                 "plugin = train_test_split\n"
                                 "[report]\n"
                                 "curves = yes\n";

// The file name of the program that a line of strace says was started; NULL: none was.
static char *started_program(const char *line)
{
    static const char call[] = "execve(\"";
    const char *path = strstr(line, call), *result = strstr(line, ") = ");
    if (!path || (result && result[4] != '0'))
        return NULL;
    path += sizeof call - 1;
    char *program = hpb_format("%.*s", (int)strcspn(path, "\""), path);
    const char *slash = strrchr(program, '/');
    char *name = hpb_strdup(slash ? slash + 1 : program);
    free(program);
    return name;
}

static void test_gnuplot_alone_is_started(void **state)
{
    (void)state;
    char *folder = work_begin(suite_text);
    expect_run("run s.ini --output out --no-report --quiet", 0, NULL, NULL);
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=execve -e "
                               "signal=none -o trace '%s' report out >said 2>&1",
                               binary ? binary : HPB_TEST_BINARY "/hpbench");
    const int status = system(command);
    free(command);
    char *trace = NULL, *said = NULL;
    size_t n;
    hpb_error error;
    assert_int_equal(hpb_file_read("trace", (size_t)1 << 24, HPB_EXIT_STORE, &trace, &n, &error),
                     HPB_EXIT_OK);
    assert_int_equal(hpb_file_read("said", (size_t)1 << 20, HPB_EXIT_STORE, &said, &n, &error),
                     HPB_EXIT_OK);
    if (status != 0)
        fail_msg("report under strace: status %d\n%s", status, said);
    uint32_t n_gnuplot = 0, n_self = 0;
    for (char *line = strtok(trace, "\n"); line; line = strtok(NULL, "\n")) {
        char *name = started_program(line);
        if (!name)
            continue;
        n_gnuplot += strcmp(name, "gnuplot") == 0;
        n_self += strcmp(name, "hpbench") == 0;
        if (strcmp(name, "gnuplot") != 0 && strcmp(name, "hpbench") != 0)
            fail_msg("the report started %s: %s", name, line);
        free(name);
    }
    assert_int_equal(n_self, 1);
    glob_t pictures;
    assert_int_equal(glob("out/figures/*.png", 0, NULL, &pictures), 0);
    assert_int_equal(n_gnuplot, 2 * pictures.gl_pathc); // each as PNG and as SVG
    assert_true(pictures.gl_pathc >= 3);
    globfree(&pictures);
    assert_int_not_equal(access("P", F_OK), 0);
    assert_int_not_equal(access("out/P", F_OK), 0);
    assert_int_not_equal(access("out/figures/P", F_OK), 0);
    free(trace);
    free(said);
    work_end(folder);
}

int main(void)
{
    // where strace is missing or may not trace
    if (system("strace -f -qq -e trace=execve -o /dev/null true >/dev/null 2>&1") != 0)
        return SKIPPED;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gnuplot_alone_is_started)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
