// SPDX-License-Identifier: Apache-2.0
// What bash offers behind `hpbench`: commands, options, suites, runs, plugins. Skipped where there is no bash.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

// The words that bash completes the last one of `words` (shell words behind `hpbench`) to, "|" behind each; free() it.
static char *complete(const char *words)
{
    const char *binary = getenv("HPBENCH");
    char *script = hpb_format(". '%s'\n"
                              "COMP_WORDS=(hpbench %s)\n"
                              "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                              "_hpbench '%s' \"${COMP_WORDS[COMP_CWORD]}\"\n"
                              "printf '%%s|' \"${COMPREPLY[@]}\"\n"
                              "complete -p hpbench >/dev/null\n",
                              HPB_TEST_SOURCE "/../core/cli/hpbench.bash", words,
                              binary ? binary : HPB_TEST_BINARY "/hpbench");
    hpb_error error;
    assert_int_equal(hpb_file_write("script", script, strlen(script), &error), HPB_EXIT_OK);
    if (system("bash --norc script >out.txt 2>err.txt </dev/null") != 0)
        fail_msg("bash failed on %s", script);
    char *said = ran_text("err.txt");
    assert_string_equal(said, "");
    free(said);
    free(script);
    unlink("script");
    return ran_text("out.txt");
}

static void expect_words(const char *words, const char *expected)
{
    char *got = complete(words);
    if (strcmp(got, expected) != 0)
        fail_msg("hpbench %s: expected %s; got %s", words, expected, got);
    free(got);
}

static void expect_among(const char *words, const char *expected)
{
    char *got = complete(words), *framed = hpb_format("|%s", got);
    char *word = hpb_format("|%s|", expected);
    if (!strstr(framed, word))
        fail_msg("hpbench %s: expected %s among %s", words, expected, got);
    free(word);
    free(framed);
    free(got);
}

// A suite, a file that is none, a folder, and two runs of which one has no store.
static int set_up(void **state)
{
    hpb_error error;
    *state = work_begin("");
    assert_int_equal(hpb_file_write("two words.ini", "", 0, &error), HPB_EXIT_OK);
    assert_int_equal(hpb_file_write("notes.txt", "", 0, &error), HPB_EXIT_OK);
    assert_int_equal(hpb_folder_create("hpbench-results/my run", &error), HPB_EXIT_OK);
    assert_int_equal(hpb_folder_create("hpbench-results/nothing", &error), HPB_EXIT_OK);
    assert_int_equal(hpb_file_write("hpbench-results/my run/run.sqlite", "", 0, &error),
                     HPB_EXIT_OK);
    return 0;
}

static int tear_down(void **state)
{
    work_end(*state);
    return 0;
}

static void commands_are_those_of_help(void **state)
{
    (void)state;
    static const char *const commands[] = {"run",  "report", "export", "validate",
                                           "plan", "status", "plugins"};
    for (size_t i = 0; i < HPB_COUNT(commands); i++)
        expect_among("''", commands[i]);
    expect_words("val", "validate|");
    expect_words("--v", "--version|");
    expect_words("nonsense ''", "|");
}

static void options_are_those_of_the_command(void **state)
{
    (void)state;
    expect_words("run --j", "--jobs|--json|");
    expect_words("run s.ini --pl", "--plugin-dir|");
    expect_words("export --f", "--format|");
    expect_words("report --f", "|");
    expect_among("run -", "-j");
}

static void suites_folders_and_files(void **state)
{
    (void)state;
    expect_words("run ''", "hpbench-results|s.ini|two words.ini|");
    expect_words("run --jobs 2 t", "two words.ini|");
    expect_words("run --jobs = 2 t", "two words.ini|");
    expect_words("run s.ini ''", "|"); // one suite
    expect_words("validate s.ini t", "two words.ini|");
    expect_words("run --output ''", "hpbench-results|");
    expect_words("run -o ''", "hpbench-results|");
    expect_words("run --output = h", "hpbench-results|");
    expect_words("run --output =", "hpbench-results|");
    expect_words("export --output n", "notes.txt|");
    expect_words("run --jobs ''", "|"); // a number is nobody's to guess
}

static void runs_are_those_with_a_store(void **state)
{
    (void)state;
    expect_words("report ''", "hpbench-results|my run|");
    expect_words("status m", "my run|");
}

static void plugins_by_their_ids(void **state)
{
    (void)state;
    expect_words("plugins ''", "list|show|");
    expect_words("plugins show sg", "sgd|");
    expect_among("plugins show ''", "kfold");
    expect_words("plugins list ''", "|");
    expect_words("plugins --kind optimizer s", "show|");
}

int main(void)
{
    if (system("bash --version >/dev/null 2>&1") != 0)
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_those_of_help),
        cmocka_unit_test(options_are_those_of_the_command),
        cmocka_unit_test(suites_folders_and_files),
        cmocka_unit_test(runs_are_those_with_a_store),
        cmocka_unit_test(plugins_by_their_ids),
    };
    return cmocka_run_group_tests_name("completion", tests, set_up, tear_down);
}
