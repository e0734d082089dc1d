// SPDX-License-Identifier: Apache-2.0
// Every instruction set's kernels against scalar arithmetic, bit for bit, on ordinary and on odd numbers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "base/base.h"
#include "engine/private.h"

#include <math.h>
#include <sleef.h>
#include <stdlib.h>
#include <string.h>

#define L HPB_LANES

static const hpb_kernels *const kernels[HPB_ISA_COUNT] = {&hpb_kernels_baseline, &hpb_kernels_v3,
                                                          &hpb_kernels_v4};

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static bool same(float a, float b)
{
    return bits_of(a) == bits_of(b) || (isnan(a) && isnan(b));
}

// --- activations --------------------------------------------------------------------------------------------

static float activated(hpb_activation activation, float z)
{
    switch (activation) {
    case HPB_ACTIVATION_RELU:
        return z < 0 ? 0 : z;
    case HPB_ACTIVATION_TANH:
        return Sleef_cinz_tanhf1_u10purec(z);
    case HPB_ACTIVATION_SIGMOID:
        return 1 / (1 + Sleef_cinz_expf1_u10purec(-z));
    case HPB_ACTIVATION_ELU:
        return z > 0 ? z : Sleef_cinz_expm1f1_u10purec(z);
    case HPB_ACTIVATION_LINEAR:
        break;
    }
    return z;
}

static float gradient(hpb_activation activation, float a, float d)
{
    switch (activation) {
    case HPB_ACTIVATION_RELU:
        return a > 0 ? d : 0;
    case HPB_ACTIVATION_TANH:
        return d * (1 - a * a);
    case HPB_ACTIVATION_SIGMOID:
        return d * (a * (1 - a));
    case HPB_ACTIVATION_ELU:
        return a > 0 ? d : d * (a + 1);
    case HPB_ACTIVATION_LINEAR:
        break;
    }
    return d;
}

enum { ROWS = 4096 };

// Floats of every exponent, by a stride through all bit patterns, and those that are special.
static void odd_numbers(float *x)
{
    static const float special[] = {0.0f, -0.0f,      HUGE_VALF,     -HUGE_VALF, NAN,
                                    1.0f, 1.401e-45f, -1.17549e-38f, 88.8f,      -104.0f,
                                    9.1f, -17.5f,     3.4e38f,       -3.4e38f,   0.5f};
    for (uint32_t i = 0; i < ROWS * L; i++)
        x[i] = float_of(i * 65537u + (i >> 3));
    memcpy(x + 100, special, sizeof special);
    for (uint32_t i = ROWS * L / 2; i < ROWS * L; i++) // and many where functions bend
        x[i] = (float)((double)i / (ROWS * L) * 80 - 60);
}

static void test_activations(void **unused)
{
    (void)unused;
    float *x = hpb_alloc_aligned(ROWS * L * sizeof *x),
          *z = hpb_alloc_aligned(ROWS * L * sizeof *z);
    float *dz = hpb_alloc_aligned(ROWS * L * sizeof *dz),
          *d = hpb_alloc_aligned(ROWS * L * sizeof *d);
    _Alignas(64) float one[L], zero[L];
    odd_numbers(x);
    for (uint32_t j = 0; j < L; j++) {
        one[j] = 1;
        zero[j] = 0;
    }
    for (uint32_t i = 0; i < ROWS * L; i++)
        d[i] = x[(i * 7 + 3) % (ROWS * L)];
    for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++)
        for (hpb_activation a = HPB_ACTIVATION_RELU; a <= HPB_ACTIVATION_LINEAR; a++) {
            // one input with weight 1 and no bias: the activation of x itself
            kernels[isa]->forward(ROWS, 1, 1, x, one, zero, a, z);
            kernels[isa]->backward(ROWS, 1, 1, d, one, z, a, dz);
            for (uint32_t i = 0; i < ROWS * L; i++) {
                const float in = fmaf(x[i], 1, 0);
                if (!same(z[i], activated(a, in)))
                    fail_msg("isa %u, activation %d of %a: %a; expected %a", isa, (int)a,
                             (double)in, (double)z[i], (double)activated(a, in));
                if (!same(dz[i], gradient(a, z[i], fmaf(d[i], 1, 0))))
                    fail_msg("isa %u, gradient %d at %a: %a", isa, (int)a, (double)z[i],
                             (double)dz[i]);
            }
        }
    free(d);
    free(dz);
    free(z);
    free(x);
}

// --- gather ---------------------------------------------------------------------------------------------------

// Lanes read their own rows, from one table or each from its own.
static void check_gather(uint32_t n_inputs, bool is_shared)
{
    enum { N = 9, FIRST = 2, COUNT = 7 };
    const uint32_t stride = (n_inputs + HPB_ROW_MULTIPLE - 1) / HPB_ROW_MULTIPLE * HPB_ROW_MULTIPLE;
    float *tables = hpb_alloc_aligned((size_t)L * N * stride * sizeof *tables);
    float targets[L * N];
    uint32_t rows[L][N];
    float *x = hpb_alloc_aligned((size_t)COUNT * n_inputs * L * sizeof *x);
    _Alignas(64) float y[COUNT * L];
    hpb_gather from = {.n_inputs = n_inputs, .stride = stride};
    for (size_t i = 0; i < (size_t)L * N * stride; i++)
        tables[i] = (float)i;
    for (uint32_t i = 0; i < L * N; i++)
        targets[i] = -(float)i;
    for (uint32_t j = 0; j < L; j++) {
        for (uint32_t i = 0; i < N; i++)
            rows[j][i] = (i * 4 + j) % N;
        const uint32_t table = is_shared ? 3 : j;
        from.x[j] = tables + (size_t)table * N * stride;
        from.y[j] = targets + table * N;
        from.rows[j] = rows[j];
    }
    for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++) {
        kernels[isa]->gather(&from, FIRST, COUNT, x, y);
        for (uint32_t b = 0; b < COUNT; b++)
            for (uint32_t j = 0; j < L; j++) {
                const uint32_t row = rows[j][FIRST + b];
                assert_true(same(y[b * L + j], from.y[j][row]));
                for (uint32_t i = 0; i < n_inputs; i++)
                    assert_true(same(x[((size_t)b * n_inputs + i) * L + j],
                                     from.x[j][(size_t)row * stride + i]));
            }
    }
    free(x);
    free(tables);
}

static void test_gather(void **unused)
{
    (void)unused;
    for (uint32_t n_inputs = 1; n_inputs <= 18; n_inputs++) {
        check_gather(n_inputs, false);
        check_gather(n_inputs, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_gather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
