// SPDX-License-Identifier: Apache-2.0
// One code path for every axis: find the plugin, read its keys and the host's.
#include "suite/choices.h"

#include "data/dataset.h"
#include "suite/layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LABEL 80 // code points

uint64_t hpb_saturating_product(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

bool hpb_diagnose_layer(hpb_suite_reader *reader, const char *section, const hpb_ini_entry *entry,
                        const char *name)
{
    hpb_layer layer;
    if (!hpb_layer_find(name, &layer))
        return false;
    reader->is_good = false;
    hpb_error *error = layer.is_dense ? hpb_diagnose(reader->diagnostics, entry->key_place, section,
                                                     NULL, "unknown key \"%s\"", entry->key)
                                      : hpb_diagnose(reader->diagnostics, entry->key_place, section,
                                                     entry->key, HPB_LAYER_FAULT, layer.name);
    hpb_error_hint(error, "%s", layer.way_out);
    return true;
}

void hpb_diagnose_unknown_key(hpb_suite_reader *reader, const char *section,
                              const hpb_ini_entry *entry, const char *const *candidates, size_t n)
{
    if (strncmp(section, "model", 5) == 0 && hpb_diagnose_layer(reader, section, entry, entry->key))
        return;
    reader->is_good = false;
    hpb_error *error = hpb_diagnose(reader->diagnostics, entry->key_place, section, NULL,
                                    "unknown key \"%s\"", entry->key);
    const char *nearest = hpb_nearest(entry->key, candidates, n);
    if (nearest) {
        hpb_error_hint(error, "did you mean %s?", nearest);
        return;
    }
    hpb_text all = {0};
    for (size_t i = 0; i < n; i++)
        hpb_text_add(&all, "%s%s", i ? ", " : "", candidates[i]);
    hpb_error_hint(error, "known here: %s", all.data ? all.data : "none");
    hpb_text_free(&all);
}

static char *trimmed(hpb_arena *arena, const char *begin, const char *end)
{
    end = hpb_trim(&begin, end);
    char *text = hpb_arena_strndup(arena, begin, (size_t)(end - begin));
    for (char *c = text; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return text;
}

const char **hpb_labels_split(hpb_arena *arena, const char *text, char separator, uint32_t *n)
{
    *n = 1;
    for (const char *c = text; *c; c++)
        *n += *c == separator;
    const char **words = hpb_arena_alloc(arena, *n, sizeof *words);
    for (uint32_t i = 0; i < *n; i++) {
        const char *end = strchr(text, separator);
        end = end ? end : text + strlen(text);
        words[i] = trimmed(arena, text, end);
        text = end + 1;
    }
    return words;
}

// Whether `name` is one of the words of "a,b,c"; NULL has none.
static bool is_alias(const char *aliases, const char *name)
{
    size_t n;
    const char *word;
    for (uint32_t i = 0; (word = hpb_choice_word(aliases, i, &n)); i++)
        if (strlen(name) == n && strncmp(word, name, n) == 0)
            return true;
    return false;
}

static bool is_named(const hpb_param *param, const char *name)
{
    return strcmp(param->name, name) == 0 || is_alias(param->aliases, name);
}

// --- plugins and labels ---------------------------------------------------------------------------------

static void diagnose_unknown_plugin(hpb_suite_reader *reader, uint32_t kind, const char *section,
                                    const hpb_ini_entry *entry, hpb_place place, const char *id)
{
    const hpb_registry *registry = reader->registry;
    const char **ids = hpb_alloc(registry->n_plugins, sizeof *ids);
    size_t n = 0;
    hpb_text all = {0};
    for (uint32_t i = 0; i < registry->n_plugins; i++)
        if (registry->plugins[i].kind == kind) {
            hpb_text_add(&all, "%s%s", n ? ", " : "", registry->plugins[i].id);
            ids[n++] = registry->plugins[i].id;
        }
    reader->is_good = false;
    hpb_error *error = hpb_diagnose(reader->diagnostics, place, section, entry ? "plugin" : NULL,
                                    "no such plugin; expected one of %s; got \"%s\"",
                                    n ? all.data : "none (no plugin of this kind was found)", id);
    const char *nearest = hpb_nearest(id, ids, n);
    if (nearest)
        hpb_error_hint(error, "did you mean %s?", nearest);
    else if (!entry)
        hpb_error_hint(error, "the label is the plugin unless plugin = says otherwise");
    char *file = hpb_format("/%s.so", id);
    const size_t length = strlen(file);
    for (uint32_t i = 0; error && i < registry->n_refusals; i++) {
        const hpb_refusal *refusal = &registry->refusals[i];
        const size_t path = strlen(refusal->path);
        if (path >= length && strcmp(refusal->path + path - length, file) == 0) {
            error->code = HPB_EXIT_PLUGIN;
            hpb_error_hint(error, "it was refused: %s", refusal->reason);
        }
    }
    free(file);
    free(ids);
    hpb_text_free(&all);
}

// What trains nothing needs no optimizer.
static bool trains(const hpb_ini *ini)
{
    const hpb_ini_section *fit = hpb_ini_find(ini, hpb_axis_name(HPB_AXIS_FIT));
    const hpb_ini_entry *solver = fit ? hpb_ini_find_entry(fit, "solver") : NULL;
    return !solver || strcmp(solver->value, "least_squares") != 0;
}

static const char *default_plugin(const hpb_suite_reader *reader, hpb_axis axis)
{
    switch (axis) {
    case HPB_AXIS_OPTIMIZER:
        return trains(reader->ini) ? NULL : "sgd";
    case HPB_AXIS_INITIALIZER:
        return "glorot_uniform"; // Keras' for Dense
    case HPB_AXIS_SCHEDULE:
        return "constant";
    case HPB_AXIS_SPLITTER:
        return "train_test_split";
    case HPB_AXIS_EARLY_STOPPING:
        return "never";
    default:
        return NULL;
    }
}

// Finds the plugin of a section (NULL: the axis' default). False with the fault said.
static bool find_plugin(hpb_suite_reader *reader, const hpb_ini_section *section,
                        const char *section_label, hpb_section_levels *out)
{
    const uint32_t kind = hpb_axis_kind(out->axis);
    if (!kind)
        return true;
    const hpb_ini_entry *entry = hpb_ini_find_entry(section, "plugin");
    const char *id = entry     ? entry->value
                     : section ? section_label
                               : default_plugin(reader, out->axis);
    if (!id || !*id) {
        reader->is_good = false;
        hpb_error *error =
            hpb_diagnose(reader->diagnostics, out->place, out->section, NULL,
                         section ? "which plugin? expected a label, [%s.LABEL], or plugin = ID"
                                 : "missing; expected at least one section [%s.LABEL]",
                         hpb_axis_name(out->axis));
        for (uint32_t i = 0; i < reader->ini->n_sections && !section; i++)
            if (hpb_section_label(&reader->ini->sections[i], HPB_AXIS_PROTOCOL))
                hpb_error_hint(error, "or %s = LABEL in every [protocol.LABEL]",
                               hpb_axis_name(out->axis));
        return false;
    }
    out->plugin = hpb_registry_find(reader->registry, kind, id);
    if (!out->plugin)
        diagnose_unknown_plugin(reader, kind, out->section, entry,
                                entry ? entry->place : out->place, id);
    return out->plugin != NULL;
}

static void read_label(hpb_suite_reader *reader, const hpb_ini_section *section,
                       hpb_section_levels *out)
{
    const hpb_ini_entry *entry = hpb_ini_find_entry(section, "label");
    const char *label = entry ? entry->value : out->name;
    size_t points = 0;
    for (const char *c = label; *c; c++)
        points += ((unsigned char)*c & 0xc0) != 0x80;
    if (points > MAX_LABEL || (entry && !*label)) {
        reader->is_good = false;
        hpb_diagnose(reader->diagnostics, entry ? entry->place : out->place, out->section,
                     entry ? "label" : NULL, "expected a label of 1 to %d characters; got %zu",
                     MAX_LABEL, points);
    }
    out->label = label;
}

// --- keys --------------------------------------------------------------------------------------------------

hpb_key_levels *hpb_section_key(const hpb_section_levels *levels, const char *name)
{
    for (uint32_t i = 0; i < levels->n_keys; i++)
        if (is_named(levels->keys[i].param, name))
            return &levels->keys[i];
    return NULL;
}

// All keys that the section may have, at their defaults.
static void list_keys(hpb_section_levels *levels, hpb_arena *arena)
{
    const hpb_params host = hpb_axis_params(levels->axis);
    const uint32_t n_plugin = levels->plugin ? levels->plugin->n_params : 0;
    levels->keys = hpb_arena_alloc(arena, n_plugin + host.n, sizeof *levels->keys);
    for (uint32_t i = 0; i < n_plugin + host.n; i++) {
        const hpb_param *param =
            i < n_plugin ? &levels->plugin->params[i] : &host.items[i - n_plugin];
        if (i >= n_plugin && hpb_section_key(levels, param->name))
            continue; // the plugin has a default of its own
        hpb_setting *setting = hpb_arena_alloc(arena, 1, sizeof *setting);
        *setting = hpb_setting_default(param, arena);
        levels->keys[levels->n_keys++] = (hpb_key_levels){param, {setting, 1}, NULL};
    }
}

static void read_key(hpb_suite_reader *reader, hpb_section_levels *levels, const char *section,
                     const hpb_ini_entry *entry, bool is_shared)
{
    const char *candidates[256];
    size_t n = 0;
    for (uint32_t i = 0; i < levels->n_keys; i++) {
        hpb_key_levels *key = &levels->keys[i];
        if (n < HPB_COUNT(candidates) - 2)
            candidates[n++] = key->param->name;
        if (!is_named(key->param, entry->key))
            continue;
        // a --set option, which has no line, goes before what the suite says under any name
        if (!is_shared && key->entry && entry->place.line) {
            if (!key->entry->place.line)
                return;
            reader->is_good = false;
            hpb_diagnose(reader->diagnostics, entry->key_place, section, entry->key,
                         "is %s, which line %u sets", key->param->name, key->entry->key_place.line);
            return;
        }
        hpb_levels found;
        if (!hpb_levels_parse(key->param, section, entry, reader->arena, &found,
                              reader->diagnostics))
            reader->is_good = false;
        else
            *key = (hpb_key_levels){key->param, found, is_shared ? NULL : entry};
        return;
    }
    if (levels->axis == HPB_AXIS_PROTOCOL)
        return; // may be a key of what it names: protocols.c knows
    candidates[n++] = "label";
    if (levels->plugin)
        candidates[n++] = "plugin";
    hpb_diagnose_unknown_key(reader, section, entry, candidates, n);
}

static void read_keys(hpb_suite_reader *reader, hpb_section_levels *levels,
                      const hpb_ini_section *section, bool is_shared)
{
    for (uint32_t i = 0; section && i < section->n_entries; i++) {
        const char *key = section->entries[i].key;
        const bool is_common =
            strcmp(key, "label") == 0 || (levels->plugin != NULL && strcmp(key, "plugin") == 0);
        if (!is_common)
            read_key(reader, levels, section->name, &section->entries[i], is_shared);
    }
}

// What has no default must be there.
static void check_required(hpb_suite_reader *reader, const hpb_section_levels *levels,
                           const hpb_ini_section *section)
{
    for (uint32_t k = 0; k < levels->n_keys; k++) {
        const hpb_param *param = levels->keys[k].param;
        bool is_there = !(param->flags & HPB_PARAM_REQUIRED);
        for (uint32_t i = 0; section && i < section->n_entries && !is_there; i++)
            is_there = is_named(param, section->entries[i].key);
        if (is_there)
            continue;
        char *expected = hpb_param_expected(param);
        reader->is_good = false;
        hpb_diagnose(reader->diagnostics, levels->place, levels->section, param->name,
                     "missing, and it has no default; expected %s%s%s%s", expected,
                     param->unit ? " (" : "", param->unit ? param->unit : "",
                     param->unit ? ")" : "");
        free(expected);
    }
}

// --- keys that don't go together ---------------------------------------------------------------------

static void refuse(hpb_suite_reader *reader, const hpb_section_levels *levels, const char *name,
                   const char *why)
{
    const hpb_key_levels *key = hpb_section_key(levels, name);
    if (!key || !key->entry)
        return;
    reader->is_good = false;
    hpb_diagnose(reader->diagnostics, key->entry->key_place, levels->section, key->entry->key, "%s",
                 why);
}

// Some generators have a fixed number of features, others a least one.
static void check_features(hpb_suite_reader *reader, const hpb_section_levels *levels)
{
    const hpb_levels *features = &hpb_section_key(levels, "features")->levels;
    const hpb_levels *generator = &hpb_section_key(levels, "generator")->levels;
    bool is_used = false;
    for (uint32_t g = 0; g < generator->n; g++) {
        const hpb_setting *item = &generator->items[g];
        const hpb_generator_features shape = hpb_generator_shape((hpb_generator)item->value.number);
        is_used |= shape.fewest < shape.most;
        for (uint32_t i = 0; i < features->n && shape.fewest < shape.most; i++) {
            if (!(features->items[i].value.number < shape.fewest))
                continue;
            reader->is_good = false; // the shared [data] may have said it
            hpb_diagnose(reader->diagnostics, features->items[i].place, levels->section, "features",
                         "%s needs at least %u; got %s", item->text, shape.fewest,
                         features->items[i].text);
        }
    }
    const hpb_setting *first = &generator->items[0];
    char why[128];
    snprintf(why, sizeof why, "%s always has %u; expected generator = linear or friedman1",
             first->text, hpb_generator_shape((hpb_generator)first->value.number).usual);
    if (!is_used)
        refuse(reader, levels, "features", why);
}

static void check_data(hpb_suite_reader *reader, const hpb_section_levels *levels)
{
    const hpb_key_levels *file = hpb_section_key(levels, "file");
    const bool is_file = *file->levels.items[0].text;
    static const char *const generated[] = {"generator", "rows", "features", "noise", "seed"};
    static const char *const read[] = {"target", "group", "test_fold", "separator", "na"};
    for (size_t i = 0; is_file && i < HPB_COUNT(generated); i++)
        refuse(reader, levels, generated[i], "is for generated data; expected it without file");
    for (size_t i = 0; !is_file && i < HPB_COUNT(read); i++)
        refuse(reader, levels, read[i], "is for a file; expected file = PATH as well");
    if (is_file && !*hpb_section_key(levels, "target")->levels.items[0].text) {
        reader->is_good = false;
        hpb_diagnose(reader->diagnostics, file->levels.items[0].place, levels->section, "file",
                     "which column is predicted? expected target = COLUMN");
    }
    if (!is_file)
        check_features(reader, levels);
}

static void check_optimizer(hpb_suite_reader *reader, const hpb_section_levels *levels)
{
    const hpb_key_levels *use = hpb_section_key(levels, "use_ema");
    if (use->levels.n == 1 && use->levels.items[0].value.number == 0) {
        refuse(reader, levels, "ema_momentum", "has no effect; expected use_ema = yes as well");
        refuse(reader, levels, "ema_overwrite_frequency",
               "has no effect; expected use_ema = yes as well");
    }
    static const char *const clips[] = {"clipvalue", "clipnorm", "global_clipnorm"};
    uint32_t n = 0;
    for (size_t i = 0; i < HPB_COUNT(clips); i++) {
        const hpb_levels *clip = &hpb_section_key(levels, clips[i])->levels;
        bool is_set = false;
        for (uint32_t k = 0; k < clip->n; k++)
            is_set |= !isnan(clip->items[k].value.number);
        n += is_set;
        if (is_set && n > 1)
            refuse(reader, levels, clips[i],
                   "expected one of clipvalue, clipnorm and global_clipnorm, as in Keras");
    }
}

static void check_seeds(hpb_suite_reader *reader, const hpb_section_levels *levels)
{
    const hpb_levels *policy = &hpb_section_key(levels, "policy")->levels;
    for (uint32_t i = 0; i < policy->n; i++)
        if (strcmp(policy->items[i].text, "hpbench") == 0)
            refuse(reader, levels, "seed", "hpbench has three; expected split, weights and order");
        else if (strcmp(policy->items[i].text, "unseeded") == 0)
            refuse(reader, levels, "seed", "an unseeded script has none; expected another policy");
}

// What [data] says for every [data.LABEL]; its faults are said with the first of them alone.
static void read_shared(hpb_suite_reader *reader, hpb_section_levels *levels,
                        const hpb_ini_section *shared, bool is_first)
{
    hpb_suite_reader quiet = *reader;
    if (is_first) {
        read_keys(reader, levels, shared, true);
        return;
    }
    quiet.diagnostics = hpb_alloc(1, sizeof *quiet.diagnostics);
    read_keys(&quiet, levels, shared, true);
    free(quiet.diagnostics);
}

// --- sections ----------------------------------------------------------------------------------------------

void hpb_section_check(hpb_suite_reader *reader, const hpb_section_levels *levels)
{
    if (levels->axis == HPB_AXIS_DATA)
        check_data(reader, levels);
    if (levels->axis == HPB_AXIS_OPTIMIZER)
        check_optimizer(reader, levels);
    if (levels->axis == HPB_AXIS_SEEDS)
        check_seeds(reader, levels);
}

hpb_section_levels hpb_section_read(hpb_suite_reader *reader, hpb_axis axis,
                                    const hpb_ini_section *section, const hpb_ini_section *shared,
                                    bool is_first)
{
    const char *dot = section ? strchr(section->name, '.') : NULL;
    const char *label = dot ? dot + 1 : "";
    hpb_section_levels levels = {.axis = axis,
                                 .section = section ? section->name : hpb_axis_name(axis),
                                 .place =
                                     section ? section->place : (hpb_place){reader->path, 0, 0}};
    levels.name = label; // [cross] may name it even where its plugin is unknown
    if (!find_plugin(reader, section, label, &levels))
        return levels;
    levels.name = *label || !levels.plugin ? label : levels.plugin->id;
    read_label(reader, section, &levels);
    if (!section)
        levels.name = ""; // a default goes by no name: every cell would carry it
    list_keys(&levels, reader->arena);
    read_shared(reader, &levels, shared, is_first);
    read_keys(reader, &levels, section, false);
    check_required(reader, &levels, section);
    hpb_section_check(reader, &levels);
    return levels;
}

const char *hpb_section_label(const hpb_ini_section *section, hpb_axis axis)
{
    const char *name = hpb_axis_name(axis);
    const size_t length = strlen(name);
    const bool is_there = strncmp(section->name, name, length) == 0 && section->name[length] == '.';
    return is_there ? section->name + length + 1 : NULL;
}

static void diagnose_unknown_level(hpb_suite_reader *reader, hpb_axis axis, const char *asker,
                                   const hpb_ini_entry *entry, const char *label)
{
    const hpb_ini *ini = reader->ini;
    const hpb_registry *registry = reader->registry;
    const char **names = hpb_alloc(ini->n_sections + registry->n_plugins, sizeof *names);
    size_t n = 0;
    hpb_text all = {0};
    for (uint32_t i = 0; i < ini->n_sections; i++) {
        const char *known = hpb_section_label(&ini->sections[i], axis);
        if (!known)
            continue;
        names[n++] = known;
        hpb_text_add(&all, "%s%s", n > 1 ? ", " : "", known);
    }
    for (uint32_t i = 0; i < registry->n_plugins; i++)
        if (registry->plugins[i].kind == hpb_axis_kind(axis)) {
            names[n++] = registry->plugins[i].id;
            hpb_text_add(&all, "%s%s", n > 1 ? ", " : "", names[n - 1]);
        }
    reader->is_good = false;
    hpb_error *error = hpb_diagnose(
        reader->diagnostics, entry->place, asker, entry->key,
        "no such label%s; expected %s%s; got \"%s\"", hpb_axis_kind(axis) ? " or plugin" : "",
        n ? "one of " : "that of a section: there is none", n ? all.data : "", label);
    const char *nearest = hpb_nearest(label, names, n);
    if (nearest)
        hpb_error_hint(error, "did you mean %s?", nearest);
    free(names);
    hpb_text_free(&all);
}

bool hpb_section_find(hpb_suite_reader *reader, hpb_axis axis, const char *asker,
                      const hpb_ini_entry *entry, const char *label, bool is_plugin,
                      hpb_section_levels *out)
{
    const char *name = hpb_axis_name(axis);
    const uint32_t kind = hpb_axis_kind(axis);
    char *folded = hpb_arena_format(reader->arena, "%s.%s", name, label);
    for (char *c = folded; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    const hpb_ini_section *section = is_plugin ? NULL : hpb_ini_find(reader->ini, folded);
    if (!section && !(kind && hpb_registry_find(reader->registry, kind, strchr(folded, '.') + 1))) {
        diagnose_unknown_level(reader, axis, asker, entry, label);
        return false;
    }
    const hpb_ini_section plain = {.name = folded, .place = entry->place};
    *out = hpb_section_read(reader, axis, section ? section : &plain,
                            kind ? NULL : hpb_ini_find(reader->ini, name), false);
    return reader->is_good;
}

void hpb_axis_read(hpb_suite_reader *reader, hpb_axis axis, hpb_section_levels **out, uint32_t *n)
{
    const char *axis_name = hpb_axis_name(axis);
    const hpb_ini *ini = reader->ini;
    const hpb_ini_section *alone = hpb_ini_find(ini, axis_name);
    *out = hpb_arena_alloc(reader->arena, ini->n_sections + 1u, sizeof **out);
    *n = 0;
    for (uint32_t i = 0; i < ini->n_sections; i++) {
        const hpb_ini_section *section = &ini->sections[i];
        const char *label = hpb_section_label(section, axis);
        if (!label || !*label)
            continue;
        (*out)[*n] =
            hpb_section_read(reader, axis, section, hpb_axis_kind(axis) ? NULL : alone, *n == 0);
        ++*n;
    }
    if (*n && alone && hpb_axis_kind(axis)) {
        reader->is_good = false;
        hpb_diagnose(reader->diagnostics, alone->place, axis_name, NULL,
                     "stands beside [%s]; expected a label, [%s.LABEL]", (*out)[0].section,
                     axis_name);
    }
    if (!*n)
        (*out)[(*n)++] = hpb_section_read(reader, axis, alone, NULL, true);
    for (uint32_t i = 0; i < *n; i++)
        for (uint32_t k = 0; k < i; k++)
            if ((*out)[i].label && (*out)[k].label &&
                strcmp((*out)[i].label, (*out)[k].label) == 0) {
                reader->is_good = false;
                hpb_diagnose(reader->diagnostics, (*out)[i].place, (*out)[i].section, "label",
                             "duplicate; [%s] is called \"%s\" as well", (*out)[k].section,
                             (*out)[k].label);
            }
}
