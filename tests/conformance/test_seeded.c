// SPDX-License-Identifier: Apache-2.0
// What follows keras.utils.set_random_seed, by command: `keras --exact` writes Keras' initial weights and row order bit for
// bit, `run` gets its test MSE.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/support_conformance.h"

#define MSE_TOLERANCE 1e-5

static void suite_seed(hpb_text *suite, const json_t *item)
{
    hpb_text_add(suite, "[seeds.keras]\npolicy = keras.utils.set_random_seed\nseed = %.0f\n",
                 golden_need(item, "seed"));
}

// `keras --exact`, and the bytes behind the header of one of its arrays, [n] of 4 bytes; free() them.
static char *exact_array(const char *suite, const char *name, size_t n)
{
    char *folder = work_begin(suite), *bytes = NULL, *path = hpb_format("start/%s.npy", name);
    size_t size = 0;
    hpb_error error;
    expect_run("keras s.ini --no-run --exact start --output k.py", 0, NULL, "");
    if (hpb_file_read(path, 1 << 24, HPB_EXIT_STORE, &bytes, &size, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    const size_t begin = 10 + (unsigned char)bytes[8] + 256 * (size_t)(unsigned char)bytes[9];
    assert_int_equal(size, begin + 4 * n);
    memmove(bytes, bytes + begin, 4 * n);
    free(path);
    work_end(folder);
    return bytes;
}

static void check_weights(const json_t *item, const json_t *network)
{
    hpb_text suite = {0};
    hpb_text_add(&suite, "[suite]\n");
    suite_article(&suite);
    hpb_text_add(&suite, "[model]\n");
    suite_keys(&suite, network, NULL);
    hpb_text_add(&suite, "[optimizer.sgd]\n");
    suite_seed(&suite, item);
    size_t total = 0, at = 0, i, n;
    json_t *tensor;
    json_array_foreach(json_object_get(item, "w0"), i, tensor)
    {
        total += json_array_size(tensor);
    }
    char *bytes = exact_array(suite.data, "fold0_weights", total);
    json_array_foreach(json_object_get(item, "w0"), i, tensor)
    {
        double *want = golden_doubles(tensor, &n);
        for (size_t k = 0; k < n; k++, at++) {
            float got;
            memcpy(&got, bytes + sizeof got * at, sizeof got);
            if (got != (float)want[k])
                fail_msg("weight %zu of %zu is %.9g; Keras has %.9g:\n%s", k, i, (double)got,
                         want[k], suite.data);
        }
        free(want);
    }
    free(bytes);
    hpb_text_free(&suite);
}

// Of n training rows: half of 2 n. Every epoch visits them in the one order.
static void check_order(const json_t *item, const json_t *order)
{
    hpb_text suite = {0};
    const size_t n = (size_t)golden_need(order, "n");
    hpb_text_add(&suite,
                 "[suite]\n[data]\nrows = %zu\n[splitter.kfold]\nn_splits = 2\n[optimizer.sgd]\n"
                 "[fit]\n",
                 2 * n);
    suite_key(&suite, "epochs", json_object_get(order, "epochs"));
    suite_key(&suite, "batch_size", json_object_get(order, "batch_size"));
    suite_seed(&suite, item);
    char *bytes = exact_array(suite.data, "fold0_order", n);
    size_t i, k, place = 0;
    json_t *batch, *row;
    json_array_foreach(json_object_get(order, "batches"), i, batch)
    {
        json_array_foreach(batch, k, row)
        {
            uint32_t got;
            memcpy(&got, bytes + sizeof got * (place++ % n), sizeof got);
            if (got != golden_number(row))
                fail_msg("batch %zu, row %zu is %u; Keras has %.0f:\n%s", i, k, got,
                         golden_number(row), suite.data);
        }
    }
    assert_true(place == n * (size_t)golden_need(order, "epochs"));
    free(bytes);
    hpb_text_free(&suite);
}

// Adds to *n_near where it agrees; where it does not, tests/engine/test_goldens.c says whether that is rounding.
static bool check_fit(const json_t *item, const json_t *network, const json_t *fit, size_t *n_near)
{
    hpb_text suite = {0};
    hpb_text_add(&suite, "[suite]\n");
    suite_article(&suite);
    suite_splitter(&suite, json_object_get(fit, "split"));
    suite_seed(&suite, item);
    const bool is_built = suite_fit(&suite, fit, network);
    if (is_built) {
        json_t *root = suite_run(suite.data);
        assert_int_equal(json_array_size(json_object_get(root, "trials")), 1);
        const json_t *trial = json_array_get(json_object_get(root, "trials"), 0);
        const double got = golden_need(trial, "test_mse"), want = golden_need(fit, "test_mse");
        if (is_near(got, want, MSE_TOLERANCE))
            ++*n_near;
        else
            print_message("test MSE %.9g; Keras has %.9g:\n%s", got, want, suite.data);
        json_decref(root);
    }
    hpb_text_free(&suite);
    return is_built;
}

static void test_seeded(void **state)
{
    (void)state;
    json_t *root = golden_open("keras_seeded"), *item, *part;
    size_t index, i, n = 0, n_near = 0;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        json_t *network = golden_network(item);
        check_weights(item, network);
        json_array_foreach(json_object_get(item, "row_order"), i, part)
        {
            check_order(item, part);
        }
        json_array_foreach(json_object_get(item, "fits"), i, part)
        {
            n += check_fit(item, network, part, &n_near);
        }
        json_decref(network);
    }
    assert_true(n > 0 && n - n_near <= 1 + n / 20);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
