// SPDX-License-Identifier: Apache-2.0
// What a plugin gets from the host: memory, numbers from the right generator, and functions with one result.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <sleef.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "random/random.h"

static void test_scratch(void **state)
{
    (void)state;
    hpb_host_context context;
    const hpb_host host = hpb_host_begin(&context, NULL, NULL);
    assert_int_equal(host.struct_size, sizeof(hpb_host));
    for (size_t i = 0; i < 100; i++) {
        const size_t bytes = i * i;
        uint8_t *memory = host.scratch(host.context, bytes);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        for (size_t k = 0; k < bytes; k++)
            assert_int_equal(memory[k], 0);
        memset(memory, 0xab, bytes);
    }
    hpb_host_end(&context);
    hpb_host_end(&context); // a second call has nothing left to free
}

// (host.fail): cmocka has a macro fail()
static void test_fail(void **state)
{
    (void)state;
    hpb_host_context context;
    const hpb_host host = hpb_host_begin(&context, NULL, NULL);
    assert_string_equal(context.message, "");
    assert_int_equal((host.fail)(host.context, "5 folds of 4 rows"), HPB_FAILED);
    hpb_host_end(&context);
    assert_string_equal(context.message, "5 folds of 4 rows"); // outlives the call
    (host.fail)(host.context, NULL);
    assert_string_equal(context.message, "failed without saying why");
    assert_string_equal(hpb_host_hint(&context), "");
    // the second line is the way out, and there is no third
    (host.fail)(host.context, "n_splits: 5 folds of 4 rows\nn_splits = 4\nor less");
    assert_string_equal(hpb_host_reason(&context), "n_splits: 5 folds of 4 rows");
    assert_string_equal(hpb_host_hint(&context), "n_splits = 4");
    // too long a message is cut between characters
    char message[700];
    memset(message, 'x', sizeof message);
    memcpy(message + sizeof context.message - 2, "\xc3\xa9", 2);
    message[sizeof message - 1] = '\0';
    (host.fail)(host.context, message);
    assert_int_equal(strlen(context.message), sizeof context.message - 2);
    assert_string_equal(hpb_host_hint(&context), "");
}

static void test_draws_from_numpy(void **state)
{
    (void)state;
    hpb_host_context context;
    hpb_numpy numpy, twin;
    hpb_numpy_seed(&numpy, 42);
    twin = numpy;
    const hpb_host host = hpb_host_begin(&context, &numpy, NULL);
    uint32_t order[30], want[30];
    float draws[4];
    int64_t integers[4];
    host.random_permutation(host.context, 30, order);
    hpb_numpy_permutation(&twin, 30, want);
    assert_memory_equal(order, want, sizeof want);
    host.random_uniform(host.context, 4, -1, 2, draws);
    for (int i = 0; i < 4; i++)
        assert_true(draws[i] == (float)(-1 + 3 * hpb_numpy_random_sample(&twin)));
    host.random_normal(host.context, 3, 1, 2, draws);
    for (int i = 0; i < 3; i++)
        assert_true(draws[i] == (float)(1 + 2 * hpb_numpy_standard_normal(&twin)));
    host.random_integers(host.context, 4, -10, 10, integers);
    for (int i = 0; i < 4; i++)
        assert_int_equal(integers[i], hpb_numpy_randint(&twin, -10, 10));
    float *truncated = host.scratch(host.context, 10000 * sizeof *truncated);
    host.random_truncated_normal(host.context, 10000, 1, 2, truncated);
    for (int i = 0; i < 10000; i++)
        assert_true(truncated[i] >= -3 && truncated[i] <= 5);
    hpb_host_end(&context);
    // the generator is the caller's and went on
    assert_int_not_equal(numpy.mt.at, 0);
    assert_string_equal(context.message, "");
}

static void test_draws_from_philox(void **state)
{
    (void)state;
    hpb_host_context context;
    hpb_philox philox = hpb_philox_make(1, 2, 3, 4), twin = philox;
    const hpb_host host = hpb_host_begin(&context, NULL, &philox);
    float draws[10], want[10];
    host.random_truncated_normal(host.context, 10, 0, 1, draws);
    hpb_philox_truncated_normal(&twin, 10, 0, 1, want);
    assert_memory_equal(draws, want, sizeof want);
    host.random_normal(host.context, 10, 0, 1, draws);
    hpb_philox_normal(&twin, 10, 0, 1, want);
    assert_memory_equal(draws, want, sizeof want);
    host.random_uniform(host.context, 10, 0, 1, draws);
    hpb_philox_uniform(&twin, 10, 0, 1, want);
    assert_memory_equal(draws, want, sizeof want);
    uint32_t order[100], seen[100] = {0};
    host.random_permutation(host.context, 100, order);
    for (int i = 0; i < 100; i++) {
        assert_true(order[i] < 100);
        assert_int_equal(seen[order[i]]++, 0);
    }
    int64_t integers[1000];
    static const int64_t ranges[][2] = {{-3, 4},
                                        {0, (int64_t)1 << 32},
                                        {-((int64_t)1 << 40), (int64_t)1 << 40},
                                        {INT64_MIN, INT64_MAX}};
    for (size_t r = 0; r < HPB_COUNT(ranges); r++) {
        double low_half = 0;
        const double middle = (double)ranges[r][0] / 2 + (double)ranges[r][1] / 2;
        host.random_integers(host.context, 1000, ranges[r][0], ranges[r][1], integers);
        for (int i = 0; i < 1000; i++) {
            assert_true(integers[i] >= ranges[r][0] && integers[i] < ranges[r][1]);
            low_half += (double)integers[i] < middle;
        }
        assert_true(low_half > 350 && low_half < 650);
    }
    assert_string_equal(context.message, "");
    host.random_integers(host.context, 3, 7, 7, integers);
    assert_int_equal(integers[2], 7);
    assert_string_not_equal(context.message, "");
    hpb_host_end(&context);
}

