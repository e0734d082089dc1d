// SPDX-License-Identifier: Apache-2.0
// [cross] mode: which combinations are cells, of factors and of the keys of a section, and what is the reference.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/cross.h"
#include "suite/support_suite.h"

#include <stdio.h>

// --- combinations by number --------------------------------------------------------------------------------------

static uint64_t count_of(hpb_cross_mode mode, const uint32_t n[HPB_AXIS_COUNT])
{
    uint64_t wide[HPB_AXIS_COUNT];
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        wide[axis] = n[axis];
    return hpb_cross_count(mode, wide);
}

// Whether each combination comes after the one before, the last axis fastest.
static bool is_in_order(const uint32_t *before, const uint32_t *level)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (before[axis] != level[axis])
            return before[axis] < level[axis];
    return false;
}

static void test_one_at_a_time_is_what_differs_once_from_the_base(void **state)
{
    (void)state;
    const uint32_t n[HPB_AXIS_COUNT] = {1, 3, 1, 4, 2, 1, 1, 2, 3, 2};
    const uint32_t base[HPB_AXIS_COUNT] = {0, 1, 0, 3, 0, 0, 0, 1, 0, 1};
    const uint64_t count = count_of(HPB_CROSS_ONE_AT_A_TIME, n);
    uint32_t level[HPB_AXIS_COUNT], before[HPB_AXIS_COUNT];
    uint32_t n_base = 0;
    assert_int_equal(count, 1 + 2 + 3 + 1 + 1 + 2 + 1);
    for (uint64_t i = 0; i < count; i++) {
        hpb_cross_combination(HPB_CROSS_ONE_AT_A_TIME, n, base, i, level);
        uint32_t n_moved = 0;
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
            assert_true(level[axis] < n[axis]);
            n_moved += level[axis] != base[axis];
        }
        assert_true(n_moved <= 1);
        assert_true(i == 0 || is_in_order(before, level)); // so none comes twice
        n_base += n_moved == 0;
        memcpy(before, level, sizeof before);
    }
    assert_int_equal(n_base, 1);
}

static void test_product_and_pairs(void **state)
{
    (void)state;
    const uint32_t n[HPB_AXIS_COUNT] = {1, 3, 1, 4, 2, 1, 1, 2, 1, 1};
    const uint32_t same[HPB_AXIS_COUNT] = {1, 3, 1, 3, 1, 1, 3, 1, 1, 3};
    uint32_t level[HPB_AXIS_COUNT], before[HPB_AXIS_COUNT];
    assert_int_equal(count_of(HPB_CROSS_PRODUCT, n), 48);
    for (uint64_t i = 0; i < 48; i++) {
        hpb_cross_combination(HPB_CROSS_PRODUCT, n, NULL, i, level);
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            assert_true(level[axis] < n[axis]);
        assert_true(i == 0 || is_in_order(before, level));
        memcpy(before, level, sizeof before);
    }
    assert_int_equal(count_of(HPB_CROSS_PAIRED, same), 3);
    for (uint32_t i = 0; i < 3; i++) {
        hpb_cross_combination(HPB_CROSS_PAIRED, same, NULL, i, level);
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            assert_int_equal(level[axis], same[axis] == 1 ? 0 : i);
    }
    const uint64_t huge[HPB_AXIS_COUNT] = {1, UINT64_MAX, 1, 2, 1, 1, 1, 1, 1, 1};
    assert_true(hpb_cross_count(HPB_CROSS_PRODUCT, huge) == UINT64_MAX);
    assert_true(hpb_cross_count(HPB_CROSS_ONE_AT_A_TIME, huge) == UINT64_MAX);
}

// --- cells of suites ------------------------------------------------------------------------------------------------

static void expect_cells(const char *text, const char *const *labels, size_t n, uint32_t reference)
{
    tested_accept(&fixture, text);
    for (uint32_t c = 0; c < fixture.plan.n_cells; c++)
        if (c >= n || strcmp(fixture.plan.cells[c].label, labels[c]) != 0)
            fail_msg("cell %u: \"%s\"; expected \"%s\"", c, fixture.plan.cells[c].label,
                     c < n ? labels[c] : "none");
    assert_int_equal(fixture.plan.n_cells, n);
    assert_int_equal(fixture.plan.reference, reference);
    tested_drop(&fixture);
}

#define FACTORS                                                                                    \
    "[suite]\nreplicates = 10\n[data.linear]\n[data.friedman1]\ngenerator = friedman1\n"           \
    "[model.small]\nhidden = 4\n[model.large]\nhidden = 8\n[optimizer.sgd]\n[optimizer.adam]\n"
#define ALL                                                                                        \
    "[seeds.fixed]\nsplit = 1\nweights = 1\norder = 1\n[seeds.random]\n"                           \
    "[report]\nreference = adam & small\n"

static void test_one_at_a_time(void **state)
{
    (void)state;
    // the reference is random where it can be, and its fixed twin is drawn on it
    static const char *const labels[] = {
        "linear & small & sgd & random",     "linear & small & adam & fixed",
        "linear & small & adam & random",    "linear & large & adam & random",
        "friedman1 & small & adam & random",
    };
    expect_cells(FACTORS ALL "[cross]\nmode = one_at_a_time\n", labels, HPB_COUNT(labels), 2);
    tested_accept(&fixture, FACTORS ALL "[cross]\nmode = one_at_a_time\n");
    assert_int_equal(fixture.plan.cells[1].twin, 2);
    assert_int_equal(fixture.plan.n_trials, 41);
    tested_drop(&fixture);
    // no reference named: the first level of each
    static const char *const first[] = {"linear & small & sgd", "linear & small & adam",
                                        "linear & large & sgd", "friedman1 & small & sgd"};
    expect_cells(FACTORS "[cross]\nmode = one_at_a_time\n", first, HPB_COUNT(first), 0);
    static const char *const some[] = {"linear & small & sgd", "friedman1 & small & sgd"};
    expect_cells(FACTORS "[cross]\nmode = one_at_a_time\nexclude = large, adam\n", some,
                 HPB_COUNT(some), 0);
}

