// SPDX-License-Identifier: Apache-2.0
// Which cells two runs share: by their effective values, whatever the labels, the order and the code behind them.
#include "cli/compare.h"

#include <stdlib.h>
#include <string.h>

#define MOST_DIFFERENCES 3

// --- values ---------------------------------------------------------------------------------------------

// The values of a cell by axis, the hash of a data file in place of its path, and *defaults apart, which belongs to it.
// An empty object where a damaged store has no JSON.
static json_t *values_of(const compare_side *side, const hpb_stored_cell *cell, json_t **defaults)
{
    json_t *values = json_loads(cell->spec, 0, NULL);
    if (!json_is_object(values)) {
        json_decref(values);
        values = json_object();
    }
    *defaults = json_incref(json_object_get(values, "defaults"));
    json_object_del(values, "defaults");
    json_object_del(values, "suite_seed");
    json_t *data = json_object_get(values, "data");
    const json_t *stored = json_array_get(json_object_get(side->run.about, "data"), cell->data);
    json_t *sha256 = json_object_get(stored, "sha256");
    if (json_object_get(data, "file") && sha256)
        json_object_set(data, "file", sha256);
    return values;
}

// What a build knows: "optimizer/adam/epsilon", in an object that serves as a set.
static char *name_of(const char *axis, const json_t *settings, const char *key)
{
    const char *plugin = json_string_value(json_object_get(settings, "plugin"));
    return hpb_format("%s/%s/%s", axis, plugin && strcmp(key, "plugin") != 0 ? plugin : "", key);
}

static json_t *known_to(const compare_side *side)
{
    json_t *known = json_object();
    for (uint32_t i = 0; i < side->run.n_cells; i++) {
        json_t *defaults, *values = values_of(side, &side->run.cells[i], &defaults), *settings,
                          *value;
        const char *axis, *key;
        json_object_foreach(values, axis, settings) json_object_foreach(settings, key, value)
        {
            char *name = name_of(axis, settings, key);
            json_object_set_new(known, name, json_true());
            free(name);
        }
        json_decref(values);
        json_decref(defaults);
    }
    return known;
}

// Drops the defaults that the other side does not know.
static void drop_unknown(json_t *values, const json_t *defaults, const json_t *known)
{
    json_t *settings, *value;
    const char *axis, *key;
    void *next_axis, *next_key;
    json_object_foreach_safe(values, next_axis, axis, settings)
    {
        const json_t *of_axis = json_object_get(defaults, axis);
        json_t *kept = json_copy(settings); // names are made of what is dropped
        json_object_foreach_safe(settings, next_key, key, value)
        {
            char *name = name_of(axis, settings, key);
            if (json_object_get(of_axis, key) && !json_object_get(known, name))
                json_object_del(kept, key);
            free(name);
        }
        if (json_object_size(kept))
            json_object_set_new(values, axis, kept);
        else {
            json_decref(kept);
            json_object_del(values, axis);
        }
    }
}

// --- matching ---------------------------------------------------------------------------------------------

typedef struct keyed {
    char *key;
    uint32_t cell;
} keyed;

typedef struct keys {
    keyed *items;
    uint32_t n;
} keys;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    const int order = strcmp(x->key, y->key);
    return order ? order : (x->cell > y->cell) - (x->cell < y->cell);
}

