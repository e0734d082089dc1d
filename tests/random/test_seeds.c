// SPDX-License-Identifier: Apache-2.0
// The streams of a trial: Keras' weights and row order exactly, hpbench's own even and independent.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "random/random.h"
#include "support_golden.h"

static hpb_trial_seeds seeds_of(hpb_policy policy, uint32_t weights, uint32_t order)
{
    hpb_trial_seeds seeds = {.policy = policy};
    seeds.seed[HPB_STREAM_WEIGHTS] = weights;
    seeds.seed[HPB_STREAM_ORDER] = order;
    return seeds;
}

static bool same_stream(hpb_philox a, hpb_philox b)
{
    for (int i = 0; i < 4; i++)
        if (hpb_philox_next(&a) != hpb_philox_next(&b))
            return false;
    return true;
}

// --- Keras -----------------------------------------------------------------------------------------------

/// The integers that Python's random gives are the seeds of the kernels, going on from fit to fit.
static void check_kernel_seeds(const json_t *item, const hpb_trial_seeds *seeds)
{
    size_t n, n_kernels;
    double *integers = golden_doubles(json_object_get(item, "python_random_randint_1_1e9"), &n);
    double *kernels = golden_doubles(json_object_get(item, "kernel_seeds"), &n_kernels);
    assert_true(n > 0 && n_kernels > 0);
    assert_true(n_kernels <= n);
    uint32_t *got = hpb_alloc(n, sizeof *got);
    hpb_layer_seeds(seeds, n, got);
    for (uint32_t i = 0; i < n; i++)
        if (got[i] != integers[i])
            fail_msg("seed %u: draw %u is %u, expected %.0f", seeds->seed[HPB_STREAM_WEIGHTS], i,
                     got[i], integers[i]);
    for (uint32_t i = 0; i < n_kernels; i++)
        assert_true(got[i] == kernels[i]);
    free(got);
    free(integers);
    free(kernels);
}

/// w0 holds kernel, bias, kernel, bias ... of dense layers on 5 inputs, glorot_uniform and zeros.
static void check_weights(const json_t *item, const hpb_trial_seeds *seeds)
{
    const json_t *tensors = json_object_get(item, "w0");
    const uint32_t n_kernels = (uint32_t)json_array_size(tensors) / 2;
    assert_true(n_kernels > 0);
    uint32_t *layer_seeds = hpb_alloc(n_kernels, sizeof *layer_seeds);
    hpb_layer_seeds(seeds, n_kernels, layer_seeds);
    for (uint32_t k = 0; k < n_kernels; k++) {
        size_t n;
        double *want = golden_doubles(json_array_get(tensors, 2 * k), &n);
        const size_t columns = json_array_size(json_array_get(tensors, 2 * k + 1));
        const size_t rows = n / columns;
        const double limit = sqrt(3 * (1.0 / ((double)(rows + columns) / 2)));
        float *got = hpb_alloc(n, sizeof *got);
        hpb_philox philox = hpb_keras_stream(layer_seeds[k]);
        hpb_philox_uniform(&philox, (uint32_t)n, -limit, limit, got);
        for (size_t i = 0; i < n; i++)
            if (got[i] != (float)want[i])
                fail_msg("kernel %u, weight %zu: %.9g, expected %.9g", k, i, (double)got[i],
                         want[i]);
        free(want);
        free(got);
    }
    free(layer_seeds);
}

static void check_row_orders(const json_t *item, const hpb_trial_seeds *seeds)
{
    size_t index;
    json_t *order;
    json_array_foreach(json_object_get(item, "row_order"), index, order)
    {
        const uint32_t n = (uint32_t)golden_need(order, "n");
        const uint32_t batch_size = (uint32_t)golden_need(order, "batch_size");
        const uint32_t epochs = (uint32_t)golden_need(order, "epochs");
        const json_t *batches = json_object_get(order, "batches");
        const uint32_t per_epoch = (n + batch_size - 1) / batch_size;
        assert_int_equal(json_array_size(batches), per_epoch * epochs);
        uint32_t *got = hpb_alloc(n, sizeof *got);
        for (uint32_t epoch = 0; epoch < epochs; epoch++) {
            hpb_order_permutation(seeds, epoch / 2, epoch, n, got);
            for (uint32_t i = 0; i < n; i++) {
                const json_t *batch = json_array_get(batches, epoch * per_epoch + i / batch_size);
                const double want = golden_number(json_array_get(batch, i % batch_size));
                if (got[i] != want)
                    fail_msg("seed %u, %u rows, epoch %u, place %u: row %u, expected %.0f",
                             seeds->seed[HPB_STREAM_ORDER], n, epoch, i, got[i], want);
            }
        }
        free(got);
    }
}

