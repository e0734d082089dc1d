// SPDX-License-Identifier: Apache-2.0
// Crossed grids of seeds: which cells have one, over which streams, and whose number each level is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/cell.h"
#include "suite/support_suite.h"

// Plans a suite in place of the one before.
static void take(const char *text)
{
    if (fixture.is_good)
        tested_drop(&fixture);
    tested_accept(&fixture, text);
}

#define HEAD "[suite]\nreplicates = 10\nseed = 7\n[optimizer.sgd]\n"
#define GRID "[variance]\ngrid = yes\nsplit = 3\nweights = 4\norder = 2\n"

static const hpb_cell *grid(uint32_t number)
{
    const hpb_plan *plan = &fixture.plan;
    assert_true(number < plan->n_grids);
    return &plan->cells[plan->n_cells - plan->n_grids + number];
}

static void expect_levels(const hpb_cell *cell, const uint32_t levels[HPB_STREAM_COUNT])
{
    uint32_t n = 1;
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        assert_int_equal(cell->grid[stream], levels[stream]);
        n *= levels[stream] ? levels[stream] : 1;
    }
    assert_int_equal(cell->n_replicates, n);
}

static void expect_seeds(const hpb_cell *cell, uint32_t replicate, uint32_t data, uint32_t split,
                         uint32_t weights, uint32_t order)
{
    const hpb_trial_seeds seeds = hpb_cell_seeds(&fixture.plan, cell, replicate);
    assert_int_equal(seeds.seed[HPB_STREAM_DATA], data);
    assert_int_equal(seeds.seed[HPB_STREAM_SPLIT], split);
    assert_int_equal(seeds.seed[HPB_STREAM_WEIGHTS], weights);
    assert_int_equal(seeds.seed[HPB_STREAM_ORDER], order);
}

static uint32_t fresh(hpb_stream stream, uint32_t index)
{
    return hpb_seed_fresh(7, stream, index);
}

static void test_the_last_stream_goes_fastest(void **state)
{
    (void)state;
    take(HEAD "[data]\nseed = 5\n" GRID);
    assert_int_equal(fixture.plan.n_cells, 2);
    assert_int_equal(fixture.plan.n_trials, 10 + 24);
    const hpb_cell *cell = grid(0);
    expect_levels(cell, (const uint32_t[]){0, 3, 4, 2});
    for (uint32_t r = 0; r < 24; r++)
        expect_seeds(cell, r, 5, fresh(HPB_STREAM_SPLIT, r / 8),
                     fresh(HPB_STREAM_WEIGHTS, r / 2 % 4), fresh(HPB_STREAM_ORDER, r % 2));
    // level 0 of all streams is the first replicate of the cell itself
    const hpb_trial_seeds first = hpb_cell_seeds(&fixture.plan, &fixture.plan.cells[0], 0);
    expect_seeds(cell, 0, first.seed[0], first.seed[1], first.seed[2], first.seed[3]);
    assert_string_equal(strstr(cell->label, ", seeds crossed"), ", seeds crossed");
}

// The user's own run is in the grid: all its numbers at level 0, whoever has fixed them.
static void test_level_0_is_the_number_that_is_given(void **state)
{
    (void)state;
    take(HEAD "[data]\nseed = 5\n[splitter.train_test_split]\nrandom_state = 42\n"
              "[seeds.fixed]\nseed = 123\npolicy = keras.utils.set_random_seed\n"
              "[variance]\ngrid = yes\ndata = 2\nsplit = 3\nweights = 4\n"
              "order = 2\n");
    const hpb_cell *cell = grid(0);
    expect_levels(cell, (const uint32_t[]){2, 3, 4, 2});
    expect_seeds(cell, 0, 5, 42, 123, 123);
    expect_seeds(cell, 1, 5, 42, 123, fresh(HPB_STREAM_ORDER, 1));
    expect_seeds(cell, 47, fresh(HPB_STREAM_DATA, 1), fresh(HPB_STREAM_SPLIT, 2),
                 fresh(HPB_STREAM_WEIGHTS, 3), fresh(HPB_STREAM_ORDER, 1));
    const hpb_choice *splitter = cell->choice[HPB_AXIS_SPLITTER];
    const hpb_trial_seeds first = hpb_cell_seeds(&fixture.plan, cell, 0);
    assert_int_equal(hpb_splitter_seed(splitter, &first), 42);
    const hpb_trial_seeds last = hpb_cell_seeds(&fixture.plan, cell, 47); // before its random_state
    assert_int_equal(hpb_splitter_seed(splitter, &last), fresh(HPB_STREAM_SPLIT, 2));
}