static int by_run(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (x[COMPARE_RUN] > y[COMPARE_RUN]) - (x[COMPARE_RUN] < y[COMPARE_RUN]);
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static keys keys_of_values(const compare_side *side, const json_t *known_elsewhere)
{
    keys out = {hpb_alloc(side->run.n_cells, sizeof *out.items), side->run.n_cells};
    for (uint32_t i = 0; i < out.n; i++) {
        json_t *defaults, *values = values_of(side, &side->run.cells[i], &defaults);
        drop_unknown(values, defaults, known_elsewhere);
        out.items[i] = (keyed){json_dumps(values, JSON_SORT_KEYS | JSON_COMPACT), i};
        json_decref(values);
        json_decref(defaults);
    }
    return out;
}

static keys keys_of_labels(const compare_side *side, const uint32_t *cells, uint32_t n)
{
    keys out = {hpb_alloc(n, sizeof *out.items), n};
    for (uint32_t i = 0; i < n; i++)
        out.items[i] = (keyed){hpb_strdup(side->run.cells[cells[i]].label), cells[i]};
    return out;
}

// Pairs what has the same key; the rest of each side goes to only[side]. Takes the keys. Returns how many pairs.
static uint32_t pair(keys by_side[2], uint32_t (*pairs)[2], uint32_t *only[2], uint32_t n_only[2])
{
    uint32_t at[2] = {0, 0}, n = 0;
    for (int side = 0; side < 2; side++) {
        qsort(by_side[side].items, by_side[side].n, sizeof *by_side[side].items, by_key);
        n_only[side] = 0;
    }
    while (at[0] < by_side[0].n || at[1] < by_side[1].n) {
        const int order = at[0] == by_side[0].n ? 1
                          : at[1] == by_side[1].n
                              ? -1
                              : strcmp(by_side[0].items[at[0]].key, by_side[1].items[at[1]].key);
        for (int side = 0; side < 2; side++)
            if (order == 0)
                pairs[n][side] = by_side[side].items[at[side]++].cell;
            else if ((order < 0) == (side == 0))
                only[side][n_only[side]++] = by_side[side].items[at[side]++].cell;
        n += order == 0;
    }
    qsort(pairs, n, sizeof *pairs, by_run);
    for (int side = 0; side < 2; side++) {
        qsort(only[side], n_only[side], sizeof *only[side], by_number);
        for (uint32_t i = 0; i < by_side[side].n; i++)
            free(by_side[side].items[i].key);
        free(by_side[side].items);
    }
    return n;
}

void hpb_compare_match(const compare_side sides[2], compare_match *out)
{
    *out = (compare_match){0};
    keys by_side[2];
    for (int side = 0; side < 2; side++) {
        json_t *known = known_to(&sides[1 - side]);
        by_side[side] = keys_of_values(&sides[side], known);
        out->only[side] = hpb_alloc(by_side[side].n, sizeof *out->only[side]);
        json_decref(known);
    }
    const uint32_t most = by_side[0].n < by_side[1].n ? by_side[0].n : by_side[1].n;
    out->both = hpb_alloc(most, sizeof *out->both);
    out->changed = hpb_alloc(most, sizeof *out->changed);
    out->n_both = pair(by_side, out->both, out->only, out->n_only);
    for (int side = 0; side < 2; side++)
        by_side[side] = keys_of_labels(&sides[side], out->only[side], out->n_only[side]);
    out->n_changed = pair(by_side, out->changed, out->only, out->n_only);
}

void hpb_compare_match_free(compare_match *match)
{
    free(match->both);
    free(match->changed);
    free(match->only[0]);
    free(match->only[1]);
    *match = (compare_match){0};
}

// --- differences -----------------------------------------------------------------------------------------

static const char *text_at(const json_t *values, const char *axis, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(values, axis), key));
    return text ? text : "not known";
}

// Adds "fit.epochs is 100 in BASE, 50 in RUN" for each value of `of` that the other has not; those of both once.
static void add_differences(const json_t *of, json_t *const values[2], uint32_t *n, hpb_text *out)
{
    json_t *settings, *value;
    const char *axis, *key;
    json_object_foreach((json_t *)of, axis, settings) json_object_foreach(settings, key, value)
    {
        const char *base = text_at(values[COMPARE_BASE], axis, key);
        const char *run = text_at(values[COMPARE_RUN], axis, key);
        const bool is_said = of == values[COMPARE_RUN] &&
                             json_object_get(json_object_get(values[COMPARE_BASE], axis), key);
        if (strcmp(base, run) == 0 || is_said || (*n)++ >= MOST_DIFFERENCES)
            continue;
        hpb_text_add(out, "%s%s.%s is %s in BASE, %s in RUN", out->length ? "; " : "", axis, key,
                     base, run);
    }
}

char *hpb_compare_differences(const compare_side sides[2], const uint32_t cells[2])
{
    json_t *values[2], *defaults[2];
    uint32_t n = 0;
    hpb_text text = {0};
    for (int side = 0; side < 2; side++)
        values[side] =
            values_of(&sides[side], &sides[side].run.cells[cells[side]], &defaults[side]);
    for (int side = 0; side < 2; side++)
        add_differences(values[side], values, &n, &text);
    if (n > MOST_DIFFERENCES)
        hpb_text_add(&text, "; and %u more", n - MOST_DIFFERENCES);
    for (int side = 0; side < 2; side++) {
        json_decref(values[side]);
        json_decref(defaults[side]);
    }
    return text.data ? text.data : hpb_strdup("other values");
}
