// SPDX-License-Identifier: Apache-2.0
// Attribution over replicates: sums, intervals, what diverged, and games whose answer is known.
#include "base/base.h"
#include "random/random.h"
#include "stats/attribution.h"

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

#define MOST_CORNERS 256u

// values[2^k][n]: noise that all corners of a replicate share, noise of their own, and effects that add.
typedef struct game {
    uint32_t k;
    size_t n;
    double *memory;
    const double *values[MOST_CORNERS];
} game;

static game make(uint32_t k, size_t n, const double *effect, double shared, double own,
                 uint32_t seed)
{
    game out = {.k = k, .n = n, .memory = hpb_alloc(n << k, sizeof(double))};
    hpb_philox philox = hpb_philox_make(seed, 0, 0, 0);
    float *common = hpb_alloc(n, sizeof *common), *noise = hpb_alloc(n, sizeof *noise);
    hpb_philox_normal(&philox, (uint32_t)n, 0, 1, common);
    for (uint32_t s = 0; s < 1u << k; s++) {
        double *row = out.memory + s * n;
        hpb_philox_normal(&philox, (uint32_t)n, 0, 1, noise);
        for (size_t r = 0; r < n; r++) {
            row[r] = 3 + shared * (double)common[r] + own * (double)noise[r];
            for (uint32_t i = 0; i < k; i++)
                row[r] += s >> i & 1u ? effect[i] : 0;
        }
        out.values[s] = row;
    }
    free(noise);
    free(common);
    return out;
}

static double *row(const game *g, uint32_t corner)
{
    return g->memory + corner * g->n;
}

static void test_an_interaction_in_two_equal_replicates(void **state)
{
    (void)state;
    static const double v[] = {10, 7, 9, 5, 10, 7.5, 8, 3};
    static const double first[] = {-3, -1, 0}, last[] = {-5, -4.5, -2};
    static const double mean[] = {-3.75, -2.5, -.75};
    double pair[8][2], phi[6];
    const double *values[8];
    for (int s = 0; s < 8; s++) {
        pair[s][0] = v[s], pair[s][1] = v[s];
        values[s] = pair[s];
    }
    hpb_attribution whole;
    hpb_effect effect[3];
    hpb_attribution_split(values, 3, 2, NULL, phi, effect, &whole);
    assert_true(whole.n == 2 && whole.n_left_out == 0 && whole.worst_count == 0);
    assert_true(whole.difference.mean == -7 && whole.has_shares);
    for (int i = 0; i < 3; i++) {
        assert_true(effect[i].mean == mean[i] && effect[i].sd == 0);
        assert_true(effect[i].first_in == first[i] && effect[i].last_in == last[i]);
        assert_true(effect[i].interaction == last[i] - first[i]);
        assert_true(effect[i].own.low == mean[i] && effect[i].simultaneous.high == mean[i]);
        is_near(effect[i].share, mean[i] / -7, 1e-15);
    }
    static const uint32_t sets[] = {3, 5, 6, 7};
    static const double m[] = {-1, .5, -1, -1.5};
    hpb_interaction found[4];
    assert_int_equal(hpb_interaction_count(3, 2), 3);
    assert_int_equal(hpb_interaction_count(3, 9), 4);
    assert_int_equal(hpb_interaction_list(values, 3, 2, 3, found), 2);
    for (int t = 0; t < 4; t++)
        assert_true(found[t].factors == sets[t] && found[t].mean == m[t] && found[t].low == m[t]);
}

static void test_every_replicate_sums_to_its_difference(void **state)
{
    (void)state;
    static const double effect[] = {1, -2, 0, 1e-3, 4, 0, 0, 1};
    for (uint32_t k = 1; k <= 8; k++) {
        game g = make(k, 12, effect, 1, 0.2, 50 + k);
        double phi[8 * 12];
        hpb_effect found[8];
        hpb_attribution whole;
        hpb_attribution_split(g.values, k, g.n, NULL, phi, found, &whole);
        for (size_t r = 0; r < g.n; r++) {
            double sum = 0, largest = 0;
            for (uint32_t i = 0; i < k; i++) {
                sum += phi[i * g.n + r];
                largest = fmax(largest, fabs(phi[i * g.n + r]));
            }
            is_near(sum, row(&g, (1u << k) - 1)[r] - row(&g, 0)[r], 1e-12 * largest);
        }
        double means = 0;
        for (uint32_t i = 0; i < k; i++)
            means += found[i].mean;
        is_near(means, whole.difference.mean, 1e-12);
        free(g.memory);
    }
}

static void test_intervals_and_common_seeds(void **state)
{
    (void)state;
    static const double effect[] = {1, 0, -0.5};
    game g = make(3, 400, effect, 1, 0.5, 60);
    double phi[3 * 400];
    hpb_effect found[3];
    hpb_attribution whole;
    hpb_attribution_split(g.values, 3, g.n, NULL, phi, found, &whole);
    is_near(whole.difference.correlation, 0.8, 0.06);
    is_near(whole.variance_ratio, 5, 1); // 1 / (1 - rho)
    for (int i = 0; i < 3; i++) {
        const hpb_effect *e = &found[i];
        assert_true(e->simultaneous.low <= effect[i] && effect[i] <= e->simultaneous.high);
        assert_true(e->simultaneous.low < e->own.low && e->own.high < e->simultaneous.high);
        const hpb_interval t = hpb_mean_t(e->mean, e->sd, 400, 0.95);
        assert_true(e->own.low == t.low && e->own.high == t.high);
        is_near(e->mean, effect[i], 5 * e->sd / 20);
    }
    is_near(found[0].share + found[1].share + found[2].share, 1, 1e-12);
    free(g.memory);
}

