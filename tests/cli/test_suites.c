// SPDX-License-Identifier: Apache-2.0
// Every shipped suite runs, opens with its question, and says how it is run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#include <glob.h>

// As a reader meets it: first line "# NAME.ini: a question?", then the two commands.
static void expect_opening(const char *path)
{
    char *text;
    size_t n;
    hpb_error error;
    assert_int_equal(hpb_file_read(path, 1 << 20, HPB_EXIT_SUITE, &text, &n, &error), HPB_EXIT_OK);
    char *line = hpb_strdup(text);
    line[strcspn(line, "\n")] = '\0';
    char *name = hpb_format("# %s: ", strrchr(path, '/') + 1);
    if (strncmp(line, name, strlen(name)) != 0 || !strchr(line, '?'))
        fail_msg("%s:1: expected \"%sa question?\"; got \"%s\"", path, name, line);
    char *command = hpb_format("\n#   hpbench run  %s ", strstr(path, "suites/"));
    if (!strstr(text, command))
        fail_msg("%s: expected \"%s\" in its first comment", path, command + 1);
    free(command);
    free(name);
    free(line);
    free(text);
}

static bool explains(const char *path)
{
    char *text;
    size_t n;
    hpb_error error;
    assert_int_equal(hpb_file_read(path, 1 << 20, HPB_EXIT_SUITE, &text, &n, &error), HPB_EXIT_OK);
    const bool is_there = strstr(text, "\n[explain]") != NULL;
    free(text);
    return is_there;
}

static void test_every_suite_runs(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob(HPB_TEST_SOURCE "/../suites/*.ini", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 2);
    char *folder = work_begin("");
    uint32_t n_explained = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        expect_opening(found.gl_pathv[i]);
        char *words = hpb_format("run '%s' --set suite.replicates=2 --no-report --output %zu",
                                 found.gl_pathv[i], i);
        expect_run(words, 0, NULL, NULL);
        free(words);
        if (explains(found.gl_pathv[i])) {
            words = hpb_format("explain '%s' --set suite.replicates=2 --set explain.precision=none "
                               "--no-report --output %zu",
                               found.gl_pathv[i], i);
            expect_run(words, 0, NULL, NULL);
            free(words);
            n_explained++;
        }
    }
    assert_true(n_explained >= 4);
    globfree(&found);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_suite_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
