// SPDX-License-Identifier: Apache-2.0
// More settings than all combinations can be run of: those that a sample of orders passes, drawn from the suite's seed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "stats/permutations.h"
#include "suite/factors.h"
#include "suite/support_corners.h"
#include "suite/tables.h"

#define TWELVE                                                                                     \
    "[protocol.a]\noptimizer = sgd\nhidden = 3\nactivation = tanh\nepochs = 3\nbatch_size = 8\n"   \
    "shuffle = no\nvalidation_split = 0.1\ninitializer = he_normal\nsplitter = kfold\n"            \
    "early_stopping = patience\nselect = train\n"                                                  \
    "[protocol.b]\noptimizer = adam\ngrid.learning_rate = 0.1, 0.2\n"
#define SEVEN                                                                                      \
    "[protocol.a]\noptimizer = sgd\nhidden = 3\nepochs = 3\nbatch_size = 8\nshuffle = no\n"        \
    "activation = tanh\ninitializer = he_normal\n[protocol.b]\noptimizer = adam\n"

static bool is_run(const hpb_explain *explain, uint32_t mask)
{
    for (uint32_t c = 0; c < explain->n_masks; c++)
        if (explain->masks[c] == mask)
            return true;
    return false;
}

// Twice as many orders as pairs, and the corners that they pass, ascending.
static void expect_sample(uint32_t k, uint32_t n_orders)
{
    const hpb_explain *explain = &fixture.suite.explain;
    const uint32_t full = (1u << k) - 1;
    assert_int_equal(explain->n_factors, k);
    assert_int_equal(2 * explain->n_pairs, n_orders);
    uint32_t *masks = hpb_alloc(hpb_permutations_most(k, n_orders / 2), sizeof *masks);
    const size_t n = hpb_permutations_corners(explain->orders, k, n_orders / 2, masks);
    assert_int_equal(explain->n_masks, n);
    assert_memory_equal(explain->masks, masks, n * sizeof *masks);
    free(masks);
    for (uint32_t c = 1; c < n; c++)
        assert_true(explain->masks[c - 1] < explain->masks[c]);
    for (uint32_t i = 0; i < k; i++)
        assert_true(is_run(explain, 1u << i) && is_run(explain, full ^ 1u << i));
    assert_true(is_run(explain, 0) && is_run(explain, full));
}

static void expect_all(uint32_t k)
{
    const hpb_explain *explain = &fixture.suite.explain;
    assert_int_equal(explain->n_factors, k);
    assert_int_equal(explain->n_pairs, 0);
    assert_int_equal(explain->n_masks, 1u << k);
    for (uint32_t c = 0; c < 1u << k; c++)
        assert_int_equal(explain->masks[c], c);
}

// Of every corner that is run each setting is whose its bit says.
static void test_twelve_settings(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value[2];
    } settings[] = {{"model.hidden", {"3", "10"}},        {"model.activation", {"tanh", "relu"}},
                    {"fit.epochs", {"3", "1"}},           {"fit.batch_size", {"8", "32"}},
                    {"fit.shuffle", {"no", "yes"}},       {"fit.validation_split", {"0.1", "0"}},
                    {"optimizer.plugin", {"sgd", "adam"}}};
    tested_accept(&fixture, HEAD TWELVE);
    expect_sample(12, 64);
    const hpb_explain *explain = &fixture.suite.explain;
    const hpb_compared *compared = &fixture.plan.compared[0];
    for (uint32_t c = 0; c < explain->n_masks; c++)
        for (size_t i = 0; i < HPB_COUNT(settings); i++)
            assert_string_equal(value_at(c, settings[i].path),
                                settings[i].value[explain->masks[c] >> i & 1]);
    assert_true(fixture.plan.n_corners < explain->n_masks); // some train the same
    assert_int_equal(compared->corners[explain->n_masks - 1], compared->own[1]);
    tested_drop(&fixture);
}

// The same orders from the same seed, in any worker; others from another, and no trial has other seeds for it.
static void test_orders_follow_the_seed(void **state)
{
    (void)state;
    uint8_t orders[64 * 12];
    hpb_trial_seeds seeds[2];
    tested_accept(&fixture, HEAD TWELVE);
    memcpy(orders, fixture.suite.explain.orders, sizeof orders);
    tested_drop(&fixture);
    for (int is_other = 0; is_other < 2; is_other++) {
        tested_accept(&fixture, is_other ? "[suite]\nreplicates = 4\nseed = 4294967296\n"
                                           "[explain]\ncorners = yes\n" TWELVE
                                         : HEAD TWELVE);
        assert_int_equal(memcmp(orders, fixture.suite.explain.orders, sizeof orders) != 0,
                         is_other);
        tested_drop(&fixture);
    }
    for (int is_sample = 0; is_sample < 2; is_sample++) {
        tested_accept(&fixture, is_sample ? HEAD "orders = 16\n" SEVEN : HEAD SEVEN);
        seeds[is_sample] = hpb_cell_seeds(
            &fixture.plan, &fixture.plan.cells[fixture.plan.compared[0].corners[1]], 3);
        tested_drop(&fixture);
    }
    assert_memory_equal(&seeds[0], &seeds[1], sizeof seeds[0]);
}

