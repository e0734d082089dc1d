// SPDX-License-Identifier: Apache-2.0
// The manual page holds every command with every option, and no formatter complains about it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#define PAGE HPB_TEST_BINARY "/core/cli/hpbench.1"

// What a command of the shell prints; free() it.
static char *shell(const char *command)
{
    char *line = hpb_format("(%s) >out.txt 2>&1 </dev/null", command);
    const int status = system(line);
    assert_true(WIFEXITED(status));
    free(line);
    return ran_text("out.txt");
}

// Calls `each` for every line of `text`.
static void each_line(char *text, void (*each)(const char *line, void *context), void *context)
{
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        each(line, context);
}

typedef struct manual {
    char *page;          // as it is read
    const char *command; // whose options these are
    const char *section; // where that command begins
    size_t n_commands, n_options;
} manual;

static void expect_option(const char *line, void *context)
{
    manual *m = context;
    const char *dashes = strstr(line, "--");
    if (strspn(line, " ") < 2 || !dashes || strcspn(line, "-") > 6)
        return;
    char *option = hpb_format("%.*s", (int)strcspn(dashes, " "), dashes);
    if (strcmp(option, "--help") != 0 && strcmp(option, "--usage") != 0 &&
        strcmp(option, "--version") != 0) {
        const char *found = strstr(m->section, option), *end = strstr(m->section, "\n   hpbench ");
        if (!found || (end && found > end))
            fail_msg("the page lacks %s of hpbench %s", option, m->command);
        m->n_options++;
    }
    free(option);
}

static void expect_command(const char *line, void *context)
{
    manual *m = context;
    if (strncmp(line, "  ", 2) != 0 || line[2] == ' ' || strncmp(line + 2, "hpbench ", 8) == 0)
        return;
    char *name = hpb_format("%.*s", (int)strcspn(line + 2, " "), line + 2);
    char *heading = hpb_format("\n   hpbench %s ", name);
    char *help =
        hpb_format("ARGP_HELP_FMT=rmargin=1000 '%s' %s --help",
                   getenv("HPBENCH") ? getenv("HPBENCH") : HPB_TEST_BINARY "/hpbench", name);
    m->command = name;
    m->section = strstr(m->page, heading);
    if (!m->section)
        fail_msg("the page lacks hpbench %s", name);
    m->section += strlen(heading);
    char *text = shell(help);
    each_line(text, expect_option, m);
    m->n_commands++;
    free(text);
    free(help);
    free(heading);
    free(name);
}

static void every_option_is_there(void **state)
{
    (void)state;
    char *folder = work_begin("");
    manual m = {.page = shell("MANWIDTH=120 MANPAGER=cat man -l '" PAGE "'")};
    ran r = run_hpbench("--help");
    each_line(r.out, expect_command, &m);
    assert_true(m.n_commands >= 7);
    assert_true(m.n_options >= 20);
    ran_free(&r);
    free(m.page);
    work_end(folder);
}

static void sections_are_in_order(void **state)
{
    (void)state;
    static const char *const sections[] = {"NAME",     "SYNOPSIS", "DESCRIPTION", "COMMANDS",
                                           "SUITES",   "FILES",    "ENVIRONMENT", "EXIT STATUS",
                                           "EXAMPLES", "SEE ALSO"};
    char *folder = work_begin(""), *text = shell("cat '" PAGE "'");
    const char *at = text;
    for (size_t i = 0; i < HPB_COUNT(sections); i++) {
        char *line = hpb_format("\n.SH %s\n", sections[i]);
        at = strstr(at, line);
        if (!at)
            fail_msg("no section %s where it belongs", sections[i]);
        free(line);
    }
    free(text);
    work_end(folder);
}

static void no_formatter_complains(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "man --warnings -E UTF-8 -l -Tutf8 -Z '" PAGE "' 2>&1 >/dev/null",
        // a date would say when it was built
        "command -v mandoc >/dev/null || exit 0; mandoc -Tlint -W warning '" PAGE
        "' | grep -v 'missing date'"};
    char *folder = work_begin("");
    for (size_t i = 0; i < HPB_COUNT(commands); i++) {
        char *said = shell(commands[i]);
        assert_string_equal(said, "");
        free(said);
    }
    work_end(folder);
}

int main(void)
{
    if (system("man --version >/dev/null 2>&1") != 0)
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_there),
        cmocka_unit_test(sections_are_in_order),
        cmocka_unit_test(no_formatter_complains),
    };
    return cmocka_run_group_tests_name("manual", tests, NULL, NULL);
}
