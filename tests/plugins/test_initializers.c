// SPDX-License-Identifier: Apache-2.0
// Initializers against what Keras drew from the same seeds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/support_plugin.h"

static const struct {
    const char *keras, *id;
    double ulps; ///< allowed: functions of libm are in the normal ones
} table[] = {
    {"GlorotUniform", "glorot_uniform", 0}, {"HeNormal", "he_normal", 1}, {"Zeros", "zeros", 0}};

static void fill(const hpb_plugin *plugin, const hpb_value *values, hpb_philox stream,
                 uint32_t rows, uint32_t columns, float *out)
{
    const hpb_initializer_ops *ops = plugin->ops;
    const hpb_tensor tensor = {
        .struct_size = sizeof tensor, .layer = 0, .rows = rows, .columns = columns};
    hpb_host_context context;
    const hpb_host host = hpb_host_begin(&context, NULL, &stream);
    const int32_t status = ops->fill(&host, values, &tensor, out);
    hpb_host_end(&context);
    if (status != HPB_OK || *context.message != '\0')
        fail_msg("%s: status %d, %s", plugin->id, status, context.message);
}

static void check(const hpb_plugin *plugin, double ulps, const json_t *item)
{
    const json_t *shape = json_object_get(item, "shape");
    const uint32_t rows = (uint32_t)golden_number(json_array_get(shape, 0));
    const uint32_t columns = (uint32_t)golden_number(json_array_get(shape, 1));
    const json_t *seed = json_object_get(item, "seed");
    size_t n;
    double *want = golden_doubles(json_object_get(item, "values"), &n);
    assert_int_equal(n, rows * columns);
    float *got = hpb_alloc(n + 1, sizeof *got);
    hpb_value values[MAX_PARAMS];
    plugin_values(plugin, json_object_get(item, "params"), values);
    got[n] = 77;
    fill(plugin, values,
         hpb_tensorflow_stream(json_is_null(seed) ? 0 : (uint32_t)golden_number(seed)), rows,
         columns, got);
    assert_true(got[n] == 77.0F);
    for (size_t i = 0; i < n; i++)
        if (golden_ulps(got[i], (float)want[i]) > ulps) {
            char *what = golden_describe(item);
            fail_msg("%s: weight %zu is %.9g, expected %.9g", what, i, (double)got[i], want[i]);
        }
    free(want);
    free(got);
}

static void test_golden(void **state)
{
    (void)state;
    json_t *root = golden_open("initializers");
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const hpb_plugin *plugin = plugin_open("initializers", table[k].id);
        size_t index, tried = 0;
        json_t *item;
        json_array_foreach(json_object_get(root, "cases"), index, item)
        {
            if (strcmp(json_string_value(json_object_get(item, "initializer")), table[k].keras) !=
                0)
                continue;
            check(plugin, table[k].ulps, item);
            tried++;
        }
        if (tried == 0)
            print_message("initializers.json has no case of %s\n", table[k].keras);
    }
    json_decref(root);
}

static void test_descriptors(void **state)
{
    (void)state;
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const hpb_plugin *plugin = plugin_open("initializers", table[k].id);
        assert_int_equal(plugin->kind, HPB_KIND_INITIALIZER);
        plugin_check_params(plugin);
    }
}

/// Limits and spread, on more weights than the goldens have.
static void test_scale(void **state)
{
    (void)state;
    enum { ROWS = 300, COLUMNS = 100, N = ROWS * COLUMNS };
    float *weights = hpb_alloc(N, sizeof *weights);
    hpb_value values[MAX_PARAMS];
    const double variance[] = {2.0 / (ROWS + COLUMNS), 2.0 / ROWS, 0};
    const double limit[] = {sqrt(6.0 / (ROWS + COLUMNS)),
                            2 * sqrt(2.0 / ROWS) / 0.87962566103423978, 0};
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const hpb_plugin *plugin = plugin_open("initializers", table[k].id);
        plugin_defaults(plugin, values);
        fill(plugin, values, hpb_philox_make(1, 2, 3, 4), ROWS, COLUMNS, weights);
        double squares = 0;
        for (int i = 0; i < N; i++) {
            assert_true(fabs((double)weights[i]) <= limit[k] * (1 + 1e-6));
            squares += (double)weights[i] * (double)weights[i];
        }
        assert_true(fabs(squares / N - variance[k]) <= 0.03 * variance[k]);
    }
    free(weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
