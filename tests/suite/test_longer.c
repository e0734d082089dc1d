// SPDX-License-Identifier: Apache-2.0
// The two ends of an explanation once more, with more epochs and nothing else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

#define HEAD "[suite]\nreplicates = 4\n[explain]\ncorners = yes\n"

#define TWO "[protocol.a]\noptimizer = sgd\n[protocol.b]\noptimizer = adam\n"

static void expect_longer(const char *text, const char *a, const char *b)
{
    tested_accept(&fixture, text);
    const hpb_compared *compared = &fixture.plan.compared[0];
    const uint32_t full = (1u << fixture.suite.explain.n_factors) - 1;
    assert_true(fixture.suite.explain.has_longer);
    for (uint32_t i = 0; i < 2; i++) {
        const hpb_cell *longer = &fixture.plan.cells[compared->longer[i]],
                       *end = &fixture.plan.cells[compared->corners[i ? full : 0]];
        assert_string_equal(hpb_choice_text(longer->choice[HPB_AXIS_FIT], "epochs"), i ? b : a);
        assert_int_equal(longer->n_replicates, end->n_replicates);
        assert_int_equal(longer->n_candidates, end->n_candidates);
        for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT; axis++)
            if (axis != HPB_AXIS_FIT)
                assert_string_equal(longer->choice[axis]->label, end->choice[axis]->label);
        const hpb_trial_seeds seeds = hpb_cell_seeds(&fixture.plan, longer, 3),
                              same = hpb_cell_seeds(&fixture.plan, end, 3);
        assert_memory_equal(seeds.seed, same.seed, sizeof seeds.seed);
    }
    tested_drop(&fixture);
}

static void expect_none(const char *text)
{
    tested_accept(&fixture, text);
    assert_false(fixture.suite.explain.has_longer);
    tested_drop(&fixture);
}

// Whether training had finished is seen by going on; where there is nothing to go on with, nobody is told.
static void test_longer(void **state)
{
    (void)state;
    expect_longer(HEAD "[protocol.a]\noptimizer = sgd\nepochs = 30\n[protocol.b]\n"
                       "optimizer = adam\n",
                  "120", "4"); // Keras trains one epoch unless told
    expect_longer(HEAD "[fit]\nepochs = 7\n[protocol.a]\noptimizer = sgd\n[protocol.b]\n"
                       "optimizer = adam\ngrid.learning_rate = 0.1, 0.2\n",
                  "28", "28");
    expect_none(HEAD "[protocol.a]\noptimizer = sgd\n[protocol.b]\noptimizer = sgd\n");
    expect_none(HEAD "[protocol.a]\noptimizer = sgd\n[protocol.b]\noptimizer = sgd\n"
                     "grid.epochs = 3, 4\n");
    expect_none(HEAD "[fit]\nepochs = 3, 4\n" TWO);
    expect_none(HEAD "[fit]\nepochs = 900000\n" TWO);
    expect_none(HEAD "[model]\nhidden = none\n[fit]\nsolver = least_squares\n"
                     "[protocol.a]\noptimizer = sgd\nsplitter = train_test_split\n"
                     "[protocol.b]\noptimizer = sgd\nsplitter = kfold\n");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longer),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