// More orders are those that there were and others, so that what has been run is run no more.
static void test_more_orders_go_on(void **state)
{
    (void)state;
    uint8_t orders[16 * 12];
    tested_accept(&fixture, HEAD "orders = 16\n" TWELVE);
    memcpy(orders, fixture.suite.explain.orders, sizeof orders);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "orders = 18\n" TWELVE);
    assert_memory_equal(fixture.suite.explain.orders, orders, sizeof orders);
    tested_drop(&fixture);
}

// All that two protocols can differ in has its bit.
static void test_bits_for_all_settings(void **state)
{
    (void)state;
    const uint32_t n_keys = hpb_axis_params(HPB_AXIS_FIT).n + hpb_axis_params(HPB_AXIS_MODEL).n,
                   n_labels = HPB_AXIS_COUNT - HPB_AXIS_PROTOCOL - 1 - 2;
    assert_true(n_keys + n_labels + 3 <= HPB_MOST_UNITS); // candidates, selection, report
    assert_true(HPB_MOST_UNITS <= HPB_PERMUTED_LARGEST);
}

// A suite may ask for a sample where all could be run; one that passes all of them is none.
static void test_orders_of_few_settings(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD SEVEN);
    expect_all(7);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "orders = none\n" SEVEN);
    expect_all(7);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "orders = 16\n" SEVEN);
    expect_sample(7, 16);
    assert_true(fixture.suite.explain.n_masks < 1u << 7);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "orders = 1000\n" SEVEN);
    expect_all(7);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "orders = 16\n" TWO);
    expect_all(1);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "orders = 16\n[protocol.a]\noptimizer = sgd\n[protocol.b]\n"
                                 "optimizer = sgd\n");
    expect_all(0);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "orders = 1000\n" TWELVE);
    expect_sample(12, 1000);
    tested_drop(&fixture);
    // groups make fewer causes, of which all combinations are run again
    tested_accept(&fixture,
                  HEAD "group = hidden + activation, epochs + batch_size + shuffle\n" TWELVE);
    expect_all(9);
    tested_drop(&fixture);
}

static void test_numbers_of_orders(void **state)
{
    (void)state;
    tested_refuse(&fixture, HEAD "orders = 17\n" SEVEN,
                  "[explain] orders: each order comes with its reverse; "
                  "expected an even number; got \"17\"");
    tested_drop(&fixture);
    tested_refuse(&fixture, HEAD "orders = 14\n" SEVEN,
                  "[explain] orders: out of range; expected a whole number from 16 to 1,000, or "
                  "none; got \"14\"");
    tested_drop(&fixture);
}

// One of the corners that are run can't be: said with the groups that it takes, and with them accepted.
static void test_a_sample_with_a_corner_that_cannot_be(void **state)
{
    (void)state;
#define TANGLED                                                                                    \
    "[protocol.a]\noptimizer = sgd\nhidden = 3\nactivation = tanh\nepochs = 3\nbatch_size = 8\n"   \
    "shuffle = no\nvalidation_split = 0.1\ninitializer = he_normal\nsplitter = kfold\n"            \
    "early_stopping = patience\nselect = validation\ngrid.momentum = 0, 0.9\n"                     \
    "[protocol.b]\noptimizer = adam\ngrid.learning_rate = 0.1, 0.2\n"
    tested_refuse(&fixture, HEAD TANGLED,
                  "[explain]: a with b's optimizer can't be run: adam has no momentum");
    tested_drop(&fixture);
    assert_int_equal(fixture.diagnostics.count, 1);
    assert_string_equal(fixture.diagnostics.item[0].hint,
                        "[explain] group = optimizer + candidates: one cause, turned over as one");
    // what the plan alone can tell
    tested_refuse(&fixture, HEAD "group = optimizer + candidates\n" TANGLED,
                  "[explain]: a with b's validation_split can't be run: select: chooses by "
                  "val_loss, but validation_split of candidate momentum 0 is 0");
    tested_drop(&fixture);
    assert_string_equal(fixture.diagnostics.item[0].hint,
                        "[explain] group = validation_split + selection, optimizer + candidates: "
                        "one cause, turned over as one");
    tested_accept(&fixture,
                  HEAD "group = validation_split + selection, optimizer + candidates\n" TANGLED);
    expect_all(10);
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twelve_settings),
        cmocka_unit_test(test_orders_follow_the_seed),
        cmocka_unit_test(test_more_orders_go_on),
        cmocka_unit_test(test_bits_for_all_settings),
        cmocka_unit_test(test_orders_of_few_settings),
        cmocka_unit_test(test_numbers_of_orders),
        cmocka_unit_test(test_a_sample_with_a_corner_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
