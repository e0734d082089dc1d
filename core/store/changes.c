// SPDX-License-Identifier: Apache-2.0
// What an edited suite changed, said in plain words.
#include "store/private.h"

#include <stdlib.h>
#include <string.h>

void store_changes_add(hpb_text *changes, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line - 1, format, list);
    va_end(list);
    const size_t n = strlen(line);
    line[n] = '\n';
    line[n + 1] = '\0';
    for (const char *at = changes->data; at && *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, line, n + 1) == 0)
            return;
    hpb_text_add_bytes(changes, line, n + 1);
}

static const char *word(const json_t *value)
{
    const char *text = json_string_value(value);
    return text ? text : "not there";
}

static void compare_axis(const char *axis, const char *level, json_t *before, json_t *now,
                         hpb_text *changes)
{
    const char *gap = level[0] ? " " : "";
    const char *key;
    json_t *value;
    json_object_foreach(now, key, value)
    {
        const json_t *old = json_object_get(before, key);
        if (!json_equal(old, value))
            store_changes_add(changes, "%s%s%s: %s %s -> %s", axis, gap, level, key, word(old),
                              word(value));
    }
    json_object_foreach(before, key, value) if (!json_object_get(now, key)) store_changes_add(
        changes, "%s%s%s: %s %s -> not there", axis, gap, level, key, word(value));
}

void store_changes_of_cell(const char *before, const char *now, const char *const *levels,
                           hpb_text *changes)
{
    json_t *old = json_loads(before, 0, NULL), *new = json_loads(now, 0, NULL);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const char *name = hpb_axis_name((hpb_axis)axis);
        compare_axis(name, levels[axis], json_object_get(old, name), json_object_get(new, name),
                     changes);
    }
    const json_t *seed = json_object_get(old, "suite_seed"),
                 *now_seed = json_object_get(new, "suite_seed");
    if (seed && now_seed && !json_equal(seed, now_seed))
        store_changes_add(changes, "suite: seed %s -> %s", word(seed), word(now_seed));
    json_decref(old);
    json_decref(new);
}
