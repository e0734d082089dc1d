// SPDX-License-Identifier: Apache-2.0
// Every suite under tests/bad_suites is refused with the words in the .txt beside it. File names begin with
// the row of the table of bad inputs that they stand for; a01 and so on are beyond that table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

static int set_up(void **state)
{
    if (chdir(HPB_TEST_SOURCE "/..") != 0) // the messages have paths from there
        return -1;
    return tested_set_up(state);
}

static char *read_file(const char *path, size_t *n)
{
    char *bytes = NULL;
    hpb_error error = {0};
    if (hpb_file_read(path, HPB_SUITE_LIMIT, HPB_EXIT_SUITE, &bytes, n, &error))
        fail_msg("%s", error.text);
    return bytes;
}

// What `hpbench validate` prints to stderr.
static char *printed(const char *path)
{
    size_t n, n_printed;
    char *bytes = read_file(path, &n), *text = NULL;
    tested_parse_bytes(&fixture, path, bytes, n, NULL, 0);
    FILE *out = open_memstream(&text, &n_printed);
    hpb_diagnostics_print(out, &fixture.diagnostics);
    fclose(out);
    if (fixture.is_good)
        print_error("%s: accepted\n", path);
    assert_false(fixture.is_good);
    assert_int_equal(fixture.diagnostics.item[0].code, HPB_EXIT_SUITE);
    tested_drop(&fixture);
    free(bytes);
    return text;
}

static void test_every_bad_suite_says_what_is_wrong(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob("tests/bad_suites/*.ini", 0, NULL, &files), 0);
    size_t wrong = 0;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i];
        char *expected_path = hpb_format("%.*s.txt", (int)strlen(path) - 4, path);
        size_t n;
        char *found = printed(path), *expected = read_file(expected_path, &n);
        if (strcmp(found, expected) != 0) {
            print_error("%s: expected\n%sfound\n%s", path, expected, found);
            wrong++;
        }
        free(found);
        free(expected);
        free(expected_path);
    }
    assert_int_equal(wrong, 0);
    assert_true(files.gl_pathc >= 50); // the glob found them
    globfree(&files);
}

static void test_names_of_suites(void **state)
{
    (void)state;
    static const char text[] = "[suite]\n[optimizer.sgd]\n";
    static const char *const bad[] = {"a b.ini", "<script>.ini",     ".ini", "...ini",
                                      "x/..ini", "na\xc3\xafve.ini", ""};
    static const char *const good[] = {"a.ini", "x/y/CON.ini", "v1.2-b_c.ini", "../a.ini", "plain"};
    char longest[80];
    memset(longest, 'x', sizeof longest);
    longest[65] = '\0';
    for (size_t i = 0; i <= HPB_COUNT(bad); i++) {
        const char *path = i < HPB_COUNT(bad) ? bad[i] : longest;
        tested_parse_bytes(&fixture, path, text, strlen(text), NULL, 0);
        if (fixture.is_good)
            fail_msg("%s: accepted", path);
        assert_non_null(strstr(fixture.diagnostics.item[0].text, "[A-Za-z0-9._-]{1,64}"));
        tested_drop(&fixture);
    }
    for (size_t i = 0; i < HPB_COUNT(good); i++) {
        tested_parse_bytes(&fixture, good[i], text, strlen(text), NULL, 0);
        if (!fixture.is_good)
            fail_msg("%s: %s", good[i], fixture.diagnostics.item[0].text);
        tested_drop(&fixture);
    }
}

// Whatever the bytes are, there is an answer, and no suite both refused and without a reason.
static void test_damaged_suites(void **state)
{
    (void)state;
    size_t n;
    char *text = read_file("suites/optimizers.ini", &n);
    uint32_t random = 12345;
    for (int round = 0; round < 400; round++) {
        char *copy = memcpy(hpb_alloc(n, 1), text, n);
        size_t length = n;
        for (int k = 0; k < 4; k++) {
            static const char bytes[] = "[]=;#\"'\\,.()&*\n\r\t 09e-\xff";
            random = random * 1664525u + 1013904223u;
            copy[(random >> 8) % n] = bytes[(random >> 3) % sizeof bytes];
            if (k == 0 && round % 4 == 0)
                length = (random >> 8) % n;
        }
        tested_parse_bytes(&fixture, "suites/tested.ini", copy, length, NULL, 0);
        assert_true(fixture.is_good == (fixture.diagnostics.count == 0));
        tested_drop(&fixture);
        free(copy);
    }
    free(text);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bad_suite_says_what_is_wrong),
        cmocka_unit_test(test_names_of_suites),
        cmocka_unit_test(test_damaged_suites),
    };
    return cmocka_run_group_tests(tests, set_up, tested_tear_down);
}
