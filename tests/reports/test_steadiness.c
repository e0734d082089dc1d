// SPDX-License-Identifier: Apache-2.0
// Suites in which nothing can be better: which seeds, or which splitter, spread the MSE most.
#include "reports/answer.h"
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

// Adds cells of one optimizer; the spread of each is given.
static void add_cells(hpb_report_data *data, const char *const *splitters, const char *const *seeds,
                      const uint32_t *n_splits, const double *sigma, uint32_t n)
{
    hpb_report_data_init(data);
    for (uint32_t i = 0; i < n; i++)
        synthetic_lognormal(synthetic_cell(data, "adam", splitters[i], seeds[i], 1000, n_splits[i]),
                            0.06, sigma[i], i);
    hpb_report_summarise(data);
    hpb_report_answer(data);
}

static const char *find_sentence(const hpb_report_data *data, const char *words)
{
    for (uint32_t i = 0; i < data->n_sentences; i++)
        if (strstr(data->sentences[i], words))
            return data->sentences[i];
    return NULL;
}

static void test_seeds(void **state)
{
    (void)state;
    hpb_report_data data;
    static const char *const splitters[] = {"holdout", "holdout", "holdout"};
    static const char *const seeds[] = {"all", "weights alone", "order alone"};
    add_cells(&data, splitters, seeds, (const uint32_t[]){1, 1, 1}, (const double[]){0.5, 0.8, 0.1},
              3);
    const char *sentence = find_sentence(&data, "It moves most with weights alone (SD ");
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, ") and least with order alone (SD "));
    hpb_report_data_free(&data);
}

// Two are compared: a seed that fixes nothing that matters leaves the spread as it is.
static void test_two_seeds(void **state)
{
    (void)state;
    hpb_report_data data;
    static const char *const splitters[] = {"holdout", "holdout"};
    static const char *const seeds[] = {"unseeded", "half seeded"};
    add_cells(&data, splitters, seeds, (const uint32_t[]){1, 1}, (const double[]){0.52, 0.5}, 2);
    const char *sentence = find_sentence(&data, "It moves as much with half seeded (SD ");
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, ") as with unseeded (SD "));
    hpb_report_data_free(&data);
    add_cells(&data, splitters, seeds, (const uint32_t[]){1, 1}, (const double[]){0.5, 0.1}, 2);
    sentence = find_sentence(&data, "It moves more with unseeded (SD ");
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, ") than with half seeded (SD "));
    hpb_report_data_free(&data);
}

static void test_splitters(void **state)
{
    (void)state;
    hpb_report_data data;
    static const char *const splitters[] = {"holdout", "cv5", "cv10"};
    static const char *const seeds[] = {"random", "random", "random"};
    add_cells(&data, splitters, seeds, (const uint32_t[]){1, 5, 10},
              (const double[]){0.8, 0.3, 0.2}, 3);
    const char *sentence = find_sentence(&data, "Of 3 splitters, cv10 is the steadiest (SD ");
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, " for 10 fits a run), holdout the least so (SD "));
    assert_non_null(strstr(sentence, " for 1 fit a run)."));
    hpb_report_data_free(&data);
}

// Ten folds are a little steadier, but not for as many fits.
static void test_advice_names_the_cheapest_splits(void **state)
{
    (void)state;
    hpb_report_data data;
    static const char *const splitters[] = {"holdout", "cv5", "cv10"};
    static const char *const seeds[] = {"random", "random", "random"};
    add_cells(&data, splitters, seeds, (const uint32_t[]){1, 5, 10},
              (const double[]){0.8, 0.3, 0.28}, 3);
    assert_non_null(strstr(data.advice, " runs of 5-fold CV ("));
    assert_non_null(strstr(data.advice, " fits)."));
    hpb_report_data_free(&data);
}

// 20 % apart is no finding; two levels are what the other sentences are for.
static void test_nothing_to_say(void **state)
{
    (void)state;
    hpb_report_data data;
    static const char *const splitters[] = {"holdout", "cv5", "cv10"};
    static const char *const seeds[] = {"random", "random", "random"};
    add_cells(&data, splitters, seeds, (const uint32_t[]){1, 5, 10},
              (const double[]){0.3, 0.3, 0.3}, 3);
    assert_non_null(find_sentence(&data, "The spread is much the same with all 3 splitters (SD "));
    hpb_report_data_free(&data);
    add_cells(&data, splitters, seeds, (const uint32_t[]){1, 5}, (const double[]){0.8, 0.3}, 2);
    assert_null(find_sentence(&data, "steadiest"));
    hpb_report_data_free(&data);
}

// A level that has not run yet has not lost.
static void test_not_run_yet(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_lognormal(synthetic_cell(&data, "adam", "holdout", "random", 40, 1), 0.06, 0.5, 1);
    synthetic_cell(&data, "sgd", "holdout", "random", 40, 1);
    hpb_report_summarise(&data);
    hpb_report_answer(&data);
    assert_non_null(find_sentence(&data, "PARTIAL: 40 of 80 runs"));
    assert_non_null(find_sentence(&data, "The median MSE is "));
    assert_null(find_sentence(&data, "Only "));
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_two_seeds),
        cmocka_unit_test(test_splitters),
        cmocka_unit_test(test_advice_names_the_cheapest_splits),
        cmocka_unit_test(test_nothing_to_say),
        cmocka_unit_test(test_not_run_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
