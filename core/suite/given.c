// SPDX-License-Identifier: Apache-2.0
// What is said of a key that a protocol can't have, or has twice.
#include "suite/candidates.h"

#include <string.h>

// What to write for a parameter of GridSearchCV; NULL where it has none of that name.
static const char *way_of_grid_search(const char *name)
{
    static const char *const ways[][2] = {
        {"param_grid", "grid.KEY = VALUE, VALUE, a line for each key"},
        {"cv", "splitter = LABEL, or a splitter with its defaults: splitter = kfold"},
        {"refit", "report = refit, beside outer = SPLITTER"},
        {"n_jobs", "hpbench run --jobs N; the numbers are the same for any N"},
    };
    for (size_t i = 0; i < HPB_COUNT(ways); i++)
        if (strcmp(ways[i][0], name) == 0)
            return ways[i][1];
    return NULL;
}

static bool has_param(const hpb_param *params, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(params[i].name, name) == 0)
            return true;
    return false;
}

// The axis whose sections have the key, while a protocol has but their labels; HPB_AXIS_COUNT: none.
static hpb_axis axis_of_section(const hpb_registry *registry, const char *name)
{
    for (int i = HPB_AXIS_COUNT - 1; i > HPB_AXIS_PROTOCOL; i--) {
        const hpb_axis axis = (hpb_axis)i;
        if (axis == HPB_AXIS_OPTIMIZER)
            continue;
        const hpb_params host = hpb_axis_params(axis);
        bool is_there = has_param(host.items, host.n, name);
        for (uint32_t p = 0; p < registry->n_plugins; p++)
            is_there |= registry->plugins[p].kind == hpb_axis_kind(axis) &&
                        has_param(registry->plugins[p].params, registry->plugins[p].n_params, name);
        if (is_there)
            return axis;
    }
    return HPB_AXIS_COUNT;
}

void hpb_given_unknown(hpb_protocol_reader *w, const hpb_given *given,
                       const hpb_section_levels *levels)
{
    const hpb_ini_entry *entry = &given->entry;
    const bool is_grid = hpb_key_is_grid(entry->key), is_optimizer = levels->plugin != NULL;
    if (hpb_diagnose_layer(w->reader, w->section->name, entry, given->name))
        return;
    const char *names[128];
    size_t n = 0;
    static const hpb_axis axes[] = {HPB_AXIS_PROTOCOL, HPB_AXIS_FIT, HPB_AXIS_MODEL};
    for (size_t a = is_grid; a < HPB_COUNT(axes); a++) {
        const hpb_params params = hpb_axis_params(axes[a]);
        for (uint32_t i = 0; i < params.n; i++)
            names[n++] = params.items[i].name;
    }
    for (uint32_t i = 0; is_optimizer && i < levels->n_keys && n < HPB_COUNT(names); i++)
        names[n++] = levels->keys[i].param->name;
    w->reader->is_good = false;
    hpb_error *error = hpb_diagnose(w->reader->diagnostics, entry->key_place, w->section->name,
                                    NULL, "unknown key \"%s\"", entry->key);
    const hpb_axis axis = axis_of_section(w->reader->registry, given->name);
    const char *way = way_of_grid_search(given->name),
               *nearest = hpb_nearest(given->name, names, n);
    if (way)
        hpb_error_hint(error, "%s", way);
    else if (axis < HPB_AXIS_COUNT)
        hpb_error_hint(error, "a key of [%s.LABEL], which a protocol names: %s = LABEL",
                       hpb_axis_name(axis), hpb_axis_name(axis));
    else if (nearest)
        hpb_error_hint(error, "did you mean %s%s?", is_grid ? HPB_GRID : "", nearest);
    else
        hpb_error_hint(error, "expected a key of the protocol, of [fit], of [model]%s%s",
                       is_optimizer ? ", or of " : "", is_optimizer ? levels->plugin->id : "");
}

hpb_error *hpb_given_twice(hpb_protocol_reader *w, const hpb_ini_entry *grid,
                           const hpb_ini_entry *plain)
{
    const char *by = plain->key_place.file; // of a --set option
    if (plain->key_place.line)
        by = hpb_arena_format(w->reader->arena, "%s at line %u", plain->key, plain->key_place.line);
    const char *text = hpb_arena_format(
        w->reader->arena, "the same setting is given twice, by %s as well; expected one of the two",
        by);
    hpb_error *error = hpb_protocol_fault(w, grid->key_place, grid->key, text);
    hpb_error_hint(error, "candidates: without %s = %s; one value: without %s", plain->key,
                   plain->value, grid->key);
    return error;
}
