// SPDX-License-Identifier: Apache-2.0
// Crossed grids that `explain` runs of both sides: over what each draws and both do not share, from its own seeds on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/cell.h"
#include "suite/support_suite.h"

#define HEAD(replicates) "[suite]\nseed = 7\nreplicates = " #replicates "\n"
#define SIDES                                                                                      \
    "[data]\nseed = 5\n[splitter.half]\nplugin = train_test_split\nrandom_state = 42\n"            \
    "[splitter.folds]\nplugin = kfold\n[seeds.mine]\npolicy = keras.utils.set_random_seed\n"       \
    "seed = 123\n[seeds.none]\npolicy = unseeded\n"                                                \
    "[protocol.a]\noptimizer = sgd\nsplitter = half\nseeds = mine\n"                               \
    "[protocol.b]\noptimizer = adam\nsplitter = folds\nseeds = none\n"                             \
    "[explain]\ncorners = yes\n"

static const hpb_cell *grid(int side)
{
    const int32_t number = fixture.plan.compared[0].grid[side];
    assert_in_range(number, fixture.plan.n_cells - fixture.plan.n_grids, fixture.plan.n_cells - 1);
    return &fixture.plan.cells[number];
}

static void expect_levels(int side, const uint32_t levels[HPB_STREAM_COUNT])
{
    uint32_t n = 1;
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++) {
        assert_int_equal(grid(side)->grid[stream], levels[stream]);
        n *= levels[stream] ? levels[stream] : 1;
    }
    assert_int_equal(grid(side)->n_replicates, n);
}

static void take(const char *text)
{
    if (fixture.is_good)
        tested_drop(&fixture);
    tested_accept(&fixture, text);
}

// As many levels as make no more runs than there are replicates, for each side by its sources.
static void test_levels_follow_the_sources(void **state)
{
    (void)state;
    take(HEAD(1000) SIDES);
    expect_levels(0, (const uint32_t[]){0, 10, 10, 10});
    expect_levels(1, (const uint32_t[]){0, 0, 30, 30}); // kfold draws nothing
    take(HEAD(100) SIDES);
    expect_levels(0, (const uint32_t[]){0, 4, 4, 4});
    expect_levels(1, (const uint32_t[]){0, 0, 10, 10});
    take(HEAD(3) SIDES);
    expect_levels(0, (const uint32_t[]){0, 2, 2, 2});
    take(HEAD(20000) SIDES); // no more than are needed
    expect_levels(0, (const uint32_t[]){0, 10, 10, 10});
    take(HEAD(100) SIDES "luck_levels = 6\n");
    expect_levels(0, (const uint32_t[]){0, 6, 6, 6});
    expect_levels(1, (const uint32_t[]){0, 0, 6, 6});
}

static void test_what_is_shared_is_no_source(void **state)
{
    (void)state;
    take(HEAD(100) SIDES "shared = none\n");
    expect_levels(0, (const uint32_t[]){3, 3, 3, 3});
    expect_levels(1, (const uint32_t[]){4, 0, 4, 4});
    take(HEAD(100) SIDES "shared = data, split, weights\n");
    expect_levels(0, (const uint32_t[]){0, 0, 0, 30});
    expect_levels(1, (const uint32_t[]){0, 0, 10, 10}); // it is drawn afresh all the same
}

// The run with the user's own seeds is the first of the grid, whoever fixes them; all others are fresh.
static void test_own_seeds_are_the_first(void **state)
{
    (void)state;
    take(HEAD(30) SIDES);
    const hpb_plan *plan = &fixture.plan;
    const hpb_trial_seeds own = hpb_cell_seeds(plan, &plan->cells[plan->compared[0].own[0]], 0),
                          first = hpb_cell_seeds(plan, grid(0), 0),
                          last = hpb_cell_seeds(plan, grid(0), 26);
    assert_memory_equal(own.seed, first.seed, sizeof own.seed);
    assert_int_equal(first.seed[HPB_STREAM_SPLIT], 42);
    assert_int_equal(first.seed[HPB_STREAM_WEIGHTS], 123);
    assert_int_equal(first.policy, HPB_POLICY_KERAS);
    assert_int_equal(last.seed[HPB_STREAM_DATA], 5); // which both have in common
    for (int stream = HPB_STREAM_SPLIT; stream < HPB_STREAM_COUNT; stream++)
        assert_int_equal(last.seed[stream], hpb_seed_fresh(7, (hpb_stream)stream, 2));
}

static void test_which_runs_have_none(void **state)
{
    (void)state;
    take(HEAD(30) SIDES "luck = no\n");
    assert_int_equal(fixture.plan.n_grids, 0);
    assert_int_equal(fixture.plan.compared[0].grid[0], -1);
    take(HEAD(30) "[fit]\nsolver = least_squares\n[splitter.half]\nplugin = train_test_split\n"
                  "[model]\nhidden = none\n[splitter.folds]\nplugin = kfold\n"
                  "[protocol.a]\nsplitter = half\n[protocol.b]\nsplitter = folds\n"
                  "[explain]\ncorners = yes\n");
    expect_levels(0, (const uint32_t[]){0, 30, 0, 0});
    assert_int_equal(fixture.plan.compared[0].grid[1], -1); // it draws nothing
    take(HEAD(30) "[protocol.a]\noptimizer = sgd\n[protocol.b]\noptimizer = adam\n");
    assert_int_equal(fixture.plan.n_grids, 0); // until `explain` asks
}

// What [variance] is asked for goes before.
static void test_the_grid_of_variance(void **state)
{
    (void)state;
    take(HEAD(30) SIDES "[variance]\ngrid = yes\nsplit = 4\nweights = 3\norder = none\n");
    expect_levels(0, (const uint32_t[]){0, 4, 3, 0});
    expect_levels(1, (const uint32_t[]){0, 0, 3, 0});
}

static void test_refusals(void **state)
{
    (void)state;
    tested_drop(&fixture);
    tested_refuse(
        &fixture, HEAD(3) SIDES "luck_levels = 1\n",
        "[explain] luck_levels: out of range; expected a whole number from 2 to 1,000, or none");
    tested_refuse(&fixture, HEAD(3) SIDES "luck_levels = 101\n",
                  "trials with those of [explain] luck_levels, limit 1,000,000 (max_trials)");
    hpb_suite_free(&fixture.suite); // it was good, its plan was not
    take(HEAD(3) "[optimizer.sgd]\n");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_follow_the_sources),
        cmocka_unit_test(test_what_is_shared_is_no_source),
        cmocka_unit_test(test_own_seeds_are_the_first),
        cmocka_unit_test(test_which_runs_have_none),
        cmocka_unit_test(test_the_grid_of_variance),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
