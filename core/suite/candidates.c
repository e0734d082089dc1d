// SPDX-License-Identifier: Apache-2.0
// The candidates of a protocol: each a full set of choices, made from the sections that it names, its preset's
// defaults, its own keys and its grid, the later going before the earlier.
#include "suite/candidates.h"

#include "random/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- the sections that it names ---------------------------------------------------------------------------------

static uint32_t count_sections(const hpb_protocol_reader *w, hpb_axis axis, const char **label)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->reader->ini->n_sections; i++) {
        const char *found = hpb_section_label(&w->reader->ini->sections[i], axis);
        *label = found && !n ? found : *label;
        n += found != NULL;
    }
    return n;
}

// The one section that an axis has which no protocol names; of several each would be crossed. False with the fault said.
static bool find_added(hpb_protocol_reader *w, hpb_axis axis, uint32_t n)
{
    if (!w->is_added[axis] || n == 1)
        return true;
    const char *name = hpb_axis_name(axis);
    hpb_error *error = hpb_protocol_fault(
        w, w->section->place, name,
        "several are crossed, but what explains has its own; expected a label in each protocol");
    hpb_error_hint(error, "%s = LABEL%s", name,
                   axis == HPB_AXIS_DATA ? ", or [explain] shared = data" : "");
    return false;
}

// Reads what `label` stands for: a section, a plugin with its defaults, or a default. False with the fault said.
static bool read_label(hpb_protocol_reader *w, hpb_axis axis, const hpb_ini_entry *entry,
                       const char *label, bool is_preset, hpb_section_levels *out)
{
    hpb_suite_reader *reader = w->reader;
    const char *name = hpb_axis_name(axis);
    const hpb_ini_section *alone = hpb_ini_find(reader->ini, name);
    const bool has_none = axis == HPB_AXIS_EARLY_STOPPING || axis == HPB_AXIS_SCHEDULE;
    if (*label && !(has_none && strcmp(label, "none") == 0))
        return hpb_section_find(reader, axis, w->section->name, entry, label, is_preset, out);
    const uint32_t n_sections = *label ? 0 : count_sections(w, axis, &label);
    if (n_sections && !w->is_added[axis]) {
        hpb_protocol_fault(w, w->section->place, name,
                           "missing, and other protocols name it; expected a label");
        return false;
    }
    if (n_sections)
        return find_added(w, axis, n_sections) &&
               hpb_section_find(reader, axis, w->section->name, entry, label, false, out);
    *out = hpb_section_read(reader, axis, hpb_axis_kind(axis) ? NULL : alone, NULL, false);
    return reader->is_good;
}

// What the protocol says of an axis, or "".
static const char *label_of(hpb_protocol_reader *w, hpb_axis axis, hpb_ini_entry *entry,
                            bool *is_preset)
{
    *is_preset = false;
    *entry = (hpb_ini_entry){
        .key = hpb_axis_name(axis), .place = w->section->place, .key_place = w->section->place};
    if (axis == HPB_AXIS_FIT)
        return "";
    const hpb_setting *setting = hpb_protocol_setting(w, hpb_axis_name(axis));
    *is_preset = setting->source != NULL;
    if (setting->place.file)
        entry->place = setting->place;
    return setting->text;
}

// A section of one value a key, but for the keys of the grid.
static bool has_levels(hpb_protocol_reader *w, const hpb_section_levels *levels)
{
    for (uint32_t i = 0; i < levels->n_keys; i++) {
        const hpb_key_levels *key = &levels->keys[i];
        if (key->levels.n <= 1)
            continue;
        w->reader->is_good = false;
        hpb_error *error = hpb_diagnose(w->reader->diagnostics, key->levels.items[0].place,
                                        levels->section, key->param->name,
                                        "has %u levels in a section that [%s] uses; expected one",
                                        key->levels.n, w->section->name);
        if (levels->axis == hpb_key_axis(key->param->name))
            hpb_error_hint(error, "candidates of a protocol are grid.%s = ...", key->param->name);
        else
            hpb_error_hint(error, "a section for each level, and a protocol for each section");
        return true;
    }
    return false;
}