static void test_golden_keras(void **state)
{
    (void)state;
    json_t *root = golden_open("keras_seeded");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        const uint32_t seed = (uint32_t)golden_need(item, "seed");
        const hpb_trial_seeds keras = seeds_of(HPB_POLICY_KERAS, seed, seed);
        const hpb_trial_seeds tensorflow = seeds_of(HPB_POLICY_TENSORFLOW, seed + 1, seed);
        check_kernel_seeds(item, &keras);
        check_weights(item, &keras);
        check_row_orders(item, &keras);
        check_row_orders(item, &tensorflow);
        assert_true(hpb_order_is_constant(&keras) && hpb_order_is_constant(&tensorflow));
    }
    json_decref(root);
}

/// Several fits in one process: whichever way they are called, the rows of each come in the order that their
/// number gives, in every epoch.
static void check_orders_of_fits(const json_t *item)
{
    const char *policy = json_string_value(json_object_get(item, "policy"));
    const uint32_t seed = (uint32_t)golden_need(item, "seed");
    const bool is_keras = strcmp(policy, "keras.utils.set_random_seed") == 0;
    const hpb_trial_seeds seeds =
        seeds_of(is_keras ? HPB_POLICY_KERAS : HPB_POLICY_TENSORFLOW, 5, seed);
    size_t fit, epoch = 0;
    json_t *rows, *order;
    json_array_foreach(json_object_get(item, "fits"), fit, rows)
        json_array_foreach(json_object_get(rows, "epochs"), epoch, order)
    {
        size_t n;
        double *want = golden_doubles(order, &n);
        assert_true((double)n == golden_need(rows, "n"));
        uint32_t *got = hpb_alloc(n, sizeof *got);
        hpb_order_permutation(&seeds, (uint32_t)fit, (uint32_t)epoch, (uint32_t)n, got);
        for (size_t i = 0; i < n; i++)
            if (got[i] != want[i])
                fail_msg("%s(%u), fit %zu of %zu rows, epoch %zu, place %zu: %u, expected %.0f",
                         policy, seed, fit, n, epoch, i, got[i], want[i]);
        free(got);
        free(want);
    }
    assert_true(fit > 0 && epoch > 0);
}

/// The seeds of the layers of each fit, from fit `first` on.
static void check_seeds_of_fits(const json_t *fits, const hpb_trial_seeds *seeds, uint32_t first)
{
    size_t fit, tensor;
    json_t *layers, *layer;
    json_array_foreach(fits, fit, layers)
    {
        const size_t n = json_array_size(layers), drawn = n * (first + fit);
        uint32_t *got = hpb_alloc(drawn + n, sizeof *got);
        hpb_layer_seeds(seeds, drawn + n, got);
        json_array_foreach(layers, tensor, layer)
        {
            assert_true(got[drawn + tensor] == golden_number(layer));
        }
        free(got);
    }
    assert_true(fit > 0);
}

/// Fits of GridSearchCV: candidate by candidate, fold by fold, then the refit. A model that is built beforehand
/// has taken the first numbers itself.
static void test_golden_several_fits(void **state)
{
    (void)state;
    json_t *root = golden_open("keras_seeded_more");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "row_orders"), index, item) check_orders_of_fits(item);
    assert_true(index > 0);
    json_array_foreach(json_object_get(root, "grid_searches"), index, item)
    {
        const hpb_trial_seeds seeds =
            seeds_of(HPB_POLICY_KERAS, (uint32_t)golden_need(item, "seed"), 0);
        const char *model = json_string_value(json_object_get(item, "model"));
        check_seeds_of_fits(json_object_get(item, "kernel_seeds"), &seeds,
                            strcmp(model, "instance") == 0 ? 1 : 0);
    }
    assert_true(index > 0);
    json_decref(root);
}

