// SPDX-License-Identifier: Apache-2.0
// Distributions of a test MSE, by command: Keras' own seeds one by one, and on other seeds whether the two can be told apart.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/support_conformance.h"

#define SEED_TOLERANCE 1e-4
#define LEVEL 0.01 // of a file: shared among its cases
#define SEEDS_A_LINE 50
#define REPLICATES 300

static bool suite_begin(hpb_text *suite, const json_t *item)
{
    hpb_text_add(suite, "[suite]\nreplicates = %d\n", REPLICATES);
    suite_article(suite);
    suite_splitter(suite, json_object_get(item, "split"));
    return suite_fit(suite, item, item);
}

static double *exported(const char *suite, const char *key, size_t *out_n)
{
    json_t *root = suite_run(suite), *trial;
    size_t i;
    double *values =
        hpb_alloc(json_array_size(json_object_get(root, "trials")) + 1, sizeof *values);
    json_array_foreach(json_object_get(root, "trials"), i, trial)
    {
        values[i] = golden_need(trial, key);
    }
    *out_n = i;
    json_decref(root);
    return values;
}

// --- seed by seed ------------------------------------------------------------------------------------------------------

static void check_seeds(const json_t *item)
{
    hpb_text suite = {0};
    size_t n, n_mse, n_got, n_near = 0;
    if (suite_begin(&suite, item)) {
        double *seed = golden_doubles(json_object_get(item, "seeds"), &n);
        double *want = golden_doubles(json_object_get(item, "test_mse"), &n_mse);
        for (size_t i = 0; i < n; i++) // levels of as many sections as lines can hold
            hpb_text_add(
                &suite,
                i % SEEDS_A_LINE
                    ? ", %.0f"
                    : "\n[seeds.keras%.0f]\npolicy = keras.utils.set_random_seed\nseed = %.0f",
                seed[i], seed[i]);
        hpb_text_add(&suite, "\n");
        double *got = exported(suite.data, "test_mse", &n_got);
        assert_int_equal(n_got, n);
        assert_int_equal(n_mse, n);
        for (size_t i = 0; i < n; i++)
            n_near += is_near(got[i], want[i], SEED_TOLERANCE);
        print_message("%s: %zu of %zu within 1e-4\n",
                      json_string_value(json_object_get(item, "name")), n_near, n);
        assert_true(n > 0 && n - n_near <= n / 20);
        free(got);
        free(want);
        free(seed);
    }
    hpb_text_free(&suite);
}

static void test_seed_by_seed(void **state)
{
    (void)state;
    json_t *root = golden_open("keras_distributions"), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        check_seeds(item);
    }
    json_decref(root);
}

// --- on other seeds ----------------------------------------------------------------------------------------------------

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The largest distance of the two distribution functions.
static double kolmogorov_smirnov(double *a, size_t n_a, double *b, size_t n_b)
{
    double largest = 0;
    qsort(a, n_a, sizeof *a, by_size);
    qsort(b, n_b, sizeof *b, by_size);
    for (size_t i = 0, k = 0; i < n_a && k < n_b;) {
        const double at = fmin(a[i], b[k]);
        while (i < n_a && a[i] <= at)
            i++;
        while (k < n_b && b[k] <= at)
            k++;
        largest = fmax(largest, fabs((double)i / (double)n_a - (double)k / (double)n_b));
    }
    return largest;
}

// Of a distance as large by chance (Stephens 1970: within 1 % of the exact p from 4 values on).
static double p_of_distance(double distance, size_t n_a, size_t n_b)
{
    const double n = sqrt((double)n_a * (double)n_b / (double)(n_a + n_b));
    const double lambda = (n + 0.12 + 0.11 / n) * distance;
    double p = 0;
    for (int k = 1; k <= 100; k++)
        p += (k % 2 ? 2 : -2) * exp(-2 * k * k * lambda * lambda);
    return lambda < 0.2 ? 1 : p;
}

static void check_distributions(const char *name, const char *policy)
{
    json_t *root = golden_open(name), *item;
    size_t index, n, n_got;
    const json_t *cases = json_object_get(root, "cases");
    json_array_foreach((json_t *)cases, index, item)
    {
        hpb_text suite = {0};
        if (suite_begin(&suite, item)) {
            hpb_text_add(&suite, "[seeds.others]\npolicy = %s\n", policy);
            double *want = golden_doubles(json_object_get(item, "test_mse"), &n);
            double *got = exported(suite.data, "test_mse", &n_got);
            assert_int_equal(n_got, REPLICATES);
            const double distance = kolmogorov_smirnov(got, n_got, want, n);
            const double p = p_of_distance(distance, n_got, n);
            print_message("%s: %zu fits of Keras, %zu of hpbench: distance %.3f, p = %.2f\n",
                          json_string_value(json_object_get(item, "name")), n, n_got, distance, p);
            if (p < LEVEL / (double)json_array_size(cases))
                fail_msg("Keras and hpbench have other distributions:\n%s", suite.data);
            free(got);
            free(want);
        }
        hpb_text_free(&suite);
    }
    json_decref(root);
}

static void test_other_seeds(void **state)
{
    (void)state;
    check_distributions("keras_distributions", "keras.utils.set_random_seed");
}

// What tests/conformance/record.py records without a seed.
static void test_unseeded(void **state)
{
    (void)state;
    check_distributions("keras_unseeded", "unseeded");
}

// The test rejects where there is something to reject.
static void test_it_can_reject(void **state)
{
    (void)state;
    double a[100], b[100], c[100];
    for (int i = 0; i < 100; i++) {
        a[i] = i;
        b[i] = i + 0.5;
        c[i] = i + 30;
    }
    assert_true(p_of_distance(kolmogorov_smirnov(a, 100, b, 100), 100, 100) > 0.99);
    assert_true(p_of_distance(kolmogorov_smirnov(a, 100, c, 100), 100, 100) < 0.001);
    // D = 0.23 of 100 and 100: the 1 % point of the tables
    assert_true(fabs(p_of_distance(0.23, 100, 100) - 0.01) < 0.003);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed_by_seed),
        cmocka_unit_test(test_other_seeds),
        cmocka_unit_test(test_unseeded),
        cmocka_unit_test(test_it_can_reject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