// --- keys ---------------------------------------------------------------------------------------------------------

// The key of what was read that is given; NULL with the fault said.
static hpb_key_levels *find_key(hpb_protocol_reader *w, const hpb_section_levels *levels,
                                const hpb_given *given)
{
    hpb_key_levels *key = hpb_section_key(levels, given->name);
    if (!key && w->is_corner && levels->plugin) // of the other side's plugin
        hpb_protocol_fault(
            w, w->section->place, NULL,
            hpb_arena_format(w->reader->arena, "%s has no %s", levels->plugin->id, given->name));
    else if (!key)
        hpb_given_unknown(w, given, levels);
    return key;
}

// Reads all values of what is given as the parameter has them. False with the fault said.
static bool parse_given(hpb_protocol_reader *w, const hpb_given *given, const hpb_param *param,
                        hpb_levels *out)
{
    const bool is_good = hpb_levels_parse(param, w->section->name, &given->entry, w->reader->arena,
                                          out, w->reader->diagnostics);
    w->reader->is_good &= is_good;
    return is_good;
}

static void set_value(hpb_key_levels *key, const hpb_given *given, hpb_setting *value)
{
    *key = (hpb_key_levels){key->param, {value, 1}, given->preset ? NULL : &given->entry};
}

// Sets a key of what was read to what the protocol or its preset gives. False with the fault said.
static bool set_plain(hpb_protocol_reader *w, hpb_section_levels *levels, const hpb_given *given)
{
    hpb_key_levels *key = find_key(w, levels, given);
    hpb_levels found;
    if (!key || !parse_given(w, given, key->param, &found))
        return false;
    if (found.n > 1) {
        hpb_error *error = hpb_protocol_fault(w, given->entry.place, given->entry.key,
                                              "has one value in a protocol, not levels");
        hpb_error_hint(error, "candidates are grid.%s = ...", given->name);
        return false;
    }
    if (given->preset) {
        found.items[0].is_default = true;
        found.items[0].source = given->preset->source;
    }
    set_value(key, given, &found.items[0]);
    return true;
}

// Its values as the parameter has them, read once a parameter and not once a candidate. NULL with the fault said.
static const hpb_levels *values_of(hpb_protocol_reader *w, hpb_grid_key *grid,
                                   const hpb_param *param)
{
    for (const hpb_grid_values *known = grid->values; known; known = known->next)
        if (known->param == param)
            return &known->levels;
    hpb_grid_values *values = hpb_arena_alloc(w->reader->arena, 1, sizeof *values);
    *values = (hpb_grid_values){.param = param, .next = grid->values};
    if (!parse_given(w, &grid->given, param, &values->levels))
        return NULL;
    grid->values = values;
    return &values->levels;
}

// Sets a key of what was read to value `index` of the grid's. False with the fault said.
static bool set_candidate(hpb_protocol_reader *w, hpb_section_levels *levels, hpb_grid_key *grid,
                          uint32_t index)
{
    hpb_key_levels *key = find_key(w, levels, &grid->given);
    const hpb_levels *values = key ? values_of(w, grid, key->param) : NULL;
    if (values)
        set_value(key, &grid->given, &values->items[index]);
    return values != NULL;
}

// Reads what an axis has: for the candidate that has value at[i] of key i of the grid; NULL: for the first. False with the
// fault said.
static bool read_axis(hpb_protocol_reader *w, hpb_axis axis, const uint32_t *at,
                      hpb_section_levels *out)
{
    hpb_ini_entry entry;
    bool is_preset;
    const char *label = label_of(w, axis, &entry, &is_preset);
    for (uint32_t i = 0; i < w->n_grid; i++)
        if (w->grid[i].is_axis && w->grid[i].given.axis == axis && w->grid[i].text) {
            label = w->grid[i].text[at ? at[i] : 0];
            entry = w->grid[i].given.entry;
            is_preset = false;
        }
    return read_label(w, axis, &entry, label, is_preset, out);
}

