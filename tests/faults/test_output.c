// SPDX-License-Identifier: Apache-2.0
// What can't be printed was not said: with standard output full, every command exits with 5 and one line.
#include "faults/support_faults.h"

static void full_output_is_an_error(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "validate s.ini",
        "plan s.ini",
        "plan s.ini --json",
        "plugins list",
        "plugins show adam",
        "status done",
        "status done --json",
        "export done --format csv",
        "export done --format json",
        "report done",
        "report done --json",
        "run s.ini --output done",
        "run s.ini --output done --json",
        "--help",
        "run --help",
        "--version",
    };
    char *text = small_suite(3), *folder = work_begin(text);
    expect_run("run s.ini --jobs 1 --quiet --output done", 0, NULL, "");
    for (size_t i = 0; i < HPB_COUNT(commands); i++) {
        char *arguments = hpb_format("%s >/dev/full", commands[i]);
        ran r = run_under("", arguments);
        const char *end = strchr(r.err, '\n');
        if (r.code != HPB_EXIT_STORE ||
            !strstr(r.err, "standard output: No space left on device") || !end || end[1])
            fail_msg("hpbench %s: exit %d\n%s", arguments, r.code, r.err);
        ran_free(&r);
        free(arguments);
    }
    expect_sound("done", 6, "with standard output full");
    work_end(folder);
    free(text);
}

// JSON can't say such a name: it is printed with question marks, and not left out with all around it.
static void a_folder_that_is_not_utf8_is_in_json(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *words;
    } commands[] = {
        {"validate b\xff/s.ini --json", "\"suite\": \"b?/s.ini\""},
        {"plan b\xff/s.ini --json", "\"path\": \"b?/s.ini\""},
        {"run b\xff/s.ini --quiet --output b\xff/out --json", "\"folder\": \"b?/out\""},
        {"status b\xff/out --json", "\"folder\": \"b?/out\""},
        {"report b\xff/out --json", "\"report\": \"b?/out/report.html\""},
    };
    char *text = small_suite(3), *folder = work_begin(text);
    hpb_error error;
    assert_int_equal(mkdir("b\xff", 0777), 0);
    assert_int_equal(hpb_file_write("b\xff/s.ini", text, strlen(text), &error), HPB_EXIT_OK);
    for (size_t i = 0; i < HPB_COUNT(commands); i++)
        expect_run(commands[i].arguments, 0, commands[i].words, NULL);
    work_end(folder);
    free(text);
}

int main(void)
{
    if (access("/dev/full", W_OK) != 0)
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_output_is_an_error),
        cmocka_unit_test(a_folder_that_is_not_utf8_is_in_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
