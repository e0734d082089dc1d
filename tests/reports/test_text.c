// SPDX-License-Identifier: Apache-2.0
// Text of unknown origin in figures, pages and tables.
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_labels(void **state)
{
    (void)state;
    const struct {
        const char *text, *clean;
    } cases[] = {
        {"adam 0.01", "adam 0.01"},
        {"a\tb\nc\rd", "a b c d"},
        {"say \"hi\"\\n", "say 'hi'/n"},
        {"\x07"
         "bell\x1b[31m",
         "bell[31m"},
        {"left\xe2\x80\xaeright", "leftright"}, // U+202E, right-to-left override
        {"a\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf"
         "b",
         "ab"}, // zero-width space and joiner, byte order mark
        {"\xff\xc0\x80", "???"},
        {"é ≤ 日本 \xf0\x9f\x98\x80", "é ≤ 日本 \xf0\x9f\x98\x80"},
        {"", ""},
    };
    hpb_arena *arena = hpb_arena_create();
    for (size_t i = 0; i < HPB_COUNT(cases); i++)
        assert_string_equal(hpb_clean_label(arena, cases[i].text, 80), cases[i].clean);
    assert_string_equal(hpb_clean_label(arena, "日本語です", 3), "日本語…");
    assert_string_equal(hpb_clean_label(arena, "abc", 3), "abc");
    char *braces = hpb_alloc(2000001, 1); // two megabytes
    memset(braces, '{', 2000000);
    assert_int_equal(strlen(hpb_clean_label(arena, braces, 80)), 80 + strlen("…"));
    free(braces);
    hpb_arena_destroy(arena);
}

static void test_html(void **state)
{
    (void)state;
    hpb_text html = {0};
    hpb_html_add(&html, "<b>&'\"</b>\n\x01\xff]]>");
    assert_string_equal(html.data,
                        "&lt;b&gt;&amp;&#39;&quot;&lt;/b&gt;\n\xef\xbf\xbd\xef\xbf\xbd]]&gt;");
    hpb_text_free(&html);
    hpb_html_add(&html, "&#x3c;"); // what looks escaped is text as well
    assert_string_equal(html.data, "&amp;#x3c;");
    hpb_text_free(&html);
}

static void test_csv(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"adam & holdout", "adam & holdout"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"=1+1", "\"'=1+1\""},
        {"+1", "\"'+1\""},
        {"-1+cmd|' /C calc'!A0", "\"'-1+cmd|' /C calc'!A0\""},
        {"@SUM", "\"'@SUM\""},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"two\nlines", "\"two\nlines\""},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_text csv = {0};
        hpb_csv_add(&csv, cases[i][0]);
        assert_string_equal(csv.data, cases[i][1]);
        hpb_text_free(&csv);
    }
}

// RFC 4648, section 10.
static void test_base64(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_text text = {0};
        hpb_base64_add(&text, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(text.data, cases[i][1]);
        hpb_text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