// How many values a key of the grid has. False with the fault said.
static bool count_values(hpb_protocol_reader *w, hpb_grid_key *key)
{
    const hpb_ini_entry *entry = &key->given.entry;
    if (key->is_axis) {
        const char **labels;
        labels = hpb_labels_split(w->reader->arena, entry->value, ',', &key->n_values);
        key->text = labels;
        for (uint32_t i = 0; i < key->n_values; i++) {
            bool is_new = true;
            for (uint32_t k = 0; k < i; k++)
                is_new &= strcmp(labels[k], labels[i]) != 0;
            if (*labels[i] && is_new)
                continue;
            hpb_protocol_fault(w, entry->place, entry->key,
                               *labels[i] ? "duplicate label; expected each once"
                                          : "empty element of a list; expected labels");
            return false;
        }
        return true;
    }
    hpb_section_levels levels;
    if (!read_axis(w, key->given.axis, NULL, &levels))
        return false;
    const hpb_key_levels *found = find_key(w, &levels, &key->given);
    const hpb_levels *values = found ? values_of(w, key, found->param) : NULL;
    if (!values)
        return false;
    const char **texts = hpb_arena_alloc(w->reader->arena, values->n, sizeof *texts);
    for (uint32_t i = 0; i < values->n; i++)
        texts[i] = values->items[i].text;
    key->text = texts;
    key->n_values = values->n;
    return true;
}

// --- names of keys ------------------------------------------------------------------------------------------------

// Calls a key by its parameter's name, `lr` learning_rate, as the first candidate has it. False with the fault said.
static bool name_key(hpb_protocol_reader *w, hpb_given *given)
{
    hpb_section_levels levels;
    const hpb_key_levels *key =
        read_axis(w, given->axis, NULL, &levels) ? find_key(w, &levels, given) : NULL;
    if (key)
        given->name = key->param->name;
    return key != NULL;
}

// The one of two names of one key that does not count: a --set option, which has no line, goes before what the suite says.
static hpb_given *weaker(hpb_protocol_reader *w, hpb_given *earlier, hpb_given *later)
{
    const hpb_ini_entry *entry = &later->entry;
    if (!entry->place.line)
        return earlier;
    if (earlier->entry.place.line) {
        const char *text = hpb_arena_format(w->reader->arena, "is %s, which line %u sets",
                                            earlier->entry.key, earlier->entry.key_place.line);
        hpb_protocol_fault(w, entry->key_place, entry->key, text);
    }
    return later;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const hpb_grid_key *)a)->given.name, ((const hpb_grid_key *)b)->given.name);
}

// Names all keys by their parameters, each once, those of the grid in alphabetical order. False with the fault said.
static bool name_keys(hpb_protocol_reader *w)
{
    hpb_given *given[2 * HPB_MOST_GIVEN];
    uint32_t n = 0, n_plain = 0, n_grid = 0;
    for (uint32_t i = 0; i < w->n_plain; i++)
        given[n++] = &w->plain[i];
    for (uint32_t i = 0; i < w->n_grid; i++)
        given[n++] = &w->grid[i].given;
    for (uint32_t i = 0; i < n; i++) {
        if (hpb_axis_find(given[i]->name) == HPB_AXIS_COUNT && !name_key(w, given[i]))
            return false;
        for (uint32_t k = 0; k < i; k++) {
            if (!given[k]->name || strcmp(given[k]->name, given[i]->name) != 0)
                continue;
            if (hpb_key_is_grid(given[i]->entry.key) != hpb_key_is_grid(given[k]->entry.key))
                hpb_given_twice(w, &given[i]->entry, &given[k]->entry);
            else
                weaker(w, given[k], given[i])->name = NULL;
            break;
        }
        if (!w->reader->is_good)
            return false;
    }
    for (uint32_t i = 0; i < w->n_plain; i++)
        if (w->plain[i].name)
            w->plain[n_plain++] = w->plain[i];
    for (uint32_t i = 0; i < w->n_grid; i++)
        if (w->grid[i].given.name)
            w->grid[n_grid++] = w->grid[i];
    w->n_plain = n_plain;
    w->n_grid = n_grid;
    qsort(w->grid, w->n_grid, sizeof *w->grid, by_name);
    return true;
}

