// SPDX-License-Identifier: Apache-2.0
// TensorFlow's stateless draws and its shuffle: any pair of seeds, any length.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "random/random.h"
#include "support_golden.h"

typedef void draw_function(hpb_philox *philox, uint32_t n, double a, double b, float *out);

static const struct {
    const char *name;
    draw_function *draw;
} draws[] = {{"stateless_uniform", hpb_philox_uniform},
             {"stateless_normal", hpb_philox_normal},
             {"stateless_truncated_normal", hpb_philox_truncated_normal}};

static int64_t seed_at(const json_t *item, size_t i)
{
    const char *text = json_string_value(json_array_get(json_object_get(item, "seed"), i));
    assert_non_null(text);
    return strtoll(text, NULL, 10);
}

static void check_numbers(const json_t *item, draw_function *draw, const double *want, uint32_t n)
{
    const json_t *arguments = json_object_get(item, "arguments");
    float *got = hpb_alloc(n, sizeof *got);
    hpb_philox stream = hpb_tensorflow_stream(seed_at(item, 0), seed_at(item, 1));
    draw(&stream, n, golden_number(json_array_get(arguments, 0)),
         golden_number(json_array_get(arguments, 1)), got);
    for (uint32_t i = 0; i < n; i++)
        if (got[i] != (float)want[i])
            fail_msg("%s of [%lld, %lld]: number %u of %u is %.9g, expected %.9g",
                     json_string_value(json_object_get(item, "draw")), (long long)seed_at(item, 0),
                     (long long)seed_at(item, 1), i, n, (double)got[i], want[i]);
    free(got);
}

static void check_shuffle(const json_t *item, const double *want, uint32_t n)
{
    uint32_t *got = hpb_alloc(n, sizeof *got);
    hpb_tensorflow_shuffle((uint32_t)seed_at(item, 0), (uint32_t)seed_at(item, 1), n, got);
    for (uint32_t i = 0; i < n; i++)
        if (got[i] != want[i])
            fail_msg("shuffle of %u rows, seeds %lld and %lld: %u at %u, expected %.0f", n,
                     (long long)seed_at(item, 0), (long long)seed_at(item, 1), got[i], i, want[i]);
    free(got);
}

static void test_golden(void **state)
{
    (void)state;
    json_t *root = golden_open("tensorflow_draws");
    uint32_t n_seen[HPB_COUNT(draws) + 1] = {0};
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        const char *name = json_string_value(json_object_get(item, "draw"));
        size_t n, k = 0;
        double *want = golden_doubles(json_object_get(item, "values"), &n);
        assert_true(name && (double)n == golden_need(item, "n"));
        while (k < HPB_COUNT(draws) && strcmp(draws[k].name, name) != 0)
            k++;
        n_seen[k]++;
        if (k < HPB_COUNT(draws))
            check_numbers(item, draws[k].draw, want, (uint32_t)n);
        else if (strcmp(name, "shuffle") == 0)
            check_shuffle(item, want, (uint32_t)n);
        else
            fail_msg("this test does not know the draw %s", name);
        free(want);
    }
    for (size_t k = 0; k < HPB_COUNT(n_seen); k++)
        assert_true(n_seen[k] > 0);
    json_decref(root);
}

/// A draw that is cut in two is not the whole one: each begins with a new block, as an operation does.
static void test_each_draw_begins_with_a_block(void **state)
{
    (void)state;
    float whole[8], first[3], rest[4];
    hpb_philox stream = hpb_tensorflow_stream(5, 7), again = stream;
    hpb_philox_uniform(&stream, 8, 0, 1, whole);
    hpb_philox_uniform(&again, 3, 0, 1, first);
    hpb_philox_uniform(&again, 4, 0, 1, rest);
    assert_memory_equal(whole, first, sizeof first);
    assert_memory_equal(whole + 4, rest, sizeof rest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
                                       cmocka_unit_test(test_each_draw_begins_with_a_block)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
