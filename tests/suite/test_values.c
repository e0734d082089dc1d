// SPDX-License-Identifier: Apache-2.0
// Values from text: levels, lists, functions as NumPy and Python have them, and the words of a refusal.
#include "suite/values.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const hpb_param rate = {"rate", NULL, "",      NULL, NULL, HPB_TYPE_REAL, HPB_PARAM_MIN_OPEN,
                               0.01,   0,    HUGE_VAL};
static const hpb_param any = {"any",         NULL, "", NULL,      NULL,
                              HPB_TYPE_REAL, 0,    0,  -HUGE_VAL, HUGE_VAL};
static const hpb_param momentum = {
    "momentum", NULL, "", NULL, NULL, HPB_TYPE_REAL, HPB_PARAM_MAX_OPEN | HPB_PARAM_OPTIONAL,
    0,          0,    1};
static const hpb_param epochs = {"epochs", NULL, "", NULL, NULL, HPB_TYPE_INT, 0, 1, 1, 1000000};
static const hpb_param split = {"split",         NULL,        "", NULL,        NULL, HPB_TYPE_INT,
                                HPB_PARAM_FRESH, (double)NAN, 0,  4294967295.0};
static const hpb_param shuffle = {"shuffle", NULL, "", NULL, NULL, HPB_TYPE_FLAG, 0, 1, 0, 1};
static const hpb_param activation = {"activation",    NULL, "", NULL, "relu,tanh,linear",
                                     HPB_TYPE_CHOICE, 0,    0,  0,    0};
static const hpb_param hidden = {"hidden",           NULL, "", NULL, NULL, HPB_TYPE_INTS,
                                 HPB_PARAM_OPTIONAL, 10,   1,  4096};
static const hpb_param betas = {"betas", NULL, "", NULL, NULL, HPB_TYPE_REALS, 0, 0, 0, 1};
static const hpb_param text = {"text", NULL, "", NULL, NULL, HPB_TYPE_TEXT, 0, 0, 0, 0};

typedef struct parsed {
    hpb_arena *arena;
    hpb_levels levels;
    hpb_diagnostics diagnostics;
    bool is_good;
} parsed;

static parsed parse(const hpb_param *param, const char *value, bool is_quoted)
{
    parsed p = {.arena = hpb_arena_create()};
    const hpb_ini_entry entry = {.key = param->name,
                                 .value = value,
                                 .is_quoted = is_quoted,
                                 .key_place = {"s.ini", 3, 1},
                                 .place = {"s.ini", 3, 11}};
    p.is_good = hpb_levels_parse(param, "section", &entry, p.arena, &p.levels, &p.diagnostics);
    return p;
}

// The canonical texts, with " | " between.
static void expect(const hpb_param *param, const char *value, const char *expected)
{
    parsed p = parse(param, value, false);
    if (!p.is_good)
        fail_msg("%s: %s", value, p.diagnostics.item[0].text);
    hpb_text found = {0};
    for (uint32_t i = 0; i < p.levels.n; i++)
        hpb_text_add(&found, "%s%s", i ? " | " : "", p.levels.items[i].text);
    assert_string_equal(found.data, expected);
    hpb_text_free(&found);
    hpb_arena_destroy(p.arena);
}

static void refuse(const hpb_param *param, const char *value, const char *expected)
{
    parsed p = parse(param, value, false);
    if (p.is_good)
        fail_msg("accepted: \"%s\"", value);
    assert_int_equal(p.diagnostics.count, 1);
    if (!strstr(p.diagnostics.item[0].text, expected))
        fail_msg("expected \"%s\" in \"%s\"", expected, p.diagnostics.item[0].text);
    hpb_arena_destroy(p.arena);
}

static void test_numbers(void **state)
{
    (void)state;
    expect(&rate, "0.01", "0.01");
    expect(&rate, "1e-2, 0.1,1.0", "0.01 | 0.1 | 1");
    expect(&rate, "100", "100");
    expect(&rate, "010", "10");
    expect(&any, "-0", "0");
    expect(&any, "-1.5e3", "-1500");
    expect(&epochs, "010", "10");
    expect(&epochs, "+5, 50", "5 | 50");
    expect(&momentum, "none, 0, 0.9", "none | 0 | 0.9");
    expect(&split, "fresh, 42", "fresh | 42");
    expect(&split, "4294967295", "4294967295");
    expect(&shuffle, "Yes, no", "yes | no");
    refuse(&rate, "0x10", "not a finite number");
    refuse(&rate, "1_000", "not a finite number");
    refuse(&rate, "none", "expected a number greater than 0; got \"none\"");
    refuse(&momentum, "1", "expected a number of at least 0 and less than 1, or none");
    refuse(&momentum, "fresh", "not a finite number");
    refuse(&epochs, "9223372036854775808", "out of range");
    refuse(&epochs, "1000001", "expected a whole number from 1 to 1,000,000");
    refuse(&split, "4294967296", "expected a whole number from 0 to 4,294,967,295, or fresh");
    refuse(&shuffle, "true", "expected yes or no; got \"true\"");
}

