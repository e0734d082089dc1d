// SPDX-License-Identifier: Apache-2.0
// Plugins as data, and as JSON: what the probe sends to the parent, and the parent to workers.
#include "loader/registry.h"

#include "loader/json.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *folder;
} kinds[] = {
    [HPB_KIND_OPTIMIZER] = {"optimizer", "optimizers"},
    [HPB_KIND_INITIALIZER] = {"initializer", "initializers"},
    [HPB_KIND_SPLITTER] = {"splitter", "splitters"},
    [HPB_KIND_EARLY_STOPPING] = {"early_stopping", "early_stopping"},
    [HPB_KIND_SCHEDULE] = {"schedule", "schedules"},
};
static const char *const types[] = {NULL, "real", "int", "flag", "choice", "reals"};
static const char *const scopes[] = {NULL, "parameter", "lane"};

const char *hpb_kind_name(uint32_t kind)
{
    return kind < HPB_COUNT(kinds) ? kinds[kind].name : NULL;
}

const char *hpb_kind_folder(uint32_t kind)
{
    return kind < HPB_COUNT(kinds) ? kinds[kind].folder : NULL;
}

void hpb_registry_free(hpb_registry *registry)
{
    hpb_arena_destroy(registry->arena);
    *registry = (hpb_registry){0};
}

const hpb_plugin_info *hpb_registry_find(const hpb_registry *registry, uint32_t kind,
                                         const char *id)
{
    for (uint32_t i = 0; i < registry->n_plugins; i++)
        if (registry->plugins[i].kind == kind && strcmp(registry->plugins[i].id, id) == 0)
            return &registry->plugins[i];
    return NULL;
}

// --- to JSON ---------------------------------------------------------------------------------------------

// A descriptor's numbers are finite but for `none` (NaN) and missing bounds (infinity): each field can be only one of
// the two, so null says which.
static json_t *param_to_json(const hpb_param *p)
{
    return json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:o}", "name",
        hpb_json_text(p->name), "aliases", hpb_json_text(p->aliases), "type", types[p->type],
        "choices", hpb_json_text(p->choices), "default",
        hpb_json_number(p->type == HPB_TYPE_REALS || p->flags & HPB_PARAM_REQUIRED ? (double)NAN
                                                                                   : p->value),
        "min", hpb_json_number(p->min), "max", hpb_json_number(p->max), "unit",
        hpb_json_text(p->unit), "min_open", (p->flags & HPB_PARAM_MIN_OPEN) != 0, "max_open",
        (p->flags & HPB_PARAM_MAX_OPEN) != 0, "optional", (p->flags & HPB_PARAM_OPTIONAL) != 0,
        "required", (p->flags & HPB_PARAM_REQUIRED) != 0, "doc", hpb_json_text(p->doc));
}

// What a plugin says of itself by a flag.
static const struct {
    const char *name;
    uint32_t kind, flag;
} flags[] = {
    {"elementwise", HPB_KIND_OPTIMIZER, HPB_OPTIMIZER_ELEMENTWISE},
    {"fixed", HPB_KIND_INITIALIZER, HPB_INITIALIZER_FIXED},
    {"fixed", HPB_KIND_SPLITTER, HPB_SPLITTER_FIXED},
    {"sets_rate", HPB_KIND_EARLY_STOPPING, HPB_EARLY_STOPPING_RATE},
    {"constant", HPB_KIND_SCHEDULE, HPB_SCHEDULE_CONSTANT},
};

