// SPDX-License-Identifier: Apache-2.0
// Strings, numbers as text and back, nearest names, UTF-8.
#include "base/base.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_text_grows(void **state)
{
    (void)state;
    hpb_text text = {0};
    assert_null(text.data);
    for (int i = 0; i < 5000; i++)
        hpb_text_add(&text, "%d,", i % 10);
    assert_int_equal(text.length, 10000);
    assert_int_equal(strlen(text.data), 10000);
    assert_string_equal(text.data + 9990, "5,6,7,8,9,");
    hpb_text_add_bytes(&text, "a\0b", 3);
    assert_memory_equal(text.data + 10000, "a\0b", 4); // and the NUL behind it
    hpb_text_add_bytes(&text, NULL, 0);
    assert_int_equal(text.length, 10003);
    hpb_text_free(&text);
    assert_null(text.data);
    assert_int_equal(text.capacity, 0);
    hpb_text_add_bytes(&text, "", 0);
    assert_string_equal(text.data, "");
    hpb_text_free(&text);
}

static void test_doubles_that_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"+1", 1},
                {"010", 10},
                {".5", .5},
                {"5.", 5},
                {"1e3", 1000},
                {"1E-3", .001},
                {"1e+3", 1000},
                {"0.1", 0.1},
                {"2.5e-308", 2.5e-308},
                {"1.7976931348623157e308", DBL_MAX},
                {"0e-999", 0}};
    for (size_t i = 0; i < HPB_COUNT(good); i++) {
        double value = 7;
        assert_true(hpb_parse_double(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    double zero;
    assert_true(hpb_parse_double("-0", &zero) && signbit(zero));
}

static void test_doubles_that_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      " 1",
                                      "1 ",
                                      "\t1",
                                      "1\n",
                                      "+",
                                      "-",
                                      ".",
                                      "e",
                                      "e5",
                                      "1e",
                                      "1e+",
                                      "1,5",
                                      "1_0",
                                      "0x10",
                                      "0X1p3",
                                      "nan",
                                      "NaN",
                                      "inf",
                                      "-inf",
                                      "infinity",
                                      "1e400",
                                      "-1e400",
                                      "1e-400",
                                      "5e-324",
                                      "1..2",
                                      "1.2.3",
                                      "--1",
                                      "+-1",
                                      "1e5e5",
                                      "10abc",
                                      "1f",
                                      "1d",
                                      "\xc2\xa0"
                                      "1",
                                      "1\xe2\x80\x89"
                                      "000"};
    for (size_t i = 0; i < HPB_COUNT(bad); i++) {
        double value = 7;
        if (hpb_parse_double(bad[i], &value))
            fail_msg("\"%s\" was read as %g", bad[i], value);
        assert_true(value == 7);
    }
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"+7", 7},
                {"010", 10},
                {"-12", -12},
                {"0000000000000000000000009", 9},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < HPB_COUNT(good); i++) {
        int64_t value = 77;
        assert_true(hpb_parse_int64(good[i].text, &value));
        assert_int_equal(value, good[i].value);
    }
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+",
                                      "-",
                                      "1.0",
                                      "1e3",
                                      "0x10",
                                      "1_",
                                      "--1",
                                      "abc",
                                      "10a",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < HPB_COUNT(bad); i++) {
        int64_t value = 77;
        assert_false(hpb_parse_int64(bad[i], &value));
        assert_int_equal(value, 77);
    }
}

static void test_number_text_is_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {1, "1"},
                 {0.1, "0.1"},
                 {-2.5, "-2.5"},
                 {1e22, "1e+22"},
                 {100000, "100000"},
                 {1e-5, "1e-5"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1.0 / 3, "0.3333333333333333"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {5e-324, "5e-324"},
                 {DBL_MIN, "2.2250738585072014e-308"},
                 {123456789012345680.0, "1.2345678901234568e+17"},
                 {HUGE_VAL, "inf"},
                 {-HUGE_VAL, "-inf"}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char text[HPB_NUMBER_SIZE];
        assert_string_equal(hpb_number_text(cases[i].value, text), cases[i].text);
    }
    char text[HPB_NUMBER_SIZE];
    assert_string_equal(hpb_number_text((double)NAN, text), "nan");
    assert_string_equal(hpb_number_text(-(double)NAN, text), "nan");
}

// The next number of a fixed sequence (Marsaglia 2003).
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

static void test_number_text_reads_back_and_nothing_shorter_does(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next(&random);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (i % 2) // and numbers as people write them
            value = (double)(int64_t)(bits >> 44) / 1000;
        if (!isfinite(value))
            continue;
        char text[HPB_NUMBER_SIZE], shorter[400];
        assert_true(strtod(hpb_number_text(value, text), NULL) == value);
        int digits = 0, zeros = 0; // significant ones; those at their end
        for (const char *c = text; *c && *c != 'e'; c++) {
            if (*c < '0' || *c > '9' || (!digits && *c == '0'))
                continue;
            digits++;
            zeros = *c == '0' ? zeros + 1 : 0;
        }
        if (digits - zeros <= 1)
            continue;
        snprintf(shorter, sizeof shorter, "%.*g", digits - zeros - 1, value);
        assert_true(strtod(shorter, NULL) != value);
    }
}

