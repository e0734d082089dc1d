// SPDX-License-Identifier: Apache-2.0
// Initializers against what Keras drew from the same seeds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "plugins/support_plugin.h"

enum { ROWS = 300, COLUMNS = 100 }; // of test_scale()

#define TRUNCATED_STDDEV 0.87962566103423978

// Normal weights are 1 ulp off where libm's functions differ; a QR factorisation in float32 is what it is.
static const struct {
    const char *keras, *id;
    double ulps, absolute; ///< allowed; times gain
    double square, limit;  ///< with its defaults, of ROWS x COLUMNS weights: mean square, largest
} table[] = {
    {"GlorotUniform", "glorot_uniform", 0, 0, 2.0 / 400, 0.12247449},
    {"GlorotNormal", "glorot_normal", 1, 0, 2.0 / 400, 2 * 0.07071068 / TRUNCATED_STDDEV},
    {"HeUniform", "he_uniform", 0, 0, 2.0 / 300, 0.14142136},
    {"HeNormal", "he_normal", 1, 0, 2.0 / 300, 2 * 0.08164966 / TRUNCATED_STDDEV},
    {"LecunUniform", "lecun_uniform", 0, 0, 1.0 / 300, 0.1},
    {"LecunNormal", "lecun_normal", 1, 0, 1.0 / 300, 2 * 0.05773503 / TRUNCATED_STDDEV},
    {"VarianceScaling", "variance_scaling", 1, 0, 1.0 / 300, 2 * 0.05773503 / TRUNCATED_STDDEV},
    {"RandomUniform", "random_uniform", 0, 0, 0.0025 / 3, 0.05},
    {"RandomNormal", "random_normal", 1, 0, 0.0025, 0.25},
    {"TruncatedNormal", "truncated_normal", 1, 0, 0.0025 * TRUNCATED_STDDEV *TRUNCATED_STDDEV, 0.1},
    {"Orthogonal", "orthogonal", 0, 1e-6, 1.0 / 300, 1},
    {"Identity", "identity", 0, 0, 1.0 / 300, 1},
    {"Ones", "ones", 0, 0, 1, 1},
    {"Constant", "constant", 0, 0, 0, 0},
    {"Zeros", "zeros", 0, 0, 0, 0},
};

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

static void check(const hpb_plugin *plugin, double ulps, double absolute, const json_t *item)
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
    absolute *= fabs(golden_member(json_object_get(item, "params"), "gain", 1));
    got[n] = 77;
    fill(plugin, values, hpb_keras_stream(json_is_null(seed) ? 0 : (uint32_t)golden_number(seed)),
         rows, columns, got);
    assert_true(got[n] == 77.0F);
    for (size_t i = 0; i < n; i++)
        if (golden_ulps(got[i], (float)want[i]) > ulps &&
            !(fabs((double)got[i] - want[i]) <= absolute)) {
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
            check(plugin, table[k].ulps, table[k].absolute, item);
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
    enum { N = ROWS * COLUMNS };
    float *weights = hpb_alloc(N, sizeof *weights);
    hpb_value values[MAX_PARAMS];
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const hpb_plugin *plugin = plugin_open("initializers", table[k].id);
        plugin_defaults(plugin, values);
        fill(plugin, values, hpb_philox_make(1, 2, 3, 4), ROWS, COLUMNS, weights);
        double squares = 0;
        for (int i = 0; i < N; i++) {
            assert_true(fabs((double)weights[i]) <= table[k].limit * (1 + 1e-6));
            squares += (double)weights[i] * (double)weights[i];
        }
        if (!(fabs(squares / N - table[k].square) <= 0.03 * table[k].square))
            fail_msg("%s: mean square %g, expected %g", table[k].id, squares / N, table[k].square);
    }
    free(weights);
}