static void test_no_shares_of_a_difference_that_may_be_0(void **state)
{
    (void)state;
    static const double effect[] = {1, -1};
    game g = make(2, 30, effect, 1, 1, 61);
    double phi[2 * 30];
    hpb_effect found[2];
    hpb_attribution whole;
    hpb_attribution_split(g.values, 2, g.n, NULL, phi, found, &whole);
    assert_true(whole.difference.low < 0 && whole.difference.high > 0);
    assert_false(whole.has_shares);
    assert_true(isnan(found[0].share) && isnan(found[1].share));
    assert_true(found[0].own.low > 0 && found[1].own.high < 0); // causes that cancel
    free(g.memory);
}

static void test_what_diverged_is_left_out_and_counted(void **state)
{
    (void)state;
    static const double effect[] = {1, 2};
    game g = make(2, 10, effect, 1, 0.1, 62);
    row(&g, 1)[3] = (double)NAN;
    row(&g, 2)[3] = HUGE_VAL;
    row(&g, 2)[7] = 1e301;
    double phi[20], shorter[4][8], expected_phi[16];
    const double *kept[4];
    for (uint32_t s = 0; s < 4; s++) {
        size_t at = 0;
        for (size_t r = 0; r < 10; r++)
            if (r != 3 && r != 7)
                shorter[s][at++] = row(&g, s)[r];
        kept[s] = shorter[s];
    }
    hpb_effect found[2], expected[2];
    hpb_attribution whole, expected_whole;
    hpb_attribution_split(g.values, 2, 10, NULL, phi, found, &whole);
    hpb_attribution_split(kept, 2, 8, NULL, expected_phi, expected, &expected_whole);
    assert_true(whole.n == 8 && whole.n_left_out == 2 && whole.worst == 2 &&
                whole.worst_count == 2);
    assert_true(isnan(phi[3]) && isnan(phi[17]) && !isnan(phi[4]));
    assert_true(whole.difference.n_pairs == 8);
    assert_true(whole.difference.low == expected_whole.difference.low);
    assert_true(whole.variance_ratio == expected_whole.variance_ratio);
    for (int i = 0; i < 2; i++) {
        assert_true(found[i].mean == expected[i].mean && found[i].own.low == expected[i].own.low);
        assert_true(found[i].first_in == expected[i].first_in);
        assert_true(found[i].simultaneous.low == expected[i].simultaneous.low);
    }
    hpb_interaction together;
    assert_int_equal(hpb_interaction_list(g.values, 2, 10, 2, &together), 8);
    is_near(together.mean, found[0].interaction, 1e-14);
    for (size_t r = 0; r < 10; r++)
        row(&g, 3)[r] = (double)NAN;
    hpb_attribution_split(g.values, 2, 10, NULL, phi, found, &whole);
    assert_true(whole.n == 0 && whole.worst == 3 && whole.worst_count == 10 && !whole.has_shares);
    assert_true(isnan(found[0].mean) && isnan(found[0].own.low) && isnan(found[0].share));
    free(g.memory);
}

static void test_one_replicate_has_no_interval(void **state)
{
    (void)state;
    static const double effect[] = {1, 2};
    game g = make(2, 1, effect, 1, 0, 63);
    double phi[2];
    hpb_effect found[2];
    hpb_attribution whole;
    hpb_attribution_split(g.values, 2, 1, NULL, phi, found, &whole);
    is_near(found[0].mean, 1, 1e-14);
    assert_true(isnan(found[0].own.low) && isnan(found[0].simultaneous.high) && !whole.has_shares);
    free(g.memory);
}

static void test_groups_need_fewer_corners(void **state)
{
    (void)state;
    static const double effect[] = {1, 2, -1, 0.5};
    static const uint32_t group[] = {0, 0, 1, 1};
    game g = make(4, 40, effect, 1, 0.3, 64);
    for (uint32_t s = 0; s < 16; s++)
        if (!hpb_game_uses(s, 4, group))
            g.values[s] = NULL;
    assert_true(!g.values[5] && !g.values[6] && g.values[7]);
    double phi[4 * 40], phi_outer[2 * 40];
    const double *outer[4];
    hpb_effect found[4], found_outer[2];
    hpb_attribution whole, whole_outer;
    hpb_attribution_split(g.values, 4, g.n, group, phi, found, &whole);
    hpb_attribution_group(g.values, 4, group, outer);
    assert_true(outer[1] == g.values[3] && outer[2] == g.values[12] && outer[3] == g.values[15]);
    hpb_attribution_split(outer, 2, g.n, NULL, phi_outer, found_outer, &whole_outer);
    for (size_t r = 0; r < g.n; r++)
        is_near(phi[r] + phi[g.n + r], phi_outer[r], 1e-12);
    is_near(found[2].mean + found[3].mean, found_outer[1].mean, 1e-12);
    free(g.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_interaction_in_two_equal_replicates),
        cmocka_unit_test(test_every_replicate_sums_to_its_difference),
        cmocka_unit_test(test_intervals_and_common_seeds),
        cmocka_unit_test(test_no_shares_of_a_difference_that_may_be_0),
        cmocka_unit_test(test_what_diverged_is_left_out_and_counted),
        cmocka_unit_test(test_one_replicate_has_no_interval),
        cmocka_unit_test(test_groups_need_fewer_corners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
