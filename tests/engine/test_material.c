// SPDX-License-Identifier: Apache-2.0
// Splits inside splits are scikit-learn's of X[train], groups[train] (goldens/splits_nested.json), and every fit's table
// is scaled by the rows that it trains on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/material.h"
#include "engine/support.h"

static test_plugin load(const json_t *golden, const char *which)
{
    static const char *const ids[][2] = {{"KFold", "kfold"},
                                         {"ShuffleSplit", "shuffle_split"},
                                         {"GroupKFold", "group_kfold"},
                                         {"GroupShuffleSplit", "group_shuffle_split"},
                                         {"PredefinedSplit", "predefined_split"}};
    const char *name = json_string_value(json_object_get(golden, which));
    char params[32];
    snprintf(params, sizeof params, "%s_params", which);
    for (size_t i = 0; i < HPB_COUNT(ids); i++)
        if (strcmp(ids[i][0], name) == 0) {
            test_plugin plugin = plugin_load("splitters", ids[i][1]);
            plugin_values(plugin.plugin, json_object_get(golden, params), plugin.values);
            return plugin;
        }
    fail_msg("no splitter %s", name);
    return (test_plugin){0};
}

static uint32_t seed_of(const json_t *golden)
{
    const double outer = golden_member(json_object_get(golden, "outer_params"), "random_state", 0);
    return (uint32_t)golden_member(json_object_get(golden, "inner_params"), "random_state", outer);
}

// The data of a case; y counts the rows.
static hpb_dataset read_data(const json_t *golden)
{
    const uint32_t n = (uint32_t)golden_need(golden, "n");
    hpb_dataset data = {.n_rows = n,
                        .n_features = 1,
                        .x = hpb_alloc(n, sizeof(double)),
                        .y = hpb_alloc(n, sizeof(double)),
                        .groups = hpb_alloc(n, sizeof(uint32_t)),
                        .test_fold = hpb_alloc(n, sizeof(int32_t))};
    for (uint32_t i = 0; i < n; i++) {
        data.x[i] = data.y[i] = i;
        data.groups[i] =
            (uint32_t)golden_number(json_array_get(json_object_get(golden, "groups"), i));
        data.test_fold[i] =
            (int32_t)golden_number(json_array_get(json_object_get(golden, "test_fold"), i));
        data.n_groups = data.groups[i] < data.n_groups ? data.n_groups : data.groups[i] + 1;
    }
    return data;
}

static void check_rows(const json_t *golden, const char *side, const uint32_t *rows, uint32_t n)
{
    const json_t *want = json_object_get(golden, side);
    assert_int_equal(json_array_size(want), n);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(rows[i], (uint32_t)golden_number(json_array_get(want, i)));
}

// Standardised by its training rows, the mean of those is 0.
static void check_table(const hpb_table *table, const hpb_split *split)
{
    double sum = 0;
    for (uint32_t i = 0; i < split->n_train; i++)
        sum += (double)table->x[(size_t)split->train[i] * table->stride];
    assert_true(fabs(sum) < 1e-5 * split->n_train);
}

static void check_split(const json_t *golden, const hpb_material *m, uint32_t i)
{
    const hpb_split *split = &m->splits.splits[i];
    check_rows(golden, "train", split->train, split->n_train);
    check_rows(golden, "test", split->test, split->n_test);
    check_table(m->tables[i], split);
    double mean = 0, mse = 0;
    for (uint32_t k = 0; k < split->n_train; k++)
        mean += m->data->y[split->train[k]] / split->n_train;
    for (uint32_t k = 0; k < split->n_test; k++)
        mse += pow(m->data->y[split->test[k]] - mean, 2) / split->n_test;
    assert_true(fabs(m->scales[i].baseline_mse - mse) <= 1e-12 * mse);
}

static void check_case(const json_t *golden, bool refits)
{
    const test_plugin outer = load(golden, "outer"), inner = load(golden, "inner");
    const hpb_plan_data data = {.dataset = read_data(golden)};
    const json_t *splits = json_object_get(golden, "splits");
    const uint32_t n_outer = (uint32_t)json_array_size(splits);
    const uint32_t n_splits =
        (uint32_t)json_array_size(json_object_get(json_array_get(splits, 0), "inner"));
    const hpb_choice outer_choice = {.plugin = &outer.info, .values = outer.values};
    const hpb_choice inner_choice = {.plugin = &inner.info, .values = inner.values};
    const hpb_material_source source = {.data = &data,
                                        .splitter = &inner_choice,
                                        .splitter_ops = inner.plugin->ops,
                                        .n_splits = n_splits,
                                        .outer = &outer_choice,
                                        .outer_ops = outer.plugin->ops,
                                        .n_outer = n_outer,
                                        .refits = refits,
                                        .standardise = HPB_STANDARDISE_TRAIN};
    hpb_trial_seeds seeds = {0};
    seeds.seed[HPB_STREAM_SPLIT] = seed_of(golden);
    hpb_material m;
    hpb_material_make(&source, &seeds, &m);
    if (m.fault)
        fail_msg("%s", m.fault);
    assert_int_equal(m.splits.n, n_outer * (n_splits + refits));
    for (uint32_t o = 0; o < n_outer; o++) {
        const json_t *of = json_array_get(splits, o);
        for (uint32_t f = 0; f < n_splits; f++)
            check_split(json_array_get(json_object_get(of, "inner"), f), &m, o * n_splits + f);
        if (refits)
            check_split(of, &m, n_outer * n_splits + o);
    }
    hpb_material_free(&m);
    hpb_dataset_free((hpb_dataset *)&data.dataset);
}

static void splits_inside_splits_are_those_of_scikit_learn(void **state)
{
    (void)state;
    json_t *root = golden_open("splits_nested"), *golden;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        check_case(golden, false);
        check_case(golden, true);
    }
    json_decref(root);
}

// As many inner splits as were counted, of each outer split; the outer ones as well.
static void a_wrong_number_of_splits_is_a_fault(void **state)
{
    (void)state;
    const test_plugin kfold = plugin_load("splitters", "kfold");
    hpb_dataset rows;
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, 30, 5, 0.1, 1, &rows);
    const hpb_plan_data data = {.dataset = rows};
    const hpb_choice choice = {.plugin = &kfold.info, .values = kfold.values};
    hpb_material_source source = {.data = &data,
                                  .splitter = &choice,
                                  .splitter_ops = kfold.plugin->ops,
                                  .n_splits = 5,
                                  .outer = &choice,
                                  .outer_ops = kfold.plugin->ops,
                                  .n_outer = 6};
    const hpb_trial_seeds seeds = {0};
    static const char *const faults[] = {
        "splitter kfold: emitted 5 of the 6 splits that it had counted",
        "splitter kfold: emitted 5 of the 6 splits that it had counted, on the 24 training rows of "
        "outer split 1"};
    for (int i = 0; i < 2; i++) {
        hpb_material m;
        hpb_material_make(&source, &seeds, &m);
        assert_non_null(m.fault);
        assert_string_equal(m.fault, faults[i]);
        assert_int_equal(m.splits.n, 0);
        hpb_material_free(&m);
        source.n_outer = 5;
        source.n_splits = 6;
    }
    hpb_dataset_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_inside_splits_are_those_of_scikit_learn),
        cmocka_unit_test(a_wrong_number_of_splits_is_a_fault),
    };
    return cmocka_run_group_tests_name("material", tests, NULL, NULL);
}