static void test_lists_choices_and_text(void **state)
{
    (void)state;
    expect(&hidden, "10, 64 32", "10 | 64 32");
    expect(&hidden, "none, 8", "none | 8");
    expect(&betas, "0.9   0.999", "0.9 0.999");
    expect(&activation, "relu, TANH", "relu | tanh");
    expect(&text, "a.csv, b.csv", "a.csv | b.csv");
    refuse(&hidden, "64 0", "expected whole numbers from 1 to 4,096 with spaces between");
    refuse(&hidden, "64 x", "s.ini:3:14: [section] hidden: not a whole number");
    refuse(&activation, "rleu", "expected relu, tanh or linear; got \"rleu\"");
    parsed p = parse(&text, "a, b", true);
    assert_int_equal(p.levels.n, 1);
    assert_string_equal(p.levels.items[0].text, "a, b");
    hpb_arena_destroy(p.arena);
    p = parse(&hidden, "64 32", false);
    assert_int_equal(p.levels.items[0].value.count, 2);
    assert_true(p.levels.items[0].value.list[1] == 32);
    hpb_arena_destroy(p.arena);
}

// Expected values: numpy.geomspace and numpy.linspace, repr().
static void test_functions(void **state)
{
    (void)state;
    expect(&rate, "geomspace(1e-4, 1e-1, 7)",
           "0.0001 | 0.00031622776601683794 | 0.001 | 0.0031622776601683794 | 0.01 | "
           "0.03162277660168379 | 0.1");
    expect(&rate, "geomspace(1, 256, 9)",
           "1 | 2 | 4 | 7.999999999999999 | 16 | 32.00000000000001 | 63.999999999999986 | "
           "127.99999999999999 | 256");
    expect(&rate, "geomspace(3e-5, 2.7, 10)",
           "3e-5 | 0.00010655961547470806 | 0.0003784983883372545 | 0.0013444214239671502 | "
           "0.0047753676657966305 | 0.016962044740588097 | 0.06024896550739531 | "
           "0.21400355324056636 | 0.7601378781178652 | 2.7");
    expect(&any, "linspace(0.1, 0.9, 9)",
           "0.1 | 0.2 | 0.30000000000000004 | 0.4 | 0.5 | 0.6 | 0.7000000000000001 | 0.8 | 0.9");
    expect(&any, "linspace(0, 1, 5), 7", "0 | 0.25 | 0.5 | 0.75 | 1 | 7");
    expect(&any, "linspace(3, 4, 1)", "3");
    expect(&any, "geomspace(-1, -100, 3)", "-1 | -10 | -100");
    expect(&epochs, "range(1, 10, 3)", "1 | 4 | 7");
    expect(&epochs, "range(10, 1, -4)", "10 | 6 | 2");
    expect(&split, "range(3)", "0 | 1 | 2");
    expect(&epochs, "linspace(1, 3, 3)", "1 | 2 | 3");
    parsed p = parse(&any, "linspace(0, 1)", false);
    assert_int_equal(p.levels.n, 50);
    hpb_arena_destroy(p.arena);
    refuse(&rate, "linspace(0, 1, 5)", "gives a number out of range");
    refuse(&rate, "geomspace(-1, 1, 5)", "one sign");
    refuse(&rate, "geomspace(1, 1e308", "not a finite number");
    refuse(&any, "linspace(-1e308, 1e308, 3)", "out of range");
    refuse(&any, "linspace(0,, 1)", "not a call");
    refuse(&any, "linspace(0, 1, )", "not a call");
    refuse(&split, "range(0, 9223372036854775807)", "not a call");
    refuse(&split, "range(0, 100001)", "too many levels");
    refuse(&split, "range(0, 5, 0)", "gives no levels");
    refuse(&split, "range()", "not a call");
    refuse(&split, "range(1, 2, 3, 4, 5)", "not a call");
}

static void test_commas(void **state)
{
    (void)state;
    refuse(&rate, "0,01", "a comma between digits");
    refuse(&epochs, "1,5", "a comma between digits");
    refuse(&epochs, "10,000", "a comma between digits");
    expect(&epochs, "1, 5", "1 | 5");
    expect(&rate, "0.1,0.2", "0.1 | 0.2");
    refuse(&rate, "0.1,,0.2", "s.ini:3:15: [section] rate: empty element of a list");
    refuse(&rate, "0.1, 1e-1", "s.ini:3:16: [section] rate: duplicate value");
    refuse(&rate, "", "no value");
    refuse(&text, "", "no value");
}

// A plugin may set spaces beside the commas of its choices.
static void test_choices_with_spaces(void **state)
{
    (void)state;
    static const hpb_param loose = {"mode",          NULL, "", NULL, " min , max,auto ",
                                    HPB_TYPE_CHOICE, 0,    1,  0,    0};
    expect(&loose, "MIN, max, auto", "min | max | auto");
    refuse(&loose, "minn", "expected min, max or auto; got \"minn\"");
    hpb_arena *arena = hpb_arena_create();
    assert_string_equal(hpb_setting_default(&loose, arena).text, "max");
    hpb_arena_destroy(arena);
}

static void test_defaults(void **state)
{
    (void)state;
    hpb_arena *arena = hpb_arena_create();
    assert_string_equal(hpb_setting_default(&rate, arena).text, "0.01");
    assert_string_equal(hpb_setting_default(&split, arena).text, "fresh");
    assert_true(hpb_setting_default(&split, arena).is_fresh);
    assert_string_equal(hpb_setting_default(&activation, arena).text, "relu");
    assert_string_equal(hpb_setting_default(&shuffle, arena).text, "yes");
    const hpb_setting list = hpb_setting_default(&hidden, arena);
    assert_int_equal(list.value.count, 1);
    assert_true(list.value.list[0] == 10);
    assert_int_equal(hpb_setting_default(&betas, arena).value.count, 0);
    hpb_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_lists_choices_and_text),
        cmocka_unit_test(test_functions), cmocka_unit_test(test_commas),
        cmocka_unit_test(test_defaults),  cmocka_unit_test(test_choices_with_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
