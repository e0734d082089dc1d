// SPDX-License-Identifier: Apache-2.0
// The article's data by command: a fit of those that a suite generates is, bit for bit, a fit of NumPy's from a file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/support_conformance.h"

#define MODEL                                                                                      \
    "[fit]\nepochs = 2\n[optimizer.adam]\n[splitter.kfold]\nn_splits = 2\n[seeds.keras]\n"         \
    "policy = keras.utils.set_random_seed\nseed = 7\n"

// X and y with the digits that read back as they were.
static void write_numpys(const json_t *item)
{
    hpb_text csv = {0};
    const size_t n = (size_t)golden_need(item, "n");
    const json_t *x = json_object_get(item, "X"), *y = json_object_get(item, "y");
    const size_t n_features = json_array_size(x) / n;
    assert_int_equal(json_array_size(x), n * n_features);
    assert_int_equal(json_array_size(y), n);
    for (size_t k = 0; k < n_features; k++)
        hpb_text_add(&csv, "x%zu,", k);
    hpb_text_add(&csv, "y\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n_features; k++)
            hpb_text_add(&csv, "%.17g,", golden_number(json_array_get(x, i * n_features + k)));
        hpb_text_add(&csv, "%.17g\n", golden_number(json_array_get(y, i)));
    }
    hpb_error error;
    assert_int_equal(hpb_file_write("numpy.csv", csv.data, csv.length, &error), HPB_EXIT_OK);
    hpb_text_free(&csv);
}

// Of two trials, of NumPy's data and of generated ones.
static void assert_same_bits(const char *text)
{
    json_t *root = json_loads(text, 0, NULL), *trials = json_object_get(root, "trials");
    assert_int_equal(json_array_size(trials), 2);
    json_t *one = json_object_get(json_array_get(trials, 0), "fold_mse_bits");
    assert_int_equal(json_array_size(one), 2);
    assert_true(json_equal(one, json_object_get(json_array_get(trials, 1), "fold_mse_bits")));
    json_decref(root);
}

static void test_article(void **state)
{
    (void)state;
    json_t *root = golden_open("article_data"), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        char *suite = hpb_format("[suite]\n[data.generated]\ngenerator = article\nrows = %.0f\n"
                                 "seed = %.0f\n[data.numpys]\nfile = numpy.csv\ntarget = y\n" MODEL,
                                 golden_need(item, "n"), golden_need(item, "seed"));
        char *folder = work_begin(suite);
        write_numpys(item);
        expect_run("run s.ini --quiet --no-report --output out", 0, NULL, NULL);
        ran r = run_hpbench("export out --format json");
        assert_int_equal(r.code, 0);
        assert_same_bits(r.out);
        ran_free(&r);
        work_end(folder);
        free(suite);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_article)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
