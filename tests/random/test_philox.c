// SPDX-License-Identifier: Apache-2.0
// Philox against its published answers, and the draws made of it against TensorFlow's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "random/random.h"
#include "support_golden.h"

/// philox4x32, 10 rounds, in Random123's kat_vectors: counter, key, answer.
static void test_known_answers(void **state)
{
    (void)state;
    static const uint32_t known[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1},
    };
    for (size_t i = 0; i < HPB_COUNT(known); i++) {
        hpb_philox philox = hpb_philox_make(known[i][4], known[i][5], known[i][2], known[i][3]);
        philox.counter[0] = known[i][0];
        philox.counter[1] = known[i][1];
        for (int word = 0; word < 4; word++)
            assert_int_equal(hpb_philox_next(&philox), known[i][6 + word]);
    }
}

/// Words 0 and 1 of the counter count as one number and leave the stream's words alone.
static void test_counter_carries(void **state)
{
    (void)state;
    hpb_philox philox = hpb_philox_make(1, 2, 3, 4);
    philox.counter[0] = UINT32_MAX;
    for (int i = 0; i < 4; i++)
        hpb_philox_next(&philox);
    const uint32_t first = hpb_philox_next(&philox);
    hpb_philox there = hpb_philox_make(1, 2, 3, 4);
    there.counter[1] = 1;
    assert_int_equal(first, hpb_philox_next(&there));
    assert_int_equal(philox.counter[2], 3);
    assert_int_equal(philox.counter[3], 4);
}

static void test_below_is_even(void **state)
{
    (void)state;
    hpb_philox philox = hpb_philox_make(11, 0, 0, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(hpb_philox_below(&philox, 1), 0);
    // 3 * 2^30: with no rejection one third of the values would come up twice as often
    const uint32_t bound = 3u << 30, n = 300000;
    double counts[3] = {0};
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t draw = hpb_philox_below(&philox, bound);
        assert_true(draw < bound);
        counts[draw % 3]++;
    }
    double chi_square = 0;
    for (int i = 0; i < 3; i++)
        chi_square += (counts[i] - n / 3.0) * (counts[i] - n / 3.0) / (n / 3.0);
    if (chi_square > 18.4) // 2 degrees of freedom, 1 in 10,000
        fail_msg("chi-square of 3 classes: %.1f", chi_square);
}

/// The draw that a Keras initializer of this name and these parameters comes down to.
static bool draw(const char *name, const json_t *params, double rows, double columns,
                 hpb_philox *philox, uint32_t n, float *out)
{
    double scale = 1, fans = (rows + columns) / 2;
    const char *shape = strstr(name, "Uniform") != NULL ? "uniform" : "truncated_normal";
    if (strcmp(name, "RandomUniform") == 0) {
        hpb_philox_uniform(philox, n, golden_member(params, "minval", -0.05),
                           golden_member(params, "maxval", 0.05), out);
        return true;
    }
    if (strcmp(name, "RandomNormal") == 0 || strcmp(name, "TruncatedNormal") == 0) {
        (*name == 'R' ? hpb_philox_normal
                      : hpb_philox_truncated_normal)(philox, n, golden_member(params, "mean", 0),
                                                     golden_member(params, "stddev", 0.05), out);
        return true;
    }
    if (strncmp(name, "He", 2) == 0 || strncmp(name, "Lecun", 5) == 0) {
        scale = *name == 'H' ? 2 : 1;
        fans = rows;
    } else if (strcmp(name, "VarianceScaling") == 0) {
        const char *mode = json_string_value(json_object_get(params, "mode"));
        scale = golden_member(params, "scale", 1);
        shape = json_string_value(json_object_get(params, "distribution"));
        fans = strcmp(mode, "fan_in") == 0 ? rows : strcmp(mode, "fan_out") == 0 ? columns : fans;
    } else if (strncmp(name, "Glorot", 6) != 0) {
        return false;
    }
    scale /= fans > 1 ? fans : 1;
    if (strcmp(shape, "uniform") == 0)
        hpb_philox_uniform(philox, n, -sqrt(3 * scale), sqrt(3 * scale), out);
    else if (strcmp(shape, "untruncated_normal") == 0)
        hpb_philox_normal(philox, n, 0, sqrt(scale), out);
    else
        hpb_philox_truncated_normal(philox, n, 0, sqrt(scale) / 0.87962566103423978, out);
    return true;
}