static void test_keys_move_one_at_a_time_too(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "epochs 5 batch_size 8 shuffle yes",  "epochs 5 batch_size 8 shuffle no",
        "epochs 5 batch_size 16 shuffle yes", "epochs 9 batch_size 8 shuffle yes",
        "epochs 7 batch_size 8 shuffle yes",
    };
    expect_cells("[suite]\nreplicates = 2\n[fit]\nepochs = 5, 9, 7\nbatch_size = 8, 16\n"
                 "shuffle = yes, no\n[optimizer.sgd]\n[cross]\nmode = one_at_a_time\n",
                 labels, HPB_COUNT(labels), 0);
}

static void test_paired(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "linear & small & epochs 5 batch_size 8 & sgd learning_rate 0.1",
        "friedman1 & large & epochs 9 batch_size 16 & sgd learning_rate 0.01",
    };
    expect_cells("[suite]\nreplicates = 10\n[data.linear]\n[data.friedman1]\n"
                 "generator = friedman1\n[model.small]\nhidden = 4\n[model.large]\nhidden = 8\n"
                 "[fit]\nepochs = 5, 9\nbatch_size = 8, 16\n"
                 "[optimizer.sgd]\nlearning_rate = 0.1, 0.01\n[report]\nreference = large\n"
                 "[cross]\nmode = paired\n",
                 labels, HPB_COUNT(labels), 1);
    // sections and keys: two settings of one optimizer and one of another are three levels
    static const char *const three[] = {"epochs 5 & sgd learning_rate 0.1",
                                        "epochs 7 & sgd learning_rate 0.01", "epochs 9 & adam"};
    expect_cells("[suite]\nreplicates = 2\n[fit]\nepochs = 5, 7, 9\n[optimizer.sgd]\n"
                 "learning_rate = 0.1, 0.01\n[optimizer.adam]\n[cross]\nmode = paired\n",
                 three, HPB_COUNT(three), 0);
    expect_cells("[suite]\nreplicates = 2\n[fit]\nepochs = 5, 7, 9\n[optimizer.sgd]\n"
                 "learning_rate = 0.1, 0.01\n[optimizer.adam]\n[cross]\nmode = paired\n"
                 "exclude = sgd\n",
                 three + 2, 1, 0);
}

// A product that nobody could run is no bar to moving each factor alone.
static void test_counts_what_it_makes(void **state)
{
    (void)state;
    tested_accept(&fixture, "[suite]\nreplicates = 2\n[fit]\nepochs = range(1, 2001)\n"
                            "batch_size = range(1, 1001)\n[optimizer.sgd]\n"
                            "learning_rate = linspace(0.1, 1, 2000)\n"
                            "[cross]\nmode = one_at_a_time\n");
    assert_int_equal(fixture.plan.n_cells, 1 + 1999 + 999 + 1999);
    tested_drop(&fixture);
    tested_refuse(&fixture,
                  "[suite]\nreplicates = 1000\n[fit]\nepochs = range(1, 2001)\n[optimizer.sgd]\n"
                  "[cross]\nmode = one_at_a_time\n",
                  "plans 2,000,000 trials, limit 1,000,000 (max_trials)");
    tested_drop(&fixture);
}

// What [data] says holds for every [data.LABEL], in every mode.
static void test_shared_defaults_of_data(void **state)
{
    (void)state;
    static const char *const modes[] = {"product", "one_at_a_time", "paired"};
    for (size_t i = 0; i < HPB_COUNT(modes); i++) {
        char *text = hpb_format("[suite]\nreplicates = 2\n[data]\nrows = 60\nstandardise = train\n"
                                "[data.a]\n[data.b]\nrows = 70\n[data.c]\ngenerator = friedman1\n"
                                "[model]\nactivation = tanh\n[model.one]\n[optimizer.sgd]\n"
                                "[cross]\nmode = %s\n",
                                modes[i]);
        static const double rows[] = {60, 70, 60};
        tested_accept(&fixture, text);
        assert_int_equal(fixture.plan.n_cells, 3);
        for (uint32_t c = 0; c < 3; c++) {
            const hpb_cell *cell = &fixture.plan.cells[c];
            const hpb_choice *data = cell->choice[HPB_AXIS_DATA];
            assert_true(hpb_choice_number(data, "rows") == rows[c]);
            assert_string_equal(hpb_choice_text(data, "standardise"), "train");
            assert_string_equal(hpb_choice_text(cell->choice[HPB_AXIS_MODEL], "activation"),
                                "tanh");
        }
        tested_drop(&fixture);
        free(text);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_at_a_time_is_what_differs_once_from_the_base),
        cmocka_unit_test(test_product_and_pairs),
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_keys_move_one_at_a_time_too),
        cmocka_unit_test(test_paired),
        cmocka_unit_test(test_counts_what_it_makes),
        cmocka_unit_test(test_shared_defaults_of_data),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
