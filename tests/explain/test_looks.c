// SPDX-License-Identifier: Apache-2.0
// The record of looks, and what is said where causes are not known as well as was asked.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "explain/looks.h"
#include "explain/made.h"

#define RULE "{\"target\":0.05,\"is_relative\":true,\"first\":20,\"most\":1000,\"looks\":["
#define LOOK(runs, settings) "{\"runs\":" runs ",\"settings\":[" settings "]}"
#define SETTING(half, likely, state)                                                               \
    "{\"difference\":0.5,\"doubt\":0.1,\"asked\":0.025,\"half\":" half                             \
    ",\"cause\":\"setting2\",\"likely\":" likely ",\"state\":\"" state "\"}"

static void test_the_record_says_what_comes_next(void **state)
{
    (void)state;
    static const struct {
        const char *record;
        uint32_t replicates;
        bool goes_on;
    } table[] = {
        {"null", 7, false},
        {RULE "]}", 20, true},
        {RULE LOOK("20", SETTING("0.1", "320", "go_on")) "]}", 25, true},
        {RULE LOOK("20", SETTING("0.1", "320", "go_on")) "," LOOK(
             "25", SETTING("0.02", "25", "known")) "]}",
         25, false},
        {RULE LOOK("900", SETTING("0.1", "9000", "go_on")) "]}", 1000, true},
        {RULE LOOK("1000", SETTING("0.1", "9000", "capped")) "]}", 1000, false},
        {RULE LOOK("40", SETTING("0.02", "40", "known") "," SETTING("0.1", "99", "go_on")) "]}", 50,
         true},
        {RULE LOOK("40",
                   SETTING("0.02", "40", "known") "," SETTING("9", "null", "out_of_reach")) "]}",
         40, false},
        {RULE LOOK("4000000000", SETTING("0.1", "320", "go_on")) "]}", 1000, true}, // made by hand
    };
    const hpb_plan plan = {.replicates = 7};
    for (size_t i = 0; i < HPB_COUNT(table); i++) {
        json_t *record = json_loads(table[i].record, JSON_DECODE_ANY, NULL);
        assert_non_null(record);
        assert_int_equal(hpb_looks_replicates(record, &plan), table[i].replicates);
        assert_true(hpb_looks_go_on(record) == table[i].goes_on);
        json_decref(record);
    }
}

static void test_a_record_is_read(void **state)
{
    (void)state;
    hpb_arena *arena = hpb_arena_create();
    json_t *record = json_loads(RULE LOOK("20", SETTING("null", "null", "go_on")) "," LOOK(
                                    "25", SETTING("0.1", "407", "go_on")) "]}",
                                0, NULL);
    const hpb_looks *looks = hpb_looks_read(record, 0, arena);
    assert_true(looks->n == 2 && looks->rule.target == 0.05 && looks->rule.most == 1000);
    assert_true(isinf(looks->looks[0].half) && isinf(looks->looks[0].likely));
    assert_true(looks->looks[1].half == 0.1 && looks->looks[1].n == 25);
    assert_string_equal(looks->causes[1], "setting2");
    assert_string_equal(hpb_looks_words(record, arena),
                        "25 runs: known to within 20 % of the difference, 5 % asked; about 410 "
                        "would do");
    json_t *json = hpb_looks_to_json(looks);
    assert_string_equal(json_string_value(json_object_get(json, "state")), "go_on");
    assert_true(json_is_null(
        json_object_get(json_array_get(json_object_get(json, "looks"), 0), "half_width")));
    json_decref(json);
    json_decref(record);
    record = json_loads(RULE "]}", 0, NULL);
    assert_null(hpb_looks_read(record, 0, arena));
    assert_null(hpb_looks_read(NULL, 0, arena));
    assert_null(hpb_looks_words(record, arena));
    json_decref(record);
    record = json_loads(RULE LOOK("20", SETTING("null", "null", "out_of_reach")) "]}", 0, NULL);
    assert_string_equal(hpb_looks_words(record, arena), "20 runs: nothing is known, 5 % asked");
    json_decref(record);
    hpb_arena_destroy(arena);
}