/// Uniform draws bit for bit, normal ones within 1 ulp (here 0: Keras' libm may be another).
static void test_golden_initializers(void **state)
{
    (void)state;
    json_t *root = golden_open("initializers");
    size_t index, tried = 0;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        const json_t *shape = json_object_get(item, "shape");
        const double rows = golden_number(json_array_get(shape, 0));
        const double columns = golden_number(json_array_get(shape, 1));
        size_t n;
        double *want = golden_doubles(json_object_get(item, "values"), &n);
        float *got = hpb_alloc(n, sizeof *got);
        const char *name = json_string_value(json_object_get(item, "initializer"));
        const double seed = golden_need(item, "seed"); // null: nothing is drawn
        hpb_philox philox = hpb_keras_stream(isnan(seed) ? 0 : (uint32_t)seed);
        if (!isnan(seed) &&
            draw(name, json_object_get(item, "params"), rows, columns, &philox, (uint32_t)n, got)) {
            double worst = 0;
            for (size_t i = 0; i < n; i++)
                worst = fmax(worst, golden_ulps(got[i], (float)want[i]));
            if (worst > (strstr(name, "Uniform") != NULL ? 0 : 1)) {
                char *what = golden_describe(item);
                fail_msg("case %zu, %s: %g ulp from Keras", index, what, worst);
            }
            tried++;
        }
        free(want);
        free(got);
    }
    json_decref(root);
    assert_true(tried > 0);
}

/// All 2^23 arguments that a normal draw can give libm's functions: the bits that Keras' weights were made
/// of, on every machine. Another libm than glibc 2.36's may answer otherwise, and then this says so.
static void test_libm_bits(void **state)
{
    (void)state;
    uint64_t logs = 1, sines = 1, cosines = 1;
    for (uint32_t word = 0; word < 1u << 23; word++) {
        const uint32_t bits = 0x3f800000u | word;
        float u, value[3];
        uint32_t as_bits[3];
        memcpy(&u, &bits, sizeof u);
        u -= 1.0F;
        value[0] = logf(fmaxf(u, 1.0e-7F));
        sincosf((float)(2.0 * 3.14159265358979323846 * (double)u), &value[1], &value[2]);
        memcpy(as_bits, value, sizeof value);
        logs = (logs ^ as_bits[0]) * 0x100000001b3u;
        sines = (sines ^ as_bits[1]) * 0x100000001b3u;
        cosines = (cosines ^ as_bits[2]) * 0x100000001b3u;
    }
    assert_true(logs == 0x2c18f3ebb96e111u);
    assert_true(sines == 0x67c6c4176dec58beu);
    assert_true(cosines == 0x9b23a6c640f04dedu);
}

/// Mean and variance of many draws, far from what chance allows if a shape were wrong.
static void test_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    float *draws = hpb_alloc(N, sizeof *draws);
    static const struct {
        const char *name;
        void (*draw)(hpb_philox *, uint32_t, double, double, float *);
        double a, b, mean, variance, low, high;
    } shapes[] = {
        {"uniform", hpb_philox_uniform, -1, 3, 1, 16.0 / 12, -1, 3},
        {"normal", hpb_philox_normal, 2, 0.5, 2, 0.25, -HUGE_VAL, HUGE_VAL},
        {"truncated normal", hpb_philox_truncated_normal, 2, 0.5, 2,
         0.25 * 0.87962566103423978 * 0.87962566103423978, 1, 3},
    };
    for (size_t k = 0; k < HPB_COUNT(shapes); k++) {
        hpb_philox philox = hpb_philox_make(5, 6, 7, (uint32_t)k);
        shapes[k].draw(&philox, N, shapes[k].a, shapes[k].b, draws);
        double sum = 0, squares = 0;
        for (int i = 0; i < N; i++) {
            assert_true((double)draws[i] >= shapes[k].low && (double)draws[i] <= shapes[k].high);
            sum += (double)draws[i];
        }
        const double mean = sum / N;
        for (int i = 0; i < N; i++)
            squares += ((double)draws[i] - mean) * ((double)draws[i] - mean);
        const double variance = squares / N;
        if (fabs(mean - shapes[k].mean) > 5 * sqrt(shapes[k].variance / N) ||
            fabs(variance / shapes[k].variance - 1) > 5 * sqrt(2.0 / N))
            fail_msg("%s: mean %g, variance %g", shapes[k].name, mean, variance);
    }
    free(draws);
}

/// What comes first does not depend on how much is drawn, and a second draw goes on with new numbers.
static void test_prefixes(void **state)
{
    (void)state;
    void (*const shapes[])(hpb_philox *, uint32_t, double, double, float *) = {
        hpb_philox_uniform, hpb_philox_normal, hpb_philox_truncated_normal};
    for (size_t k = 0; k < HPB_COUNT(shapes); k++) {
        float all[41], some[41];
        hpb_philox whole = hpb_philox_make(1, 2, 3, 4);
        shapes[k](&whole, 41, 0, 1, all);
        for (uint32_t n = 0; n <= 41; n++) {
            hpb_philox part = hpb_philox_make(1, 2, 3, 4);
            some[n < 41 ? n : 0] = 99;
            shapes[k](&part, n, 0, 1, some);
            assert_memory_equal(some, all, n * sizeof *all);
            if (n < 41)
                assert_true(some[n] == 99.0F || n == 0); // nothing is written beyond n
        }
        shapes[k](&whole, 41, 0, 1, some);
        assert_memory_not_equal(some, all, sizeof all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_counter_carries),
        cmocka_unit_test(test_below_is_even), cmocka_unit_test(test_golden_initializers),
        cmocka_unit_test(test_libm_bits),     cmocka_unit_test(test_moments),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
