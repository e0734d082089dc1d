// SPDX-License-Identifier: Apache-2.0
// Shapley's and Owen's values against Das Gupta's published decompositions, all orders one by one, and closed forms.
#include "base/base.h"
#include "random/random.h"
#include "stats/game.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void is_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

// Das Gupta 1993 (US Census P23-186): a rate is a product of factors, in two populations.
static void test_das_guptas_products(void **state)
{
    (void)state;
    static const struct {
        uint32_t k;
        double a[4], b[4], phi[4], tolerance;
    } cases[] = {
        {2, {10930, .717892}, {16591, .825974}, {4369.912713, 1487.262361}, 5e-7},
        {3,
         {51.78746, .45919, .52638},
         {84.90502, .75756, .51065},
         {10.4340333, 10.5608476, -.6670084},
         5e-8},
        {4,
         {25.3, .214, .279, .949},
         {32.7, .290, .473, .986},
         {.6889411, .8125381, 1.3829055, .1047547},
         5e-8},
    };
    for (size_t c = 0; c < HPB_COUNT(cases); c++) {
        double v[16], phi[4];
        for (uint32_t s = 0; s < 1u << cases[c].k; s++) {
            v[s] = 1;
            for (uint32_t i = 0; i < cases[c].k; i++)
                v[s] *= s >> i & 1u ? cases[c].b[i] : cases[c].a[i];
        }
        hpb_game_shapley(v, cases[c].k, phi);
        for (uint32_t i = 0; i < cases[c].k; i++)
            is_near(phi[i], cases[c].phi[i], cases[c].tolerance);
    }
}

// His example 4.3: crude birth rates of Taiwan, 1960 to 1970; factors are vectors over seven age groups.
static void test_das_guptas_vectors(void **state)
{
    (void)state;
    static const double factor[2][3][7] = {
        {{393, 407, 369, 274, 184, 90, 16},
         {.122, .622, .903, .930, .916, .873, .800},
         {.043, .041, .036, .032, .026, .020, .018}},
        {{488, 452, 338, 156, 63, 22, 3},
         {.082, .527, .866, .941, .942, .923, .876},
         {.058, .038, .032, .030, .026, .023, .019}},
    };
    static const double expected[] = {-7.285632, -2.720633, -1.565181};
    double v[8] = {0}, phi[3];
    for (uint32_t s = 0; s < 8; s++)
        for (int age = 0; age < 7; age++)
            v[s] +=
                factor[s & 1u][0][age] * factor[s >> 1 & 1u][1][age] * factor[s >> 2 & 1u][2][age];
    is_near(v[0], 38.774628, 5e-7);
    is_near(v[7], 27.203182, 5e-7);
    hpb_game_shapley(v, 3, phi);
    for (int i = 0; i < 3; i++)
        is_near(phi[i], expected[i], 5e-7);
}

// Bits: a 1, b 2, c 4.
static void test_interactions(void **state)
{
    (void)state;
    double v[] = {10, 7, 9, 5, 10, 7.5, 8, 3}, phi[3];
    static const double m[] = {10, -3, -1, -1, 0, .5, -1, -1.5};
    hpb_game_shapley(v, 3, phi);
    assert_true(phi[0] == -3.75 && phi[1] == -2.5 && phi[2] == -.75);
    hpb_game_moebius(v, 3);
    for (int s = 0; s < 8; s++)
        assert_true(v[s] == m[s]);
}

// Shapley effects of the Ishigami function (a = 7, b = 0.1), from the closed form of its explained variances.
static void test_ishigami(void **state)
{
    (void)state;
    const double s1 = .313905191, s2 = .442411145, s13 = .243683664;
    const double v[] = {0, s1, s2, s1 + s2, 0, s1 + s13, s2, s1 + s2 + s13};
    double phi[3];
    hpb_game_shapley(v, 3, phi);
    is_near(phi[0], .435747023, 1e-9);
    is_near(phi[1], .442411145, 1e-9);
    is_near(phi[2], .121841832, 1e-9);
}

static double uniform(hpb_philox *philox)
{
    return (hpb_philox_next(philox) + 0.5) * 0x1p-32;
}

static void test_sums_are_exact_whatever_the_offset(void **state)
{
    (void)state;
    static const double offsets[] = {0, 1e6, -1e12}, scales[] = {1, 1e-200, 1e200};
    double v[256], phi[8], members[3];
    const uint32_t group[] = {0, 1, 0, 2, 2, 1, 2, 0};
    hpb_philox philox = hpb_philox_make(41, 0, 0, 0);
    for (int round = 0; round < 20; round++)
        for (uint32_t k = 1; k <= 8; k++)
            for (int c = 0; c < 9; c++) {
                for (uint32_t s = 0; s < 1u << k; s++)
                    v[s] = (offsets[c / 3] + uniform(&philox)) * scales[c % 3];
                const double whole = v[(1u << k) - 1] - v[0];
                double sum = 0, largest = fabs(whole);
                hpb_game_shapley(v, k, phi);
                for (uint32_t i = 0; i < k; i++) {
                    sum += phi[i];
                    largest = fmax(largest, fabs(phi[i]));
                }
                is_near(sum, whole, 1e-12 * largest);
                if (k < 4)
                    continue;
                hpb_game_owen(v, k, group, phi);
                sum = members[0] = members[1] = members[2] = 0;
                for (uint32_t i = 0; i < k; i++) {
                    sum += phi[i];
                    members[group[i]] += phi[i];
                    largest = fmax(largest, fabs(phi[i]));
                }
                is_near(sum, whole, 1e-12 * largest);
                // a group has what it has in the game of groups
                double outer[8], expected[3];
                for (uint32_t s = 0; s < 8; s++) {
                    uint32_t coalition = 0;
                    for (uint32_t i = 0; i < k; i++)
                        coalition |= (s >> group[i] & 1u) << i;
                    outer[s] = v[coalition];
                }
                hpb_game_shapley(outer, 3, expected);
                for (int g = 0; g < 3; g++)
                    is_near(members[g], expected[g], 1e-12 * largest);
            }
}