// --- candidates -----------------------------------------------------------------------------------------------

static bool is_equal(const hpb_choice *a, const hpb_choice *b)
{
    if (a->plugin != b->plugin || strcmp(a->name, b->name) != 0 || a->n_settings != b->n_settings)
        return false;
    for (uint32_t i = 0; i < a->n_settings; i++)
        if (strcmp(a->settings[i].text, b->settings[i].text) != 0 ||
            a->settings[i].is_default != b->settings[i].is_default ||
            a->settings[i].source != b->settings[i].source)
            return false;
    return true;
}

// The level of a choice among those that were made on its axis; adds it where it is new.
static uint32_t level_of(hpb_protocol_reader *w, const hpb_choice *choice)
{
    const hpb_axis axis = choice->axis;
    uint32_t *n = &w->suite->n_choices[axis];
    for (uint32_t i = 0; i < *n; i++) {
        // the next one first: candidates of corners come in one order
        const uint32_t at = (w->latest[axis] + 1 + i) % *n;
        if (is_equal(&w->made[axis][at], choice))
            return w->latest[axis] = at;
    }
    w->made[axis] = hpb_grow(w->made[axis], &w->capacity[axis], *n + 1u, sizeof **w->made);
    w->made[axis][*n] = *choice;
    return w->latest[axis] = (*n)++;
}

bool hpb_key_is_luck(const hpb_suite *suite, hpb_axis axis, const char *name)
{
    static const struct {
        const char *key;
        hpb_axis axis;
        hpb_stream stream;
    } numbers[] = {
        {"seed", HPB_AXIS_DATA, HPB_STREAM_DATA},
        {"random_state", HPB_AXIS_SPLITTER, HPB_STREAM_SPLIT},
        {"split", HPB_AXIS_SEEDS, HPB_STREAM_SPLIT},
        {"weights", HPB_AXIS_SEEDS, HPB_STREAM_WEIGHTS},
        {"order", HPB_AXIS_SEEDS, HPB_STREAM_ORDER},
        {"seed", HPB_AXIS_SEEDS, HPB_STREAM_WEIGHTS},
    };
    for (size_t i = 0; i < HPB_COUNT(numbers); i++)
        if (numbers[i].axis == axis && strcmp(numbers[i].key, name) == 0)
            return !suite->is_shared[numbers[i].stream];
    return false;
}

// In a corner, numbers that are luck are fresh.
static void freshen(const hpb_protocol_reader *w, hpb_section_levels *levels)
{
    for (uint32_t i = 0; i < levels->n_keys; i++) {
        hpb_key_levels *key = &levels->keys[i];
        if (!hpb_key_is_luck(w->suite, levels->axis, key->param->name) ||
            (key->levels.items[0].is_default && levels->axis != HPB_AXIS_DATA))
            continue;
        hpb_setting *item = hpb_arena_alloc(w->reader->arena, 1, sizeof *item);
        *item = key->levels.items[0];
        item->is_fresh = levels->axis != HPB_AXIS_SPLITTER;
        item->text = item->is_fresh ? "fresh" : "none";
        item->value.number = (double)NAN;
        key->levels = (hpb_levels){item, 1};
    }
}