/// What CPython 3.11 says: random.seed(seed), then random.randint(1, 10**9).
static void test_large_python_seeds(void **state)
{
    (void)state;
    static const uint32_t known[][4] = {{2147483648u, 363779273, 405138349, 542306183},
                                        {4294967295u, 682209859, 665256254, 218184273}};
    for (size_t i = 0; i < HPB_COUNT(known); i++) {
        const hpb_trial_seeds seeds = seeds_of(HPB_POLICY_KERAS, known[i][0], 0);
        uint32_t got[3];
        hpb_layer_seeds(&seeds, 3, got);
        assert_memory_equal(got, known[i] + 1, sizeof got);
    }
}

/// What Keras 3.15 says: initializers of these seeds draw the same weights.
static void test_large_layer_seeds(void **state)
{
    (void)state;
    static const uint32_t equal[][2] = {
        {0, 2147483646u}, {1, 2147483647u}, {2, 2147483648u}, {3, 4294967295u}};
    for (size_t i = 0; i < HPB_COUNT(equal); i++)
        assert_true(same_stream(hpb_keras_stream(equal[i][0]), hpb_keras_stream(equal[i][1])));
}

/// TensorFlow reduces its seed modulo 2^31 - 1, and takes (0, 0) for (0, 2^31 - 1).
static void test_large_seeds(void **state)
{
    (void)state;
    static const uint32_t equal[][2] = {
        {0, 2147483647u}, {1, 2147483648u}, {0, 4294967294u}, {1, 4294967295u}};
    for (size_t i = 0; i < HPB_COUNT(equal); i++) {
        uint32_t a[50], b[50];
        const hpb_trial_seeds low = seeds_of(HPB_POLICY_KERAS, 0, equal[i][0]);
        const hpb_trial_seeds high = seeds_of(HPB_POLICY_KERAS, 0, equal[i][1]);
        hpb_order_permutation(&low, 0, 0, 50, a);
        hpb_order_permutation(&high, 0, 0, 50, b);
        assert_memory_equal(a, b, sizeof a);
    }
}

// --- hpbench's own streams -------------------------------------------------------------------------------

static void check_permutation(const uint32_t *order, uint32_t n)
{
    uint8_t *seen = hpb_alloc(n, 1);
    for (uint32_t i = 0; i < n; i++) {
        assert_true(order[i] < n);
        assert_int_equal(seen[order[i]]++, 0);
    }
    free(seen);
}

static void test_every_length(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    uint32_t *order = hpb_alloc(LONG + 1, sizeof *order);
    for (int policy = HPB_POLICY_HPBENCH; policy <= HPB_POLICY_UNSEEDED; policy++) {
        const hpb_trial_seeds seeds = seeds_of((hpb_policy)policy, 1, 2);
        for (uint32_t n = 0; n <= LONG; n = n < 300 ? n + 1 : n * 7) {
            order[n] = 12345;
            hpb_order_permutation(&seeds, 3, 4, n, order);
            check_permutation(order, n);
            assert_int_equal(order[n], 12345);
        }
    }
    free(order);
}

/// Fit, epoch and seed each change the order; the policies without a seed for TensorFlow share it.
static void test_what_the_order_hangs_on(void **state)
{
    (void)state;
    uint32_t base[80], other[80];
    hpb_trial_seeds seeds = seeds_of(HPB_POLICY_HPBENCH, 1, 2);
    hpb_order_permutation(&seeds, 3, 4, 80, base);
    hpb_order_permutation(&seeds, 3, 4, 80, other);
    assert_memory_equal(base, other, sizeof base);
    hpb_order_permutation(&seeds, 4, 4, 80, other);
    assert_memory_not_equal(base, other, sizeof base);
    hpb_order_permutation(&seeds, 3, 5, 80, other);
    assert_memory_not_equal(base, other, sizeof base);
    seeds.seed[HPB_STREAM_WEIGHTS] = 99;
    seeds.policy = HPB_POLICY_UNSEEDED;
    hpb_order_permutation(&seeds, 3, 4, 80, other);
    assert_memory_equal(base, other, sizeof base);
    seeds.seed[HPB_STREAM_ORDER] = 99;
    hpb_order_permutation(&seeds, 3, 4, 80, other);
    assert_memory_not_equal(base, other, sizeof base);
    assert_false(hpb_order_is_constant(&seeds));
}

