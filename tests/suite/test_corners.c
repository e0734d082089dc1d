// SPDX-License-Identifier: Apache-2.0
// The corners of two protocols: with nothing turned over it is the first protocol, with everything the second.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_corners.h"

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
        // what is of training goes with the solver
        {"optimizer = sgd\nhidden = none\nepochs = 9\nshuffle = no\n",
         "optimizer = sgd\nhidden = none\nsolver = least_squares\nvalidation_split = 0.2\n", 2},
        {"optimizer = sgd\ngrid.model = wide, deep\nactivation = tanh\n",
         "optimizer = sgd\ngrid.model = wide, deep\n", 1},
    };
    for (size_t i = 0; i < HPB_COUNT(pairs); i++) {
        expect_ends(pairs[i].a, pairs[i].b, pairs[i].n_factors);
        expect_ends(pairs[i].b, pairs[i].a, pairs[i].n_factors);
    }
}

// --- what each corner is ----------------------------------------------------------------------------------------

// What changes no result: equal corners are one cell, which has it as the first of them.
static void drop_unused(json_t *spec)
{
    const json_t *candidates = json_object_get(json_object_get(spec, "protocol"), "candidates");
    json_decref(take(spec, "protocol.preset"));
    if (json_array_size(candidates) == 1) {
        json_decref(take(spec, "protocol.select"));
        json_decref(take(spec, "protocol.scoring"));
    }
}

// A factor and all that it may turn over.
typedef struct turned {
    const char *name, *paths[4];
} turned;

static void expect_equal(json_t *found, json_t *expected, uint32_t mask, const char *what)
{
    if (!json_equal(found, expected) && found != expected) // both may be NULL
        fail_msg("corner %u, %s: %s", mask, what, json_dumps(found, JSON_ENCODE_ANY));
    json_decref(found);
    json_decref(expected);
}

// In every corner each factor's values are those of the side that its bit says; all else is the same in all corners.
static void expect_corners(const char *text, const turned *factors, uint32_t n)
{
    tested_accept(&fixture, text);
    const hpb_explain *explain = &fixture.suite.explain;
    for (uint32_t i = 0; i < explain->n_factors || i < n; i++)
        assert_string_equal(i < explain->n_factors ? explain->factors[i].name : "none",
                            i < n ? factors[i].name : "none");
    for (uint32_t mask = 0; mask < 1u << n; mask++) {
        json_t *a = spec_of(0), *b = spec_of((1u << n) - 1), *corner = spec_of(mask);
        for (uint32_t i = 0; i < n; i++)
            for (size_t k = 0; k < HPB_COUNT(factors[i].paths) && factors[i].paths[k]; k++) {
                json_t *of_a = take(a, factors[i].paths[k]), *of_b = take(b, factors[i].paths[k]);
                const bool is_b = mask >> i & 1;
                expect_equal(take(corner, factors[i].paths[k]), json_incref(is_b ? of_b : of_a),
                             mask, factors[i].paths[k]);
                json_decref(of_a);
                json_decref(of_b);
            }
        drop_unused(corner);
        drop_unused(a);
        json_decref(b);
        expect_equal(corner, a, mask, "the rest");
    }
    tested_drop(&fixture);
}

// A choice with keys of its own, keys of [fit] and [model], candidates, selection, report with its outer split, seeds.
static void test_each_kind_is_turned_over(void **state)
{
    (void)state;
    static const turned factors[] = {
        {"hidden", {"model.hidden"}},
        {"epochs", {"fit.epochs"}},
        {"optimizer", {"optimizer"}},
        {"splitter", {"splitter"}},
        {"seeds", {"seeds"}},
        {"candidates", {"protocol.candidates", "fit.batch_size"}},
        {"selection", {"protocol.select", "protocol.scoring"}},
        {"report", {"protocol.report", "protocol.outer"}},
    };
    expect_corners(HEAD
                   "[seeds.mine]\npolicy = keras.utils.set_random_seed\nseed = 42\n"
                   "[seeds.none]\npolicy = unseeded\n[fit]\nepochs = 7\n"
                   "[splitter.half]\nplugin = train_test_split\nrandom_state = 42\n"
                   "[protocol.a]\noptimizer = sgd\nlr = 0.3\nmomentum = 0.9\nhidden = 5\n"
                   "seeds = mine\nsplitter = half\ngrid.batch_size = 8, 16\nselect = train\n"
                   "[protocol.b]\npreset = gridsearchcv\noptimizer = adam\nepochs = 3\n"
                   "beta_1 = 0.8\nhidden = 6\nseeds = none\ngrid.batch_size = 4, 2\nscoring = r2\n"
                   "outer = train_test_split\nreport = refit\n",
                   factors, HPB_COUNT(factors));
}

