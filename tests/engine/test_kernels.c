// SPDX-License-Identifier: Apache-2.0
// Every instruction set's kernels against scalar arithmetic, bit for bit, on ordinary and on odd numbers.
//
// HPB_TEST_SEED replays the random numbers of one series.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "base/base.h"
#include "engine/private.h"

#include <math.h>
#include <sleef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define L HPB_LANES
#define N_FMA 10000000u // random triples

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

// --- fma ----------------------------------------------------------------------------------------------------

// One a * b + c a lane.
typedef struct triples {
    _Alignas(64) float a[L], b[L], c[L];
} triples;

// A layer of one row, input and unit, without an activation, is one fma. `best`: of the instruction sets, asked
// for once, as that takes longer than this.
static void check_fma(const triples *t, uint32_t best, const char *name, uint32_t seed)
{
    float expected[L];
    for (uint32_t j = 0; j < L; j++)
        expected[j] = fmaf(t->a[j], t->b[j], t->c[j]);
    for (uint32_t isa = 0; isa <= best; isa++) {
        _Alignas(64) float z[L];
        kernels[isa]->forward(1, 1, 1, t->a, t->b, t->c, HPB_ACTIVATION_LINEAR, z);
        for (uint32_t j = 0; j < L; j++)
            if (!same(z[j], expected[j]))
                fail_msg("HPB_TEST_SEED=%u, %s, %s: fma(%a, %a, %a) is %a; expected %a", seed, name,
                         hpb_isa_name(isa), (double)t->a[j], (double)t->b[j], (double)t->c[j],
                         (double)z[j], (double)expected[j]);
    }
}

static uint64_t random_state;

static uint64_t random_bits(void) // SplitMix64
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int32_t between(int32_t low, int32_t high)
{
    return low + (int32_t)((random_bits() >> 32) % (uint32_t)(high - low + 1));
}

// Any 24 bits, the first of them set, at this exponent; of either sign.
static float at_exponent(int32_t exponent)
{
    const uint64_t bits = random_bits();
    const float x = ldexpf((float)(bits >> 41 | 1u << 23), exponent - 23);
    return bits & 1 ? -x : x;
}

// Odd, of exactly `n` bits.
static int32_t odd_of(int32_t n)
{
    return (int32_t)(random_bits() >> (64 - n)) | 1 << (n - 1) | 1;
}

typedef void make_triple(float *a, float *b, float *c);

static void any_bits(float *a, float *b, float *c)
{
    const uint64_t bits = random_bits();
    *a = float_of((uint32_t)bits);
    *b = float_of((uint32_t)(bits >> 32));
    *c = float_of((uint32_t)random_bits());
}

// c overlaps the product, or just doesn't.
static void like_sizes(float *a, float *b, float *c)
{
    const int32_t e = between(-60, 60);
    *a = at_exponent(e);
    *b = at_exponent(between(-60, 60) - e);
    *c = at_exponent(ilogbf(*a * *b) + between(-56, 56));
}

// c is the product, rounded, but for the sign and the last bit or two.
static void cancelling(float *a, float *b, float *c)
{
    any_bits(a, b, c);
    if (random_bits() & 1)
        like_sizes(a, b, c);
    *c = float_of(bits_of(-*a * *b) + (uint32_t)between(-2, 2));
}

// The product is half of c's last bit but for 2^-46 to 2^-30 of it, too little for a double: what lies
// beside a half must not be taken for one. c may be denormal, its last bit 2^-149.
static void half_of_c(float *a, float *b, float *c)
{
    const int32_t k = between(0, 255), e = between(-149, 127);
    const int32_t last = e < -126 ? -149 : e - 23, part = between(-60, 60);
    *c = at_exponent(e);
    *a = ldexpf(1 + (float)k * 0x1p-23f, part);
    *b = ldexpf(1 - (float)k * 0x1p-23f, last - 1 - part);
    if (random_bits() & 1)
        *b = -*b;
}

// The product is halfway between two floats, up to the greatest; c, of either sign or 0, decides.
static void half_of_product(float *a, float *b, float *c)
{
    const int32_t n = between(1, 24), e = between(-172, 103), part = between(-40, 40);
    *a = ldexpf((float)odd_of(n), part);
    *b = ldexpf((float)odd_of(25 - n), e - part);
    *c = random_bits() % 8 ? at_exponent(between(-149, e - 20 < -149 ? -149 : e - 20)) : 0;
}

