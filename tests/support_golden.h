// SPDX-License-Identifier: Apache-2.0
// Opens a golden file (what NumPy, scikit-learn and Keras returned) for a test.
//
// Goldens are read from the folder in HPBENCH_GOLDENS, so that other seeds, sizes and parameters can
// be tried, else from tests/goldens. A test that opens one carries CTest's label `conformance`. Include after cmocka.h;
// link PkgConfig::JANSSON.
#ifndef HPB_TEST_SUPPORT_GOLDEN_H
#define HPB_TEST_SUPPORT_GOLDEN_H

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// The folder that somebody gave, or NULL: ours.
static inline const char *golden_folder(void)
{
    const char *folder = getenv("HPBENCH_GOLDENS");
    return folder != NULL && *folder != '\0' ? folder : NULL;
}

static inline void golden_path(const char *name, char path[4096])
{
    const char *folder = golden_folder();
    snprintf(path, 4096, "%s/%s.json", folder ? folder : HPB_TEST_SOURCE "/goldens", name);
}

/// Whether there is a file `name`.json. Of our own goldens none may lack; of another folder's it is said which.
static inline bool golden_exists(const char *name)
{
    char path[4096];
    golden_path(name, path);
    if (access(path, F_OK) == 0 || golden_folder() == NULL)
        return true;
    print_message("%s is not there: skipped\n", path);
    return false;
}

/// The file `name`.json, whole; json_decref() it. Fails the test if it can't be read, skips it where another folder
/// than ours lacks the file.
static inline json_t *golden_open(const char *name)
{
    char path[4096];
    json_error_t error;
    golden_path(name, path);
    if (!golden_exists(name))
        skip();
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL || json_array_size(json_object_get(root, "cases")) == 0)
        fail_msg("%s: %s", path, root == NULL ? error.text : "no cases");
    return root;
}

/// "CosineDecay" -> "cosine_decay", "KFold" -> "kfold": the plugin that Keras or scikit-learn calls `name`; free() it.
/// Optimizers are in one word: golden_lower().
static inline char *golden_id(const char *name)
{
    if (strcmp(name, "KFold") == 0)
        return strdup("kfold");
    char *id = malloc(2 * strlen(name) + 1), *to = id;
    const char *fold = strstr(name, "KFold"); // RepeatedKFold is repeated_kfold
    for (const char *c = name; *c; c++) {
        const bool begins = isupper((unsigned char)*c) && c > name && c[-1] != '_';
        if (begins && !(fold && c == fold + 1))
            *to++ = '_';
        *to++ = (char)tolower((unsigned char)*c);
    }
    *to = '\0';
    return id;
}

static inline char *golden_lower(const char *name)
{
    char *id = strdup(name);
    for (char *c = id; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return id;
}

/// Whether the build has that plugin: a golden may be ahead of us.
static inline bool golden_is_built(const char *folder, const char *id)
{
    char path[4096];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/plugins/%s/%s.so", build ? build : HPB_TEST_BINARY, folder, id);
    return access(path, F_OK) == 0;
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
        if (!json_is_array(value) ||
            (json_array_size(value) <= 4 && !json_is_array(json_array_get(value, 0))))
            json_object_set(brief, key, value);
    }
    char *text = json_dumps(brief, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(brief);
    return text;
}

/// {"hidden", "activation"} of a case of keras_seeded.json, from the biases of its w0; json_decref() it.
static inline json_t *golden_network(const json_t *item)
{
    const json_t *w0 = json_object_get(item, "w0");
    json_t *hidden = json_array();
    for (size_t i = 1; i + 2 < json_array_size(w0); i += 2)
        json_array_append_new(hidden,
                              json_integer((json_int_t)json_array_size(json_array_get(w0, i))));
    return json_pack("{s:o,s:s}", "hidden", hidden, "activation", "relu");
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
