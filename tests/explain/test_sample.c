// SPDX-License-Identifier: Apache-2.0
// Causes from a sample of orders: as from all combinations within the sampling error, which their intervals hold.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "explain/made.h"

#include <jansson.h>

enum { RUNS = 40 };

// Run r of a combination is exp(sum of the weights of what is A's), times the luck of r: all settings interact.
static const double weight[] = {0.5,  0.3,  -0.2, 0.15,  0.1, -0.1, 0.05,
                                0.25, -0.3, 0.35, -0.05, 0.2, 0.12};

static double value_of(uint32_t k, uint32_t mask, uint32_t r)
{
    double sum = 0;
    for (uint32_t i = 0; i < k; i++)
        sum += mask >> i & 1 ? 0 : weight[i % HPB_COUNT(weight)];
    return exp(sum) * exp(0.1 * made_score(r, 0)) + 0.02 * made_score(r, 1 + mask % 61);
}

// Of k causes, of which those of `inert` do nothing: all combinations, or those that orders of n pairs pass.
static hpb_explanation explained(uint32_t k, uint32_t n_pairs, uint32_t seed, uint32_t inert)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_explanation e = {.arena = arena,
                         .suite = "mine",
                         .setting = "",
                         .shared = "data",
                         .n_replicates = RUNS,
                         .n_causes = k,
                         .n_pairs = n_pairs};
    static const char *const titles[] = {"manual", "grid"};
    for (int side = 0; side < 2; side++)
        e.side[side] =
            (hpb_side){.title = titles[side], .reported = (double)NAN, .n_fits = 1, .spec = "{}"};
    for (uint32_t i = 0; i < k; i++)
        e.causes[i] = (hpb_cause){
            .name = hpb_arena_format(arena, "setting%u", i + 1), .value = {"1", "0"}, .bit = i};
    if (n_pairs) {
        hpb_philox philox = hpb_philox_make(seed, 0, 0, 0);
        uint8_t *orders = hpb_arena_alloc(arena, (size_t)2 * n_pairs * k, sizeof *orders);
        hpb_permutations_draw(&philox, k, n_pairs, orders);
        e.orders = orders;
    }
    hpb_explanation_list(&e);
    double **values = hpb_arena_alloc(arena, e.n_corners, sizeof *values);
    for (uint32_t c = 0; c < e.n_corners; c++) {
        values[c] = hpb_arena_alloc(arena, RUNS, sizeof **values);
        for (uint32_t r = 0; r < RUNS; r++)
            values[c][r] = value_of(k, e.corner_mask[c] & ~inert, r);
    }
    e.corner_diverged = hpb_arena_alloc(arena, e.n_corners, sizeof *e.corner_diverged);
    e.side[0].count[HPB_STATUS_OK] = e.side[1].count[HPB_STATUS_OK] = RUNS;
    hpb_explanation_attribute(&e, (const double *const *)values);
    return e;
}

static const hpb_cause *cause_of(const hpb_explanation *e, uint32_t bit)
{
    for (uint32_t i = 0; i < e->n_causes; i++)
        if (e->causes[i].bit == bit)
            return &e->causes[i];
    fail_msg("no cause of bit %u", bit);
    return NULL;
}

static void test_agrees_with_all_combinations(void **state)
{
    (void)state;
    enum { K = 8 };
    hpb_explanation exact = explained(K, 0, 0, 0);
    assert_int_equal(exact.n_corners, 256);
    assert_int_equal(exact.n_interactions, 28);
    double error[2] = {0};
    for (int is_many = 0; is_many < 2; is_many++)
        for (uint32_t seed = 0; seed < 8; seed++) {
            hpb_explanation sampled = explained(K, is_many ? 160 : 10, 100 + seed, 0);
            assert_int_equal(sampled.n_interactions, 0);
            assert_true(sampled.difference.value == exact.difference.value);
            assert_true(sampled.difference.low == exact.difference.low);
            assert_true(sampled.largest_error < 1e-12);
            for (uint32_t i = 0; i < K; i++) {
                const hpb_cause *cause = cause_of(&sampled, i), *of_all = cause_of(&exact, i);
                assert_true(isnan(of_all->sampling_error) && cause->sampling_error > 0);
                assert_true(fabs(cause->effect.value - of_all->effect.value) <=
                            5 * cause->sampling_error);
                assert_true(cause->effect.low <= of_all->effect.value &&
                            of_all->effect.value <= cause->effect.high);
                // runs and orders alike make the interval wide
                assert_true(cause->effect.high - cause->effect.low > 2 * cause->sampling_half &&
                            cause->sampling_half > 2 * cause->sampling_error);
                assert_true(cause->alone == of_all->alone && cause->last == of_all->last);
                error[is_many] += cause->sampling_error;
            }
            hpb_arena_destroy(sampled.arena);
        }
    assert_true(error[0] / error[1] > 3.2 && error[0] / error[1] < 4.8); // 16 times the orders
    hpb_arena_destroy(exact.arena);
}

