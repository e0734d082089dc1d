// SPDX-License-Identifier: Apache-2.0
// Python's random, draw for draw: seeds of one word and of many, each kind of draw.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "random/random.h"
#include "support_golden.h"

enum { MOST_WORDS = 1000 };

/// A generator seeded by text such as 0x7b, of any length.
static hpb_python seeded(const char *text)
{
    uint32_t words[MOST_WORDS] = {0}, n = 0;
    assert_true(strncmp(text, "0x", 2) == 0 && strlen(text) < (size_t)8 * MOST_WORDS);
    for (size_t end = strlen(text); end > 2; n++) {
        const size_t begin = end > 10 ? end - 8 : 2;
        char digits[9] = {0};
        memcpy(digits, text + begin, end - begin);
        words[n] = (uint32_t)strtoul(digits, NULL, 16);
        end = begin;
    }
    hpb_python python;
    hpb_python_seed(&python, words, n);
    return python;
}

static const char *text_at(const json_t *list, size_t i)
{
    const char *text = json_string_value(json_array_get(list, i));
    assert_non_null(text);
    return text;
}

static void check_random(const char *seed, const json_t *item)
{
    hpb_python python = seeded(seed);
    size_t n;
    double *want = golden_doubles(json_object_get(item, "random"), &n);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++)
        if (hpb_python_random(&python) != want[i])
            fail_msg("seed %.20s: random() number %zu is not %.17g", seed, i, want[i]);
    free(want);
}

static void check_getrandbits(const char *seed, const json_t *item)
{
    hpb_python python = seeded(seed);
    size_t i;
    json_t *drawn;
    json_array_foreach(json_object_get(item, "getrandbits"), i, drawn)
    {
        const uint32_t k = (uint32_t)golden_number(json_array_get(drawn, 0));
        const uint64_t got = hpb_python_getrandbits(&python, k);
        if (got != strtoull(text_at(drawn, 1), NULL, 10))
            fail_msg("seed %.20s: getrandbits(%u) is %llu, expected %s", seed, k,
                     (unsigned long long)got, text_at(drawn, 1));
    }
    assert_true(i > 0);
}

static void check_randint(const char *seed, const json_t *item)
{
    hpb_python python = seeded(seed);
    size_t i;
    json_t *drawn;
    json_array_foreach(json_object_get(item, "randint"), i, drawn)
    {
        const int64_t got = hpb_python_randint(&python, strtoll(text_at(drawn, 0), NULL, 10),
                                               strtoll(text_at(drawn, 1), NULL, 10));
        if (got != strtoll(text_at(drawn, 2), NULL, 10))
            fail_msg("seed %.20s: randint(%s, %s) is %lld, expected %s", seed, text_at(drawn, 0),
                     text_at(drawn, 1), (long long)got, text_at(drawn, 2));
    }
    assert_true(i > 0);
}

static void check_layer_seeds(const char *seed, const json_t *item)
{
    hpb_python python = seeded(seed);
    size_t n;
    double *want = golden_doubles(json_object_get(item, "layer_seeds"), &n);
    assert_int_equal(n, 8);
    for (int i = 0; i < 692; i++)
        hpb_python_randint(&python, 1, 1000000000);
    for (size_t i = 0; i < n; i++)
        assert_true((double)hpb_python_randint(&python, 1, 1000000000) == want[i]);
    free(want);
}

static void check_shuffle(const char *seed, const json_t *item)
{
    hpb_python python = seeded(seed);
    size_t index;
    json_t *drawn;
    json_array_foreach(json_object_get(item, "shuffle"), index, drawn)
    {
        size_t n;
        double *want = golden_doubles(drawn, &n);
        uint32_t *items = hpb_alloc(n, sizeof *items);
        for (uint32_t i = 0; i < n; i++)
            items[i] = i;
        hpb_python_shuffle(&python, (uint32_t)n, items);
        for (size_t i = 0; i < n; i++)
            if (items[i] != want[i])
                fail_msg("seed %.20s: shuffle of %zu has %u at %zu, expected %.0f", seed, n,
                         items[i], i, want[i]);
        free(items);
        free(want);
    }
    assert_true(index > 0);
}

static void test_golden(void **state)
{
    (void)state;
    json_t *root = golden_open("python_random");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        const char *seed = json_string_value(json_object_get(item, "seed"));
        assert_non_null(seed);
        check_random(seed, item);
        check_getrandbits(seed, item);
        check_randint(seed, item);
        check_layer_seeds(seed, item);
        check_shuffle(seed, item);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
