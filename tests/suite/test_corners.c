// SPDX-License-Identifier: Apache-2.0
// The corners of two protocols: with nothing turned over it is the first protocol, with everything the second.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

static tested fixture;

static int set_up(void **state)
{
    (void)state;
    tested_scan(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tested_close(&fixture);
    return 0;
}

#define MODELS "[model.wide]\nhidden = 50\n[model.deep]\nhidden = 8 4\n"

// Cells have keys of what they compute: equal corners are one cell, and so are a corner and a protocol.
static void expect_ends(const char *a, const char *b, uint32_t n_factors)
{
    char *text = hpb_format("[suite]\nreplicates = 4\n[explain]\ncorners = yes\n"
                            "[optimizer.fast]\nplugin = sgd\nlearning_rate = 0.3\n"
                            "%s[protocol.a]\n%s[protocol.b]\n%s",
                            strstr(a, "model") ? MODELS : "", a, b);
    tested_accept(&fixture, text);
    const hpb_explain *explain = &fixture.suite.explain;
    if (explain->n_factors != n_factors)
        fail_msg("%s: %u factors, the last is %s", text, explain->n_factors,
                 explain->n_factors ? explain->factors[explain->n_factors - 1].name : "none");
    assert_true(fixture.plan.n_compared >
                0); // more where no protocol names a model: they are crossed
    for (uint32_t i = 0; i < fixture.plan.n_compared; i++) {
        const hpb_compared *compared = &fixture.plan.compared[i];
        if (compared->corners[0] != compared->own[0])
            fail_msg("%s: corner 0 is not [protocol.a]", text);
        if (compared->corners[(1u << n_factors) - 1] != compared->own[1])
            fail_msg("%s: the last corner is not [protocol.b]", text);
    }
    tested_drop(&fixture);
    free(text);
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        uint32_t n_factors;
    } pairs[] = {
        {"optimizer = sgd\n", "optimizer = adam\nepochs = 5\n", 2},
        // a value of what the other lists goes with the candidates
        {"optimizer = sgd\nlearning_rate = 0.1\n",
         "optimizer = sgd\ngrid.learning_rate = 0.2, 0.4\n", 1},
        {"optimizer = sgd\nlr = 0.1\nmomentum = 0.9\n",
         "optimizer = adam\ngrid.learning_rate = 0.2, 0.4\n", 2},
        {"optimizer = sgd\nepochs = 9\n",
         "preset = gridsearchcv_scikeras\noptimizer = sgd\ngrid.epochs = 3, 5\n", 3},
        {"optimizer = sgd\ngrid.hidden = 5, 7\n", "optimizer = sgd\nhidden = 6\nepochs = 2\n", 2},
        // and so does a label
        {"optimizer = fast\nmomentum = 0.5\n", "grid.optimizer = sgd, adam\nlearning_rate = 0.01\n",
         1},
        {"grid.optimizer = fast, sgd\nmomentum = 0.5\n", "grid.optimizer = fast, sgd\n", 1},
        {"optimizer = sgd\ngrid.model = wide, deep\n", "optimizer = sgd\nmodel = deep\n", 1},
        {"optimizer = sgd\ngrid.model = wide, deep\nactivation = tanh\n",
         "optimizer = sgd\ngrid.model = wide, deep\n", 1},
    };
    for (size_t i = 0; i < HPB_COUNT(pairs); i++) {
        expect_ends(pairs[i].a, pairs[i].b, pairs[i].n_factors);
        expect_ends(pairs[i].b, pairs[i].a, pairs[i].n_factors);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ends)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
