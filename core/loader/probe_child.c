// SPDX-License-Identifier: Apache-2.0
// The probe process: loads what it is told to, says what it found, and may die of it.
#include "loader/frame.h"
#include "loader/json.h"
#include "loader/module.h"
#include "loader/probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUESTS 0
#define ANSWERS 3

static json_t *answer_text(const char *key, const char *text)
{
    return json_pack("{s:o}", key, hpb_json_text(text));
}

// Refusals start with the path, which the parent knows: hand on the reason alone.
static json_t *answer_refused(const hpb_error *error, const char *path)
{
    const size_t n = strlen(path);
    const bool has_path =
        strncmp(error->text, path, n) == 0 && strncmp(error->text + n, ": ", 2) == 0;
    char reason[sizeof error->text + sizeof error->hint + 4];
    snprintf(reason, sizeof reason, "%s%s%s", error->text + (has_path ? n + 2 : 0),
             error->hint[0] ? "; " : "", error->hint);
    return answer_text("refused", reason);
}

static json_t *describe(const char *path)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_module module;
    hpb_plugin_info info;
    hpb_error error;
    json_t *answer;
    if (hpb_module_open(path, 0, arena, &module, &info, &error) == HPB_EXIT_OK)
        answer = json_pack("{s:o}", "plugin", hpb_plugin_to_json(&info));
    else
        answer = answer_refused(&error, path);
    hpb_arena_destroy(arena);
    return answer;
}

// The values as probe.c sends them: a number, null for none, or a list of numbers.
static hpb_value *read_values(hpb_arena *arena, const json_t *json)
{
    hpb_value *values = hpb_arena_alloc(arena, json_array_size(json), sizeof *values);
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *item = json_array_get(json, i);
        values[i].number = json_is_number(item) ? json_number_value(item) : (double)NAN;
        values[i].count = (uint32_t)json_array_size(item);
        double *list = hpb_arena_alloc(arena, values[i].count, sizeof *list);
        for (uint32_t k = 0; k < values[i].count; k++)
            list[k] = json_number_value(json_array_get(item, k));
        values[i].list = list;
    }
    return values;
}

// A column that follows the request, or NULL where it says there is none.
static void *read_column(const json_t *request, const char *key, uint32_t n_rows)
{
    if (!json_is_true(json_object_get(request, key)))
        return NULL;
    uint32_t *column = hpb_alloc(n_rows, sizeof *column);
    if (hpb_frame_receive_bytes(REQUESTS, -1, column, n_rows * sizeof *column) != HPB_FRAME_OK)
        _exit(HPB_EXIT_OK); // the parent has closed
    return column;
}

static json_t *check_values(const char *path, const json_t *request)
{
    hpb_arena *arena = hpb_arena_create();
    const uint32_t kind = (uint32_t)json_integer_value(json_object_get(request, "kind"));
    const hpb_plugin_info plugin = {.path = path, .kind = kind};
    const hpb_value *values = read_values(arena, json_object_get(request, "values"));
    const uint32_t n_rows = (uint32_t)json_integer_value(json_object_get(request, "n_rows"));
    uint32_t *groups = read_column(request, "groups", n_rows);
    int32_t *test_fold = read_column(request, "test_fold", n_rows);
    const hpb_rows rows = {sizeof rows, n_rows, groups, test_fold};
    uint32_t count;
    hpb_error error;
    json_t *answer;
    switch (hpb_module_check_values(NULL, &plugin, values, &rows, &count, &error)) {
    case HPB_EXIT_OK:
        answer = json_pack("{s:I}", "count", (json_int_t)count);
        break;
    case HPB_EXIT_SUITE:
        answer = answer_text("failed", error.text);
        json_object_set_new(answer, "hint", hpb_json_text(error.hint));
        break;
    default:
        answer = answer_refused(&error, path);
    }
    free(groups);
    free(test_fold);
    hpb_arena_destroy(arena);
    return answer;
}

int hpb_probe_main(void)
{
    json_t *request;
    hpb_frame_state state;
    while ((state = hpb_frame_receive(REQUESTS, -1, &request)) == HPB_FRAME_OK) {
        const char *path = json_string_value(json_object_get(request, "path"));
        json_t *answer;
        if (!path)
            answer = answer_text("refused", "no path was sent");
        else if (json_object_get(request, "n_rows"))
            answer = check_values(path, request);
        else
            answer = describe(path);
        json_decref(request);
        if (!hpb_frame_send(ANSWERS, answer))
            break;
    }
    // No exit handlers: some may be a plugin's.
    _exit(state == HPB_FRAME_BAD ? HPB_EXIT_INTERNAL : HPB_EXIT_OK);
}
