// SPDX-License-Identifier: Apache-2.0
// Protocols: what goes before what, the order of candidates, presets, and what is crossed beside them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

#include <stdio.h>

#define HEAD "[suite]\nreplicates = 10\n"

static const char *text_of(const hpb_cell *cell, uint32_t candidate, hpb_axis axis,
                           const char *name)
{
    return hpb_choice_text(cell->candidates[candidate].choice[axis], name);
}

static void override(const char *text, const char *option)
{
    tested_parse_bytes(&fixture, "suites/tested.ini", text, strlen(text), &option, 1);
}

// As sklearn.model_selection.ParameterGrid({"momentum": [0, 0.9], "epochs": [5, 7], "learning_rate": [0.1, 0.2]}).
static void test_candidates_come_in_the_order_of_parameter_grid(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "epochs 5 learning_rate 0.1 momentum 0", "epochs 5 learning_rate 0.1 momentum 0.9",
        "epochs 5 learning_rate 0.2 momentum 0", "epochs 5 learning_rate 0.2 momentum 0.9",
        "epochs 7 learning_rate 0.1 momentum 0", "epochs 7 learning_rate 0.1 momentum 0.9",
        "epochs 7 learning_rate 0.2 momentum 0", "epochs 7 learning_rate 0.2 momentum 0.9"};
    tested_accept(&fixture, HEAD "[protocol.grid]\npreset = gridsearchcv\noptimizer = sgd\n"
                                 "grid.momentum = 0, 0.9\ngrid.epochs = 5, 7\n"
                                 "grid.learning_rate = 0.1, 0.2\n");
    const hpb_cell *cell = &fixture.plan.cells[0];
    assert_int_equal(fixture.plan.n_cells, 1);
    assert_string_equal(cell->label, "grid");
    assert_int_equal(cell->n_candidates, 8);
    assert_int_equal(cell->n_splits, 5);
    assert_int_equal(cell->n_fits, 40);
    for (uint32_t i = 0; i < 8; i++) {
        assert_string_equal(cell->candidates[i].label, labels[i]);
        assert_string_equal(text_of(cell, i, HPB_AXIS_FIT, "epochs"), i < 4 ? "5" : "7");
        assert_string_equal(text_of(cell, i, HPB_AXIS_OPTIMIZER, "learning_rate"),
                            i / 2 % 2 ? "0.2" : "0.1");
        assert_string_equal(text_of(cell, i, HPB_AXIS_OPTIMIZER, "momentum"), i % 2 ? "0.9" : "0");
    }
    tested_drop(&fixture);
}

static void test_candidates_of_several_optimizers(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[optimizer.fast]\nplugin = sgd\nmomentum = 0.9\n"
                                 "[protocol.a]\ngrid.optimizer = fast, adam\n"
                                 "grid.hidden = 10, 8 4\ngrid.learning_rate = 0.1, 0.2\n");
    const hpb_cell *cell = &fixture.plan.cells[0];
    assert_int_equal(cell->n_candidates, 8);
    assert_string_equal(cell->candidates[0].label, "hidden 10 learning_rate 0.1 optimizer fast");
    assert_string_equal(cell->candidates[7].label, "hidden 8 4 learning_rate 0.2 optimizer adam");
    assert_string_equal(text_of(cell, 0, HPB_AXIS_OPTIMIZER, "momentum"), "0.9");
    assert_string_equal(cell->candidates[1].choice[HPB_AXIS_OPTIMIZER]->plugin->id, "adam");
    assert_string_equal(text_of(cell, 7, HPB_AXIS_MODEL, "hidden"), "8 4");
    tested_drop(&fixture);
}