/// A call that has no generator gets zeros, and the host knows.
static void test_draws_refused(void **state)
{
    (void)state;
    for (int which = 0; which < 5; which++) {
        hpb_host_context context;
        const hpb_host host = hpb_host_begin(&context, NULL, NULL);
        float floats[4] = {9, 9, 9, 9};
        uint32_t order[4] = {9, 9, 9, 9};
        int64_t integers[4] = {9, 9, 9, 9};
        if (which == 0)
            host.random_uniform(host.context, 3, 1, 2, floats);
        if (which == 1)
            host.random_normal(host.context, 3, 1, 2, floats);
        if (which == 2)
            host.random_truncated_normal(host.context, 3, 1, 2, floats);
        if (which == 3)
            host.random_permutation(host.context, 3, order);
        if (which == 4)
            host.random_integers(host.context, 3, 1, 2, integers);
        assert_true(floats[2] == 0 || order[2] == 0 || integers[2] == 0);
        assert_true(floats[3] == 9 && order[3] == 9 && integers[3] == 9);
        assert_string_not_equal(context.message, "");
        hpb_host_end(&context);
    }
}

// functions of their own: clang takes SLEEF's to return `const float`
static float exp_one(float x)
{
    return Sleef_cinz_expf1_u10purec(x);
}

static float log_one(float x)
{
    return Sleef_cinz_logf1_u10purec(x);
}

static float tanh_one(float x)
{
    return Sleef_cinz_tanhf1_u10purec(x);
}

/// Vector body, vector tail and scalar function: the same bits everywhere, in place as well.
static void test_vector_functions_equal_scalar(void **state)
{
    (void)state;
    const hpb_math *math = hpb_math_table();
    static const float special[] = {0.0F,  -0.0F,  1.0F,  1e-40F, -1e-40F,
                                    3e38F, -3e38F, 88.7F, -104.0F};
    const struct {
        void (*many)(uint32_t n, const float *x, float *out);
        float (*one)(float x);
        float scale, shift;
    } functions[] = {{math->expf_n, exp_one, 110, 0},
                     {math->logf_n, log_one, 50, 50},
                     {math->tanhf_n, tanh_one, 12, 0}};
    enum { N = 30000 };
    float *x = hpb_alloc(N, sizeof *x), *out = hpb_alloc(N + 1, sizeof *out);
    for (size_t f = 0; f < HPB_COUNT(functions); f++) {
        hpb_philox philox = hpb_philox_make(1, 1, 1, (uint32_t)f);
        hpb_philox_uniform(&philox, N, -1, 1, x);
        for (int i = 0; i < N; i++)
            x[i] = x[i] * functions[f].scale + functions[f].shift;
        memcpy(x, special, sizeof special);
        x[sizeof special / sizeof *special] = (float)INFINITY;
        x[sizeof special / sizeof *special + 1] = (float)-INFINITY;
        for (uint32_t n = 0; n <= N; n = n < 20 ? n + 1 : n * 11 + 1) {
            out[n] = 77;
            functions[f].many(n, x, out);
            assert_true(out[n] == 77.0F);
            for (uint32_t i = 0; i < n; i++) {
                const float want = functions[f].one(x[i]);
                if (memcmp(&want, &out[i], sizeof want) != 0 && !(isnan(want) && isnan(out[i])))
                    fail_msg("function %zu of %a: %a one by one, %a of %u", f, (double)x[i],
                             (double)want, (double)out[i], n);
            }
        }
        functions[f].many(N, x, out);
        functions[f].many(N, x, x);
        assert_memory_equal(x, out, N * sizeof *x);
    }
    free(x);
    free(out);
}

static void test_scalar_functions(void **state)
{
    (void)state;
    const hpb_math *math = hpb_math_table();
    assert_int_equal(math->struct_size, sizeof(hpb_math));
    for (double x = 0.05; x < 20; x += 0.05) {
        assert_true(fabs(math->exp(x) / exp(x) - 1) < 1e-15);
        assert_true(fabs(math->log(x) - log(x)) < 1e-15 * fmax(1, fabs(log(x))));
        assert_true(fabs(math->cos(x) - cos(x)) < 1e-15);
        assert_true(fabs(math->tanh(x) - tanh(x)) < 1e-15);
        assert_true(fabs(math->pow(0.9, x) / pow(0.9, x) - 1) < 1e-15);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_draws_from_numpy),
        cmocka_unit_test(test_draws_from_philox),
        cmocka_unit_test(test_draws_refused),
        cmocka_unit_test(test_vector_functions_equal_scalar),
        cmocka_unit_test(test_scalar_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
