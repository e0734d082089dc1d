// SPDX-License-Identifier: Apache-2.0
// Errors: one line, at most one hint, nothing in them that a terminal obeys.
#include "base/base.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *printed(const hpb_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hpb_error_print(out, error);
    fclose(out);
    return text;
}

static void test_error_and_hint(void **state)
{
    (void)state;
    hpb_error error;
    memset(&error, 'x', sizeof error);
    assert_int_equal(hpb_error_set(&error, HPB_EXIT_STORE, "%s: no %d", "a", 7), HPB_EXIT_STORE);
    assert_int_equal(error.code, HPB_EXIT_STORE);
    char *text = printed(&error);
    assert_string_equal(text, "hpbench: error: a: no 7\n");
    free(text);
    hpb_error_hint(&error, "try %s", "b");
    text = printed(&error);
    assert_string_equal(text, "hpbench: error: a: no 7\nhint: try b\n");
    free(text);
    hpb_error_set(&error, HPB_EXIT_SUITE, "again"); // clears the hint
    assert_string_equal(error.hint, "");
    assert_int_equal(hpb_error_set(NULL, HPB_EXIT_BUSY, "nobody listens"), HPB_EXIT_BUSY);
    hpb_error_hint(NULL, "nobody listens");
}

static ssize_t count_write(void *cookie, const char *bytes, size_t n)
{
    (void)bytes;
    ++*(int *)cookie;
    return (ssize_t)n;
}

// Several processes share stderr: their lines must not mix.
static void test_an_error_is_one_write(void **state)
{
    (void)state;
    int writes = 0;
    FILE *out = fopencookie(&writes, "w", (cookie_io_functions_t){.write = count_write});
    setvbuf(out, NULL, _IONBF, 0); // as stderr is
    hpb_error error;
    hpb_error_set(&error, HPB_EXIT_SUITE, "bad \x1b byte");
    hpb_error_hint(&error, "none");
    hpb_error_print(out, &error);
    fclose(out);
    assert_int_equal(writes, 1);
}

static void test_long_errors_are_cut(void **state)
{
    (void)state;
    char *text = hpb_alloc(5000, 1);
    memset(text, 'y', 4999);
    hpb_error error;
    hpb_error_set(&error, HPB_EXIT_SUITE, "%s", text);
    hpb_error_hint(&error, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_int_equal(strlen(error.hint), sizeof error.hint - 1);
    free(text);
}

static void test_control_characters_and_bad_bytes_are_shown(void **state)
{
    (void)state;
    hpb_error error;
    hpb_error_set(&error, HPB_EXIT_SUITE, "a\nb\tc\x1b[31m\x7f \xff \xc3\xb6 \xe2\x82");
    char *text = printed(&error);
    assert_string_equal(text, "hpbench: error: a\\x0ab\\x09c\\x1b[31m\\x7f \\xff \xc3\xb6 "
                              "\\xe2\\x82\n");
    free(text);
}

static void test_places(void **state)
{
    (void)state;
    hpb_diagnostics d = {0};
    hpb_diagnose(&d, (hpb_place){"s.ini", 3, 7}, "fit", "epochs", "not %s", "good");
    hpb_diagnose(&d, (hpb_place){"s.ini", 3, 0}, "fit", NULL, "no");
    hpb_diagnose(&d, (hpb_place){"s.ini", 0, 9}, NULL, NULL, "no");
    hpb_diagnose(&d, (hpb_place){"s.ini", 3, 7}, NULL, "epochs", "no");
    assert_int_equal(d.count, 4);
    assert_int_equal(d.item[0].code, HPB_EXIT_SUITE);
    assert_string_equal(d.item[0].text, "s.ini:3:7: [fit] epochs: not good");
    assert_string_equal(d.item[1].text, "s.ini:3: [fit]: no");
    assert_string_equal(d.item[2].text, "s.ini: no");
    assert_string_equal(d.item[3].text, "s.ini:3:7: epochs: no");
}

static void test_twenty_are_kept_and_the_rest_counted(void **state)
{
    (void)state;
    hpb_diagnostics d = {0};
    for (int i = 0; i < 23; i++) {
        hpb_error *item =
            hpb_diagnose(&d, (hpb_place){"f", (uint32_t)i + 1, 0}, NULL, NULL, "%d", i);
        assert_true((item != NULL) == (i < HPB_MAX_DIAGNOSTICS));
        hpb_error_hint(item, "hint %d", i); // NULL is fine
    }
    assert_int_equal(d.count, 20);
    assert_int_equal(d.dropped, 3);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    hpb_diagnostics_print(out, &d);
    fclose(out);
    assert_non_null(strstr(text, "hpbench: error: f:20: 19\nhint: hint 19\n"));
    assert_non_null(strstr(text, "hpbench: error: ... and 3 more\n"));
    assert_null(strstr(text, "f:21"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_and_hint),
        cmocka_unit_test(test_an_error_is_one_write),
        cmocka_unit_test(test_long_errors_are_cut),
        cmocka_unit_test(test_control_characters_and_bad_bytes_are_shown),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_twenty_are_kept_and_the_rest_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
