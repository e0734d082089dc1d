// SPDX-License-Identifier: Apache-2.0
// An installation works wherever it is put and moved to: a prefix with spaces, by the commands of the guide.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#define MOVED "second place"

// Runs a command of the shell; all that it says is in out.txt.
static void expect_shell(const char *command)
{
    char *line = hpb_format("(%s) >out.txt 2>&1", command), *said = NULL;
    if (system(line) != 0)
        fail_msg("%s\n%s", line, said = ran_text("out.txt"));
    free(line);
}

// Installs into the working directory, a new one, and moves what is there.
static int set_up(void **state)
{
    *state = work_begin("");
    expect_shell("cmake --install '" HPB_TEST_BINARY "' --prefix \"$PWD/first place\"");
    assert_int_equal(rename("first place", MOVED), 0);
    unsetenv("PKG_CONFIG_PATH");
    return 0;
}

static int tear_down(void **state)
{
    work_end(*state);
    return 0;
}

// What `find` finds first of that name, with "/" for a folder; free() it.
static char *find(const char *name)
{
    char *command = hpb_format("find '" MOVED "' -path '*/%s' | head -n 1 | tr -d '\\n'", name);
    expect_shell(command);
    char *path = ran_text("out.txt");
    if (!*path)
        fail_msg("%s is not installed", name);
    free(command);
    return path;
}

static void all_is_there(void **state)
{
    (void)state;
    static const char *const names[] = {"bin/hpbench",
                                        "hpbench/plugins/optimizers/adam.so",
                                        "include/hpbench/plugin.h",
                                        "pkgconfig/hpbench.pc",
                                        "share/hpbench/suites/optimizers.ini",
                                        "share/hpbench/suites/data/diabetes.csv",
                                        "man1/hpbench.1",
                                        "share/bash-completion/completions/hpbench",
                                        "docs/abi.md",
                                        "docs/examples/lionheart.c"};
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        free(find(names[i]));
}

// Its own plugins, from where it is now; nothing of where it was built or first put.
static void its_suites_run_with_its_plugins(void **state)
{
    (void)state;
    expect_shell("'" MOVED "/bin/hpbench' plugins list --json");
    expect_in_file("out.txt", "/" MOVED "/");
    char *text = ran_text("out.txt");
    assert_null(strstr(text, HPB_TEST_BINARY));
    assert_null(strstr(text, "first place"));
    free(text);
    expect_shell("'" MOVED "/bin/hpbench' run '" MOVED
                 "/share/hpbench/suites/optimizers.ini' --set suite.replicates=5");
    expect_in_file("out.txt", "report: hpbench-results/optimizers/report.html\n");
    expect_shell("'" MOVED "/bin/hpbench' run '" MOVED
                 "/share/hpbench/suites/diabetes.ini' --no-report --set suite.replicates=1");
}

static void a_plugin_compiles_against_it(void **state)
{
    (void)state;
    if (system("pkg-config --version >/dev/null 2>&1") != 0)
        skip();
    char *source = find("docs/examples/lionheart.c"), *pc = find("pkgconfig/hpbench.pc");
    *strrchr(pc, '/') = '\0';
    // eval: pkg-config quotes what a path with spaces needs, for a shell that reads it again
    char *command = hpb_format("export PKG_CONFIG_PATH='%s'; eval \"cc -std=c11 -O3 -shared -fPIC "
                               "$(pkg-config --cflags hpbench) '%s' -o lionheart.so\"",
                               pc, source);
    expect_shell(command);
    expect_shell("'" MOVED "/bin/hpbench' plugins show lionheart --plugin-dir .");
    expect_in_file("out.txt", "lionheart");
    free(command);
    command = hpb_format("PKG_CONFIG_PATH='%s' pkg-config --variable=plugindir hpbench", pc);
    expect_shell(command);
    expect_in_file("out.txt", "/hpbench/plugins\n");
    free(command);
    free(source);
    free(pc);
}

int main(void)
{
    if (system("cmake --version >/dev/null 2>&1") != 0)
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_there),
        cmocka_unit_test(its_suites_run_with_its_plugins),
        cmocka_unit_test(a_plugin_compiles_against_it),
    };
    return cmocka_run_group_tests_name("install", tests, set_up, tear_down);
}