static void test_presets_are_turned_over(void **state)
{
    (void)state;
    static const turned scikeras[] = {
        {"epochs", {"fit.epochs"}},   {"validation_split", {"fit.validation_split"}},
        {"optimizer", {"optimizer"}}, {"early_stopping", {"early_stopping"}},
        {"splitter", {"splitter"}},
    };
    static const turned keras[] = {
        {"epochs", {"fit.epochs"}},
        {"batch_size", {"fit.batch_size"}},
        {"early_stopping", {"early_stopping"}},
        {"splitter", {"splitter"}},
        {"candidates", {"protocol.candidates", "optimizer.learning_rate"}},
    };
#define MANUAL                                                                                     \
    HEAD "[early_stopping.late]\nplugin = patience\nmonitor = loss\n[fit]\nepochs = 9\n"           \
         "[protocol.a]\noptimizer = sgd\nearly_stopping = late\n"
    expect_corners(MANUAL "validation_split = 0.2\n[protocol.b]\npreset = gridsearchcv_scikeras\n"
                          "optimizer = adam\n",
                   scikeras, HPB_COUNT(scikeras));
    // what Keras' own wrapper loses is lost in its corners, and stays where it is A's
    expect_corners(MANUAL "batch_size = 8\n[protocol.b]\npreset = gridsearchcv_keras\n"
                          "optimizer = sgd\nepochs = 100\nearly_stopping = late\nbatch_size = 16\n"
                          "grid.learning_rate = 0.1, 0.2\nscoring = neg_mean_squared_error\n",
                   keras, HPB_COUNT(keras));
}

// Keys go with the choice that they are of: adam does not get a momentum, and what both list goes with the candidates.
static void test_keys_go_with_their_choice(void **state)
{
    (void)state;
    static const turned factors[] = {
        {"optimizer", {"optimizer.plugin", "optimizer.momentum", "optimizer.beta_1"}},
        {"candidates", {"protocol.candidates", "optimizer.learning_rate"}},
    };
    tested_accept(&fixture, HEAD "[protocol.a]\noptimizer = sgd\nmomentum = 0.9\n"
                                 "grid.learning_rate = 0.1, 0.2\n[protocol.b]\noptimizer = adam\n"
                                 "beta_1 = 0.8\ngrid.learning_rate = 0.01, 0.02, 0.03\n");
    static const char *const plugin[] = {"sgd", "adam", "sgd", "adam"},
                             *const rate[] = {"0.1", "0.1", "0.01", "0.01"},
                             *const momentum[] = {"0.9", NULL, "0.9", NULL};
    for (uint32_t mask = 0; mask < 4; mask++) {
        json_t *spec = spec_of(mask);
        const json_t *optimizer = json_object_get(spec, "optimizer");
        const char *found = json_string_value(json_object_get(optimizer, "momentum"));
        assert_string_equal(json_string_value(json_object_get(optimizer, "plugin")), plugin[mask]);
        assert_string_equal(json_string_value(json_object_get(optimizer, "learning_rate")),
                            rate[mask]);
        assert_string_equal(found ? found : "none", momentum[mask] ? momentum[mask] : "none");
        json_decref(spec);
    }
    assert_string_equal(fixture.suite.explain.factors[0].name, factors[0].name);
    assert_string_equal(fixture.suite.explain.factors[1].value[1],
                        "learning_rate 0.01, 0.02, 0.03");
    tested_drop(&fixture);
}

