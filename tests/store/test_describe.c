// SPDX-License-Identifier: Apache-2.0
// What a store says about its run, and what it says when the suite was edited.
#include "support.h"

static void first_description_says_nothing(void **state)
{
    (void)state;
    static const char *const rates[] = {"0.1", "0.2", NULL};
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, 3);
    hpb_text changes = {0};
    hpb_store *store = store_open(folder, &m, &changes);
    assert_int_equal(changes.length, 0);
    store_fill(store, 0, 0, 1);
    store_shut(store);

    hpb_stored_run run;
    hpb_error error;
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    assert_ok(hpb_store_read_run(store, &run, &error), error);
    assert_int_equal(run.n_cells, 2);
    assert_string_equal(run.cells[1].label, "opt1");
    assert_string_equal(run.cells[1].key, m.plan.cells[1].key);
    assert_string_equal(run.cells[1].titles[HPB_AXIS_OPTIMIZER], "opt1");
    assert_string_equal(run.cells[1].levels[HPB_AXIS_OPTIMIZER], "opt1");
    assert_int_equal(run.cells[0].twin, -1);
    assert_int_equal(run.cells[0].n_planned, 3);
    assert_int_equal(run.cells[0].n_splits, 2);
    json_t *spec = json_loads(run.cells[1].spec, 0, NULL);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(spec, "optimizer"), "learning_rate")),
        "0.2");
    const json_t *defaults = json_object_get(spec, "defaults");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(defaults, "fit"), "epochs")), "Keras");
    assert_true(json_object_size(json_object_get(defaults, "optimizer")) > 0);
    assert_null(json_object_get(json_object_get(defaults, "optimizer"), "learning_rate"));
    json_decref(spec);
    static const char *const strings[] = {"suite_name", "suite_text", "question", "started",
                                          "changed",    "hpbench",    "isa",      "system",
                                          "cpu",        "compiler",   "sqlite",   "seed"};
    for (size_t i = 0; i < HPB_COUNT(strings); i++)
        if (!json_is_string(json_object_get(run.about, strings[i])))
            fail_msg("about has no text %s", strings[i]);
    assert_string_equal(json_string_value(json_object_get(run.about, "question")), "Which?");
    assert_string_equal(json_string_value(json_object_get(run.about, "isa")), "baseline");
    const json_t *plugin = json_array_get(json_object_get(run.about, "plugins"), 0);
    assert_string_equal(json_string_value(json_object_get(plugin, "path")), "/x/plugin.so");
    const json_t *data = json_array_get(json_object_get(run.about, "data"), 0);
    assert_true(json_real_value(json_object_get(data, "truth_mse")) == m.plan.data[0].truth_mse);
    assert_int_equal(json_array_size(json_object_get(run.about, "factors")), 1);
    hpb_stored_run_free(&run);
    store_shut(store);
    folder_remove(folder);
}

static void expect_changes(const char *folder, const made_plan *m, const char *expected)
{
    hpb_text changes = {0};
    store_shut(store_open(folder, m, &changes));
    assert_string_equal(changes.data ? changes.data : "", expected);
    hpb_text_free(&changes);
}

static void edits_are_said_in_plain_words(void **state)
{
    (void)state;
    static const char *const before[] = {"0.1", "0.5", "0.7", NULL};
    static const char *const after[] = {"0.2", "0.5", NULL};
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, before, 3);
    hpb_store *store = store_open(folder, &m, NULL);
    for (uint32_t cell = 0; cell < 3; cell++)
        store_fill(store, cell, 0, 3);
    store_shut(store);
    plan_make(&m, after, 3);
    expect_changes(folder, &m,
                   "optimizer opt0: learning_rate 0.1 -> 0.2\n"
                   "1 cell new, 1 already there, 2 no longer in the suite\n");
    expect_changes(folder, &m, "");
    plan_make(&m, after, 2000);
    expect_changes(folder, &m, "replicates 3 -> 2,000\n");
    // the trials of cells that went are kept for when they come back
    plan_make(&m, before, 3);
    store = store_open(folder, &m, NULL);
    hpb_error error;
    for (uint32_t cell = 0; cell < 3; cell++) {
        uint64_t count[6];
        assert_ok(hpb_store_done(store, &m.plan, cell, NULL, count, &error), error);
        assert_int_equal(count[0], 3);
    }
    store_shut(store);
    folder_remove(folder);
}

static void another_plugin_file_is_named(void **state)
{
    (void)state;
    static const char *const rates[] = {"0.1", NULL};
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, 3);
    store_shut(store_open(folder, &m, NULL));
    plan_make_with(&m, rates, 3, "bb", "1.1");
    expect_changes(folder, &m,
                   "optimizer plugin adam: another file (version 1.0 -> 1.1)\n"
                   "1 cell new, 0 already there, 1 no longer in the suite\n");
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_description_says_nothing),
        cmocka_unit_test(edits_are_said_in_plain_words),
        cmocka_unit_test(another_plugin_file_is_named),
    };
    return cmocka_run_group_tests_name("store describe", tests, NULL, NULL);
}