// What is not narrow enough never looks as if it were.
static void test_known_is_rounded_up(void **state)
{
    (void)state;
    static const struct {
        bool is_relative;
        double half, difference;
        const char *expected;
    } table[] = {
        {true, 0.05001, -1, "5.01 %"},  {true, 0.05, 1, "5 %"},
        {true, 0.2, 1, "20 %"},         {true, 1.7301, 1, "174 %"},
        {true, 12.34, 1, "1240 %"},     {true, 1, 0, "more than 100,000 %"},
        {false, 0.010001, 1, "0.0101"}, {false, 0.01, 1, "0.0100"},
    };
    hpb_arena *arena = hpb_arena_create();
    for (size_t i = 0; i < HPB_COUNT(table); i++) {
        const hpb_precision rule = {.target = 0.05, .is_relative = table[i].is_relative};
        const hpb_look look = {.half = table[i].half, .difference = table[i].difference};
        assert_string_equal(hpb_known_words(&rule, &look, arena), table[i].expected);
    }
    hpb_arena_destroy(arena);
}

static void expect_said(const hpb_looks *looks, double add, const char *expected)
{
    made m;
    hpb_explain_words words;
    made_begin(&m, &(made_of){2, 80, 0.1, 0.4, 0.03, {add, add}, 0});
    made_finish(&m);
    m.e.looks = looks;
    hpb_explain_say(&m.e, m.e.arena, &words);
    const char *found = NULL;
    for (uint32_t i = 0; i < words.n; i++)
        if (strncmp(words.sentences[i], "Not every cause", 15) == 0)
            found = words.sentences[i];
    if (expected && (!found || strcmp(found, expected) != 0))
        fail_msg("expected \"%s\"; got \"%s\"", expected, found ? found : "nothing");
    if (!expected && found)
        fail_msg("expected nothing; got \"%s\"", found);
    made_end(&m);
}

static void test_what_is_said(void **state)
{
    (void)state;
    static const char *const causes[] = {"setting2"};
    hpb_look look = {.n = 1250, .difference = 0.5, .half = 0.06, .likely = 7234};
    hpb_looks looks = {{0.05, true, 1000, 20000}, &look, causes, 1};
#define NOT_KNOWN "Not every cause is known to within 5 % of the difference"
#define LEAST "as was asked: the least certain, setting2, is known to within "
    look.state = HPB_PRECISION_GO_ON;
    expect_said(&looks, 0.2,
                NOT_KNOWN " yet, " LEAST
                          "12 % after 1,250 runs; about 7,300 would do. The same command goes on.");
    look.state = HPB_PRECISION_CAPPED;
    expect_said(&looks, 0.2,
                NOT_KNOWN ", " LEAST
                          "12 % after 1,250 runs, and no more are allowed; about 7,300 would do.");
    look.state = HPB_PRECISION_OUT_OF_REACH;
    look.likely = HUGE_VAL;
    expect_said(&looks, 0.2,
                NOT_KNOWN ", " LEAST "12 % after 1,250 runs, and the 20,000 that are allowed would "
                          "be far from enough.");
    expect_said(&looks, 0,
                NOT_KNOWN ", as was asked: the difference may be 0, and no number of runs gives a "
                          "share of that. The least certain, setting2, is known to "
                          "within 0.060 after 1,250 runs.");
    looks.rule.is_relative = false;
    look.state = HPB_PRECISION_CAPPED;
    expect_said(&looks, 0,
                "Not every cause is known to within 0.05, " LEAST
                "0.0600 after 1,250 runs, and no more are allowed.");
    look.state = HPB_PRECISION_KNOWN;
    expect_said(&looks, 0.2, NULL);
    expect_said(NULL, 0.2, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_record_says_what_comes_next),
        cmocka_unit_test(test_a_record_is_read),
        cmocka_unit_test(test_known_is_rounded_up),
        cmocka_unit_test(test_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