// The protocol's own key before its preset, that before the section, that before the default.
static void test_what_goes_before_what(void **state)
{
    (void)state;
    tested_accept(&fixture,
                  HEAD "[fit]\nepochs = 100\nbatch_size = 10\n"
                       "[protocol.told]\npreset = gridsearchcv_scikeras\noptimizer = sgd\n"
                       "epochs = 50\nscoring = neg_mean_squared_error\n"
                       "[protocol.untold]\npreset = gridsearchcv_scikeras\noptimizer = sgd\n"
                       "[protocol.plain]\npreset = gridsearchcv\noptimizer = sgd\n");
    const hpb_cell *cells = fixture.plan.cells;
    static const char *const epochs[] = {"50", "1", "100"}, *const batch[] = {"32", "32", "10"};
    for (uint32_t i = 0; i < 3; i++) {
        assert_string_equal(text_of(&cells[i], 0, HPB_AXIS_FIT, "epochs"), epochs[i]);
        assert_string_equal(text_of(&cells[i], 0, HPB_AXIS_FIT, "batch_size"), batch[i]);
        assert_int_equal(cells[i].scoring, i == 1 ? HPB_SCORING_R2 : HPB_SCORING_NEG_MSE);
        assert_int_equal(cells[i].select, HPB_SELECT_CV);
    }
    const hpb_choice *fit = cells[1].choice[HPB_AXIS_FIT];
    const hpb_setting *setting = hpb_choice_setting(fit, "epochs");
    assert_true(setting->is_default);
    assert_string_equal(hpb_setting_source(fit, setting), "scikeras");
    assert_false(hpb_choice_setting(cells[0].choice[HPB_AXIS_FIT], "epochs")->is_default);
    assert_string_equal(
        hpb_setting_source(cells[2].choice[HPB_AXIS_PROTOCOL],
                           hpb_choice_setting(cells[2].choice[HPB_AXIS_PROTOCOL], "splitter")),
        "scikit-learn");
    tested_drop(&fixture);
}

// A [splitter.kfold] of the suite is not what GridSearchCV does untold.
static void test_a_preset_means_the_library_not_a_section(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[splitter.kfold]\nn_splits = 10\n"
                                 "[protocol.untold]\npreset = gridsearchcv\noptimizer = sgd\n"
                                 "[protocol.told]\npreset = gridsearchcv\noptimizer = sgd\n"
                                 "splitter = kfold\n");
    assert_int_equal(fixture.plan.cells[0].n_splits, 5);
    assert_int_equal(fixture.plan.cells[1].n_splits, 10);
    tested_drop(&fixture);
}

static void test_fit_kwargs_are_lost_by_keras_own_wrapper(void **state)
{
    (void)state;
    tested_accept(&fixture,
                  HEAD "[fit]\nepochs = 100\n[early_stopping.patience]\nmonitor = loss\n"
                       "[protocol.a]\npreset = gridsearchcv_keras\noptimizer = sgd\n"
                       "epochs = 100\nearly_stopping = patience\ngrid.learning_rate = 0.1, 0.2\n");
    const hpb_cell *cell = &fixture.plan.cells[0];
    assert_string_equal(text_of(cell, 1, HPB_AXIS_FIT, "epochs"), "1");
    assert_string_equal(cell->choice[HPB_AXIS_EARLY_STOPPING]->plugin->id, "never");
    assert_int_equal(fixture.plan.n_warnings, 2);
    assert_string_equal(
        fixture.plan.warnings[0],
        "[protocol.a] epochs = 100 never acts. Keras: SKLearnRegressor loses fit_kwargs when "
        "scikit-learn clones it");
    tested_drop(&fixture);
}

