// SPDX-License-Identifier: Apache-2.0
// Where luck comes from: a toy to the last digit, and what is said in each case.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "explain/made.h"

#include <jansson.h>

// Split 3 x weights 2, the user's own run first: 8, in a grid of mean 3.
static void test_own_run(void **state)
{
    (void)state;
    double values[] = {8, 2, 3, 1, 1, 3};
    hpb_sources s = {.grid = {.label = "a",
                              .given = "",
                              .n_planned = 6,
                              .n_stored = 6,
                              .n_factors = 2,
                              .stream = {HPB_STREAM_SPLIT, HPB_STREAM_WEIGHTS},
                              .planned = {3, 2}}};
    hpb_variance_estimate(&s.grid, values);
    hpb_sources_split(&s);
    assert_true(s.is_own && s.own.mean == 3);
    assert_true(s.own.source[0] == 3 && s.own.source[1] == 2);
    assert_true(s.own.term[1] == 2 && s.own.term[2] == 1 && s.own.term[3] == 2);
    // SS 12, 6 and 16 with 2, 1 and 2 degrees of freedom: the estimates are below 0, and kept so
    assert_true(s.grid.components.term[1].value == (6 - 8) / 2.0);
    assert_true(fabs(s.grid.components.term[2].value - (6 - 8) / 3.0) < 1e-15);
    json_t *json = hpb_sources_to_json(&s), *own = json_object_get(json, "own_run");
    assert_true(json_number_value(json_object_get(own, "mse")) == 8);
    assert_true(json_number_value(json_object_get(own, "luck")) == 5);
    const json_t *sources = json_object_get(own, "sources");
    assert_true(json_number_value(json_object_get(sources, "split")) == 3);
    assert_true(json_number_value(json_object_get(sources, "weights")) == 2);
    assert_int_equal(json_array_size(json_object_get(own, "terms")), 3);
    const json_t *split = json_array_get(json_object_get(json, "terms"), 0);
    assert_true(json_number_value(json_object_get(split, "variance")) == -1);
    json_decref(json);
}

// Where the level with the user's seed diverges, the luck of that run can't be split.
static void test_own_run_that_is_left_out(void **state)
{
    (void)state;
    double values[] = {(double)NAN, 1, 3, 5, 2, 2.5, 7, 8, 9};
    hpb_sources s = {.grid = {.n_planned = 9,
                              .n_stored = 9,
                              .n_factors = 2,
                              .stream = {HPB_STREAM_SPLIT, HPB_STREAM_WEIGHTS},
                              .planned = {3, 3}}};
    hpb_variance_estimate(&s.grid, values);
    hpb_sources_split(&s);
    assert_true(s.grid.is_good && !s.is_own);
    json_t *json = hpb_sources_to_json(&s);
    assert_true(json_is_null(json_object_get(json, "own_run")));
    json_decref(json);
    assert_true(json_is_null(hpb_sources_to_json(NULL)));
}

// --- sentences ----------------------------------------------------------------------------------------------------

// What is said after "Luck:", with one cause or of the same procedure; NULL: nothing.
static const char *said(made *m, uint32_t k, const made_seeds *a, const made_seeds *b)
{
    hpb_explain_words words;
    made_begin(m, &(made_of){k, 40, 0.1, 0.4, 0.01, {0.2}, 0});
    if (a)
        made_cross(m, 0, a);
    if (b)
        made_cross(m, 1, b);
    made_finish(m);
    hpb_explain_say(&m->e, m->e.arena, &words);
    for (uint32_t i = 0; i < words.n; i++)
        if (strncmp(words.sentences[i], "Luck: ", 6) == 0) {
            const char *next = strchr(strstr(words.sentences[i], "(9 in 10)."), '.') + 1;
            return *next ? next + 1 : NULL;
        }
    fail_msg("no luck is told");
    return NULL;
}

#define ORDER HPB_STREAM_ORDER
#define WEIGHTS HPB_STREAM_WEIGHTS
#define SPLIT HPB_STREAM_SPLIT
#define DATA HPB_STREAM_DATA