// Groups and folds of rows are the data's, whatever splits them.
static void test_rows_in_groups(void **state)
{
    (void)state;
    static const turned factors[] = {{"optimizer", {"optimizer"}}, {"splitter", {"splitter"}}};
    char *text = hpb_format(HEAD "[data]\nfile = %s/../suites/data/diabetes.csv\n"
                                 "target = progression\ngroup = sex\n"
                                 "[splitter.by_sex]\nplugin = group_kfold\nn_splits = 2\n"
                                 "[protocol.a]\noptimizer = sgd\nsplitter = by_sex\n"
                                 "[protocol.b]\noptimizer = adam\nsplitter = kfold\n",
                            HPB_TEST_SOURCE);
    expect_corners(text, factors, HPB_COUNT(factors));
    free(text);
}

// --- seeds --------------------------------------------------------------------------------------------------------

#define SEEDED                                                                                     \
    "[data]\nseed = 3\n[seeds.mine]\nweights = 42\norder = 43\nsplit = 44\n"                       \
    "[splitter.half]\nplugin = train_test_split\nrandom_state = 42\n"                              \
    "[splitter.other]\nplugin = train_test_split\nrandom_state = 7\n"                              \
    "[protocol.a]\noptimizer = sgd\nseeds = mine\nsplitter = half\n"                               \
    "[protocol.b]\noptimizer = adam\nseeds = mine\nsplitter = other\n"

static void test_seeds_are_fresh_but_for_what_is_shared(void **state)
{
    (void)state;
    static const struct {
        const char *shared;
        uint32_t n_factors;
        const char *values[5]; // of data, split, weights, order, random_state
    } cases[] = {
        {"", 1, {"3", "fresh", "fresh", "fresh", "none"}},
        {"shared = none\n", 1, {"fresh", "fresh", "fresh", "fresh", "none"}},
        {"shared = data, weights\n", 1, {"3", "fresh", "42", "fresh", "none"}},
        {"shared = order\n", 1, {"fresh", "fresh", "fresh", "43", "none"}},
        // a number that both are to have, and have not, is no luck
        {"shared = split\n", 2, {"fresh", "44", "fresh", "fresh", "42"}},
    };
    static const char *const paths[] = {"data.seed", "seeds.split", "seeds.weights", "seeds.order",
                                        "splitter.random_state"};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char *text = hpb_format(HEAD "%s" SEEDED, cases[i].shared);
        tested_accept(&fixture, text);
        assert_int_equal(fixture.suite.explain.n_factors, cases[i].n_factors);
        for (size_t k = 0; k < HPB_COUNT(paths); k++)
            assert_string_equal(value_at(0, paths[k]), cases[i].values[k]);
        tested_drop(&fixture);
        free(text);
    }
}

// Protocols as they are written keep their numbers: they are one run each.
static void test_own_cells_are_as_written(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD SEEDED);
    const hpb_plan *plan = &fixture.plan;
    assert_int_equal(plan->n_cells, 4 + 2); // both with more epochs as well
    assert_int_equal(plan->n_corners, 2 + 2);
    for (uint32_t i = 0; i < 2; i++) {
        const hpb_cell *own = &plan->cells[plan->compared[0].own[i]];
        const hpb_cell *corner = &plan->cells[plan->compared[0].corners[i]];
        assert_int_equal(own->n_replicates, 1);
        assert_int_equal(corner->n_replicates, 4);
        assert_string_equal(corner->label, i ? "b, fresh seeds" : "a, fresh seeds");
        assert_int_equal(hpb_cell_seeds(plan, own, 0).seed[HPB_STREAM_WEIGHTS], 42);
    }
    for (uint32_t r = 0; r < 4; r++) { // the same in each corner, run by run
        const hpb_trial_seeds a =
            hpb_cell_seeds(plan, &plan->cells[plan->compared[0].corners[0]], r);
        const hpb_trial_seeds b =
            hpb_cell_seeds(plan, &plan->cells[plan->compared[0].corners[1]], r);
        assert_memory_equal(a.seed, b.seed, sizeof a.seed);
        assert_int_not_equal(a.seed[HPB_STREAM_WEIGHTS], 42);
    }
    tested_drop(&fixture);
}

