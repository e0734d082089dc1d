// SPDX-License-Identifier: Apache-2.0
// NumPy's RandomState, draw for draw.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "random/random.h"
#include "support_golden.h"

/// Everything one call returned, as doubles: integers below 2^53 are exact in them.
typedef struct draws {
    double *values;
    size_t n, capacity;
} draws;

static void add(draws *out, double value)
{
    out->values = hpb_grow(out->values, &out->capacity, out->n + 1, sizeof *out->values);
    out->values[out->n++] = value;
}

/// Makes one call, such as "uniform(-2,3,size=5)" or "permutation(1000)[:20]". False: not understood.
static bool draw_call(hpb_numpy *numpy, const char *call, draws *out)
{
    double low = 0, high = 0;
    long long from = 0, to = 0;
    int n = 0, keep = 0, end = 0;
    if (sscanf(call, "random_sample(%d)%n", &n, &end) == 1 && end > 0) {
        for (int i = 0; i < n; i++)
            add(out, hpb_numpy_random_sample(numpy));
    } else if (sscanf(call, "rand(%d)%n", &n, &end) == 1 && end > 0) {
        for (int i = 0; i < n; i++)
            add(out, hpb_numpy_random_sample(numpy));
    } else if ((sscanf(call, "standard_normal(%d)%n", &n, &end) == 1 && end > 0) ||
               (sscanf(call, "randn(%d)%n", &n, &end) == 1 && end > 0)) {
        for (int i = 0; i < n; i++)
            add(out, hpb_numpy_standard_normal(numpy));
    } else if (sscanf(call, "uniform(%lf,%lf,size=%d)%n", &low, &high, &n, &end) == 3 && end > 0) {
        for (int i = 0; i < n; i++)
            add(out, low + (high - low) * hpb_numpy_random_sample(numpy));
    } else if (sscanf(call, "randint(%lld,%lld,size=%d)%n", &from, &to, &n, &end) == 3 && end > 0) {
        for (int i = 0; i < n; i++)
            add(out, (double)hpb_numpy_randint(numpy, from, to));
    } else if (sscanf(call, "permutation(%d)%n", &n, &end) == 1 && end > 0) {
        uint32_t *order = hpb_alloc((size_t)n, sizeof *order);
        hpb_numpy_permutation(numpy, (uint32_t)n, order);
        if (sscanf(call + end, "[:%d]", &keep) != 1 || keep > n)
            keep = n;
        for (int i = 0; i < keep; i++)
            add(out, order[i]);
        free(order);
    } else {
        return false;
    }
    return true;
}

static void test_golden(void **state)
{
    (void)state;
    json_t *root = golden_open("numpy_randomstate");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        const char *call = json_string_value(json_object_get(item, "call"));
        hpb_numpy numpy;
        hpb_numpy_seed(&numpy, (uint32_t)golden_need(item, "seed"));
        draws got = {0};
        char *calls = hpb_strdup(call);
        for (char *rest = calls; rest != NULL;) {
            char *next = strstr(rest, " then ");
            if (next != NULL)
                *next = '\0';
            if (!draw_call(&numpy, rest, &got))
                fail_msg("case %zu: this test does not know the call %s", index, rest);
            rest = next == NULL ? NULL : next + strlen(" then ");
        }
        size_t n;
        double *want = golden_doubles(json_object_get(item, "result"), &n);
        if (got.n != n)
            fail_msg("case %zu, %s: %zu numbers, expected %zu", index, call, got.n, n);
        for (size_t i = 0; i < n; i++)
            if (got.values[i] != want[i])
                fail_msg("case %zu, seed %.0f, %s: number %zu is %.17g, expected %.17g", index,
                         golden_need(item, "seed"), call, i, got.values[i], want[i]);
        free(want);
        free(got.values);
        free(calls);
    }
    json_decref(root);
}

/// The article's data: rand(n, 5) then randn(n) on one generator, 600 draws and more.
static void test_article_data(void **state)
{
    (void)state;
    json_t *root = golden_open("article_data");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        size_t n_x, n;
        double *x = golden_doubles(json_object_get(item, "X"), &n_x);
        double *y = golden_doubles(json_object_get(item, "y"), &n);
        assert_int_equal(n_x, 5 * n);
        hpb_numpy numpy;
        hpb_numpy_seed(&numpy, (uint32_t)golden_need(item, "seed"));
        for (size_t i = 0; i < n_x; i++)
            if (hpb_numpy_random_sample(&numpy) != x[i])
                fail_msg("case %zu: X differs at number %zu", index, i);
        for (size_t i = 0; i < n; i++) {
            const double *row = x + 5 * i;
            const double noise = 0.1 * hpb_numpy_standard_normal(&numpy);
            const double want =
                2 * row[0] + 3 * row[1] - row[2] + 0.5 * row[3] + 0.1 * row[4] + noise;
            if (want != y[i])
                fail_msg("case %zu: y[%zu] is %.17g, expected %.17g", index, i, want, y[i]);
        }
        free(x);
        free(y);
    }
    json_decref(root);
}

/// MT19937's published check: the 10,000th word of seed 5489 (C++ standard, [rand.predef]).
static void test_ten_thousandth_word(void **state)
{
    (void)state;
    hpb_numpy numpy;
    hpb_numpy_seed(&numpy, 5489);
    uint32_t word = 0;
    for (int i = 0; i < 10000; i++)
        word = hpb_numpy_next32(&numpy);
    assert_int_equal(word, 4123659995u);
}

static void test_edges(void **state)
{
    (void)state;
    hpb_numpy numpy, twin;
    hpb_numpy_seed(&numpy, 7);
    twin = numpy;
    assert_int_equal(hpb_numpy_interval(&numpy, 0), 0);
    assert_int_equal(hpb_numpy_randint(&numpy, -3, -2), -3);
    hpb_numpy_permutation(&numpy, 0, NULL);
    uint32_t one = 9;
    hpb_numpy_permutation(&numpy, 1, &one);
    assert_int_equal(one, 0);
    // none of these takes a word from the generator
    assert_int_equal(hpb_numpy_next32(&numpy), hpb_numpy_next32(&twin));
    // the whole range of a word, and more than one word
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(hpb_numpy_interval(&numpy, UINT32_MAX), hpb_numpy_next32(&twin));
        const int64_t wide = hpb_numpy_randint(&numpy, -5000000000, 5000000000);
        assert_true(wide >= -5000000000 && wide < 5000000000);
        const int64_t all = hpb_numpy_randint(&numpy, INT64_MIN, INT64_MAX);
        assert_true(all < INT64_MAX);
        twin = numpy;
    }
    // seeding again forgets the spare normal number
    hpb_numpy_standard_normal(&numpy);
    hpb_numpy_seed(&numpy, 0);
    assert_true(hpb_numpy_standard_normal(&numpy) == 1.764052345967664);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_article_data),
        cmocka_unit_test(test_ten_thousandth_word),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
