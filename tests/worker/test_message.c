// SPDX-License-Identifier: Apache-2.0
// Messages: what is put comes out, and what is cut off or wild is noticed.
#include "worker/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static hpb_text trial_message(void)
{
    static const double folds[3] = {0.1, (double)INFINITY, -0.0};
    static const float curves[4] = {1, 0.5f, (float)NAN, 0.25f};
    static const double scores[6] = {-1, (double)NAN, 0, 1, 2, -6.5};
    static const uint32_t chosen[2] = {0, 2};
    static const double worth[4] = {1, 2, (double)NAN, 4};
    const hpb_trial_result result = {
        .cell = 3,
        .replicate = 4000000000u,
        .status = HPB_STATUS_DIVERGED,
        .mse = (double)NAN,
        .n_folds = 3,
        .fold_mse = folds,
        .epochs = UINT64_C(1) << 40,
        .updates = 7,
        .loss = 0.25,
        .val_loss = (double)NAN,
        .baseline_mse = 1.71,
        .truth_mse = 0.0079,
        .r2 = -2,
        .pooled_mse = 1.25,
        .pooled_r2 = -3,
        .n_scores = 6,
        .scores = scores,
        .n_chosen = 2,
        .chosen = chosen,
        .n_worth = 4,
        .worth = worth,
        .seed = {1, 2, 3, 4294967295u},
        .fit_ns = 99,
        .curves = curves,
        .n_curve_floats = 4,
        .cause = "why",
    };
    hpb_text out = {0};
    hpb_text_add(&out, "odd"); // so that nothing is aligned
    hpb_message_put_trial(&out, &result);
    return out;
}

static void a_trial_comes_out_as_it_went_in(void **state)
{
    (void)state;
    hpb_text text = trial_message();
    message_header header;
    memcpy(&header, text.data + 3, sizeof header);
    assert_int_equal(header.type, MESSAGE_TRIAL);
    assert_int_equal(header.size, text.length - 3 - sizeof header);
    hpb_arena *arena = hpb_arena_create();
    hpb_trial_result result;
    message_reader reader = {text.data + 3 + sizeof header, header.size, false};
    assert_true(hpb_message_get_trial(&reader, arena, &result));
    assert_int_equal(result.cell, 3);
    assert_int_equal(result.replicate, 4000000000u);
    assert_int_equal(result.status, HPB_STATUS_DIVERGED);
    assert_true(isnan(result.mse) && isnan(result.val_loss));
    assert_true(result.baseline_mse == 1.71 && result.truth_mse == 0.0079 && result.r2 == -2);
    assert_true(result.pooled_mse == 1.25 && result.pooled_r2 == -3);
    assert_int_equal(result.n_folds, 3);
    assert_true(isinf(result.fold_mse[1]));
    assert_true(signbit(result.fold_mse[2]));
    assert_true(result.epochs == UINT64_C(1) << 40);
    assert_int_equal(result.n_scores, 6);
    assert_true(isnan(result.scores[1]) && result.scores[5] == -6.5);
    assert_int_equal(result.n_chosen, 2);
    assert_int_equal(result.chosen[1], 2);
    assert_int_equal(result.n_worth, 4);
    assert_true(isnan(result.worth[2]) && result.worth[3] == 4);
    assert_int_equal(result.seed[3], 4294967295u);
    assert_int_equal(result.n_curve_floats, 4);
    assert_true(result.curves[3] == 0.25f);
    assert_string_equal(result.cause, "why");
    hpb_arena_destroy(arena);
    hpb_text_free(&text);
}

static void a_trial_that_is_cut_off_or_too_long_is_refused(void **state)
{
    (void)state;
    hpb_text text = trial_message();
    hpb_text_add(&text, "more");
    const size_t offset = 3 + sizeof(message_header), whole = text.length - offset - 4;
    for (size_t n = 0; n <= whole + 4; n++) {
        hpb_arena *arena = hpb_arena_create();
        hpb_trial_result result;
        message_reader reader = {text.data + offset, n, false};
        assert_int_equal(hpb_message_get_trial(&reader, arena, &result), n == whole);
        hpb_arena_destroy(arena);
    }
    hpb_text_free(&text);
}

