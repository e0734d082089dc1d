// SPDX-License-Identifier: Apache-2.0
// hpbench explain: both sides are run as crossed grids of their seeds, the luck of the own run is split exactly, and
// `variance` reads the same grids.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_json.h"
#include "cli/support_process.h"
#include "cli/support_store.h"

#include <math.h>

#define HEAD                                                                                       \
    "[suite]\nreplicates = 64\n[data]\ngenerator = linear\nrows = 40\nseed = 0\n"                  \
    "[model]\nhidden = 4\n[fit]\nepochs = 8\n[splitter.half]\nplugin = train_test_split\n"         \
    "test_size = 0.5\nrandom_state = 42\n[seeds.mine]\npolicy = keras.utils.set_random_seed\n"     \
    "seed = 42\n[seeds.none]\npolicy = unseeded\n"
#define SIDES                                                                                      \
    "[protocol.manual]\noptimizer = sgd\nsplitter = half\nseeds = mine\n"                          \
    "[protocol.grid]\noptimizer = adam\nsplitter = half\nseeds = none\n"

static void write_suite(const char *text)
{
    FILE *file = fopen("s.ini", "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static const json_t *side_of(const json_t *json, size_t side)
{
    const json_t *e = explanation_of(json);
    return json_array_get(json_object_get(e, "sides"), side);
}

// The own run is on the grid, and its luck is that of its seeds, to the last digit but rounding.
static void test_own_luck_adds_up(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD SIDES);
    json_t *json = json_of("explain s.ini --json --no-report");
    const json_t *a = side_of(json, 0), *luck = json_object_get(a, "luck_by_source"),
                 *own = json_object_get(luck, "own_run"), *term, *value;
    assert_true(number_at(luck, "planned") == 64 && number_at(luck, "stored") == 64);
    assert_true(number_at(own, "mse") == number_at(a, "reported")); // bit for bit
    const double of_run = number_at(own, "luck");
    double sources = 0, terms = 0;
    const char *name;
    size_t i;
    json_object_foreach((json_t *)json_object_get(own, "sources"), name, value) sources +=
        json_number_value(value);
    json_array_foreach(json_object_get(own, "terms"), i, term) terms += number_at(term, "value");
    assert_int_equal(i, 7); // of split, weights and order
    assert_true(fabs(of_run) > 1e-6);
    assert_true(fabs(sources - of_run) <= 1e-12 * fabs(of_run));
    assert_true(fabs(terms - of_run) <= 1e-12 * fabs(of_run));
    assert_true(fabs(of_run - (number_at(own, "mse") - number_at(own, "mean_of_the_grid"))) <=
                1e-12 * fabs(of_run));
    // no seed is the own one of what draws them fresh
    const json_t *b = json_object_get(side_of(json, 1), "luck_by_source");
    assert_true(json_is_null(json_object_get(b, "own_run")));
    assert_int_equal(json_array_size(json_object_get(b, "factors")), 3);
    json_decref(json);
    work_end(folder);
}

// By least squares nothing but the split has luck; initial weights of 0 have none either, and their shares are exactly 0.
static void test_luck_that_is_known(void **state)
{
    (void)state;
    char *folder =
        work_begin("[suite]\nreplicates = 30\n[data]\nrows = 40\n[model]\nhidden = none\n"
                   "[fit]\nsolver = least_squares\n[splitter.half]\n"
                   "plugin = train_test_split\n[splitter.folds]\nplugin = kfold\n"
                   "[protocol.manual]\nsplitter = half\n"
                   "[protocol.grid]\nsplitter = folds\n");
    expect_run("explain s.ini --no-report", 0,
               ", every grid run gives 0.0104. In manual all of it is the split.\n", NULL);
    expect_run("explain s.ini --no-report", 0, "(s; means of 30 runs each)", NULL);
    json_t *json = json_of("explain s --json --no-report");
    assert_true(json_is_null(json_object_get(side_of(json, 1), "luck_by_source")));
    json_decref(json);
    write_suite(HEAD "[initializer.nothing]\nplugin = random_normal\nstddev = 0\n"
                     "[protocol.manual]\noptimizer = sgd\nsplitter = half\nseeds = mine\n"
                     "initializer = nothing\nshuffle = no\n"
                     "[protocol.grid]\noptimizer = adam\nsplitter = half\nseeds = none\n"
                     "initializer = nothing\nshuffle = no\n");
    json = json_of("explain s.ini --json --no-report");
    for (size_t side = 0; side < 2; side++) {
        const json_t *luck = json_object_get(side_of(json, side), "luck_by_source"),
                     *factors = json_object_get(luck, "factors"),
                     *weights = json_array_get(factors, 1);
        assert_int_equal(json_array_size(factors), 2);
        assert_string_equal(json_string_value(json_object_get(weights, "name")), "weights");
        assert_true(number_at(json_object_get(weights, "total"), "value") == 0);
        assert_true(number_at(json_object_get(weights, "total"), "high") == 0);
        assert_true(number_at(luck, "variance") > 0);
        for (size_t i = 1; i < 3; i++)
            assert_true(number_at(json_array_get(json_object_get(luck, "terms"), i), "variance") ==
                        0);
    }
    const json_t *own =
        json_object_get(json_object_get(side_of(json, 0), "luck_by_source"), "own_run");
    assert_true(number_at(json_object_get(own, "sources"), "weights") == 0);
    const double split = number_at(json_object_get(own, "sources"), "split");
    assert_true(fabs(split - number_at(own, "luck")) <= 1e-12 * fabs(split));
    json_decref(json);
    work_end(folder);
}

// The grids are the same: of both sides and of nothing else.
static void test_variance_reads_what_explain_ran(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD SIDES "[protocol.other]\noptimizer = adam\nsplitter = half\n"
                                         "seeds = none\n");
    expect_run("explain s.ini --no-report", 0, "", NULL);
    json_t *variance = json_of("variance s --json"),
           *explain = json_of("explain s --json --no-report");
    const json_t *cells = json_object_get(variance, "cells");
    assert_int_equal(json_array_size(cells), 2);
    for (size_t side = 0; side < 2; side++) {
        const json_t *cell = json_array_get(cells, side),
                     *luck = json_object_get(side_of(explain, side), "luck_by_source");
        assert_string_equal(json_string_value(json_object_get(cell, "cell")),
                            side ? "grid" : "manual");
        assert_true(json_equal(json_object_get(cell, "terms"), json_object_get(luck, "terms")));
        assert_true(json_equal(json_object_get(cell, "factors"), json_object_get(luck, "factors")));
    }
    json_decref(variance);
    json_decref(explain);
    expect_run("variance s --quiet", 0,
               "From 64 runs: 4 splits, 4 initial weights and 4 row orders", "");
    expect_run("explain s.ini --no-report --set explain.luck=no", 0, "", NULL);
    expect_run("variance s", 3, "", "no crossed grid of seeds is in it");
    work_end(folder);
}