static void test_sentences(void **state)
{
    (void)state;
    static const made_seeds one = {1, 20, {WEIGHTS}, {0.1}, 0},
                            nearly = {2, 20, {WEIGHTS, ORDER}, {0.1, 0.001}, 0},
                            little = {2, 30, {WEIGHTS, ORDER}, {0.1, 0.04}, 0},
                            most = {2, 30, {SPLIT, ORDER}, {0.1, 0.06}, 0},
                            alike = {3, 10, {DATA, SPLIT, WEIGHTS}, {0.1, 0.1, 0.1}, 0},
                            none = {2, 5, {SPLIT, WEIGHTS}, {0, 0}, 0},
                            hedged = {2, 5, {SPLIT, WEIGHTS}, {0.04, 0.1}, 0},
                            few = {2, 2, {SPLIT, WEIGHTS}, {0.1, 0.05}, 0},
                            data = {2, 20, {DATA, WEIGHTS}, {0.001, 0.1}, 0};
    const struct {
        const made_seeds *a, *b;
        const char *words;
    } cases[] = {
        {&one, &one, "All of it is the initial weights."},
        {&nearly, &nearly,
         "Nearly all of it is the initial weights; the row order adds nothing you would see."},
        {&one, &nearly,
         "In manual all of it is the initial weights; in grid nearly all of it is the initial "
         "weights. The row order adds nothing you would see."},
        {&little, &nearly, // which it does in manual
         "In manual nearly all of it is the initial weights, a little the row order; in grid "
         "nearly all of it is the initial weights."},
        {&most, &most, "Most of it is the split, some the row order."},
        {&alike, NULL, "In manual it is the initial weights, the split and the data alike."},
        {&none, &one,
         "In manual no seed changes anything; in grid all of it is the initial "
         "weights."},
        {&none, &none, "No seed changes anything."},
        {&nearly, &few,
         "In manual nearly all of it is the initial weights. The row order adds nothing you "
         "would see."},
        {&data, &data,
         "Nearly all of it is the initial weights; the data add nothing you would "
         "see."},
        {&hedged, &hedged, // five levels say nearly anything
         "Nearly all of it seems to be the initial weights, a little the split."},
        {&few, NULL, NULL},
        {NULL, NULL, NULL},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        made m;
        const char *words = said(&m, 1, cases[i].a, cases[i].b);
        if (!words != !cases[i].words || (words && strcmp(words, cases[i].words) != 0))
            fail_msg("case %zu: %s\nexpected: %s", i, words, cases[i].words);
        made_end(&m);
    }
}

static void test_same_procedure(void **state)
{
    (void)state;
    static const made_seeds one = {1, 20, {WEIGHTS}, {0.1}, 0},
                            nearly = {2, 20, {WEIGHTS, ORDER}, {0.1, 0.001}, 0},
                            three = {3, 10, {DATA, SPLIT, WEIGHTS}, {0.05, 0.1, 0.02}, 0.04},
                            none = {2, 5, {SPLIT, WEIGHTS}, {0, 0}, 0};
    const struct {
        const made_seeds *a, *b;
        const char *words;
    } cases[] = {
        {&one, &one, "It comes 100 % from the initial weights."},
        {&nearly, NULL,
         "It comes over 99 % from the initial weights, under 1 % from the row order."},
        {NULL, &three,
         "It comes 78 % from the split, 9 % from the data, 5 % from the initial weights, 8 % "
         "from several together."},
        {&none, NULL, NULL},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        made m;
        const char *words = said(&m, 0, cases[i].a, cases[i].b);
        if (!words != !cases[i].words || (words && strcmp(words, cases[i].words) != 0))
            fail_msg("case %zu: %s\nexpected: %s", i, words, cases[i].words);
        made_end(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_run),
        cmocka_unit_test(test_own_run_that_is_left_out),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_same_procedure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
