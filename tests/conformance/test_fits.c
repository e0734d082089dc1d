// SPDX-License-Identifier: Apache-2.0
// hpbench run and export: whole fits from given kernels, and grid searches, as Keras and scikit-learn have them.
// That every epoch's loss and every weight agrees is tests/engine/test_goldens.c's to say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_csv.h"
#include "conformance/support_conformance.h"

#define LOSS_TOLERANCE 1e-5
#define SCORE_TOLERANCE 1e-4

static void suite_kernels(hpb_text *suite, const json_t *item)
{
    hpb_text_add(suite, "[initializer.glorot_of_seeds]\n");
    suite_key(suite, "seeds", json_object_get(item, "kernel_seeds"));
}

// Whether what is exported is the last of a list of losses, which may be empty.
static bool is_last(const json_t *losses, const json_t *exported)
{
    const size_t n = json_array_size(losses);
    return n == 0 || is_near(golden_number(exported), golden_number(json_array_get(losses, n - 1)),
                             LOSS_TOLERANCE);
}

// Adds to *n_near where it agrees; where it does not, tests/engine/test_goldens.c says whether that is rounding.
static bool check_fit(const json_t *item, size_t *n_near)
{
    hpb_text suite = {0};
    hpb_text_add(&suite, "[suite]\nreplicates = 1\n");
    suite_article(&suite);
    suite_splitter(&suite, json_object_get(item, "split"));
    suite_kernels(&suite, item);
    const bool is_built = suite_fit(&suite, item, item);
    if (is_built) {
        json_t *root = suite_run(suite.data);
        const json_t *trial = json_array_get(json_object_get(root, "trials"), 0);
        const json_t *loss = json_object_get(item, "loss");
        const double got = golden_need(trial, "test_mse"), want = golden_need(item, "test_mse");
        assert_true(golden_need(trial, "epochs") == (double)json_array_size(loss));
        if (is_near(got, want, LOSS_TOLERANCE) && is_last(loss, json_object_get(trial, "loss")) &&
            is_last(json_object_get(item, "val_loss"), json_object_get(trial, "val_loss")))
            ++*n_near;
        else
            print_message("test MSE %.9g; Keras has %.9g:\n%s", got, want, suite.data);
        json_decref(root);
    }
    hpb_text_free(&suite);
    return is_built;
}

static void check_fits(const char *name)
{
    json_t *root = golden_open(name), *item;
    size_t index, n = 0, n_near = 0;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        n += check_fit(item, &n_near);
    }
    assert_true(n > 0 && n - n_near <= 1 + n / 20);
    json_decref(root);
}

static void test_fits(void **state)
{
    (void)state;
    check_fits("fits");
}

static void test_fits_scheduled(void **state)
{
    (void)state;
    check_fits("fits_scheduled");
}

// --- grid searches -----------------------------------------------------------------------------------------------------

static void assert_score(double got, const json_t *want, const char *what, const char *suite)
{
    if (!is_near(got, golden_number(want), SCORE_TOLERANCE))
        fail_msg("%s %.9g; scikit-learn has %.9g:\n%s", what, got, golden_number(want), suite);
}

static double column(const csv_row *header, const csv_row *row, const char *name)
{
    return strtod(csv_value(header, row, name), NULL);
}

// One candidate's row of cv_results_. The golden turns the sign of scikit-learn's scores.
static void check_candidate(const json_t *item, size_t i, const csv_row *header, const csv_row *row,
                            const char *suite)
{
    const json_t *rate =
        json_array_get(json_object_get(json_object_get(item, "grid"), "learning_rate"), i);
    const json_t *scores = json_array_get(json_object_get(item, "split_test_mse"), i);
    assert_true(column(header, row, "candidate") == (double)i);
    assert_true(column(header, row, "param_learning_rate") == golden_number(rate));
    for (size_t k = 0; k < json_array_size(scores); k++) {
        char *name = hpb_format("split%zu_test_score", k);
        assert_score(-column(header, row, name), json_array_get(scores, k), name, suite);
        free(name);
    }
    assert_score(-column(header, row, "mean_test_score"),
                 json_array_get(json_object_get(item, "mean_test_mse"), i), "mean", suite);
    assert_score(column(header, row, "std_test_score"),
                 json_array_get(json_object_get(item, "std_test_mse"), i), "std", suite);
    if (column(header, row, "rank_test_score") !=
        golden_number(json_array_get(json_object_get(item, "rank"), i)))
        fail_msg("candidate %zu is ranked %s:\n%s", i, csv_value(header, row, "rank_test_score"),
                 suite);
    const bool is_best = golden_number(rate) == golden_need(item, "best_learning_rate");
    assert_string_equal(csv_value(header, row, "chosen"), is_best ? "yes" : "no");
}

// A GridSearchCV as a user would describe it. That a refit is the fit of the chosen candidate on all rows is
// tests/engine/test_goldens.c's and test_chunk.c's to say: scikit-learn scored it here on the rows it was fitted to, which
// no outer split does.
static void test_gridsearch(void **state)
{
    (void)state;
    json_t *root = golden_open("gridsearch"), *item, *rate;
    size_t index, i, n_run = 0;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        hpb_text suite = {0};
        hpb_text_add(&suite, "[suite]\nreplicates = 1\n");
        suite_article(&suite);
        suite_splitter(&suite, json_object_get(item, "cv"));
        suite_kernels(&suite, item);
        if (suite_fit(&suite, item, item)) {
            json_t *rates = json_object_get(json_object_get(item, "grid"), "learning_rate");
            char *optimizer = golden_lower(json_string_value(json_object_get(item, "optimizer")));
            hpb_text_add(&suite,
                         "[protocol.grid]\npreset = gridsearchcv\nsplitter = kfold\n"
                         "initializer = glorot_of_seeds\noptimizer = %s\ngrid.learning_rate = ",
                         optimizer);
            json_array_foreach(rates, i, rate)
            {
                hpb_text_add(&suite, "%s%.17g", i ? ", " : "", golden_number(rate));
            }
            hpb_text_add(&suite, "\n");
            free(optimizer);
            char *csv = suite_export(suite.data, "cv_results");
            csv_row header, row;
            char *at = csv_read(csv, &header);
            for (i = 0; i < json_array_size(rates); i++) {
                at = csv_read(at, &row);
                check_candidate(item, i, &header, &row, suite.data);
            }
            assert_int_equal(*at, '\0');
            free(csv);
            n_run++;
        }
        hpb_text_free(&suite);
    }
    assert_true(n_run > 0);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_fits_scheduled),
        cmocka_unit_test(test_gridsearch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