// The corners that were run: each by its mask, the ends first and last, and no others.
static void test_corners_of_a_sample(void **state)
{
    (void)state;
    hpb_explanation e = explained(13, 32, 7, 0);
    assert_true(e.n_corners < 8192 && e.n_corners <= hpb_permutations_most(13, 32));
    uint32_t n_not_run = 0;
    for (uint32_t mask = 0; mask < 8192; mask++) {
        const uint32_t c = hpb_corner_find(&e, mask);
        n_not_run += c == e.n_corners;
        assert_true(c == e.n_corners || e.corner_mask[c] == mask);
    }
    assert_int_equal(n_not_run, 8192 - e.n_corners);
    assert_true(fabs(e.corner_mean[0] - e.side[0].level) < 1e-12 &&
                fabs(e.corner_mean[e.n_corners - 1] - e.side[1].level) < 1e-12);
    double sum = 0;
    for (uint32_t i = 0; i < 13; i++)
        sum += e.causes[i].effect.value;
    assert_true(fabs(sum - e.difference.value) <= 1e-12 * fabs(e.difference.value));
    hpb_arena_destroy(e.arena);
}

// A setting that no run differs by never acted, though only some pairs of combinations were run; one that acts is not.
static void test_what_acts_in_a_sample(void **state)
{
    (void)state;
    hpb_explanation e = explained(11, 4, 3, 1u << 5);
    for (uint32_t i = 0; i < 11; i++)
        assert_true(e.causes[i].n_acted == (e.causes[i].bit == 5 ? 0 : RUNS));
    hpb_arena_destroy(e.arena);
}

// One sentence for each of many settings that never act leaves room for all that comes after.
static void test_many_that_never_act(void **state)
{
    (void)state;
    enum { K = 31, ACTS = 2 };
    hpb_explanation e = explained(K, 8, 2, (1u << K) - (1u << ACTS));
    hpb_explain_words words;
    hpb_explain_say(&e, e.arena, &words);
    uint32_t n_inert = 0;
    for (uint32_t i = 0; i < words.n; i++)
        n_inert += strstr(words.sentences[i], " never acted: ") != NULL;
    assert_int_equal(n_inert, K - ACTS);
    assert_memory_equal(words.sentences[words.n - 1], "Valid for ", 10);
    hpb_arena_destroy(e.arena);
}

static void test_sentence_and_json(void **state)
{
    (void)state;
    for (int is_sample = 0; is_sample < 2; is_sample++) {
        hpb_explanation e = explained(8, is_sample ? 10 : 0, 5, 0);
        hpb_explain_words words;
        hpb_explain_say(&e, e.arena, &words);
        uint32_t at = 0;
        while (at < words.n && strncmp(words.sentences[at], "The causes come from", 20) != 0)
            at++;
        assert_int_equal(at < words.n, is_sample);
        char *expected = hpb_format("The causes come from %u of 256 combinations of the settings; "
                                    "their intervals allow for the others.",
                                    e.n_corners);
        if (is_sample)
            assert_string_equal(words.sentences[at], expected);
        free(expected);
        json_t *json = hpb_explanation_to_json(&e, e.arena);
        assert_int_equal(json_integer_value(json_object_get(json, "orders")), is_sample ? 20 : 0);
        assert_true(json_is_null(json_object_get(json, "orders")) == !is_sample);
        assert_true(json_is_null(json_object_get(json, "interactions")) == is_sample);
        const json_t *corners = json_object_get(json, "corners"),
                     *cause = json_array_get(json_object_get(json, "causes"), 0),
                     *last = json_array_get(corners, e.n_corners - 1);
        assert_int_equal(json_array_size(corners), e.n_corners);
        assert_int_equal(json_array_size(json_object_get(last, "as_b")), 8);
        assert_true(json_is_real(json_object_get(cause, "sampling_error")) == is_sample);
        assert_true(json_is_null(json_object_get(cause, "sampling_error")) == !is_sample);
        json_decref(json);
        hpb_arena_destroy(e.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_all_combinations),
        cmocka_unit_test(test_corners_of_a_sample),
        cmocka_unit_test(test_what_acts_in_a_sample),
        cmocka_unit_test(test_many_that_never_act),
        cmocka_unit_test(test_sentence_and_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
