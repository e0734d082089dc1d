// SPDX-License-Identifier: Apache-2.0
// [fit] solver = least_squares: nothing that is of training counts, is needed, or makes a cell random.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/cell.h"
#include "suite/support_suite.h"

#define LINEAR "[suite]\nreplicates = 9\n[model]\nhidden = none\n"
#define SOLVED LINEAR "[fit]\nsolver = least_squares\n"
#define KFOLD "[splitter.kfold]\n"

static void test_nothing_of_training_counts(void **state)
{
    (void)state;
    char key[2][HPB_SHA256_TEXT];
    static const char *const suites[] = {SOLVED,
                                         SOLVED "epochs = 7\nbatch_size = 5\nshuffle = no\n"};
    for (size_t i = 0; i < 2; i++) {
        tested_accept(&fixture, suites[i]);
        const hpb_cell *cell = &fixture.plan.cells[0];
        memcpy(key[i], cell->key, sizeof key[i]);
        json_t *json = hpb_cell_to_json(&fixture.plan, cell), *fit = json_object_get(json, "fit");
        assert_int_equal(json_object_size(fit), 2);
        assert_string_equal(json_string_value(json_object_get(fit, "solver")), "least_squares");
        assert_string_equal(json_string_value(json_object_get(fit, "validation_split")), "0");
        assert_string_equal(cell->choice[HPB_AXIS_FIT]->label, "least_squares");
        assert_string_equal(cell->choice[HPB_AXIS_OPTIMIZER]->plugin->id, "sgd"); // by default
        assert_int_equal(fixture.plan.n_warnings, 0); // of 75 rows in a batch of 32, say
        json_decref(json);
        tested_drop(&fixture);
    }
    assert_string_equal(key[0], key[1]);
    tested_accept(&fixture, LINEAR "[optimizer.sgd]\n");
    assert_string_not_equal(fixture.plan.cells[0].key, key[0]);
    tested_drop(&fixture);
}

// Fixed data in fixed folds are solved once; fresh data, or a split that is drawn, as often as the suite says.
static void test_what_is_random(void **state)
{
    (void)state;
    static const struct {
        const char *suite;
        uint32_t n_replicates;
    } cases[] = {
        {SOLVED KFOLD, 1},
        {SOLVED KFOLD "shuffle = yes\n", 9},
        {SOLVED, 9}, // train_test_split
        {SOLVED KFOLD "[data]\nseed = fresh\n", 9},
        {LINEAR KFOLD "[optimizer.sgd]\n", 9},
        {LINEAR "[optimizer.sgd]\n[protocol.a]\nsplitter = kfold\nsolver = least_squares\n", 1},
        {LINEAR "[optimizer.sgd]\n[protocol.a]\nsplitter = kfold\ngrid.solver = least_squares, "
                "gradient\n",
         9},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        tested_accept(&fixture, cases[i].suite);
        if (fixture.plan.cells[0].n_replicates != cases[i].n_replicates)
            fail_msg("%u runs of\n%s", fixture.plan.cells[0].n_replicates, cases[i].suite);
        tested_drop(&fixture);
    }
}

static void test_streams(void **state)
{
    (void)state;
    tested_accept(&fixture, SOLVED "[variance]\ngrid = yes\nsplit = 3\nweights = 4\norder = 5\n");
    const hpb_cell *grid = &fixture.plan.cells[1];
    assert_true(hpb_cell_is_grid(grid));
    assert_int_equal(grid->n_replicates, 3);
    assert_int_equal(grid->grid[HPB_STREAM_WEIGHTS], 0);
    assert_int_equal(grid->grid[HPB_STREAM_ORDER], 0);
    tested_drop(&fixture);
    tested_accept(&fixture, LINEAR "[optimizer.sgd]\n[protocol.a]\noptimizer = sgd\n"
                                   "grid.solver = least_squares, gradient\n");
    const hpb_cell *cell = &fixture.plan.cells[0];
    assert_true(hpb_cell_uses(cell, HPB_STREAM_WEIGHTS) && hpb_cell_uses(cell, HPB_STREAM_ORDER));
    assert_int_equal(cell->n_candidates, 2);
    assert_string_equal(cell->candidates[0].label, "solver least_squares");
    tested_drop(&fixture);
}

static void test_levels_that_never_act(void **state)
{
    (void)state;
    tested_accept(&fixture, SOLVED "[optimizer.sgd]\n[optimizer.adam]\n");
    assert_int_equal(fixture.plan.n_warnings, 1); // once, not once a cell
    assert_string_equal(fixture.plan.warnings[0],
                        "[fit] solver = least_squares trains nothing: the "
                        "levels of optimizer never act");
    tested_drop(&fixture);
    // epochs that do not count make no second cell
    tested_refuse(&fixture, SOLVED "epochs = 1, 2\n", "two cells are the same in all that counts");
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_of_training_counts),
        cmocka_unit_test(test_what_is_random),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_levels_that_never_act),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