json_t *hpb_plugin_to_json(const hpb_plugin_info *plugin)
{
    json_t *params = json_array(), *slots = json_array(), *isas = json_array();
    for (uint32_t i = 0; i < plugin->n_params; i++)
        json_array_append_new(params, param_to_json(&plugin->params[i]));
    for (uint32_t i = 0; i < plugin->n_slots; i++) {
        const hpb_slot *slot = &plugin->slots[i];
        json_array_append_new(slots,
                              json_pack("{s:o, s:o, s:s}", "name", hpb_json_text(slot->name), "doc",
                                        hpb_json_text(slot->doc), "scope", scopes[slot->scope]));
    }
    for (uint32_t isa = 0; isa < HPB_ISA_COUNT; isa++)
        if (plugin->isa & (1u << isa))
            json_array_append_new(isas, json_string(hpb_isa_name(isa)));
    json_t *json =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:i, s:i, s:o, s:o, s:o, s:o, s:I, s:o}",
                  "kind", hpb_kind_name(plugin->kind), "id", hpb_json_text(plugin->id), "version",
                  hpb_json_text(plugin->version), "summary", hpb_json_text(plugin->summary), "docs",
                  hpb_json_text(plugin->docs), "references", hpb_json_text(plugin->references),
                  "results_revision", (json_int_t)plugin->results_revision, "abi_major",
                  plugin->abi_major, "abi_minor", plugin->abi_minor, "path",
                  hpb_json_text(plugin->path), "sha256", hpb_json_text(plugin->sha256), "params",
                  params, "slots", slots, "n_state", (json_int_t)plugin->n_state, "isa", isas);
    for (size_t i = 0; i < HPB_COUNT(flags); i++) {
        const bool is_of_kind = plugin->kind == flags[i].kind;
        if (is_of_kind || !json_object_get(json, flags[i].name)) // two kinds may share a name
            json_object_set_new(json, flags[i].name,
                                json_boolean(is_of_kind && plugin->flags & flags[i].flag));
    }
    return json;
}

json_t *hpb_registry_to_json(const hpb_registry *registry)
{
    json_t *plugins = json_array(), *refusals = json_array();
    for (uint32_t i = 0; i < registry->n_plugins; i++)
        json_array_append_new(plugins, hpb_plugin_to_json(&registry->plugins[i]));
    for (uint32_t i = 0; i < registry->n_refusals; i++)
        json_array_append_new(
            refusals, json_pack("{s:o, s:o}", "path", hpb_json_text(registry->refusals[i].path),
                                "reason", hpb_json_text(registry->refusals[i].reason)));
    return json_pack("{s:o, s:o}", "plugins", plugins, "refusals", refusals);
}

// --- from JSON -------------------------------------------------------------------------------------------

// Every getter leaves `ok` false once something is missing or of another type, so callers ask once.
typedef struct reader {
    hpb_arena *arena;
    bool ok;
} reader;

static const char *get_text(reader *r, const json_t *object, const char *key, bool required)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value))
        return hpb_arena_strdup(r->arena, json_string_value(value));
    if (required || !json_is_null(value))
        r->ok = false;
    return NULL;
}

static double get_number(reader *r, const json_t *object, const char *key, double null_means)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_number(value))
        return json_number_value(value);
    if (!json_is_null(value))
        r->ok = false;
    return null_means;
}

static uint32_t get_count(reader *r, const json_t *object, const char *key, uint32_t limit)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > limit) {
        r->ok = false;
        return 0;
    }
    return (uint32_t)json_integer_value(value);
}

static uint32_t get_flag(reader *r, const json_t *object, const char *key, uint32_t bit)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        r->ok = false;
    return json_is_true(value) ? bit : 0;
}

// The index of a word in a table whose entry 0 is not used.
static uint32_t get_word(reader *r, const json_t *object, const char *key, const char *const *words,
                         size_t n)
{
    const char *word = json_string_value(json_object_get(object, key));
    for (size_t i = 1; word && i < n; i++)
        if (strcmp(words[i], word) == 0)
            return (uint32_t)i;
    r->ok = false;
    return 1;
}

static hpb_param param_from_json(reader *r, const json_t *json)
{
    hpb_param p = {0};
    p.name = get_text(r, json, "name", true);
    p.aliases = get_text(r, json, "aliases", false);
    p.doc = get_text(r, json, "doc", true);
    p.unit = get_text(r, json, "unit", false);
    p.choices = get_text(r, json, "choices", false);
    p.type = get_word(r, json, "type", types, HPB_COUNT(types));
    p.value = get_number(r, json, "default", p.type == HPB_TYPE_REALS ? 0 : (double)NAN);
    p.min = get_number(r, json, "min", -HUGE_VAL);
    p.max = get_number(r, json, "max", HUGE_VAL);
    p.flags = get_flag(r, json, "min_open", HPB_PARAM_MIN_OPEN) |
              get_flag(r, json, "max_open", HPB_PARAM_MAX_OPEN) |
              get_flag(r, json, "optional", HPB_PARAM_OPTIONAL) |
              get_flag(r, json, "required", HPB_PARAM_REQUIRED);
    if (p.type == HPB_TYPE_CHOICE && !p.choices)
        r->ok = false;
    return p;
}

