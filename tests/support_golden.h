// SPDX-License-Identifier: Apache-2.0
// Opens a golden file (what NumPy, scikit-learn and Keras returned) for a test.
//
// Goldens are read from the folder in HPBENCH_GOLDENS, so that other seeds, sizes and parameters can
// be tried, else from tests/goldens. Include after cmocka.h; link PkgConfig::JANSSON.
#ifndef HPB_TEST_SUPPORT_GOLDEN_H
#define HPB_TEST_SUPPORT_GOLDEN_H

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void golden_path(const char *name, char path[4096])
{
    const char *folder = getenv("HPBENCH_GOLDENS");
    if (folder == NULL || *folder == '\0')
        folder = HPB_TEST_SOURCE "/goldens";
    snprintf(path, 4096, "%s/%s.json", folder, name);
}

/// Whether there is a file `name`.json: another folder may lack what is ours alone.
static inline bool golden_exists(const char *name)
{
    char path[4096];
    golden_path(name, path);
    return access(path, F_OK) == 0 || getenv("HPBENCH_GOLDENS") == NULL;
}

/// The file `name`.json, whole; json_decref() it. Fails the test if it can't be read.
static inline json_t *golden_open(const char *name)
{
    char path[4096];
    json_error_t error;
    golden_path(name, path);
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL || json_array_size(json_object_get(root, "cases")) == 0)
        fail_msg("%s: %s", path, root == NULL ? error.text : "no cases");
    return root;
}

/// A number; null is NaN, true 1, false 0. Anything else fails the test.
static inline double golden_number(const json_t *value)
{
    if (json_is_null(value))
        return (double)NAN;
    if (json_is_boolean(value))
        return json_is_true(value) ? 1.0 : 0.0;
    if (!json_is_number(value))
        fail_msg("a golden holds something else than a number");
    return json_number_value(value);
}

/// The member `key` of an object as a number, or `absent` where there is none.
static inline double golden_member(const json_t *object, const char *key, double absent)
{
    const json_t *value = json_object_get(object, key);
    return value == NULL ? absent : golden_number(value);
}

/// The member `key` of an object as a number. Fails the test where there is none.
static inline double golden_need(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        fail_msg("a golden lacks %s", key);
    return golden_number(value);
}

/// An array of numbers as doubles; free() it. Fails the test if `array` is not one.
static inline double *golden_doubles(const json_t *array, size_t *out_n)
{
    if (!json_is_array(array))
        fail_msg("a golden lacks an array of numbers");
    const size_t n = json_array_size(array);
    double *values = calloc(n + 1, sizeof *values);
    if (values == NULL)
        fail_msg("no memory");
    for (size_t i = 0; i < n; i++)
        values[i] = golden_number(json_array_get(array, i));
    *out_n = n;
    return values;
}

/// What distinguishes one case, as JSON on one line, for messages; long arrays are left out. free() it.
static inline char *golden_describe(const json_t *golden_case)
{
    json_t *brief = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)golden_case, key, value)
    {
        if (!json_is_array(value) || json_array_size(value) <= 4)
            json_object_set(brief, key, value);
    }
    char *text = json_dumps(brief, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(brief);
    return text;
}

/// Distance of two floats in units in the last place; 0 for two NaNs, huge for one.
static inline double golden_ulps(float a, float b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b) ? 0 : HUGE_VAL;
    int32_t i, j;
    memcpy(&i, &a, sizeof i);
    memcpy(&j, &b, sizeof j);
    const int64_t x = i < 0 ? -(int64_t)(i & 0x7fffffff) : i;
    const int64_t y = j < 0 ? -(int64_t)(j & 0x7fffffff) : j;
    return fabs((double)(x - y));
}

#endif // HPB_TEST_SUPPORT_GOLDEN_H