// Worth by size alone, so equal shares of 1, with all that cancels 1e9 times as large.
static void test_what_cancels_leaves_no_trace(void **state)
{
    (void)state;
    double v[256], worth[9], phi[8];
    hpb_philox philox = hpb_philox_make(44, 0, 0, 0);
    for (int round = 0; round < 20; round++) {
        for (int size = 0; size < 9; size++)
            worth[size] = size == 0 ? 0 : size == 8 ? 1 : 1e9 * uniform(&philox);
        for (uint32_t s = 0; s < 256; s++)
            v[s] = worth[__builtin_popcount(s)];
        hpb_game_shapley(v, 8, phi);
        for (int i = 0; i < 8; i++)
            is_near(phi[i], 0.125, 1e-15);
    }
}

// Whether the players of each group follow one another.
static bool keeps_together(const uint32_t *order, uint32_t k, const uint32_t *group)
{
    for (uint32_t a = 0; a < k; a++)
        for (uint32_t b = a + 1; b < k; b++)
            for (uint32_t c = b + 1; c < k; c++)
                if (group[order[a]] == group[order[c]] && group[order[a]] != group[order[b]])
                    return false;
    return true;
}

static void swap(uint32_t *a, uint32_t *b)
{
    const uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

// The next permutation in lexicographic order.
static bool next_order(uint32_t *order, uint32_t k)
{
    uint32_t i = k - 1, j = k - 1;
    while (i > 0 && order[i - 1] > order[i])
        i--;
    if (i == 0)
        return false;
    while (order[j] < order[i - 1])
        j--;
    swap(&order[i - 1], &order[j]);
    for (uint32_t low = i, high = k - 1; low < high; low++, high--)
        swap(&order[low], &order[high]);
    return true;
}

// The mean marginal worth over all orders in which groups stay together.
static void test_orders_one_by_one(void **state)
{
    (void)state;
    static const uint32_t groups[][5] = {
        {0, 1, 2, 3, 4}, {0, 0, 1, 2, 1}, {1, 0, 0, 0, 1}, {0, 0, 0, 0, 0}, {2, 1, 0, 1, 3}};
    hpb_philox philox = hpb_philox_make(42, 0, 0, 0);
    double v[32], phi[5];
    for (size_t c = 0; c < HPB_COUNT(groups); c++) {
        for (uint32_t s = 0; s < 32; s++)
            v[s] = uniform(&philox);
        double sum[5] = {0}, n = 0;
        uint32_t order[] = {0, 1, 2, 3, 4};
        do {
            if (!keeps_together(order, 5, groups[c]))
                continue;
            n++;
            for (uint32_t i = 0, s = 0; i < 5; i++) {
                assert_true(hpb_game_uses(s, 5, groups[c]));
                sum[order[i]] += v[s | 1u << order[i]] - v[s];
                s |= 1u << order[i];
            }
        } while (next_order(order, 5));
        for (uint32_t s = 0; s < 32; s++)
            if (!hpb_game_uses(s, 5, groups[c]))
                v[s] = (double)NAN;
        hpb_game_owen(v, 5, groups[c], phi);
        for (int i = 0; i < 5; i++)
            is_near(phi[i], sum[i] / n, 1e-14);
    }
    assert_false(hpb_game_uses(1u | 4u, 5, groups[1])); // half of both groups
    assert_true(hpb_game_uses(1u | 2u | 4u, 5, groups[1]));
}

static void test_what_moebius_says_of_shapley(void **state)
{
    (void)state;
    hpb_philox philox = hpb_philox_make(43, 0, 0, 0);
    double v[64], phi[6];
    for (uint32_t s = 0; s < 64; s++)
        v[s] = uniform(&philox);
    const double last_in = v[63] - v[63 ^ 4];
    hpb_game_shapley(v, 6, phi);
    hpb_game_moebius(v, 6);
    double sum = 0, all = 0;
    for (uint32_t s = 0; s < 64; s++) {
        sum += s >> 2 & 1u ? v[s] / __builtin_popcount(s) : 0;
        all += s >> 2 & 1u ? v[s] : 0;
    }
    is_near(sum, phi[2], 1e-14);
    is_near(all, last_in, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_das_guptas_products),
        cmocka_unit_test(test_das_guptas_vectors),
        cmocka_unit_test(test_interactions),
        cmocka_unit_test(test_ishigami),
        cmocka_unit_test(test_sums_are_exact_whatever_the_offset),
        cmocka_unit_test(test_what_cancels_leaves_no_trace),
        cmocka_unit_test(test_orders_one_by_one),
        cmocka_unit_test(test_what_moebius_says_of_shapley),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