// What `run` has stored of a search `explain` finds, though its axes are named for the corners' sake.
static void test_own_keys_are_those_of_a_run(void **state)
{
    (void)state;
#define SEARCHES                                                                                   \
    "[splitter.thirds]\nplugin = kfold\nn_splits = 3\n[seeds.mine]\nweights = 5\n"                 \
    "[protocol.a]\noptimizer = sgd\ngrid.epochs = 1, 2\n"                                          \
    "[protocol.b]\noptimizer = adam\ngrid.epochs = 1, 2\n"
    char key[HPB_SHA256_TEXT];
    tested_accept(&fixture, "[suite]\nreplicates = 4\n" SEARCHES);
    memcpy(key, fixture.plan.cells[0].key, sizeof key);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "shared = none\n" SEARCHES);
    assert_string_equal(fixture.plan.cells[fixture.plan.compared[0].own[0]].key, key);
    tested_drop(&fixture);
}

// What corners have for themselves is the suite's one section; of several each would be crossed.
static void test_axes_that_no_protocol_names(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[splitter.thirds]\nplugin = kfold\nn_splits = 3\n"
                                 "[seeds.mine]\nweights = 5\n[data]\nseed = 3\n" TWO);
    assert_string_equal(value_at(1, "splitter.n_splits"), "3");
    assert_string_equal(value_at(1, "seeds.weights"), "fresh");
    const hpb_cell *own = &fixture.plan.cells[fixture.plan.compared[0].own[0]];
    assert_string_equal(hpb_choice_text(own->choice[HPB_AXIS_SEEDS], "weights"), "5");
    tested_drop(&fixture);
    tested_refuse(&fixture, HEAD "[splitter.kfold]\n[splitter.bootstrap]\n" TWO,
                  "[protocol.a] splitter: several are crossed, but what explains has its own; "
                  "expected a label in each protocol");
    tested_drop(&fixture);
    tested_refuse(&fixture, HEAD "shared = none\n[data.one]\n[data.two]\nseed = fresh\n" TWO,
                  "[protocol.a] data: several are crossed");
    tested_drop(&fixture);
    assert_string_equal(fixture.diagnostics.item[0].hint,
                        "data = LABEL, or [explain] shared = data");
    tested_accept(&fixture, HEAD "shared = none\n[data.one]\nrows = 50\n" TWO);
    assert_string_equal(value_at(0, "data.rows"), "50");
    assert_string_equal(value_at(0, "data.seed"), "fresh");
    tested_drop(&fixture);
}

// --- one cell, several settings, filters --------------------------------------------------------------------------

// What chooses among one candidate never acts.
static void test_equal_corners_are_one_cell(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[protocol.a]\noptimizer = sgd\nselect = train\n"
                                 "[protocol.b]\noptimizer = sgd\nselect = cv\n"
                                 "grid.batch_size = 4, 8\n");
    const hpb_compared *compared = &fixture.plan.compared[0];
    assert_int_equal(fixture.suite.explain.n_factors, 2);
    assert_string_equal(fixture.suite.explain.factors[1].name, "selection");
    assert_int_equal(compared->corners[0], compared->own[0]);
    assert_int_equal(compared->corners[2], compared->own[0]);
    assert_int_equal(compared->corners[3], compared->own[1]);
    assert_int_equal(fixture.plan.n_cells, 3 + 2);
    assert_int_equal(fixture.plan.n_corners, 1 + 2);
    assert_int_equal(fixture.plan.n_trials, 5 * 4);
    assert_int_equal(fixture.plan.n_fits, 4 * (1 + 2 + 2 + 1 + 2));
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "[protocol.a]\noptimizer = sgd\n[protocol.b]\noptimizer = sgd\n");
    assert_int_equal(fixture.suite.explain.n_factors, 0); // the same procedure
    assert_int_equal(fixture.plan.n_cells, 2);
    assert_int_equal(fixture.plan.compared[0].corners[0], 0);
    assert_int_equal(fixture.plan.compared[0].own[1], 1);
    tested_drop(&fixture);
}

