// SPDX-License-Identifier: Apache-2.0
// Schedules against Keras': the rate of each step, whichever way the steps are asked for.
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/support_plugin.h"

static const struct {
    const char *keras, *id;
} names[] = {
    {"ExponentialDecay", "exponential_decay"},
    {"PiecewiseConstantDecay", "piecewise_constant_decay"},
    {"PolynomialDecay", "polynomial_decay"},
    {"InverseTimeDecay", "inverse_time_decay"},
    {"CosineDecay", "cosine_decay"},
    {"CosineDecayRestarts", "cosine_decay_restarts"},
};

static const hpb_plugin *open_of(const char *keras)
{
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (strcmp(names[i].keras, keras) == 0)
            return plugin_open("schedules", names[i].id);
    fail_msg("no schedule is Keras' %s", keras);
    return NULL;
}

static void ask(const hpb_plugin *plugin, const hpb_value *values, double learning_rate,
                uint64_t first, uint32_t n, float *out)
{
    const hpb_schedule_ops *ops = plugin->ops;
    ops->rate(hpb_math_table(), values, learning_rate, first, n, out);
}

static int32_t check(const hpb_plugin *plugin, const hpb_value *values, char reason[512])
{
    const hpb_schedule_ops *ops = plugin->ops;
    hpb_host_context context;
    const hpb_host host = hpb_host_begin(&context, NULL, NULL);
    const int32_t result = ops->check ? ops->check(&host, values) : HPB_OK;
    hpb_host_end(&context);
    snprintf(reason, 512, "%s", result == HPB_OK ? "" : hpb_host_reason(&context));
    return result;
}

// The case's parameters; lists are to be freed.
static void read_params(const hpb_plugin *plugin, const json_t *params, hpb_value *values)
{
    json_t *scalars = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)params, key, value)
    {
        if (!json_is_array(value))
            json_object_set(scalars, key, value);
    }
    plugin_values(plugin, scalars, values);
    json_decref(scalars);
    json_object_foreach((json_t *)params, key, value)
    {
        size_t n;
        if (!json_is_array(value))
            continue;
        hpb_value *list = &values[plugin_find(plugin, key)];
        list->list = golden_doubles(value, &n);
        list->count = (uint32_t)n;
    }
}

static void check_case(const json_t *item, double tolerance)
{
    const hpb_plugin *plugin = open_of(json_string_value(json_object_get(item, "schedule")));
    hpb_value values[MAX_PARAMS];
    char reason[512];
    size_t n, n_steps = 0;
    read_params(plugin, json_object_get(item, "params"), values);
    assert_int_equal(check(plugin, values, reason), HPB_OK);
    double *expected = golden_doubles(json_object_get(item, "learning_rate_at_step"), &n);
    const json_t *at = json_object_get(item, "steps"); // 0, 1, ... where there are none
    double *steps = at ? golden_doubles(at, &n_steps) : NULL;
    for (size_t i = 0; i < n; i++) {
        float got;
        ask(plugin, values, 123, steps ? (uint64_t)steps[i] : i, 1, &got);
        // TensorFlow makes what is less than a normal float 0
        if (fabs((double)got - expected[i]) <= tolerance * fabs(expected[i]) + (double)FLT_MIN)
            continue;
        char *what = golden_describe(item);
        fail_msg("%s, step %zu: %.9g; expected %.9g", what, steps ? (size_t)steps[i] : i,
                 (double)got, expected[i]);
    }
    for (uint32_t i = 0; i < plugin->params.count; i++)
        free((void *)(uintptr_t)values[i].list);
    free(expected);
    free(steps);
}

static void check_file(const char *name)
{
    json_t *root = golden_open(name), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        check_case(item, 1e-6);
    }
    json_decref(root);
}

static void test_golden(void **state)
{
    (void)state;
    check_file("schedules");
}

// What tests/conformance/record_schedules.py records.
static void test_golden_more(void **state)
{
    (void)state;
    check_file("schedules_more");
}

// Values under which each schedule does all that it can.
static void set_all(const hpb_plugin *plugin, hpb_value *values)
{
    static const double boundaries[] = {3, 40, 41, 77}, rates[] = {0.1, 0.05, 0.2, 0.01, 0.3};
    static const struct {
        const char *name;
        double value;
    } numbers[] = {{"decay_steps", 13},   {"decay_rate", 0.7}, {"first_decay_steps", 5},
                   {"warmup_steps", 4},   {"alpha", 0.1},      {"cycle", 1},
                   {"warmup_target", 0.2}};
    plugin_defaults(plugin, values);
    for (uint32_t i = 0; i < plugin->params.count; i++) {
        const hpb_param *param = plugin_param(plugin, i);
        for (size_t k = 0; k < HPB_COUNT(numbers); k++)
            if (strcmp(param->name, numbers[k].name) == 0)
                values[i].number = numbers[k].value;
        if (strcmp(param->name, "boundaries") == 0)
            values[i] = (hpb_value){4, boundaries, 4, 0};
        if (strcmp(param->name, "values") == 0)
            values[i] = (hpb_value){5, rates, 5, 0};
    }
}