static bool make_choice(hpb_protocol_reader *w, hpb_axis axis, const uint32_t *at, uint32_t *level)
{
    hpb_section_levels levels;
    if (!read_axis(w, axis, at, &levels))
        return false;
    for (uint32_t i = 0; i < w->n_plain; i++)
        if (w->plain[i].axis == axis && !set_plain(w, &levels, &w->plain[i]))
            return false;
    for (uint32_t i = 0; i < w->n_grid; i++)
        if (!w->grid[i].is_axis && w->grid[i].given.axis == axis &&
            !set_candidate(w, &levels, &w->grid[i], at[i]))
            return false;
    if (has_levels(w, &levels))
        return false;
    if (w->is_corner)
        freshen(w, &levels);
    hpb_section_check(w->reader, &levels);
    if (!w->reader->is_good)
        return false;
    hpb_choice choice = hpb_section_choice(&levels, w->reader->arena);
    if (axis == HPB_AXIS_EARLY_STOPPING && !hpb_also_find(w->reader, levels.section, &choice))
        return false;
    *level = level_of(w, &choice);
    return true;
}

// Whether candidates differ on the axis.
static bool is_varied(const hpb_protocol_reader *w, hpb_axis axis)
{
    for (uint32_t i = 0; i < w->n_grid; i++)
        if (w->grid[i].given.axis == axis)
            return true;
    return false;
}

static const char *candidate_label(const hpb_protocol_reader *w, const uint32_t *at)
{
    hpb_text text = {0};
    for (uint32_t i = 0; i < w->n_grid; i++)
        hpb_text_add(&text, "%s%s %s", i ? " " : "", w->grid[i].given.name, w->grid[i].text[at[i]]);
    const char *label = hpb_arena_strdup(w->reader->arena, text.length ? text.data : "");
    hpb_text_free(&text);
    return label;
}

bool hpb_candidates_make(hpb_protocol_reader *w, hpb_protocol *out)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < w->n_grid; i++) // labels first: keys are those of what they name
        if (w->grid[i].is_axis && !count_values(w, &w->grid[i]))
            return false;
    if (!name_keys(w))
        return false;
    for (uint32_t i = 0; i < w->n_grid; i++) {
        if (!w->grid[i].is_axis && !count_values(w, &w->grid[i]))
            return false;
        n = hpb_saturating_product(n, w->grid[i].n_values);
    }
    if (n > HPB_MAX_CANDIDATES) {
        char count[HPB_NUMBER_SIZE], most[HPB_NUMBER_SIZE], text[160];
        snprintf(text, sizeof text, "its grid has too many candidates; expected at most %s; got %s",
                 hpb_count_text(HPB_MAX_CANDIDATES, most), hpb_count_text(n, count));
        hpb_protocol_fault(w, w->section->place, NULL, text);
        return false;
    }
    uint32_t(*levels)[HPB_AXIS_COUNT] = hpb_arena_alloc(w->reader->arena, n, sizeof *levels);
    const char **labels = hpb_arena_alloc(w->reader->arena, n, sizeof *labels);
    uint32_t at[HPB_MOST_GIVEN] = {0};
    for (uint64_t c = 0; c < n; c++) {
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
            if (!w->suite->is_named[axis])
                continue;
            if (c && !is_varied(w, (hpb_axis)axis))
                levels[c][axis] = levels[0][axis];
            else if (!make_choice(w, (hpb_axis)axis, at, &levels[c][axis]))
                return false;
        }
        labels[c] = candidate_label(w, at);
        for (uint32_t i = w->n_grid; i-- > 0;) {
            if (++at[i] < w->grid[i].n_values)
                break;
            at[i] = 0;
        }
    }
    out->levels = (const uint32_t(*)[HPB_AXIS_COUNT])levels;
    out->labels = labels;
    out->n_candidates = (uint32_t)n;
    return true;
}

// --- outer ----------------------------------------------------------------------------------------------------

bool hpb_outer_make(hpb_protocol_reader *w, const hpb_setting *outer, int32_t *level)
{
    const hpb_ini_entry entry = {.key = "outer", .place = outer->place};
    hpb_section_levels levels;
    if (!read_label(w, HPB_AXIS_SPLITTER, &entry, outer->text, false, &levels) ||
        has_levels(w, &levels))
        return false;
    if (w->is_corner)
        freshen(w, &levels);
    const hpb_choice choice = hpb_section_choice(&levels, w->reader->arena);
    *level = (int32_t)level_of(w, &choice);
    return true;
}