static hpb_plugin_info plugin_from_json(reader *r, const json_t *json)
{
    hpb_plugin_info info = {0};
    const char *kind_names[HPB_COUNT(kinds)];
    for (size_t i = 0; i < HPB_COUNT(kinds); i++)
        kind_names[i] = kinds[i].name;
    info.kind = get_word(r, json, "kind", kind_names, HPB_COUNT(kinds));
    info.id = get_text(r, json, "id", true);
    info.version = get_text(r, json, "version", true);
    info.summary = get_text(r, json, "summary", true);
    info.docs = get_text(r, json, "docs", false);
    info.references = get_text(r, json, "references", false);
    info.results_revision = get_count(r, json, "results_revision", UINT32_MAX);
    info.abi_major = (uint16_t)get_count(r, json, "abi_major", UINT16_MAX);
    info.abi_minor = (uint16_t)get_count(r, json, "abi_minor", UINT16_MAX);
    info.path = get_text(r, json, "path", true);
    info.sha256 = get_text(r, json, "sha256", true);
    for (size_t i = 0; i < HPB_COUNT(flags); i++) {
        const uint32_t flag = get_flag(r, json, flags[i].name, flags[i].flag);
        info.flags |= info.kind == flags[i].kind ? flag : 0;
    }
    info.n_state = get_count(r, json, "n_state", UINT32_MAX);

    const json_t *params = json_object_get(json, "params"), *slots = json_object_get(json, "slots");
    const json_t *isas = json_object_get(json, "isa");
    r->ok = r->ok && json_is_array(params) && json_is_array(slots) && json_is_array(isas);
    info.n_params = (uint32_t)json_array_size(params);
    hpb_param *param = hpb_arena_alloc(r->arena, info.n_params, sizeof *param);
    for (uint32_t i = 0; i < info.n_params; i++)
        param[i] = param_from_json(r, json_array_get(params, i));
    info.params = param;
    info.n_slots = (uint32_t)json_array_size(slots);
    hpb_slot *slot = hpb_arena_alloc(r->arena, info.n_slots, sizeof *slot);
    for (uint32_t i = 0; i < info.n_slots; i++) {
        const json_t *item = json_array_get(slots, i);
        slot[i].name = get_text(r, item, "name", true);
        slot[i].doc = get_text(r, item, "doc", false);
        slot[i].scope = get_word(r, item, "scope", scopes, HPB_COUNT(scopes));
    }
    info.slots = slot;
    for (size_t i = 0; i < json_array_size(isas); i++) {
        const char *word = json_string_value(json_array_get(isas, i));
        uint32_t isa = 0;
        while (isa < HPB_ISA_COUNT && (!word || strcmp(word, hpb_isa_name(isa)) != 0))
            isa++;
        if (isa == HPB_ISA_COUNT)
            r->ok = false;
        else
            info.isa |= 1u << isa;
    }
    return info;
}

hpb_exit hpb_registry_from_json(const json_t *json, hpb_registry *out, hpb_error *error)
{
    *out = (hpb_registry){.arena = hpb_arena_create()};
    reader r = {out->arena, true};
    const json_t *plugins = json_object_get(json, "plugins");
    const json_t *refusals = json_object_get(json, "refusals");
    r.ok = json_is_array(plugins) && json_is_array(refusals);
    out->n_plugins = (uint32_t)json_array_size(plugins);
    out->plugins = hpb_arena_alloc(out->arena, out->n_plugins, sizeof *out->plugins);
    for (uint32_t i = 0; i < out->n_plugins; i++)
        out->plugins[i] = plugin_from_json(&r, json_array_get(plugins, i));
    out->n_refusals = (uint32_t)json_array_size(refusals);
    out->refusals = hpb_arena_alloc(out->arena, out->n_refusals, sizeof *out->refusals);
    for (uint32_t i = 0; i < out->n_refusals; i++) {
        const json_t *item = json_array_get(refusals, i);
        out->refusals[i].path = get_text(&r, item, "path", true);
        out->refusals[i].reason = get_text(&r, item, "reason", true);
    }
    if (r.ok)
        return HPB_EXIT_OK;
    hpb_registry_free(out);
    return hpb_error_set(error, HPB_EXIT_INTERNAL, "the list of plugins is damaged");
}
