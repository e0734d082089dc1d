// SPDX-License-Identifier: Apache-2.0
// Scores, means, spreads and ranks: number for number those of scikit-learn (goldens/searches.json).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/search.h"
#include "support_golden.h"

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static void check_case(const json_t *golden)
{
    size_t n;
    const uint32_t n_candidates = (uint32_t)golden_need(golden, "n_candidates");
    const uint32_t n_splits = (uint32_t)golden_need(golden, "n_splits");
    const char *label = json_string_value(json_object_get(golden, "label"));
    double *scores = golden_doubles(json_object_get(golden, "scores"), &n);
    assert_int_equal(n, (size_t)n_candidates * n_splits);
    hpb_search_row *rows = hpb_alloc(n_candidates, sizeof *rows);
    hpb_search_rank(scores, n_candidates, n_splits, rows);
    for (uint32_t c = 0; c < n_candidates; c++) {
        const double mean = golden_number(json_array_get(json_object_get(golden, "mean"), c));
        const double std = golden_number(json_array_get(json_object_get(golden, "std"), c));
        const double rank = golden_number(json_array_get(json_object_get(golden, "rank"), c));
        if (!same(rows[c].mean, mean) || !same(rows[c].std, std) || rows[c].rank != rank)
            fail_msg("%s, candidate %u: %.17g %.17g %u, expected %.17g %.17g %g", label, c,
                     rows[c].mean, rows[c].std, rows[c].rank, mean, std, rank);
    }
    assert_int_equal(hpb_search_best(rows, n_candidates), (uint32_t)golden_need(golden, "best"));
    free(rows);
    free(scores);
}

static void ranks_are_those_of_scikit_learn(void **state)
{
    (void)state;
    json_t *root = golden_open("searches"), *golden;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, golden) check_case(golden);
    json_decref(root);
}

static void a_score_is_what_is_asked_for(void **state)
{
    (void)state;
    const hpb_fit_scores of = {0.25, 0.75, 0.5, 0.125};
    assert_true(hpb_search_score(HPB_SELECT_TEST, HPB_SCORING_NEG_MSE, &of) == -0.25);
    assert_true(hpb_search_score(HPB_SELECT_CV, HPB_SCORING_R2, &of) == 0.75);
    assert_true(hpb_search_score(HPB_SELECT_TRAIN, HPB_SCORING_R2, &of) == -0.5);
    assert_true(hpb_search_score(HPB_SELECT_VALIDATION, HPB_SCORING_R2, &of) == -0.125);
}

// r2_score and mean_squared_error refuse predictions that are not finite; GridSearchCV then has error_score.
static void a_score_of_no_number_is_nan(void **state)
{
    (void)state;
    const double bad[] = {(double)NAN, (double)INFINITY};
    for (int i = 0; i < 2; i++) {
        const hpb_fit_scores of = {bad[i], -(double)INFINITY, bad[i], bad[i]};
        for (hpb_select select = HPB_SELECT_TRAIN; select <= HPB_SELECT_CV; select++) {
            assert_true(isnan(hpb_search_score(select, HPB_SCORING_NEG_MSE, &of)));
            assert_true(isnan(hpb_search_score(select, HPB_SCORING_R2, &of)));
        }
    }
    const hpb_fit_scores constant = {(double)INFINITY, 0, 1,
                                     1}; // R2 of a constant target is a number
    assert_true(isnan(hpb_search_score(HPB_SELECT_CV, HPB_SCORING_R2, &constant)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_those_of_scikit_learn),
        cmocka_unit_test(a_score_is_what_is_asked_for),
        cmocka_unit_test(a_score_of_no_number_is_nan),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
