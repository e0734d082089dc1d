// SPDX-License-Identifier: Apache-2.0
// What is said of reports and what the models are worth: one text for each case, word for word.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "explain/bias.h"
#include "explain/made.h"

#define NONE                                                                                       \
    {                                                                                              \
        (double)NAN, (double)NAN, (double)NAN                                                      \
    }

// A report, what its model is worth, what choosing adds; intervals are `half` to either side.
static hpb_bias_side side_of(double reported, double worth, double half, double selection)
{
    const double d = worth - reported;
    return (hpb_bias_side){.n = 200,
                           .reported = {reported, reported - half, reported + half},
                           .worth = {worth, worth - half, worth + half},
                           .optimism = {d, d - half, d + half},
                           .selection = {selection, selection - half, selection + half},
                           .tibshirani = NONE,
                           .nested = NONE,
                           .n_candidates = 3};
}

// The sentences on new rows of two sides as they are given, " | " between them.
static void expect(const hpb_bias *bias, const char *expected)
{
    made m;
    made_begin(&m, &(made_of){1, 40, 0.1, 0.3, 0.01, {0.2}, 0});
    m.e.bias = bias;
    made_finish(&m);
    hpb_explain_words words;
    hpb_explain_say(&m.e, m.e.arena, &words);
    hpb_text text = {0};
    hpb_text_add(&text, "%s", "");
    bool is_on = false;
    for (uint32_t i = 0; i < words.n; i++) {
        is_on |= strstr(words.sentences[i], "new rows") != NULL;
        if (is_on && strncmp(words.sentences[i], "Valid for", 9) != 0)
            hpb_text_add(&text, "%s%s", text.length ? " | " : "", words.sentences[i]);
    }
    assert_string_equal(text.data, expected);
    hpb_text_free(&text);
    made_end(&m);
}

static void both_report_what_they_are_worth(void **state)
{
    (void)state;
    hpb_bias bias = {.is_known = true, .keys = ""};
    bias.side[0] = side_of(0.3391, 0.34, 0.01, 0);
    bias.side[1] = side_of(0.0128, 0.0131, 0.0001, (double)NAN); // sure, and small
    expect(&bias,
           "On new rows manual's model is worth 0.340, grid's 0.0131: both report about what "
           "they are worth.");
}

static void a_report_is_too_low_by_selection(void **state)
{
    (void)state;
    hpb_bias bias = {.is_known = true, .keys = ""};
    bias.side[0] = side_of(0.34, 0.34, 0.01, 0.02);
    bias.side[1] = side_of(0.009, 0.012, 0.0005, 0.0025);
    expect(&bias, "On new rows manual's model is worth 0.340, grid's 0.0120: manual reports about "
                  "what it is worth, grid reports 25 % too little. | grid reports the best of 3 "
                  "candidates, on the rows that chose it: that alone makes it 0.0025 too low.");
    bias.side[1].selection = (hpb_estimate){0.001, 0.0005, 0.0015}; // not most of it
    expect(&bias, "On new rows manual's model is worth 0.340, grid's 0.0120: manual reports about "
                  "what it is worth, grid reports 25 % too little.");
    bias.side[1].selection = (hpb_estimate){0.0025, -0.0005, 0.0055}; // or nothing
    expect(&bias, "On new rows manual's model is worth 0.340, grid's 0.0120: manual reports about "
                  "what it is worth, grid reports 25 % too little.");
}

static void a_report_is_too_high(void **state)
{
    (void)state;
    hpb_bias bias = {.is_known = true, .keys = ""};
    bias.side[0] = side_of(0.4, 0.32, 0.01, (double)NAN);
    bias.side[1] = side_of(0.0125, 0.01, 0.001, (double)NAN);
    bias.side[1].is_refitted = true;
    expect(&bias,
           "On new rows manual's model is worth 0.320, grid's 0.0100: manual reports 25 % too "
           "much, grid reports 25 % too much. | The model that grid ends with is fitted to all "
           "rows, those whose score it reports to fewer.");
}

static void a_report_that_may_be_right(void **state)
{
    (void)state;
    hpb_bias bias = {.is_known = true, .keys = ""};
    bias.side[0] = side_of(0.3, 0.34, 0.05, (double)NAN);
    bias.side[1] = side_of(0.0128, 0.0131, 0.0001, (double)NAN);
    expect(&bias,
           "On new rows manual's model is worth 0.340, grid's 0.0131: manual's report cannot "
           "be told from that, grid reports about what it is worth.");
    bias.side[1] = side_of(0.009, 0.012, (double)NAN, (double)NAN); // one run
    expect(&bias, "On new rows manual's model is worth 0.340, grid's 0.0120: neither report can be "
                  "told from that.");
}

static void the_truth_is_not_known_or_not_asked_for(void **state)
{
    (void)state;
    hpb_bias bias = {.is_known = false, .keys = ""};
    expect(&bias, "What the models are worth on new rows can't be known: the data are those of a "
                  "file.");
    bias.is_known = true; // all runs of A diverged
    bias.side[1] = side_of(0.009, 0.012, 0.0005, 0);
    expect(&bias, "On new rows grid's model is worth 0.0120: grid reports 25 % too little.");
    expect(NULL, "");
    json_t *json = hpb_bias_to_json(NULL);
    assert_true(json_is_null(json));
    json_decref(json);
}

static void a_difference_counts_where_it_is_sure_and_notable(void **state)
{
    (void)state;
    const struct {
        double reported, worth, half;
        hpb_bias_kind kind;
    } table[] = {
        {1, 1.04, 0.001, HPB_BIAS_NONE},         {1, 1.06, 0.001, HPB_BIAS_TOO_LOW},
        {1, 1.06, 0.07, HPB_BIAS_UNSURE},        {1, 0.94, 0.001, HPB_BIAS_TOO_HIGH},
        {1, 0.94, (double)NAN, HPB_BIAS_UNSURE}, {1, 1.01, (double)NAN, HPB_BIAS_UNSURE},
    };
    for (size_t i = 0; i < HPB_COUNT(table); i++) {
        const hpb_bias_side side = side_of(table[i].reported, table[i].worth, table[i].half, 0);
        assert_int_equal(hpb_bias_kind_of(&side), table[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_report_what_they_are_worth),
        cmocka_unit_test(a_report_is_too_low_by_selection),
        cmocka_unit_test(a_report_is_too_high),
        cmocka_unit_test(a_report_that_may_be_right),
        cmocka_unit_test(the_truth_is_not_known_or_not_asked_for),
        cmocka_unit_test(a_difference_counts_where_it_is_sure_and_notable),
    };
    return cmocka_run_group_tests_name("bias", tests, NULL, NULL);
}