// The host may ask for steps one by one or many at a time, in any order.
static void test_a_step_is_a_step_however_it_is_asked_for(void **state)
{
    (void)state;
    for (size_t k = 0; k < HPB_COUNT(names); k++) {
        const hpb_plugin *plugin = plugin_open("schedules", names[k].id);
        hpb_value values[MAX_PARAMS];
        float all[100], part[100];
        set_all(plugin, values);
        ask(plugin, values, 0.01, 0, 100, all);
        for (uint32_t first = 100; first-- > 0;) {
            ask(plugin, values, 0.01, first, 100 - first, part);
            assert_memory_equal(part, all + first, (100 - first) * sizeof *all);
        }
        ask(plugin, values, 0.01, UINT64_C(1) << 40, 1, part); // as far as no fit goes
        assert_true(isfinite(part[0]) && part[0] >= 0);
    }
}

// `none`: the optimizer's, so that one schedule crosses several optimizers.
static void test_starts_from_the_optimizers_rate(void **state)
{
    (void)state;
    static const char *const ids[] = {"exponential_decay", "polynomial_decay", "inverse_time_decay",
                                      "cosine_decay", "cosine_decay_restarts"};
    for (size_t k = 0; k < HPB_COUNT(ids); k++) {
        const hpb_plugin *plugin = plugin_open("schedules", ids[k]);
        hpb_value values[MAX_PARAMS];
        float of_optimizer[50], own[50];
        set_all(plugin, values);
        hpb_value *initial = &values[plugin_find(plugin, "initial_learning_rate")];
        assert_true(isnan(initial->number));
        ask(plugin, values, 0.03, 0, 50, of_optimizer);
        assert_true(of_optimizer[0] == 0.03f);
        initial->number = 0.03;
        ask(plugin, values, 77, 0, 50, own);
        assert_memory_equal(own, of_optimizer, sizeof own);
    }
}

static void test_constant(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("schedules", "constant");
    const hpb_schedule_ops *ops = plugin->ops;
    float out[3] = {0};
    assert_int_equal(ops->flags, HPB_SCHEDULE_CONSTANT);
    ask(plugin, NULL, 0.01, 1000, 3, out);
    assert_true(out[0] == 0.01f && out[1] == 0.01f && out[2] == 0.01f);
}

// A warm-up without a target is none, as in Keras.
static void test_cosine_needs_a_target_to_warm_up(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("schedules", "cosine_decay");
    hpb_value values[MAX_PARAMS];
    float with[20], without[20];
    plugin_defaults(plugin, values);
    values[plugin_find(plugin, "decay_steps")].number = 10;
    ask(plugin, values, 0.1, 0, 20, without);
    values[plugin_find(plugin, "warmup_steps")].number = 5;
    ask(plugin, values, 0.1, 0, 20, with);
    assert_memory_equal(with, without, sizeof with);
}

static void test_pieces_must_fit(void **state)
{
    (void)state;
    static const struct {
        double boundaries[3];
        uint32_t n_boundaries, n_values;
        const char *reason;
    } cases[] = {
        {{5, 12, 30}, 3, 4, ""},
        {{5}, 1, 2, ""},
        {{5, 5},
         2,
         3,
         "boundaries: expected them ascending; 5 is followed by 5; Keras says nothing, and never "
         "uses the value between them"},
        {{5, 12, 7},
         3,
         4,
         "boundaries: expected them ascending; 12 is followed by 7; Keras says nothing, and adds "
         "up the rates where pieces overlap"},
        {{5, 7.5}, 2, 3, "boundaries: expected whole numbers; number 2 is none"},
        {{5, 12},
         2,
         2,
         "values: expected one more than boundaries: 3; got 2; Keras says \"The length of "
         "boundaries should be 1 less than the length of values.\""},
        {{5, 12},
         2,
         4,
         "values: expected one more than boundaries: 3; got 4; Keras says \"The length of "
         "boundaries should be 1 less than the length of values.\""},
    };
    const double rates[] = {0.1, 0.2, 0.3, 0.4};
    const hpb_plugin *plugin = plugin_open("schedules", "piecewise_constant_decay");
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_value values[MAX_PARAMS];
        char reason[512];
        plugin_defaults(plugin, values);
        values[plugin_find(plugin, "boundaries")] =
            (hpb_value){cases[i].n_boundaries, cases[i].boundaries, cases[i].n_boundaries, 0};
        values[plugin_find(plugin, "values")] =
            (hpb_value){cases[i].n_values, rates, cases[i].n_values, 0};
        assert_int_equal(check(plugin, values, reason), *cases[i].reason ? HPB_FAILED : HPB_OK);
        assert_string_equal(reason, cases[i].reason);
    }
}

static void test_descriptors(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("schedules", "constant");
    for (size_t k = 0; k <= HPB_COUNT(names); k++) {
        assert_int_equal(plugin->kind, HPB_KIND_SCHEDULE);
        plugin_check_params(plugin);
        if (k < HPB_COUNT(names))
            plugin = plugin_open("schedules", names[k].id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_golden_more),
        cmocka_unit_test(test_a_step_is_a_step_however_it_is_asked_for),
        cmocka_unit_test(test_starts_from_the_optimizers_rate),
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_cosine_needs_a_target_to_warm_up),
        cmocka_unit_test(test_pieces_must_fit),
        cmocka_unit_test(test_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