// set_params() comes after clone(): what GridSearchCV's own grid says of fit_kwargs reaches the fits.
static void test_the_grid_of_keras_own_wrapper_acts(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[early_stopping.patience]\nmonitor = loss\n[protocol.a]\n"
                                 "preset = gridsearchcv_keras\noptimizer = sgd\nbatch_size = 8\n"
                                 "grid.early_stopping = none, patience\ngrid.epochs = 3, 5\n");
    const hpb_cell *cell = &fixture.plan.cells[0];
    assert_int_equal(cell->n_candidates, 4);
    for (uint32_t c = 0; c < 4; c++) {
        assert_string_equal(text_of(cell, c, HPB_AXIS_FIT, "epochs"), c % 2 ? "5" : "3");
        assert_string_equal(text_of(cell, c, HPB_AXIS_FIT, "batch_size"), "32");
        assert_string_equal(cell->candidates[c].choice[HPB_AXIS_EARLY_STOPPING]->plugin->id,
                            c < 2 ? "never" : "patience");
    }
    assert_int_equal(fixture.plan.n_warnings, 1);
    tested_drop(&fixture);
}

static void test_what_no_protocol_names_is_crossed(void **state)
{
    (void)state;
    tested_accept(&fixture,
                  HEAD "[data.fixed]\nseed = 0\n[data.fresh]\nseed = fresh\n"
                       "[protocol.a]\noptimizer = sgd\n"
                       "[protocol.b]\noptimizer = adam\nlabel = Bee\n[explain]\ncompare = b, a\n");
    static const char *const labels[] = {"a & fixed", "a & fresh", "Bee & fixed", "Bee & fresh"};
    assert_int_equal(fixture.plan.n_cells, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_string_equal(fixture.plan.cells[i].label, labels[i]);
    assert_true(hpb_plan_is_factor(&fixture.plan, HPB_AXIS_PROTOCOL));
    assert_true(hpb_plan_is_factor(&fixture.plan, HPB_AXIS_DATA));
    assert_false(hpb_plan_is_factor(&fixture.plan, HPB_AXIS_OPTIMIZER));
    assert_int_equal(fixture.suite.compare[0], 1);
    assert_int_equal(fixture.suite.compare[1], 0);
    tested_drop(&fixture);
}

static void test_outer_and_refit_are_counted(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[splitter.outer]\nplugin = kfold\nn_splits = 3\n"
                                 "[protocol.nested]\npreset = gridsearchcv\noptimizer = sgd\n"
                                 "grid.learning_rate = 0.1, 0.2\nouter = outer\nreport = refit\n"
                                 "[protocol.holdout]\npreset = gridsearchcv\noptimizer = sgd\n"
                                 "outer = train_test_split\n");
    const hpb_cell *cells = fixture.plan.cells;
    assert_int_equal(cells[0].n_outer, 3);
    assert_int_equal(cells[0].n_fits, 3 * (2 * 5 + 1));
    assert_string_equal(cells[0].outer->plugin->id, "kfold");
    assert_int_equal(cells[1].n_outer, 1);
    assert_int_equal(cells[1].n_fits, 5);
    tested_drop(&fixture);
}

static void key_of(const char *text, uint32_t cell, char out[HPB_SHA256_TEXT])
{
    tested_accept(&fixture, text);
    strcpy(out, fixture.plan.cells[cell].key);
    tested_drop(&fixture);
}

// One candidate and no outer split is the crossed cell; equal protocols have keys of their own; the rest counts.
static void test_keys(void **state)
{
    (void)state;
    char crossed[HPB_SHA256_TEXT], one[HPB_SHA256_TEXT], other[HPB_SHA256_TEXT];
    key_of(HEAD "[optimizer.sgd]\nlearning_rate = 0.1\n", 0, crossed);
    key_of(HEAD "[protocol.a]\noptimizer = sgd\nlearning_rate = 0.1\nreported = 0.27\n", 0, one);
    assert_string_equal(crossed, one);
    key_of(HEAD "[protocol.a]\noptimizer = sgd\nlearning_rate = 0.1\n[protocol.b]\n"
                "optimizer = sgd\nlearning_rate = 0.1\n",
           1, other);
    assert_string_not_equal(one, other);
    key_of(HEAD "[protocol.a]\noptimizer = sgd\ngrid.learning_rate = 0.1, 0.2\n", 0, one);
    static const char *const different[] = {
        HEAD "[protocol.a]\noptimizer = sgd\ngrid.learning_rate = 0.2, 0.1\n",
        HEAD "[protocol.a]\noptimizer = sgd\ngrid.learning_rate = 0.1, 0.3\n",
        HEAD "[protocol.a]\noptimizer = sgd\ngrid.learning_rate = 0.1, 0.2\nselect = train\n",
        HEAD "[protocol.a]\noptimizer = sgd\ngrid.learning_rate = 0.1, 0.2\nscoring = r2\n"};
    for (size_t i = 0; i < HPB_COUNT(different); i++) {
        key_of(different[i], 0, other);
        assert_string_not_equal(one, other);
    }
}