// Two outer splits, three candidates, one split: six scores, two choices, or none of them.
static void arrays_are_those_of_the_cell(void **state)
{
    (void)state;
    static const double numbers[13];
    static const uint32_t chosen[3] = {2, 0, 0}, beyond[2] = {0, 3};
    static const hpb_choice outer;
    const hpb_cell search = {.n_candidates = 3, .n_outer = 2, .n_splits = 1, .outer = &outer};
    const hpb_cell plain = {.n_candidates = 1, .n_outer = 1, .n_splits = 2};
    const hpb_trial_result good = {.n_folds = 2,
                                   .fold_mse = numbers,
                                   .n_scores = 6,
                                   .scores = numbers,
                                   .n_chosen = 2,
                                   .chosen = chosen};
    assert_true(hpb_trial_result_is_of(&good, &search));
    assert_false(hpb_trial_result_is_of(&good, &plain));
    hpb_trial_result result = good;
    result.n_folds = 3;
    assert_false(hpb_trial_result_is_of(&result, &search));
    result = good, result.n_scores = 7;
    assert_false(hpb_trial_result_is_of(&result, &search));
    result = good, result.n_scores = 0;
    assert_false(hpb_trial_result_is_of(&result, &search));
    result = good, result.n_chosen = 3;
    assert_false(hpb_trial_result_is_of(&result, &search));
    result = good, result.chosen = beyond;
    assert_false(hpb_trial_result_is_of(&result, &search));
    result.n_scores = result.n_chosen = 0; // of one that failed
    assert_true(hpb_trial_result_is_of(&result, &search));
    assert_true(hpb_trial_result_is_of(&result, &plain));
}

static void wild_bytes_do_no_harm(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int i = 0; i < 20000; i++) {
        hpb_text text = trial_message();
        const size_t offset = 3 + sizeof(message_header);
        for (int k = 0; k < 3; k++) {
            random = random * 1664525u + 1013904223u;
            text.data[offset + (random >> 8) % (text.length - offset)] ^=
                (char)(1u << (random >> 29));
        }
        hpb_arena *arena = hpb_arena_create();
        hpb_trial_result result;
        message_reader reader = {text.data + offset, text.length - offset, false};
        if (hpb_message_get_trial(&reader, arena, &result))
            assert_true(result.status == HPB_STATUS_OK || result.status == HPB_STATUS_DIVERGED ||
                        result.status == HPB_STATUS_CONTRACT);
        hpb_arena_destroy(arena);
        hpb_text_free(&text);
    }
}

// Every prefix of it is refused, and the whole is what went in.
static void a_fold_comes_out_as_it_went_in(void **state)
{
    (void)state;
    static const uint32_t train[] = {7, 3}, validation[] = {1}, test[] = {4000000000u, 0, 2};
    static const float weights[] = {0.5f, -1};
    const hpb_fold fold = {1, 2, 3, 4, 5, 6, train, validation, test, 2, 1, 3, weights, 2};
    hpb_text text = {0};
    hpb_message_put_fold(&text, &fold);
    hpb_text_add(&text, "more");
    const size_t offset = sizeof(message_header), whole = text.length - offset - 4;
    for (size_t n = 0; n <= whole + 4; n++) {
        hpb_arena *arena = hpb_arena_create();
        message_reader reader = {text.data + offset, n, false};
        hpb_fold out;
        assert_int_equal(hpb_message_get_fold(&reader, arena, &out), n == whole);
        if (n == whole) {
            assert_int_equal(out.cell, 1);
            assert_int_equal(out.replicate, 2);
            assert_int_equal(out.fold, 3);
            assert_int_equal(out.outer, 4);
            assert_int_equal(out.candidate, 5);
            assert_int_equal(out.split, 6);
            assert_int_equal(out.n_train, 2);
            assert_int_equal(out.n_validation, 1);
            assert_int_equal(out.n_test, 3);
            assert_int_equal(out.n_weights, 2);
            assert_memory_equal(out.train, train, sizeof train);
            assert_memory_equal(out.validation, validation, sizeof validation);
            assert_memory_equal(out.test, test, sizeof test);
            assert_memory_equal(out.weights, weights, sizeof weights);
        }
        hpb_arena_destroy(arena);
    }
    hpb_text_free(&text);
}

static void lengths_beyond_the_end_are_refused(void **state)
{
    (void)state;
    hpb_text text = {0};
    hpb_message_put_u64(&text, UINT64_MAX);
    message_reader reader = {text.data, text.length, false};
    size_t n = 1;
    assert_null(hpb_message_get_bytes(&reader, &n));
    assert_int_equal(n, 0);
    assert_true(reader.is_bad);
    assert_int_equal(hpb_message_get_u32(&reader), 0); // and stays bad
    assert_true(reader.is_bad);
    hpb_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_comes_out_as_it_went_in),
        cmocka_unit_test(a_trial_that_is_cut_off_or_too_long_is_refused),
        cmocka_unit_test(arrays_are_those_of_the_cell),
        cmocka_unit_test(wild_bytes_do_no_harm),
        cmocka_unit_test(a_fold_comes_out_as_it_went_in),
        cmocka_unit_test(lengths_beyond_the_end_are_refused),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
