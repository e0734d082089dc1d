// SPDX-License-Identifier: Apache-2.0
// Timings come back as they were put, are replaced together, and are no part of the results.
#include "support.h"

static const char *const rates[] = {"0.1", "0.2", NULL};

static const double cpu[] = {1e-5, 2e-5, 1.5e-5}, real[] = {1e-5, 3e-5, 2e-5};

static const hpb_timing made[] = {
    {HPB_TIMING_FIT_ALONE, "opt0", "", 0, 1, 100, 3, cpu, real},
    {HPB_TIMING_FIT_BULK, "opt1", "", 1, 16, 7, 2, cpu + 1, real + 1},
    {HPB_TIMING_UPDATE, "Adam", "adam", -1, 71 * 16, 1000, 3, cpu, real},
};

static bool has_json(hpb_store *store, const char *expected)
{
    hpb_error error;
    char *json;
    assert_ok(hpb_store_read_benchmark(store, &json, &error), error);
    const bool is_same = strcmp(json, expected) == 0;
    free(json);
    return is_same;
}

static bool check(void *context, const hpb_timing *timing)
{
    uint32_t *n = context;
    const hpb_timing *expected = &made[*n];
    assert_int_equal(timing->measure, expected->measure);
    assert_string_equal(timing->name, expected->name);
    assert_string_equal(timing->plugin, expected->plugin);
    assert_int_equal(timing->cell, expected->cell);
    assert_int_equal(timing->n_items, expected->n_items);
    assert_int_equal(timing->n_iterations, expected->n_iterations);
    assert_int_equal(timing->n_repetitions, expected->n_repetitions);
    for (uint32_t i = 0; i < timing->n_repetitions; i++) {
        assert_true(timing->cpu[i] == expected->cpu[i]);
        assert_true(timing->real[i] == expected->real[i]);
    }
    return ++*n < HPB_COUNT(made);
}

static void timings_come_back(void **state)
{
    (void)state;
    char *folder = folder_make(), before[HPB_SHA256_TEXT], after[HPB_SHA256_TEXT];
    hpb_error error;
    MADE_PLAN(m);
    plan_make(&m, rates, 2);
    hpb_store *store = store_open(folder, &m, NULL);
    store_fill(store, 0, 0, 2);
    assert_true(has_json(store, ""));
    assert_false(hpb_store_has_timings(store, "key"));
    store_shut(store);
    store_digest_of(folder, before);
    store = store_open(folder, &m, NULL);
    assert_ok(hpb_store_put_timings(store, "key", made, HPB_COUNT(made), "{}", &error), error);
    store_shut(store);
    store_digest_of(folder, after);
    assert_string_equal(before, after);

    hpb_stored_run run;
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    assert_true(hpb_store_has_timings(store, "key"));
    assert_true(has_json(store, "{}"));
    assert_ok(hpb_store_read_run(store, &run, &error), error);
    uint32_t n = 0;
    assert_ok(hpb_store_each_timing(store, &run, check, &n, &error), error);
    assert_int_equal(n, HPB_COUNT(made));
    hpb_stored_run_free(&run);
    store_shut(store);
    folder_remove(folder);
}

static bool count(void *context, const hpb_timing *timing)
{
    (void)timing;
    ++*(uint32_t *)context;
    return true;
}

static uint32_t count_in(const char *folder)
{
    hpb_store *store;
    hpb_stored_run run;
    hpb_error error;
    uint32_t n = 0;
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    assert_ok(hpb_store_read_run(store, &run, &error), error);
    assert_ok(hpb_store_each_timing(store, &run, count, &n, &error), error);
    hpb_stored_run_free(&run);
    store_shut(store);
    return n;
}

static void later_timings_take_the_place_of_earlier_ones(void **state)
{
    (void)state;
    char *folder = folder_make();
    hpb_error error;
    MADE_PLAN(m);
    plan_make(&m, rates, 2);
    hpb_store *store = store_open(folder, &m, NULL);
    assert_ok(hpb_store_put_timings(store, "one", made, HPB_COUNT(made), "{}", &error), error);
    assert_ok(hpb_store_put_timings(store, "two", made, 2, "[]", &error), error);
    assert_false(hpb_store_has_timings(store, "one"));
    assert_true(hpb_store_has_timings(store, "two"));
    assert_true(has_json(store, "[]"));
    store_shut(store);
    assert_int_equal(count_in(folder), 2);

    static const char *const fewer[] = {"0.1", NULL};
    plan_make(&m, fewer, 2);
    store_shut(store_open(folder, &m, NULL)); // opt1 is no longer in the suite
    assert_int_equal(count_in(folder), 1);
    assert_ok(hpb_store_open(folder, &store, &error), error);
    assert_ok(hpb_store_clear(store, &error), error);
    assert_false(hpb_store_has_timings(store, "two"));
    store_shut(store);
    folder_remove(folder);
}

static void what_makes_no_sense_is_passed_over(void **state)
{
    (void)state;
    static const double endless[] = {1e-5, HUGE_VAL}, negative[] = {-1e-5, 1e-5};
    static const hpb_timing odd[] = {
        {HPB_TIMING_FIT_BULK, "opt0", "", -1, 16, 1, 2, cpu, real},
        {HPB_TIMING_FIT_BULK, "opt0", "adam", 0, 16, 1, 2, cpu, real},
        {HPB_TIMING_UPDATE, "Adam", "adam", 0, 1, 1, 2, cpu, real},
        {HPB_TIMING_UPDATE, "Adam", "", -1, 1, 1, 2, cpu, real},
        {HPB_TIMING_FIT_ALONE, "opt0", "", 0, 1, 1, 2, endless, real},
        {HPB_TIMING_FIT_ALONE, "opt1", "", 1, 1, 1, 2, cpu, negative},
        {HPB_TIMING_FIT_BULK, "opt1", "", 1, 16, 7, 2, cpu, real},
    };
    char *folder = folder_make();
    hpb_error error;
    MADE_PLAN(m);
    plan_make(&m, rates, 2);
    hpb_store *store = store_open(folder, &m, NULL);
    assert_ok(hpb_store_put_timings(store, "key", odd, HPB_COUNT(odd), "{}", &error), error);
    store_shut(store);
    assert_int_equal(count_in(folder), 1);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timings_come_back),
        cmocka_unit_test(later_timings_take_the_place_of_earlier_ones),
        cmocka_unit_test(what_makes_no_sense_is_passed_over),
    };
    return cmocka_run_group_tests_name("store timings", tests, NULL, NULL);
}