// A grid that is not whole says nothing yet, and the page that it is not.
static void test_a_grid_under_way(void **state)
{
    (void)state;
    char *folder = work_begin(HEAD SIDES);
    ran whole = run_hpbench("explain s.ini");
    assert_non_null(strstr(whole.out, "all of it is the "));
    store_alter(
        "DELETE FROM trial WHERE replicate > 60 AND cell IN (SELECT id FROM cell WHERE label "
        "LIKE '%, seeds crossed')");
    ran partial = run_hpbench("explain s");
    assert_int_equal(partial.code, 6);
    assert_null(strstr(partial.out, "all of it "));
    json_t *json = json_of_code("explain s --json --no-report", 6);
    const json_t *luck = json_object_get(side_of(json, 0), "luck_by_source");
    assert_true(number_at(luck, "stored") == 61 && json_is_null(json_object_get(luck, "terms")));
    assert_true(json_is_null(json_object_get(luck, "own_run")));
    json_decref(json);
    expect_run("explain s.ini", 0, whole.out, NULL); // goes on where it was
    ran_free(&whole);
    ran_free(&partial);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_luck_adds_up),
        cmocka_unit_test(test_luck_that_is_known),
        cmocka_unit_test(test_variance_reads_what_explain_ran),
        cmocka_unit_test(test_a_grid_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