/// All 5! orders of 5 rows come up equally often, over epochs and over fits.
static void test_all_orders_equally_often(void **state)
{
    (void)state;
    enum { N = 5, ORDERS = 120, DRAWS = 120000 };
    const hpb_trial_seeds seeds = seeds_of(HPB_POLICY_HPBENCH, 0, 2024);
    for (int over_fits = 0; over_fits < 2; over_fits++) {
        double counts[ORDERS] = {0}, chi_square = 0;
        for (uint32_t i = 0; i < DRAWS; i++) {
            uint32_t order[N], rank = 0;
            hpb_order_permutation(&seeds, over_fits ? i : 7, over_fits ? 7 : i, N, order);
            for (uint32_t a = 0; a < N; a++) { // Lehmer code
                uint32_t smaller = 0;
                for (uint32_t b = a + 1; b < N; b++)
                    smaller += order[b] < order[a];
                rank = rank * (N - a) + smaller;
            }
            counts[rank]++;
        }
        const double expected = (double)DRAWS / ORDERS;
        for (int i = 0; i < ORDERS; i++)
            chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
        // 119 degrees of freedom: 1 in 10,000 below 67.7 or above 183.6 (each side)
        if (chi_square < 67.7 || chi_square > 183.6)
            fail_msg("%s: chi-square of 120 orders is %.1f", over_fits ? "fits" : "epochs",
                     chi_square);
    }
}

/// Every row is at every place equally often, at sizes where one word gives different numbers of draws.
static void test_every_row_at_every_place(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {2, 3, 17, 63, 64, 65, 80, 129};
    enum { DRAWS = 20000, LARGEST = 129 };
    const hpb_trial_seeds seeds = seeds_of(HPB_POLICY_UNSEEDED, 0, 11);
    uint32_t *counts = hpb_alloc(LARGEST * LARGEST, sizeof *counts);
    for (size_t s = 0; s < HPB_COUNT(sizes); s++) {
        const uint32_t n = sizes[s];
        uint32_t order[LARGEST];
        memset(counts, 0, LARGEST * LARGEST * sizeof *counts);
        for (uint32_t i = 0; i < DRAWS; i++) {
            hpb_order_permutation(&seeds, i / 50, i % 50, n, order);
            for (uint32_t place = 0; place < n; place++)
                counts[place * n + order[place]]++;
        }
        const double expected = (double)DRAWS / n;
        double chi_square = 0;
        for (uint32_t i = 0; i < n * n; i++)
            chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
        // margins are fixed: (n-1)^2 degrees of freedom, and the sum scaled by (n-1)/n
        const double freedom = (double)(n - 1) * (n - 1);
        const double z = (chi_square * (n - 1) / n - freedom) / sqrt(2 * freedom);
        if (fabs(z) > 5)
            fail_msg("%u rows: chi-square %.1f for %.0f degrees of freedom", n, chi_square,
                     freedom);
    }
    free(counts);
}

__extension__ typedef unsigned __int128 wide;

/// The same order from Random123's words one by one: 8 numbers of each pair of words for the first 97
/// rows, then 4, then 1; a block of which one word is biased is passed over.
static void plain_order(const hpb_trial_seeds *seeds, uint32_t fit, uint32_t epoch, uint32_t n,
                        uint32_t *out)
{
    hpb_philox philox = hpb_philox_make(seeds->seed[HPB_STREAM_ORDER], 0x6564726f, fit, epoch);
    for (uint32_t i = 0; i < (n < 1 ? n : 1); i++)
        out[i] = i;
    for (uint32_t i = 1; i < n;) {
        const uint32_t each = i < 97 ? 8 : i < 16097 ? 4 : 1;
        uint32_t at[16];
        bool biased = false;
        for (uint32_t half = 0; half < 2; half++) {
            const uint64_t low = hpb_philox_next(&philox);
            uint64_t rest = (uint64_t)hpb_philox_next(&philox) << 32 | low, product = 1;
            for (uint32_t k = 0; k < each; k++) {
                const uint32_t bound = i + 1 + half * each + k;
                const wide scaled = (wide)rest * bound;
                at[half * each + k] = (uint32_t)(scaled >> 64);
                rest = (uint64_t)scaled;
                product *= bound;
            }
            biased = biased || rest < -product % product;
        }
        for (uint32_t k = 0; !biased && k < 2 * each && i < n; k++, i++) {
            out[i] = out[at[k]];
            out[at[k]] = i;
        }
    }
}

