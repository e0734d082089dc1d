// SPDX-License-Identifier: Apache-2.0
// [explain] precision: which cells grow, from how many replicates to how many.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_corners.h"

#define BEGIN(replicates, explain)                                                                 \
    "[suite]\nreplicates = " replicates "\n[splitter.half]\nplugin = train_test_split\n"           \
    "test_size = 0.5\nrandom_state = 42\n[seeds.mine]\npolicy = keras.utils.set_random_seed\n"     \
    "seed = 42\n[seeds.fresh]\npolicy = unseeded\n[explain]\n" explain
#define TWO_AND_ONE                                                                                \
    "[protocol.a]\noptimizer = sgd\nsplitter = half\nseeds = mine\n"                               \
    "[protocol.b]\noptimizer = adam\nsplitter = half\nseeds = fresh\n"                             \
    "[protocol.c]\noptimizer = adam\nsplitter = kfold\nseeds = fresh\n"

static const hpb_cell *own(const char *protocol)
{
    for (uint32_t c = 0; c < fixture.plan.n_cells; c++)
        if (strcmp(fixture.plan.cells[c].protocol->choice->title, protocol) == 0)
            return &fixture.plan.cells[c];
    fail_msg("no protocol %s", protocol);
    return NULL;
}

// Replicates of the corners and of the ends with more epochs.
static void expect_corners(uint32_t corners, uint32_t longer)
{
    const hpb_compared *compared = &fixture.plan.compared[0];
    for (uint32_t c = 0; c < 1u << fixture.suite.explain.n_factors; c++)
        assert_int_equal(fixture.plan.cells[compared->corners[c]].n_replicates, corners);
    for (int side = 0; side < 2; side++)
        assert_int_equal(fixture.plan.cells[compared->longer[side]].n_replicates, longer);
}

static void test_what_is_compared_grows(void **state)
{
    (void)state;
    tested_accept(&fixture,
                  BEGIN("30", "corners = yes\nprecision = 5%\nmax_replicates = 100\n") TWO_AND_ONE);
    hpb_plan *plan = &fixture.plan;
    assert_true(fixture.suite.precision == 0.05 && fixture.suite.is_precision_relative);
    assert_int_equal(plan->replicates, 30);
    assert_int_equal(plan->most_replicates, 100);
    expect_corners(30, 30);
    const uint64_t trials = plan->n_trials, fits = plan->n_fits;
    uint64_t n_growing = 0, n_fits = 0;
    for (uint32_t c = 0; c < plan->n_cells; c++)
        if (plan->cells[c].grows) {
            n_growing++;
            n_fits += plan->cells[c].n_fits;
        }
    hpb_plan_grow(plan, 45);
    assert_int_equal(plan->replicates, 45);
    assert_int_equal(plan->n_trials, trials + 15 * n_growing);
    assert_int_equal(plan->n_fits, fits + 15 * n_fits);
    expect_corners(45, 30);
    assert_int_equal(own("a")->n_replicates, 1); // nothing in it is fresh
    assert_int_equal(own("b")->n_replicates, 45);
    assert_int_equal(own("c")->n_replicates, 30); // nobody compares it
    tested_drop(&fixture);
}

static void test_the_first_look(void **state)
{
    (void)state;
    tested_accept(&fixture, BEGIN("4", "corners = yes\nprecision = 0.01\n") TWO_AND_ONE);
    assert_true(fixture.suite.precision == 0.01 && !fixture.suite.is_precision_relative);
    assert_int_equal(fixture.plan.replicates, 20);
    assert_int_equal(fixture.plan.most_replicates, 20000);
    expect_corners(20, 4);
    assert_int_equal(own("c")->n_replicates, 4);
    tested_drop(&fixture);
    // as many as are asked for are no mistake
    tested_accept(&fixture, BEGIN("30000", "corners = yes\nprecision = 5 %\n") TWO_AND_ONE);
    assert_int_equal(fixture.plan.most_replicates, 30000);
    tested_drop(&fixture);
}

static void test_nothing_grows_without(void **state)
{
    (void)state;
    static const char *const texts[] = {
        BEGIN("30", "corners = yes\n") TWO_AND_ONE,
        BEGIN("30", "corners = yes\nprecision = none\nmax_replicates = 20\n") TWO_AND_ONE,
        BEGIN("30", "precision = 5%\n") TWO_AND_ONE, // `run` explains nothing
        BEGIN("4", "precision = 5%\n") TWO_AND_ONE,
    };
    for (size_t i = 0; i < HPB_COUNT(texts); i++) {
        tested_accept(&fixture, texts[i]);
        assert_int_equal(fixture.plan.replicates, fixture.suite.replicates);
        for (uint32_t c = 0; c < fixture.plan.n_cells; c++)
            assert_false(fixture.plan.cells[c].grows);
        assert_int_equal(own("b")->n_replicates, fixture.suite.replicates);
        tested_drop(&fixture);
    }
}

// Another protocol that is one of the corners is that corner, and grows with them.
static void test_a_protocol_that_is_a_corner(void **state)
{
    (void)state;
    tested_accept(&fixture, "[suite]\nreplicates = 30\n[explain]\ncompare = a, b\ncorners = yes\n"
                            "precision = 5%\n" TWO "epochs = 3\n"
                            "[protocol.c]\noptimizer = sgd\nepochs = 3\n");
    const hpb_compared *compared = &fixture.plan.compared[0];
    hpb_plan_grow(&fixture.plan, 45);
    assert_int_equal(fixture.suite.explain.n_factors, 2);
    for (uint32_t c = 0; c < 4; c++)
        assert_int_equal(fixture.plan.cells[compared->corners[c]].n_replicates, 45);
    assert_int_equal(own("c")->n_replicates, 45);
    tested_drop(&fixture);
}

static void test_max_trials_is_kept_to(void **state)
{
    (void)state;
#define LIMITED(trials)                                                                            \
    BEGIN("30\nmax_trials = " trials, "corners = yes\nprecision = 5%\n") TWO_AND_ONE
    tested_accept(&fixture, LIMITED("1000"));
    hpb_plan *plan = &fixture.plan;
    assert_true(plan->most_replicates > 30 && plan->most_replicates < 1000);
    hpb_plan_grow(plan, plan->most_replicates);
    assert_true(plan->n_trials <= 1000);
    hpb_plan_grow(plan, plan->most_replicates + 1);
    assert_true(plan->n_trials > 1000);
    tested_drop(&fixture);
    tested_refuse(&fixture, LIMITED("100"), "trials, limit 100 (max_trials)");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_compared_grows),
        cmocka_unit_test(test_the_first_look),
        cmocka_unit_test(test_nothing_grows_without),
        cmocka_unit_test(test_a_protocol_that_is_a_corner),
        cmocka_unit_test(test_max_trials_is_kept_to),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
