// SPDX-License-Identifier: Apache-2.0
// What is said of luck where there is little of it, or few runs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "explain/made.h"

static bool says(const hpb_explain_words *words, const char *text)
{
    bool is_said = false;
    for (uint32_t i = 0; i < words->n; i++)
        is_said |= strstr(words->sentences[i], text) != NULL;
    return is_said;
}

// Where no seed changes anything there is no luck to speak of, nor runs to repeat.
static void test_without_luck(void **state)
{
    (void)state;
    hpb_explain_words words;
    for (uint32_t k = 0; k < 2; k++) {
        made m;
        made_begin(&m, &(made_of){k, 40, 0.1, 0, 0, {0.2}, 0});
        made_report(&m, 0, m.values[0][0]);
        made_report(&m, 1, k ? 0.15 : 0.1);
        made_finish(&m);
        hpb_explain_say(&m.e, m.e.arena, &words);
        assert_true(!says(&words, "apart in half") && !says(&words, "still differ"));
        assert_true(says(&words, "Two runs of manual alone give the same number; one run of each "
                                 "would order") == (k > 0));
        assert_true(says(&words, "every manual run gives 0."));
        assert_true(says(&words, " is what every manual run gives; "));
        assert_true(says(&words, "0.15 was never seen in grid, of which every run gives 0.100.") ==
                    (k > 0));
        assert_true(!says(&words, "-0 ") && says(&words, " 0 by luck of manual") == (k > 0));
        assert_true(k || strstr(words.advice, "every run gives the same number"));
        made_end(&m);
    }
}

// One run that is left out is one.
static void test_one_left_out(void **state)
{
    (void)state;
    made m;
    hpb_explain_words words;
    made_begin(&m, &(made_of){1, 40, 0.1, 0.1, 0.01, {0.2}, 0});
    made_diverge(&m, 0, 7);
    made_finish(&m);
    hpb_explain_say(&m.e, m.e.arena, &words);
    assert_true(says(&words, "1 of 40 runs is left out of the comparison: manual diverges in 1."));
    made_end(&m);
}

// Of few runs, how many are below a number: none, one, some.
static void test_runs_below(void **state)
{
    (void)state;
    static const char *const below[] = {"0 of the 12 manual runs are at",
                                        "1 of the 12 manual runs is at",
                                        "2 of the 12 manual runs are at"};
    for (uint32_t n = 0; n < HPB_COUNT(below); n++) {
        made m;
        hpb_explain_words words;
        made_begin(&m, &(made_of){1, 12, 0.1, 0, 0, {0.2}, 0});
        for (uint32_t r = 0; r < 12; r++)
            m.values[0][r] = 1 + r;
        made_report(&m, 0, n + 0.5);
        made_finish(&m);
        hpb_explain_say(&m.e, m.e.arena, &words);
        assert_true(says(&words, below[n]));
        made_end(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_luck),
        cmocka_unit_test(test_one_left_out),
        cmocka_unit_test(test_runs_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
