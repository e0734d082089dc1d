// SPDX-License-Identifier: Apache-2.0
// hpbench run and export: GridSearchCV's refit. scikit-learn scored it on the rows that it was fitted to, so the data have
// each of them twice: the first half is searched, the other is the outer splitter's test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/support_conformance.h"

#define SCORE_TOLERANCE 1e-4

// The article's rows, twice; column `fold` is -1 in the first half, 0 in the second.
static void write_rows_twice(void)
{
    hpb_text csv = {0};
    json_t *root = golden_open("article_data");
    const json_t *item = json_array_get(json_object_get(root, "cases"), 0);
    const json_t *x = json_object_get(item, "X"), *y = json_object_get(item, "y");
    const size_t n = json_array_size(y), n_features = json_array_size(x) / n;
    for (size_t k = 0; k < n_features; k++)
        hpb_text_add(&csv, "x%zu,", k);
    hpb_text_add(&csv, "y,fold\n");
    for (size_t i = 0; i < 2 * n; i++) {
        for (size_t k = 0; k < n_features; k++)
            hpb_text_add(&csv, "%.17g,", golden_number(json_array_get(x, i % n * n_features + k)));
        hpb_text_add(&csv, "%.17g,%d\n", golden_number(json_array_get(y, i % n)), i < n ? -1 : 0);
    }
    hpb_error error;
    assert_int_equal(hpb_file_write("twice.csv", csv.data, csv.length, &error), HPB_EXIT_OK);
    hpb_text_free(&csv);
    json_decref(root);
}

static void suite_search(hpb_text *suite, const json_t *item)
{
    size_t i;
    json_t *rate;
    char *optimizer = golden_lower(json_string_value(json_object_get(item, "optimizer")));
    hpb_text_add(suite, "[initializer.glorot_of_seeds]\n");
    suite_key(suite, "seeds", json_object_get(item, "kernel_seeds"));
    hpb_text_add(suite,
                 "[protocol.search]\npreset = gridsearchcv\nsplitter = kfold\n"
                 "outer = predefined_split\nreport = refit\ninitializer = glorot_of_seeds\n"
                 "optimizer = %s\ngrid.learning_rate = ",
                 optimizer);
    json_array_foreach(json_object_get(json_object_get(item, "grid"), "learning_rate"), i, rate)
    {
        hpb_text_add(suite, "%s%.17g", i ? ", " : "", golden_number(rate));
    }
    hpb_text_add(suite, "\n");
    free(optimizer);
}

static bool check_refit(const json_t *item)
{
    hpb_text suite = {0};
    hpb_text_add(&suite, "[suite]\nreplicates = 1\n[data]\nfile = twice.csv\ntarget = y\n"
                         "test_fold = fold\n");
    suite_splitter(&suite, json_object_get(item, "cv"));
    const bool is_built = suite_fit(&suite, item, item);
    suite_search(&suite, item);
    if (is_built) {
        char *folder = work_begin(suite.data);
        write_rows_twice();
        ran r = run_hpbench("run s.ini --quiet --no-report --output out " OUR_PLUGINS);
        if (r.code)
            fail_msg("exit %d: %s\n%s", r.code, r.err, suite.data);
        ran_free(&r);
        r = run_hpbench("export out --format json");
        json_t *root = json_loads(r.out, 0, NULL);
        const json_t *trial = json_array_get(json_object_get(root, "trials"), 0);
        const double got = golden_need(trial, "test_mse");
        const double want = golden_need(item, "refit_mse_on_all_rows");
        if (!is_near(got, want, SCORE_TOLERANCE))
            fail_msg("test MSE %.9g; scikit-learn has %.9g:\n%s", got, want, suite.data);
        json_decref(root);
        ran_free(&r);
        work_end(folder);
    }
    hpb_text_free(&suite);
    return is_built;
}

static void test_refit(void **state)
{
    (void)state;
    json_t *root = golden_open("gridsearch"), *item;
    size_t index, n_run = 0;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        n_run += check_refit(item);
    }
    assert_true(n_run > 0);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