static void test_what_a_cell_does_not_draw_is_not_crossed(void **state)
{
    (void)state;
    take(HEAD "[fit]\nshuffle = no\n[splitter.kfold]\n" GRID);
    expect_levels(grid(0), (const uint32_t[]){0, 0, 4, 0}); // kfold does not shuffle by itself
    take(HEAD "[splitter.kfold]\nshuffle = yes\n[variance]\ngrid = yes\n"
              "weights = none\norder = none\n");
    expect_levels(grid(0), (const uint32_t[]){0, 10, 0, 0});
}

static void test_initializers_that_draw_nothing(void **state)
{
    (void)state;
    take(HEAD "[initializer.zeros]\n[initializer.glorot_uniform]\n" GRID);
    expect_levels(grid(0), (const uint32_t[]){0, 3, 0, 2});
    expect_levels(grid(1), (const uint32_t[]){0, 3, 4, 2});
    // a search draws where one of its candidates does
    take("[suite]\n[initializer.zeros]\n[initializer.glorot_uniform]\n"
         "[protocol.a]\noptimizer = sgd\ngrid.initializer = zeros, glorot_uniform\n"
         "[protocol.b]\noptimizer = sgd\ninitializer = zeros\n" GRID);
    expect_levels(grid(0), (const uint32_t[]){0, 3, 4, 2});
    expect_levels(grid(1), (const uint32_t[]){0, 3, 0, 2});
}

static void test_fresh_data_are_crossed_unless_told(void **state)
{
    (void)state;
    take(HEAD "[data]\nseed = fresh\n" GRID);
    expect_levels(grid(0), (const uint32_t[]){3, 3, 4, 2});
    take(HEAD "[data]\nseed = fresh\n" GRID "data = none\n");
    expect_levels(grid(0), (const uint32_t[]){0, 3, 4, 2});
}

// A cell with fixed seeds has the grid of its random twin; protocols have one each.
static void test_which_cells_have_one(void **state)
{
    (void)state;
    take(HEAD "[seeds.random]\n[seeds.fixed]\nsplit = 1\nweights = 2\norder = 3\n"
              "[optimizer.adam]\n" GRID);
    assert_int_equal(fixture.plan.n_grids, 2);
    for (uint32_t i = 0; i < 2; i++)
        assert_string_equal(grid(i)->choice[HPB_AXIS_SEEDS]->name, "random");
    take("[suite]\n[seeds.fixed]\nsplit = 1\nweights = 2\norder = 3\n"
         "[protocol.a]\noptimizer = sgd\nseeds = fixed\n"
         "[protocol.b]\noptimizer = adam\nseeds = fixed\n" GRID);
    assert_int_equal(fixture.plan.n_grids, 2);
    assert_int_equal(fixture.plan.cells[0].n_replicates, 1);
    expect_levels(grid(1), (const uint32_t[]){0, 3, 4, 2});
    expect_seeds(grid(1), 0, 0, 1, 2, 3);
    take(HEAD "[variance]\nsplit = 5\n"); // until `variance` asks
    assert_int_equal(fixture.plan.n_grids, 0);
    assert_int_equal(fixture.plan.n_cells, 1);
}

static void test_the_levels_are_in_the_key(void **state)
{
    (void)state;
    char key[3][HPB_SHA256_TEXT];
    static const char *const suites[] = {HEAD GRID, HEAD GRID "data = 2\n",
                                         HEAD "[variance]\ngrid = yes\nsplit = 4\nweights = 3\n"
                                              "order = 2\n"};
    for (int i = 0; i < 3; i++) {
        take(suites[i]);
        memcpy(key[i], grid(0)->key, sizeof key[i]);
        assert_string_not_equal(key[i], fixture.plan.cells[0].key);
        assert_string_not_equal(key[i], key[(i + 2) % 3]);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    tested_drop(&fixture);
    tested_refuse(&fixture, HEAD "[variance]\nsplit = none\nweights = none\norder = none\n",
                  "crosses nothing");
    tested_refuse(&fixture, HEAD "[variance]\nsplit = 1\n",
                  "expected a whole number from 2 to 1,000, or none");
    tested_refuse(&fixture, "[suite]\nmax_trials = 100\nreplicates = 90\n[optimizer.sgd]\n" GRID,
                  "plans 114 trials with those of [variance], limit 100");
    hpb_suite_free(&fixture.suite); // it was good, its plan was not
    take(HEAD);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_stream_goes_fastest),
        cmocka_unit_test(test_level_0_is_the_number_that_is_given),
        cmocka_unit_test(test_what_a_cell_does_not_draw_is_not_crossed),
        cmocka_unit_test(test_initializers_that_draw_nothing),
        cmocka_unit_test(test_fresh_data_are_crossed_unless_told),
        cmocka_unit_test(test_which_cells_have_one),
        cmocka_unit_test(test_the_levels_are_in_the_key),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