static void test_own_order_is_random123s(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 10, 80, 97, 98, 99, 442, 16097, 20000};
    uint32_t *got = hpb_alloc(20000, sizeof *got), *want = hpb_alloc(20000, sizeof *want);
    for (size_t s = 0; s < HPB_COUNT(sizes); s++)
        for (uint32_t epoch = 0; epoch < 2000000 / (1000 + sizes[s]); epoch++) {
            const hpb_trial_seeds seeds = seeds_of(HPB_POLICY_HPBENCH, 0, 123 + epoch % 7);
            hpb_order_permutation(&seeds, 3, epoch, sizes[s], got);
            plain_order(&seeds, 3, epoch, sizes[s], want);
            if (sizes[s] > 0)
                assert_memory_equal(got, want, sizes[s] * sizeof *got);
        }
    free(got);
    free(want);
}

/// A change here changes every stored result: it needs a new engine revision.
static void test_own_order_stays(void **state)
{
    (void)state;
    static const uint32_t want[10] = {6, 4, 8, 0, 9, 1, 5, 3, 2, 7};
    uint32_t got[10];
    const hpb_trial_seeds seeds = seeds_of(HPB_POLICY_HPBENCH, 0, 123);
    hpb_order_permutation(&seeds, 1, 2, 10, got);
    assert_memory_equal(got, want, sizeof want);
}

static void test_weights_streams_differ(void **state)
{
    (void)state;
    const hpb_trial_seeds seeds = seeds_of(HPB_POLICY_HPBENCH, 5, 5);
    const hpb_trial_seeds others = seeds_of(HPB_POLICY_HPBENCH, 6, 5);
    const hpb_trial_seeds unseeded = seeds_of(HPB_POLICY_UNSEEDED, 5, 5);
    const hpb_trial_seeds tensorflow = seeds_of(HPB_POLICY_TENSORFLOW, 5, 5);
    const hpb_philox base = hpb_weights_stream(&seeds, 1, 2);
    assert_true(same_stream(base, hpb_weights_stream(&seeds, 1, 2)));
    assert_true(same_stream(base, hpb_weights_stream(&unseeded, 1, 2)));
    assert_true(same_stream(base, hpb_weights_stream(&tensorflow, 1, 2)));
    assert_false(same_stream(base, hpb_weights_stream(&seeds, 2, 1)));
    assert_false(same_stream(base, hpb_weights_stream(&seeds, 1, 1)));
    assert_false(same_stream(base, hpb_weights_stream(&others, 1, 2)));
}

static void test_fresh_seeds(void **state)
{
    (void)state;
    // distinct over streams, suites and replicates, and spread over the whole range
    enum { REPLICATES = 1000 };
    uint32_t drawn[2 * HPB_STREAM_COUNT * REPLICATES], n = 0, high = 0;
    for (uint64_t suite = 0; suite < 2; suite++)
        for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
            for (uint32_t replicate = 0; replicate < REPLICATES; replicate++)
                drawn[n++] = hpb_seed_fresh(suite << 32, (hpb_stream)stream, replicate);
    uint32_t repeats = 0;
    for (uint32_t i = 0; i < n; i++) {
        high += drawn[i] >> 31;
        for (uint32_t k = 0; k < i; k++)
            repeats += drawn[i] == drawn[k];
    }
    assert_true(repeats <= 2); // 8,000 of 2^32: 0.007 expected
    assert_true(fabs(high - n / 2.0) < 5 * sqrt(n / 4.0));
    // suite seed 0, stream 0, replicate 0 is the first word of Random123's known answer
    assert_int_equal(hpb_seed_fresh(0, HPB_STREAM_DATA, 0), 0x6627e8d5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_keras),
        cmocka_unit_test(test_golden_several_fits),
        cmocka_unit_test(test_large_python_seeds),
        cmocka_unit_test(test_large_layer_seeds),
        cmocka_unit_test(test_large_seeds),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_what_the_order_hangs_on),
        cmocka_unit_test(test_all_orders_equally_often),
        cmocka_unit_test(test_every_row_at_every_place),
        cmocka_unit_test(test_own_order_is_random123s),
        cmocka_unit_test(test_own_order_stays),
        cmocka_unit_test(test_weights_streams_differ),
        cmocka_unit_test(test_fresh_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
