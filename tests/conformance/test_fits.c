// SPDX-License-Identifier: Apache-2.0
// hpbench run and export: whole fits from given kernels, and the folds of grid searches, as Keras and scikit-learn have them.
// That every epoch's loss and every weight agrees is tests/engine/test_goldens.c's to say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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

// scikit-learn's: 1 for the smallest; equals share the smallest of their ranks.
static double rank_of(const double *score, size_t n, size_t i)
{
    double rank = 1;
    for (size_t k = 0; k < n; k++)
        rank += score[k] < score[i];
    return rank;
}

static void assert_score(double got, const json_t *want, const char *what, const char *suite)
{
    if (!is_near(got, golden_number(want), SCORE_TOLERANCE))
        fail_msg("%s %.9g; scikit-learn has %.9g:\n%s", what, got, golden_number(want), suite);
}

// Candidates as levels of the learning rate, in the order of the grid; scores are those of the folds.
static void check_search(const json_t *item, const json_t *trials, const char *suite)
{
    const size_t n = json_array_size(trials);
    double *mean = hpb_alloc(n + 1, sizeof *mean);
    for (size_t i = 0; i < n; i++) {
        const json_t *trial = json_array_get(trials, i);
        const json_t *want = json_array_get(json_object_get(item, "split_test_mse"), i);
        size_t n_folds;
        double *fold = golden_doubles(json_object_get(trial, "fold_mse"), &n_folds), variance = 0;
        assert_int_equal(n_folds, json_array_size(want));
        mean[i] = golden_need(trial, "test_mse");
        for (size_t k = 0; k < n_folds; k++) {
            assert_score(fold[k], json_array_get(want, k), "fold score", suite);
            variance += (fold[k] - mean[i]) * (fold[k] - mean[i]) / (double)n_folds;
        }
        assert_score(mean[i], json_array_get(json_object_get(item, "mean_test_mse"), i), "mean",
                     suite);
        assert_score(sqrt(variance), json_array_get(json_object_get(item, "std_test_mse"), i),
                     "std", suite);
        free(fold);
    }
    for (size_t i = 0; i < n; i++)
        if (rank_of(mean, n, i) != golden_number(json_array_get(json_object_get(item, "rank"), i)))
            fail_msg("candidate %zu is ranked %.0f:\n%s", i, rank_of(mean, n, i), suite);
    free(mean);
}

static void test_gridsearch(void **state)
{
    (void)state;
    json_t *root = golden_open("gridsearch"), *item;
    size_t index, i;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        hpb_text suite = {0};
        hpb_text_add(&suite, "[suite]\nreplicates = 1\n");
        suite_article(&suite);
        suite_splitter(&suite, json_object_get(item, "cv"));
        suite_kernels(&suite, item);
        json_t *rates = json_object_get(json_object_get(item, "grid"), "learning_rate"), *rate;
        if (suite_fit(&suite, item, item)) {
            hpb_text_add(&suite, "learning_rate = ");
            json_array_foreach(rates, i, rate)
            {
                hpb_text_add(&suite, "%s%.17g", i ? ", " : "", golden_number(rate));
            }
            hpb_text_add(&suite, "\n");
            json_t *export = suite_run(suite.data);
            assert_int_equal(json_array_size(json_object_get(export, "trials")),
                             json_array_size(rates));
            check_search(item, json_object_get(export, "trials"), suite.data);
            json_decref(export);
        }
        hpb_text_free(&suite);
    }
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