// An order of rows that one candidate alone draws makes the cell random.
static void test_random_where_any_candidate_is(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[seeds.x]\nweights = 1\nsplit = 1\n[protocol.a]\nseeds = x\n"
                                 "optimizer = sgd\ngrid.shuffle = no, yes\n"
                                 "[protocol.b]\nseeds = x\noptimizer = sgd\nshuffle = no\n");
    assert_int_equal(fixture.plan.cells[0].n_replicates, 10);
    assert_int_equal(fixture.plan.cells[1].n_replicates, 1);
    tested_drop(&fixture);
}

// A splitter's own `shuffle` is not the grid's.
static void test_params_are_the_grid_s_own(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[protocol.a]\npreset = gridsearchcv\n"
                                 "grid.optimizer = sgd, adam\ngrid.shuffle = no, yes\n"
                                 "grid.early_stopping = budget, none\nepochs = 9\n"
                                 "[early_stopping.budget]\nepochs = 5\n");
    const hpb_cell *cell = &fixture.plan.cells[0];
    json_t *spec = hpb_cell_to_json(&fixture.plan, cell);
    const json_t *candidates = json_object_get(json_object_get(spec, "protocol"), "candidates");
    static const char *const shuffle[] = {"no", "yes"}, *const optimizer[] = {"sgd", "adam"},
                             *const rule[] = {"budget", "none"};
    assert_int_equal(json_array_size(candidates), 8);
    for (size_t i = 0; i < 8; i++) {
        const json_t *params = json_object_get(json_array_get(candidates, i), "params");
        assert_string_equal(json_string_value(json_object_get(params, "shuffle")), shuffle[i % 2]);
        assert_string_equal(json_string_value(json_object_get(params, "optimizer")),
                            optimizer[i / 2 % 2]);
        assert_string_equal(json_string_value(json_object_get(params, "early_stopping")),
                            rule[i / 4]);
    }
    json_decref(spec);
    tested_drop(&fixture);
}

// `step` is learning_rate wherever it is read: in the order of candidates, and in what is stored and printed of them.
static void test_keys_go_by_the_name_of_their_parameter(void **state)
{
    (void)state;
    const hpb_plugin_info *sgd = hpb_registry_find(&fixture.registry, HPB_KIND_OPTIMIZER, "sgd");
    hpb_param *rate = (hpb_param *)&sgd->params[0];
    const char *const before = rate->aliases;
    assert_string_equal(rate->name, "learning_rate");
    rate->aliases = "step";
    tested_accept(&fixture, HEAD "[protocol.a]\noptimizer = sgd\ngrid.step = 0.1, 0.2\n"
                                 "grid.momentum = 0, 0.9\ngrid.nesterov = no, yes\n");
    rate->aliases = before;
    const hpb_cell *cell = &fixture.plan.cells[0];
    assert_string_equal(cell->candidates[1].label, "learning_rate 0.1 momentum 0 nesterov yes");
    assert_string_equal(cell->protocol->grid[0], "learning_rate");
    json_t *spec = hpb_cell_to_json(&fixture.plan, cell);
    const json_t *candidates = json_object_get(json_object_get(spec, "protocol"), "candidates");
    const json_t *params = json_object_get(json_array_get(candidates, 7), "params");
    assert_string_equal(json_string_value(json_object_get(params, "learning_rate")), "0.2");
    json_decref(spec);
    tested_drop(&fixture);
}

