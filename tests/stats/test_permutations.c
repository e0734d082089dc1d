// SPDX-License-Identifier: Apache-2.0
// Sampled orders: they converge on Shapley's value within their own standard error, and sum to the difference.
#include "base/base.h"
#include "stats/permutations.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void is_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

enum { K = 13, REPLICATES = 6 };
static const double weight[K] = {.1, .2, .3, .4, .5, -.1, -.2, .05, 0, .7, .15, -.3, .2};

// What is drawn, evaluated and found.
typedef struct sampled {
    uint32_t n_pairs;
    uint8_t *orders;
    uint32_t *corner;
    size_t n_corners;
    double *memory;
    const double **values;
    double phi[K * REPLICATES], error[K];
    hpb_effect effect[K];
    hpb_attribution whole;
} sampled;

// v(S) = (sum of weights)^power + 100 r; of power 0 exp(2 sum of weights): all interact, and gains are skewed.
static sampled *sample(uint32_t n_pairs, int power, uint32_t seed)
{
    sampled *s = hpb_alloc(1, sizeof *s);
    hpb_philox philox = hpb_philox_make(seed, 0, 0, 0);
    s->n_pairs = n_pairs;
    s->orders = hpb_alloc((size_t)2 * n_pairs * K, 1);
    hpb_permutations_draw(&philox, K, n_pairs, s->orders);
    const size_t most = hpb_permutations_most(K, n_pairs);
    s->corner = hpb_alloc(most, sizeof *s->corner);
    s->n_corners = hpb_permutations_corners(s->orders, K, n_pairs, s->corner);
    assert_true(s->n_corners <= most);
    s->memory = hpb_alloc(s->n_corners * REPLICATES, sizeof(double));
    s->values = hpb_alloc(s->n_corners, sizeof *s->values);
    for (size_t c = 0; c < s->n_corners; c++) {
        double sum = 0, *row = s->memory + c * REPLICATES;
        for (int i = 0; i < K; i++)
            sum += s->corner[c] >> i & 1u ? weight[i] : 0;
        for (int r = 0; r < REPLICATES; r++)
            row[r] = (power == 0   ? exp(2 * sum)
                      : power == 2 ? sum * sum
                                   : sum * sum * sum) +
                     100 * r;
        s->values[c] = row;
    }
    return s;
}

static void split(sampled *s)
{
    hpb_permutations_split(s->orders, K, s->n_pairs, s->corner, s->n_corners, s->values, REPLICATES,
                           s->phi, s->effect, s->error, &s->whole);
}

static void destroy(sampled *s)
{
    free(s->values);
    free(s->memory);
    free(s->corner);
    free(s->orders);
    free(s);
}

// Moebius terms of (sum w)^3: w_i^3, 3 w_i w_j (w_i + w_j), 6 w_i w_j w_l; each shared equally.
static double cubic(int i)
{
    double out = pow(weight[i], 3);
    for (int j = 0; j < K; j++) {
        if (j == i)
            continue;
        out += 3 * weight[i] * weight[j] * (weight[i] + weight[j]) / 2;
        for (int l = j + 1; l < K; l++)
            out += l == i ? 0 : 6 * weight[i] * weight[j] * weight[l] / 3;
    }
    return out;
}

// Moebius terms of a product of 1 + a: the products of a over each set; sum[s] of those of s other factors.
static double product(int i)
{
    double sum[K] = {1}, out = 0;
    for (int j = 0; j < K; j++)
        for (int s = K - 1; s > 0 && j != i; s--)
            sum[s] += sum[s - 1] * expm1(2 * weight[j]);
    for (int s = 0; s < K; s++)
        out += expm1(2 * weight[i]) * sum[s] / (s + 1);
    return out;
}

static void test_orders_and_corners(void **state)
{
    (void)state;
    sampled *s = sample(40, 3, 91), *again = sample(40, 3, 91);
    assert_memory_equal(s->orders, again->orders, (size_t)80 * K);
    assert_true(s->corner[0] == 0 && s->corner[s->n_corners - 1] == (1u << K) - 1);
    for (size_t c = 1; c < s->n_corners; c++)
        assert_true(s->corner[c - 1] < s->corner[c]);
    for (uint32_t o = 0; o < 80; o++) {
        uint32_t seen = 0;
        for (int i = 0; i < K; i++) {
            seen |= 1u << s->orders[o * K + i];
            assert_int_equal(s->orders[o * K + i], s->orders[(o ^ 1u) * K + K - 1 - i]);
        }
        assert_int_equal(seen, (1u << K) - 1);
    }
    // all that there are of three factors: 2 + 2 x 3, with no room for more
    uint8_t orders[6];
    uint32_t corner[8];
    hpb_philox philox = hpb_philox_make(1, 0, 0, 0);
    hpb_permutations_draw(&philox, 3, 1, orders);
    assert_int_equal(hpb_permutations_most(3, 1), 8);
    assert_int_equal(hpb_permutations_corners(orders, 3, 1, corner), 8);
    hpb_permutations_draw(&philox, 1, 1, orders);
    assert_int_equal(hpb_permutations_corners(orders, 1, 1, corner), 2);
    destroy(again);
    destroy(s);
}

