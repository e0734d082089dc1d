// SPDX-License-Identifier: Apache-2.0
// What stands behind a cause: the settings that the suite gives it, and the rows that validation_split leaves.
#include "explain/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_at(const json_t *spec, const char *section, const char *key)
{
    return json_string_value(json_object_get(json_object_get(spec, section), key));
}

static double number_at(const json_t *spec, const char *section, const char *key)
{
    double number;
    const char *text = text_at(spec, section, key);
    return text && hpb_parse_double(text, &number) ? number : (double)NAN;
}

// --- settings -------------------------------------------------------------------------------------------------

// Numbers of seeds are luck, not protocol; what the candidates try is another cause.
static bool is_told(const json_t *spec, const char *section, const char *key)
{
    const json_t *candidates = json_object_get(json_object_get(spec, "protocol"), "candidates"),
                 *params = json_object_get(json_array_get(candidates, 0), "params");
    return strcmp(key, "plugin") != 0 && strcmp(key, "random_state") != 0 &&
           !(strcmp(section, "data") == 0 && strcmp(key, "seed") == 0) &&
           (strcmp(section, "seeds") != 0 || strcmp(key, "policy") == 0) &&
           !json_object_get(params, key);
}

static bool is_given(const json_t *spec, const char *section, const char *key)
{
    return json_object_get(json_object_get(spec, section), key) &&
           !json_object_get(json_object_get(json_object_get(spec, "defaults"), section), key);
}

// What the suite gives on this side, or on the other of the same plugin.
static const char *settings_of(json_t *const spec[2], int side, const char *section,
                               hpb_arena *arena)
{
    const char *id[2] = {text_at(spec[0], section, "plugin"), text_at(spec[1], section, "plugin")};
    const bool is_same = id[0] && id[1] && strcmp(id[0], id[1]) == 0;
    json_t *kept = json_object(), *value;
    const char *key;
    if (id[side])
        json_object_set_new(kept, "plugin", json_string(id[side]));
    json_object_foreach(json_object_get(spec[side], section), key, value)
    {
        if (is_told(spec[side], section, key) && is_told(spec[!side], section, key) &&
            (is_given(spec[side], section, key) ||
             (is_same && is_given(spec[!side], section, key))))
            json_object_set(kept, key, value);
    }
    char *text = json_dumps(kept, JSON_COMPACT);
    const char *out = hpb_arena_strdup(arena, text);
    free(text);
    json_decref(kept);
    return out;
}

// --- rows -----------------------------------------------------------------------------------------------------

// scikit-learn's train_test_split (test rows rounded up) and KFold where all folds are equal. 0: not known.
static double rows_of_split(const json_t *spec, double n)
{
    const char *id = text_at(spec, "splitter", "plugin"),
               *train = text_at(spec, "splitter", "train_size");
    const double test = number_at(spec, "splitter", "test_size"),
                 folds = number_at(spec, "splitter", "n_splits");
    if (!id || !json_is_null(json_object_get(json_object_get(spec, "protocol"), "outer")))
        return 0;
    if (strcmp(id, "train_test_split") == 0 && isfinite(test) && train &&
        strcmp(train, "none") == 0)
        return n - (test < 1 ? ceil(test * n) : test);
    return strcmp(id, "kfold") == 0 && fmod(n, folds) == 0 ? n - n / folds : 0;
}

// The next of "a + b + c", *at then behind it.
static const char *next_part(const char **at, hpb_arena *arena)
{
    const char *plus = strstr(*at, " + ");
    const size_t n = plus ? (size_t)(plus - *at) : strlen(*at);
    const char *part = hpb_arena_strndup(arena, *at, n);
    *at += plus ? n + 3 : n;
    return part;
}

static void read_parts(hpb_cause *cause, json_t *const spec[2], uint32_t n_rows, hpb_arena *arena)
{
    const char *name = cause->name, *value[2] = {cause->value[0], cause->value[1]};
    hpb_cause *parts = hpb_arena_alloc(arena, strlen(name) / 4 + 1, sizeof *parts);
    for (; *name; cause->n_parts++) {
        hpb_cause *part = &parts[cause->n_parts];
        part->name = next_part(&name, arena);
        part->value[0] = next_part(&value[0], arena);
        part->value[1] = next_part(&value[1], arena);
        hpb_cause_read(part, spec, n_rows, arena);
    }
    cause->parts = parts;
}

void hpb_cause_read(hpb_cause *cause, json_t *const spec[2], uint32_t n_rows, hpb_arena *arena)
{
    if (strstr(cause->name, " + ")) {
        read_parts(cause, spec, n_rows, arena);
        return;
    }
    for (int side = 0; side < 2; side++)
        if (json_is_object(json_object_get(spec[side], cause->name)))
            cause->settings[side] = settings_of(spec, side, cause->name, arena);
    const double rows = rows_of_split(spec[0], n_rows),
                 batch = number_at(spec[0], "fit", "batch_size");
    double kept_back;
    for (int side = 0; side < 2 && strcmp(cause->name, "validation_split") == 0 && rows > 0; side++)
        if (hpb_parse_double(cause->value[side], &kept_back)) {
            // Keras: the first floor(n (1 - v)) rows are trained on
            cause->rows[side] = (uint32_t)floor(rows * (1 - kept_back));
            cause->updates[side] = batch >= 1 ? (uint32_t)ceil(cause->rows[side] / batch) : 0;
        }
}