static void test_counts_and_rounded_numbers(void **state)
{
    (void)state;
    char text[HPB_NUMBER_SIZE];
    assert_string_equal(hpb_count_text(0, text), "0");
    assert_string_equal(hpb_count_text(999, text), "999");
    assert_string_equal(hpb_count_text(1000, text), "1,000");
    assert_string_equal(hpb_count_text(12012, text), "12,012");
    assert_string_equal(hpb_count_text(123456, text), "123,456");
    assert_string_equal(hpb_count_text(UINT64_MAX, text), "18,446,744,073,709,551,615");

    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {{0.06123, 3, "0.0612"},   {0.0001, 3, "0.000100"},
                 {1.5, 3, "1.50"},         {9.9996, 3, "10.0"},
                 {0.99996, 4, "1.000"},    {123456, 3, "123000"},
                 {-0.06123, 3, "-0.0612"}, {0, 3, "0"},
                 {1e-5, 3, "1.00e-5"},     {2.5e12, 3, "2.50e+12"},
                 {9.99e6, 3, "9990000"},   {1.056e8, 3, "1.06e+8"},
                 {HUGE_VAL, 3, "inf"},     {152.1334, 5, "152.13"}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++)
        assert_string_equal(hpb_rounded_text(cases[i].value, cases[i].digits, text), cases[i].text);
    assert_string_equal(hpb_rounded_text(-(double)NAN, 3, text), "nan");
}

static void test_folded_text(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int indent, width;
        const char *text;
    } cases[] = {{"", 0, 10, ""},
                 {"one two three\n", 0, 9, "one two\nthree\n"},
                 {"one two\nand three", 0, 9, "one two\nand three"},
                 {"one two three", 4, 11, "one two\n    three"},
                 {"R² ≥ 0.5 is", 0, 8, "R² ≥ 0.5\nis"},
                 {"unbreakable words", 0, 5, "unbreakable\nwords"}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_text text = {0};
        hpb_text_add_folded(&text, cases[i].words, cases[i].indent, cases[i].width);
        assert_string_equal(text.data ? text.data : "", cases[i].text);
        hpb_text_free(&text);
    }
}

static void test_trim(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {{" \ta b\t ", "a b"}, {"a", "a"}, {"", ""}, {" \t ", ""}, {"\na ", "\na"}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        const char *begin = cases[i].text;
        const char *end = hpb_trim(&begin, begin + strlen(begin));
        assert_int_equal(end - begin, strlen(cases[i].expected));
        assert_memory_equal(begin, cases[i].expected, strlen(cases[i].expected));
    }
}

static void test_nearest_names(void **state)
{
    (void)state;
    static const char *const names[] = {"adam", "adamw", "sgd", "rmsprop", "learning_rate", "lr"};
    const size_t n = HPB_COUNT(names);
    assert_string_equal(hpb_nearest("adma", names, n), "adam");  // swapped
    assert_string_equal(hpb_nearest("ADAM", names, n), "adam");  // case
    assert_string_equal(hpb_nearest("adam", names, n), "adam");  // itself before adamw
    assert_string_equal(hpb_nearest("adamx", names, n), "adam"); // the first of two as near
    assert_string_equal(hpb_nearest("sdg", names, n), "sgd");
    assert_string_equal(hpb_nearest("rmspop", names, n), "rmsprop");
    assert_string_equal(hpb_nearest("learnig_raet", names, n), "learning_rate");
    assert_null(hpb_nearest("lion", names, n));
    assert_null(hpb_nearest("", names, n));
    assert_null(hpb_nearest("x", names, n));
    assert_null(hpb_nearest("adam", names, 0));
    static const char *const letters[] = {"a", "b"};
    assert_null(hpb_nearest("", letters, 2));
    assert_null(hpb_nearest("c", letters, 2)); // one letter for another is no likeness
    char endless[300];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(hpb_nearest(endless, names, n));
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "\xc3\xb6",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xc2\x80"};
    for (size_t i = 0; i < HPB_COUNT(good); i++)
        assert_int_equal(hpb_utf8_valid(good[i], strlen(good[i])), strlen(good[i]));
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3(",
                                      "\xe2\x82",
                                      "\xe2(\xac",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xfe",
                                      "\xf0\x9f\x98"};
    for (size_t i = 0; i < HPB_COUNT(bad); i++) {
        char *text = hpb_format("ok%s", bad[i]);
        assert_int_equal(hpb_utf8_valid(text, strlen(text)), 2);
        char *exact = hpb_alloc(strlen(bad[i]), 1); // a sanitizer sees a byte read too much
        memcpy(exact, bad[i], strlen(bad[i]));
        assert_int_equal(hpb_utf8_valid(exact, strlen(bad[i])), 0);
        free(exact);
        free(text);
    }
    assert_int_equal(hpb_utf8_valid("a\0b", 3), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_grows),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_doubles_that_are_read),
        cmocka_unit_test(test_doubles_that_are_refused),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_number_text_is_short),
        cmocka_unit_test(test_number_text_reads_back_and_nothing_shorter_does),
        cmocka_unit_test(test_counts_and_rounded_numbers),
        cmocka_unit_test(test_folded_text),
        cmocka_unit_test(test_nearest_names),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