static void test_within_the_standard_error(void **state)
{
    (void)state;
    double error[2] = {0}, covered = 0;
    for (uint32_t seed = 0; seed < 20; seed++)
        for (int size = 0; size < 2; size++) {
            sampled *s = sample(size ? 240 : 60, 3, 100 + seed);
            split(s);
            double largest = 0;
            for (int i = 0; i < K; i++)
                largest = fmax(largest, s->error[i]);
            for (int i = 0; i < K; i++) {
                const hpb_effect *e = &s->effect[i];
                is_near(e->mean, cubic(i), 5 * s->error[i]);
                covered += e->own.low <= cubic(i) && cubic(i) <= e->own.high;
                error[size] += s->error[i];
                // the same in all replicates: the sample's error is all there is
                is_near(e->own.high - e->mean,
                        hpb_t_quantile(.975, s->n_pairs - 1) * (s->error[i] + 0.2 * largest),
                        1e-12);
            }
            destroy(s);
        }
    is_near(error[0] / error[1], 2, 0.1); // four times the orders
    is_near(covered / (40 * K), 0.97, 0.03);
}

// What all causes at once are, where the sample's error is all there is and some of them act in few orders.
static void test_intervals_hold_all_at_once(void **state)
{
    (void)state;
    enum { SAMPLES = 100 };
    static const uint32_t sizes[] = {8, 32};
    double phi[K];
    for (int i = 0; i < K; i++)
        phi[i] = product(i);
    for (size_t size = 0; size < HPB_COUNT(sizes); size++) {
        int held = 0;
        for (uint32_t seed = 0; seed < SAMPLES; seed++) {
            sampled *s = sample(sizes[size], 0, 500 + seed);
            split(s);
            bool is_held = true;
            for (int i = 0; i < K; i++)
                is_held &= s->effect[i].simultaneous.low <= phi[i] &&
                           phi[i] <= s->effect[i].simultaneous.high;
            held += is_held;
            destroy(s);
        }
        assert_in_range(held, sizes[size] == 8 ? 0.93 * SAMPLES : 0.95 * SAMPLES, SAMPLES);
    }
}

static void test_two_factors_at_a_time_are_exact(void **state)
{
    (void)state;
    sampled *s = sample(2, 2, 92);
    split(s);
    double sum = 0;
    for (int i = 0; i < K; i++)
        sum += weight[i];
    for (int i = 0; i < K; i++) {
        is_near(s->effect[i].mean, weight[i] * sum, 1e-12);
        is_near(s->error[i], 0, 1e-12);
        is_near(s->effect[i].first_in, weight[i] * weight[i], 1e-12);
        is_near(s->effect[i].last_in, weight[i] * (2 * sum - weight[i]), 1e-12);
    }
    destroy(s);
}

static void test_sums_and_what_diverged(void **state)
{
    (void)state;
    sampled *s = sample(7, 3, 93);
    s->memory[5 * REPLICATES + 2] = (double)NAN;
    split(s);
    assert_true(s->whole.n == REPLICATES - 1 && s->whole.n_left_out == 1);
    assert_true(s->whole.worst == s->corner[5] && s->whole.worst_count == 1);
    for (int r = 0; r < REPLICATES; r++) {
        double sum = 0;
        for (int i = 0; i < K; i++)
            sum += s->phi[i * REPLICATES + r];
        if (r == 2)
            assert_true(isnan(sum));
        else
            is_near(sum, s->values[s->n_corners - 1][r] - s->values[0][r], 1e-12 * 8);
    }
    is_near(s->effect[3].mean, cubic(3), 5 * s->error[3]);
    destroy(s);
    s = sample(1, 3, 94); // one pair says nothing of its error
    split(s);
    assert_true(isnan(s->error[0]) && isnan(s->effect[0].own.low));
    destroy(s);
}

// Against all corners at once: the same replicates, the same intervals but for the sample's error.
static void test_all_orders_of_three(void **state)
{
    (void)state;
    static const uint8_t orders[] = {0, 1, 2, 2, 1, 0, 1, 0, 2, 2, 0, 1, 0, 2, 1, 1, 2, 0};
    static const double v[8][3] = {{1, 2, 4}, {2, 2, 9}, {5, 3, 1}, {2, 8, 8},
                                   {7, 4, 4}, {1, 1, 2}, {9, 9, 3}, {4, 5, 5.5}};
    const double *values[8];
    uint32_t corner[8];
    for (uint32_t s = 0; s < 8; s++) {
        values[s] = v[s];
        corner[s] = s;
    }
    double phi[9], expected[9], error[3];
    hpb_effect effect[3], exact[3];
    hpb_attribution whole, expected_whole;
    hpb_permutations_split(orders, 3, 3, corner, 8, values, 3, phi, effect, error, &whole);
    hpb_attribution_split(values, 3, 3, NULL, expected, exact, &expected_whole);
    for (int i = 0; i < 9; i++)
        is_near(phi[i], expected[i], 1e-14);
    for (int i = 0; i < 3; i++) {
        assert_true(effect[i].first_in == exact[i].first_in);
        assert_true(effect[i].own.high > exact[i].own.high && error[i] > 0);
    }
    assert_true(whole.difference.low == expected_whole.difference.low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_and_corners),
        cmocka_unit_test(test_within_the_standard_error),
        cmocka_unit_test(test_intervals_hold_all_at_once),
        cmocka_unit_test(test_two_factors_at_a_time_are_exact),
        cmocka_unit_test(test_sums_and_what_diverged),
        cmocka_unit_test(test_all_orders_of_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