// A point stands before the key, and before its grid.
static void test_overrides_of_a_grid(void **state)
{
    (void)state;
    static const char suite[] =
        HEAD "[protocol.grid]\noptimizer = sgd\ngrid.learning_rate = 0.1, 0.2\n"
             "[protocol.v1.2]\noptimizer = sgd\n[protocol.v1.2.grid]\noptimizer = sgd\n";
    static const struct {
        const char *option;
        uint32_t cell, n;
        const char *label; // of the last candidate
    } good[] = {
        {"protocol.grid.grid.learning_rate=0.5", 0, 1, "learning_rate 0.5"},
        {"Protocol.Grid.Grid.Momentum = 0, 0.9", 0, 4, "learning_rate 0.2 momentum 0.9"},
        {"protocol.grid.grid.lr=0.3,0.4", 0, 2, "learning_rate 0.4"},
        {"protocol.grid.momentum=0.9", 0, 2, "learning_rate 0.2"},
        {"protocol.v1.2.learning_rate=0.1", 1, 1, ""},
        {"protocol.v1.2.grid.learning_rate=0.1", 2, 1, ""},
        {"protocol.v1.2.grid.grid.lr=0.1,0.2", 2, 2, "learning_rate 0.2"},
    };
    for (size_t i = 0; i < HPB_COUNT(good); i++) {
        override(suite, good[i].option);
        if (!fixture.is_good)
            fail_msg("%s: %s", good[i].option, fixture.diagnostics.item[0].text);
        const hpb_cell *cell = &fixture.plan.cells[good[i].cell];
        assert_int_equal(cell->n_candidates, good[i].n);
        assert_string_equal(cell->candidates[good[i].n - 1].label, good[i].label);
        tested_drop(&fixture);
    }
    static const char *const bad[][3] = {
        {"protocol.gird.grid.epochs=5", "[protocol.gird]: the suite has no such section",
         "did you mean protocol.grid?"},
        {"protocol.gird.epochs=5", "[protocol.gird]: the suite has no such section",
         "did you mean protocol.grid?"},
        {"fit.grid.epochs=5", "[fit.grid]: the suite has no such section", ""},
        {"protocol.grid.learning_rate=0.3",
         "[protocol.grid] grid.learning_rate: the same setting is given twice, by --set "
         "protocol.grid.learning_rate=0.3 as well",
         "candidates: without learning_rate = 0.3; one value: without grid.learning_rate"},
    };
    for (size_t i = 0; i < HPB_COUNT(bad); i++) {
        override(suite, bad[i][0]);
        assert_false(fixture.is_good);
        if (!strstr(fixture.diagnostics.item[0].text, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], fixture.diagnostics.item[0].text);
        assert_string_equal(fixture.diagnostics.item[0].hint, bad[i][2]);
        tested_drop(&fixture);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidates_come_in_the_order_of_parameter_grid),
        cmocka_unit_test(test_candidates_of_several_optimizers),
        cmocka_unit_test(test_what_goes_before_what),
        cmocka_unit_test(test_a_preset_means_the_library_not_a_section),
        cmocka_unit_test(test_fit_kwargs_are_lost_by_keras_own_wrapper),
        cmocka_unit_test(test_the_grid_of_keras_own_wrapper_acts),
        cmocka_unit_test(test_what_no_protocol_names_is_crossed),
        cmocka_unit_test(test_outer_and_refit_are_counted),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_params_are_the_grid_s_own),
        cmocka_unit_test(test_random_where_any_candidate_is),
        cmocka_unit_test(test_keys_go_by_the_name_of_their_parameter),
        cmocka_unit_test(test_overrides_of_a_grid),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