/// The shorter side's vectors are at right angles, and as long as gain.
static void check_orthogonal(const hpb_plugin *plugin, double gain, uint32_t rows, uint32_t columns)
{
    float *w = hpb_alloc((size_t)rows * columns, sizeof *w);
    hpb_value values[MAX_PARAMS];
    plugin_defaults(plugin, values);
    values[plugin_find(plugin, "gain")].number = gain;
    fill(plugin, values, hpb_philox_make(rows, columns, 3, 4), rows, columns, w);
    const bool by_row = rows < columns;
    const uint32_t n = by_row ? rows : columns, m = by_row ? columns : rows;
    const uint32_t along = by_row ? 1 : columns, across = by_row ? columns : 1;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = 0; b <= a; b++) {
            double product = 0;
            for (uint32_t i = 0; i < m; i++)
                product += (double)w[a * across + i * along] * (double)w[b * across + i * along];
            if (!(fabs(product - (a == b ? gain * gain : 0)) <= 1e-6 * gain * gain))
                fail_msg("%u x %u: product of %u and %u is %g", rows, columns, a, b, product);
        }
    free(w);
}

static void test_orthogonal(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("initializers", "orthogonal");
    static const uint32_t shapes[][2] = {{1, 1}, {1, 9}, {9, 1}, {40, 40}, {13, 64}, {64, 13}};
    for (size_t k = 0; k < HPB_COUNT(shapes); k++) {
        check_orthogonal(plugin, 1, shapes[k][0], shapes[k][1]);
        check_orthogonal(plugin, 3, shapes[k][0], shapes[k][1]);
    }
}

/// A layer that is not square keeps as many of its inputs as it has units, as tf.eye(rows, columns) does.
static void test_identity(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("initializers", "identity");
    static const float wide[] = {-2, 0, 0, 0, -2, 0}, tall[] = {-2, 0, 0, -2, 0, 0};
    hpb_value values[MAX_PARAMS];
    float got[6];
    plugin_defaults(plugin, values);
    values[plugin_find(plugin, "gain")].number = -2;
    fill(plugin, values, hpb_philox_make(1, 2, 3, 4), 2, 3, got);
    for (int i = 0; i < 6; i++)
        assert_true(got[i] == wide[i]);
    fill(plugin, values, hpb_philox_make(1, 2, 3, 4), 3, 2, got);
    for (int i = 0; i < 6; i++)
        assert_true(got[i] == tall[i]);
}

/// glorot, he and lecun are cases of variance_scaling, to the bit.
static void test_cases_of_variance_scaling(void **state)
{
    (void)state;
    static const struct {
        const char *id, *mode, *distribution;
        double scale;
    } cases[] = {
        {"glorot_uniform", "fan_avg", "uniform", 1}, {"glorot_normal", "fan_avg", NULL, 1},
        {"he_uniform", "fan_in", "uniform", 2},      {"he_normal", "fan_in", NULL, 2},
        {"lecun_uniform", "fan_in", "uniform", 1},   {"lecun_normal", "fan_in", NULL, 1},
    };
    const hpb_plugin *general = plugin_open("initializers", "variance_scaling");
    for (size_t k = 0; k < HPB_COUNT(cases); k++) {
        hpb_value values[MAX_PARAMS];
        float expected[77], got[77];
        fill(plugin_open("initializers", cases[k].id), NULL, hpb_philox_make(1, 2, 3, 4), 7, 11,
             expected);
        plugin_defaults(general, values);
        const uint32_t mode = plugin_find(general, "mode");
        const uint32_t distribution = plugin_find(general, "distribution");
        values[plugin_find(general, "scale")].number = cases[k].scale;
        values[mode].number = plugin_choice(plugin_param(general, mode), cases[k].mode);
        if (cases[k].distribution)
            values[distribution].number =
                plugin_choice(plugin_param(general, distribution), cases[k].distribution);
        fill(general, values, hpb_philox_make(1, 2, 3, 4), 7, 11, got);
        assert_memory_equal(got, expected, sizeof got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),   cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_scale),    cmocka_unit_test(test_orthogonal),
        cmocka_unit_test(test_identity), cmocka_unit_test(test_cases_of_variance_scaling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
