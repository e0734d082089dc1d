// SPDX-License-Identifier: Apache-2.0
// [explain] truth: whose models are scored on new rows, and that nothing else changes its key.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

#define DATA "[data]\nrows = 20\n"
#define SIDES                                                                                      \
    "[protocol.a]\noptimizer = sgd\nsplitter = train_test_split\n"                                 \
    "[protocol.b]\noptimizer = adam\nsplitter = kfold\n"                                           \
    "[protocol.c]\noptimizer = sgd\nsplitter = kfold\n"
#define TRUTH(value) "[suite]\nreplicates = 4\n[explain]\ntruth = " value "\ncorners = yes\n"

static bool is_end(const hpb_plan *plan, uint32_t cell)
{
    const uint32_t full = plan->suite->explain.n_masks - 1;
    const hpb_compared *compared = &plan->compared[0];
    return cell == compared->corners[0] || cell == compared->corners[full];
}

static void both_ends_are_scored_and_no_other_cell(void **state)
{
    (void)state;
    char plain[64][HPB_SHA256_TEXT];
    tested_accept(&fixture, TRUTH("no") DATA SIDES);
    const uint32_t n = fixture.plan.n_cells;
    assert_in_range(n, 6, 64);
    for (uint32_t c = 0; c < n; c++) {
        assert_false(fixture.plan.cells[c].has_worth);
        memcpy(plain[c], fixture.plan.cells[c].key, sizeof plain[c]);
    }
    tested_drop(&fixture);
    tested_accept(&fixture, TRUTH("yes") DATA SIDES);
    assert_int_equal(fixture.plan.n_cells, n);
    for (uint32_t c = 0; c < n; c++) {
        const hpb_cell *cell = &fixture.plan.cells[c];
        assert_int_equal(cell->has_worth, is_end(&fixture.plan, c));
        assert_int_equal(cell->refits_whole, cell->has_worth && cell->n_splits == 5);
        assert_int_equal(strcmp(cell->key, plain[c]) != 0, cell->has_worth);
    }
    tested_drop(&fixture);
}

// best_estimator_ is fitted to all rows whatever cv is; a holdout's model stays, and so does that of outer splits.
static void expect_refits(const char *text, bool a, bool b)
{
    tested_accept(&fixture, text);
    const hpb_plan *plan = &fixture.plan;
    const hpb_cell *end[2];
    for (int side = 0; side < 2; side++) {
        end[side] =
            &plan->cells[plan->compared[0].corners[side ? plan->suite->explain.n_masks - 1 : 0]];
        assert_true(end[side]->has_worth);
    }
    assert_int_equal(end[0]->refits_whole, a);
    assert_int_equal(end[1]->refits_whole, b);
    tested_drop(&fixture);
}

#define ONLY TRUTH("yes") DATA

static void a_search_among_folds_is_fitted_again(void **state)
{
    (void)state;
    expect_refits(ONLY "[protocol.a]\noptimizer = sgd\nsplitter = train_test_split\n"
                       "[protocol.b]\noptimizer = sgd\nsplitter = shuffle_split\n",
                  false, true);
    expect_refits(ONLY "[protocol.a]\noptimizer = sgd\nsplitter = train_test_split\nselect = cv\n"
                       "[protocol.b]\noptimizer = sgd\nsplitter = kfold\nouter = kfold\n"
                       "report = refit\n",
                  true, false);
}

#define SEARCHES                                                                                   \
    "[protocol.a]\noptimizer = sgd\nsplitter = train_test_split\ngrid.learning_rate = 0.1, 0.2\n"  \
    "[protocol.b]\noptimizer = adam\nsplitter = kfold\ngrid.learning_rate = 0.1, 0.2, 0.3\n"

// A search among folds runs once more within outer folds like its own; no other side does, nor what can't split twice.
static void a_search_among_folds_is_nested(void **state)
{
    (void)state;
    tested_accept(
        &fixture,
        "[suite]\nreplicates = 300\n[explain]\ntruth = yes\ncorners = yes\n" DATA SEARCHES);
    const hpb_plan *plan = &fixture.plan;
    assert_true(plan->compared[0].nested[0] == HPB_NO_CELL);
    const hpb_cell *nested = &plan->cells[plan->compared[0].nested[1]];
    assert_string_equal(nested->outer->plugin->id, "kfold");
    assert_true(nested->n_outer == 5 && nested->n_splits == 5 && nested->n_candidates == 3);
    assert_int_equal(nested->reports, HPB_REPORTS_REFIT);
    assert_int_equal(nested->n_replicates, HPB_NESTED_REPLICATES);
    assert_string_equal(nested->label, "b within outer folds");
    assert_false(nested->has_worth);
    tested_drop(&fixture);
    static const char *const without[] = {
        TRUTH("no") DATA SEARCHES,
        TRUTH("yes") "[data]\nrows = 9\n" SEARCHES,
        TRUTH("yes") DATA SIDES,
    };
    for (size_t i = 0; i < HPB_COUNT(without); i++) {
        tested_accept(&fixture, without[i]);
        assert_true(plan->compared[0].nested[0] == HPB_NO_CELL);
        assert_true(plan->compared[0].nested[1] == HPB_NO_CELL);
        for (uint32_t c = 0; c < plan->n_cells; c++)
            assert_null(strstr(plan->cells[c].label, "outer"));
        tested_drop(&fixture);
    }
}

static void nobody_knows_the_truth_of_a_file(void **state)
{
    (void)state;
    tested_accept(
        &fixture,
        TRUTH("yes") "[data]\n"
                     "file = " HPB_TEST_SOURCE "/digests/rows.csv\n"
                     "target = y\ngroup = ward\ntest_fold = fold\n[protocol.a]\noptimizer = sgd\n"
                     "[protocol.b]\noptimizer = adam\n");
    for (uint32_t c = 0; c < fixture.plan.n_cells; c++)
        assert_false(fixture.plan.cells[c].has_worth);
    tested_drop(&fixture);
}

static void new_rows_have_their_limit(void **state)
{
    (void)state;
    tested_refuse(&fixture,
                  TRUTH("yes") "[data]\nrows = 20\n"
                               "features = 1001\n[protocol.a]\noptimizer = sgd\n[protocol.b]\n"
                               "optimizer = adam\n",
                  ":4:9: [explain] truth: too much data; expected at most 1000 columns of the new "
                  "rows; got 1001");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_are_scored_and_no_other_cell),
        cmocka_unit_test(a_search_among_folds_is_fitted_again),
        cmocka_unit_test(a_search_among_folds_is_nested),
        cmocka_unit_test(nobody_knows_the_truth_of_a_file),
        cmocka_unit_test(new_rows_have_their_limit),
    };
    return cmocka_run_group_tests_name("truth", tests, tested_set_up, tested_tear_down);
}