// The result, or a part of it, has fewer bits than a float has elsewhere.
static void tiny(float *a, float *b, float *c)
{
    const int32_t e = between(-75, 20);
    *a = at_exponent(e);
    *b = at_exponent(between(-175, -120) - e);
    *c = random_bits() % 8 ? at_exponent(between(-150, -123)) : -0.0f;
}

// Beside the greatest float, on both sides.
static void huge(float *a, float *b, float *c)
{
    const int32_t e = between(0, 127);
    *a = at_exponent(e);
    *b = at_exponent(between(124, 128) - e);
    *c = at_exponent(between(95, 127));
}

static const struct {
    const char *name;
    make_triple *make;
} kinds[] = {
    {"any bits", any_bits},   {"like sizes", like_sizes},           {"cancelling", cancelling},
    {"half of c", half_of_c}, {"half of product", half_of_product}, {"tiny", tiny},
    {"huge", huge},
};

static void test_fma_of_random_numbers(void **unused)
{
    (void)unused;
    const char *text = getenv("HPB_TEST_SEED");
    const uint32_t seed = text ? (uint32_t)strtoul(text, NULL, 10) : 20260801;
    const uint32_t best = hpb_isa_best();
    random_state = seed;
    uint32_t n_unequal = 0; // to what rounding twice gives
    for (uint32_t round = 0; round < N_FMA / L; round++) {
        const uint32_t of = round % (HPB_COUNT(kinds) + 1); // the last: neighbours of all kinds
        triples t;
        for (uint32_t j = 0; j < L; j++) {
            const uint32_t kind = of < HPB_COUNT(kinds) ? of : j % HPB_COUNT(kinds);
            kinds[kind].make(&t.a[j], &t.b[j], &t.c[j]);
            n_unequal += !same((float)((double)t.a[j] * (double)t.b[j] + (double)t.c[j]),
                               fmaf(t.a[j], t.b[j], t.c[j]));
        }
        check_fma(&t, best, of < HPB_COUNT(kinds) ? kinds[of].name : "all kinds", seed);
    }
    printf("seed %u: %u triples, of which rounding twice would spoil %u\n", seed, N_FMA / L * L,
           n_unequal);
    assert_true(n_unequal > N_FMA / 100); // the series must have met what it is there for
}

// Every triple of these, with every sign.
static void test_fma_of_edges(void **unused)
{
    (void)unused;
    static const float edges[] = {
        // ordinary, and what is not finite
        0, 1, 3, HUGE_VALF, NAN,
        // one less and one more than 1, halves of last bits
        0x1.fffffep-1f, 0x1.000002p0f, 0x1p-23f, 0x1p-24f, 0x1p52f,
        // denormal, the least that is not, and what has products around half of the least denormal
        0x1p-149f, 0x1.8p-148f, 0x1.fffffcp-127f, 0x1p-126f, 0x1p-75f, 0x1p-74f, 0x1.000002p-75f,
        0x1.fffffep-76f,
        // the greatest; 0x1.231cp117 * 1801 is the first product to overflow
        0x1p63f, 0x1p64f, 0x1.231cp117f, 1801, 0x1.fffffep127f};
    enum { N = 2 * HPB_COUNT(edges) };
    const uint32_t best = hpb_isa_best();
    triples t;
    for (uint32_t i = 0; i < N * N * N; i += L) {
        for (uint32_t j = 0; j < L; j++) {
            const uint32_t at[] = {(i + j) % N, (i + j) / N % N, (i + j) / N / N % N};
            float *const to[] = {&t.a[j], &t.b[j], &t.c[j]};
            for (uint32_t k = 0; k < 3; k++)
                *to[k] = at[k] % 2 ? -edges[at[k] / 2] : edges[at[k] / 2];
        }
        check_fma(&t, best, "edges", 0);
    }
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
        cmocka_unit_test(test_fma_of_random_numbers),
        cmocka_unit_test(test_fma_of_edges),
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_gather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
