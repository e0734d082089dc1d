// SPDX-License-Identifier: Apache-2.0
// The answer of a suite that crosses many data sets beside its protocols is whole, to the last sentence of the last.
#include "reports/support_page.h"
#include "reports/synthetic_explained.h"

#include "explain/words.h"

#define SETS 9

static void test_all_settings_are_answered(void **state)
{
    (void)state;
    static const double untyped[2] = {(double)NAN, (double)NAN}, add[] = {0.05, 0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (int i = 0; i < SETS; i++)
        synthetic_explanation(&data, &(synthetic_causes){2, 40, add, 0.01 + i, 0, 0.004, NULL},
                              untyped)
            ->setting = hpb_arena_format(data.arena, "set %d", i + 1);
    hpb_report_summarise(&data);
    hpb_report_answer(&data);
    hpb_explain_words words;
    uint32_t n = 0;
    for (int i = 0; i < SETS; i++) {
        hpb_explain_say(&data.explanations[i], data.arena, &words);
        char *first = hpb_format("On set %d: %s", i + 1, words.sentences[0]);
        assert_string_equal(data.sentences[n], first);
        assert_string_equal(data.sentences[n + words.n - 1], words.sentences[words.n - 1]);
        n += words.n;
        free(first);
    }
    assert_int_equal(data.n_sentences, n);
    assert_true(n > 48);
    json_t *json = hpb_report_to_json(&data);
    assert_int_equal(json_array_size(json_object_get(json, "answer")), n);
    json_decref(json);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_settings_are_answered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