// Early stopping that watches validation rows which are not there is none: trained once, whatever its patience.
static void test_a_rule_that_never_acts(void **state)
{
    (void)state;
#define WATCHED(keys)                                                                              \
    HEAD "[early_stopping.late]\nplugin = patience\n" keys                                         \
         "[protocol.a]\noptimizer = sgd\nearly_stopping = late\nvalidation_split = 0.2\n"          \
         "[protocol.b]\noptimizer = adam\nearly_stopping = none\nvalidation_split = 0\n"
    tested_accept(&fixture, WATCHED("monitor = val_loss\n"));
    static const char *const factors[] = {"validation_split", "optimizer", "early_stopping"};
    for (uint32_t i = 0; i < 3; i++)
        assert_string_equal(fixture.suite.explain.factors[i].name, factors[i]);
    const uint32_t *corners = fixture.plan.compared[0].corners;
    assert_int_equal(corners[1], corners[5]); // with rows kept back each has its own
    assert_int_equal(corners[3], corners[7]); // that is B
    assert_string_equal(fixture.plan.cells[corners[7]].label, "b");
    assert_int_not_equal(corners[0], corners[4]);
    assert_int_equal(fixture.plan.n_cells, 6 + 2); // both with more epochs as well
    assert_string_equal(value_at(1, "early_stopping.plugin"), "never");
    tested_drop(&fixture);
    tested_accept(&fixture, WATCHED("monitor = loss\n"));
    assert_int_equal(fixture.plan.n_cells, 8 + 2);
    tested_drop(&fixture);
}

#define TWO_DATA                                                                                   \
    HEAD "[data.fixed]\nseed = 0\n[data.fresh]\nseed = fresh\n"                                    \
         "[protocol.a]\noptimizer = sgd\n[protocol.b]\noptimizer = adam\nepochs = 5\n"

// Parses and plans with a --filter option.
static void filtered(const char *text, const char *filter)
{
    hpb_error error = {0};
    memset(&fixture.diagnostics, 0, sizeof fixture.diagnostics);
    assert_true(hpb_suite_parse("suites/tested.ini", text, strlen(text), NULL, 0, &fixture.registry,
                                &fixture.suite, &fixture.diagnostics));
    assert_int_equal(hpb_suite_filter(&fixture.suite, &filter, 1, &error), HPB_EXIT_OK);
    fixture.is_good = hpb_plan_make(&fixture.suite, tested_count, &fixture.probe, &fixture.plan,
                                    &fixture.diagnostics);
}

static void test_each_setting_that_is_crossed_has_its_own(void **state)
{
    (void)state;
    tested_accept(&fixture, TWO_DATA);
    const hpb_plan *plan = &fixture.plan;
    assert_int_equal(plan->n_compared, 2);
    assert_int_equal(plan->n_cells, 2 * (4 + 2));
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t mask = 0; mask < 4; mask++)
            assert_string_equal(
                plan->cells[plan->compared[i].corners[mask]].choice[HPB_AXIS_DATA]->name,
                i ? "fresh" : "fixed");
    tested_drop(&fixture);
    filtered(TWO_DATA, "data=fresh");
    assert_true(fixture.is_good);
    assert_int_equal(fixture.plan.n_compared, 1);
    assert_int_equal(fixture.plan.n_cells, 4 + 2);
    tested_drop(&fixture);
    static const char *const filters[] = {"optimizer=adam", "protocol=a"};
    for (size_t i = 0; i < HPB_COUNT(filters); i++) {
        filtered(TWO_DATA, filters[i]);
        assert_false(fixture.is_good);
        assert_int_equal(fixture.diagnostics.item[0].code, HPB_EXIT_USAGE);
        assert_non_null(strstr(fixture.diagnostics.item[0].text,
                               "[explain]: --filter leaves out settings of the two protocols"));
        tested_drop(&fixture);
    }
    tested_refuse(&fixture, TWO_DATA "[cross]\nexclude = a\n",
                  "[explain]: [cross] exclude leaves out settings of the two protocols");
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_each_kind_is_turned_over),
        cmocka_unit_test(test_presets_are_turned_over),
        cmocka_unit_test(test_keys_go_with_their_choice),
        cmocka_unit_test(test_rows_in_groups),
        cmocka_unit_test(test_seeds_are_fresh_but_for_what_is_shared),
        cmocka_unit_test(test_own_cells_are_as_written),
        cmocka_unit_test(test_own_keys_are_those_of_a_run),
        cmocka_unit_test(test_axes_that_no_protocol_names),
        cmocka_unit_test(test_equal_corners_are_one_cell),
        cmocka_unit_test(test_a_rule_that_never_acts),
        cmocka_unit_test(test_each_setting_that_is_crossed_has_its_own),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
