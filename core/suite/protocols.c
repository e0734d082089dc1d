// SPDX-License-Identifier: Apache-2.0
// [protocol.LABEL]: which axes it names, its own settings with its preset's, and what it gives beside.
#include "suite/protocols.h"

#include "suite/corners.h"

#include <stdlib.h>
#include <string.h>

// --- which axis a key belongs to ------------------------------------------------------------------------------

static bool has_param(hpb_axis axis, const char *name)
{
    const hpb_params params = hpb_axis_params(axis);
    for (uint32_t i = 0; i < params.n; i++)
        if (strcmp(params.items[i].name, name) == 0)
            return true;
    return false;
}

hpb_axis hpb_axis_find(const char *name)
{
    for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT; axis++)
        if (axis != HPB_AXIS_FIT && strcmp(name, hpb_axis_name((hpb_axis)axis)) == 0)
            return (hpb_axis)axis;
    return HPB_AXIS_COUNT;
}

bool hpb_axis_has_candidates(hpb_axis axis)
{
    return axis != HPB_AXIS_DATA && axis != HPB_AXIS_SPLITTER && axis != HPB_AXIS_SEEDS;
}

hpb_axis hpb_key_axis(const char *key)
{
    const hpb_axis named = hpb_axis_find(key);
    if (named < HPB_AXIS_COUNT)
        return named;
    return has_param(HPB_AXIS_FIT, key)     ? HPB_AXIS_FIT
           : has_param(HPB_AXIS_MODEL, key) ? HPB_AXIS_MODEL
                                            : HPB_AXIS_OPTIMIZER;
}

bool hpb_protocol_varies(const hpb_protocol *protocol, const char *key)
{
    for (uint32_t i = 0; i < protocol->n_grid; i++)
        if (strcmp(protocol->grid[i], key) == 0)
            return true;
    return false;
}

const hpb_choice *hpb_candidate_choice(const hpb_candidate *candidate, const char *key,
                                       const hpb_setting **setting)
{
    const hpb_choice *choice = candidate->choice[hpb_key_axis(key)];
    *setting = hpb_axis_find(key) < HPB_AXIS_COUNT ? NULL : hpb_choice_setting(choice, key);
    return choice;
}

bool hpb_key_is_grid(const char *key)
{
    return strncmp(key, HPB_GRID, strlen(HPB_GRID)) == 0;
}

// Of the protocol itself: preset, select, ..., not what it names.
static bool is_own(const char *key)
{
    return strcmp(key, "label") == 0 ||
           (has_param(HPB_AXIS_PROTOCOL, key) && hpb_axis_find(key) == HPB_AXIS_COUNT);
}

bool hpb_protocols_scan(const hpb_ini *ini, bool is_named[HPB_AXIS_COUNT])
{
    bool is_any = false;
    memset(is_named, 0, HPB_AXIS_COUNT * sizeof *is_named);
    for (uint32_t s = 0; s < ini->n_sections; s++) {
        const hpb_ini_section *section = &ini->sections[s];
        if (!hpb_section_label(section, HPB_AXIS_PROTOCOL))
            continue;
        is_any = true;
        for (uint32_t i = 0; i < section->n_entries; i++) {
            const char *key = section->entries[i].key;
            if (!is_own(key))
                is_named[hpb_key_axis(hpb_key_is_grid(key) ? key + strlen(HPB_GRID) : key)] = true;
        }
        const hpb_ini_entry *preset = hpb_ini_find_entry(section, "preset");
        uint32_t n;
        const hpb_preset_row *rows = hpb_preset_rows(preset ? preset->value : "", &n);
        for (uint32_t i = 0; i < n; i++)
            if (!is_own(rows[i].key))
                is_named[hpb_key_axis(rows[i].key)] = true;
    }
    return is_any;
}

// --- the protocol's own settings ------------------------------------------------------------------------------

hpb_error *hpb_protocol_fault(hpb_protocol_reader *w, hpb_place place, const char *key,
                              const char *text)
{
    w->reader->is_good = false;
    return hpb_diagnose(w->reader->diagnostics, place, w->section->name, key, "%s", text);
}

hpb_setting *hpb_protocol_setting(hpb_protocol_reader *w, const char *name)
{
    for (uint32_t i = 0; i < w->choice->n_settings; i++)
        if (strcmp(w->settings[i].param->name, name) == 0)
            return &w->settings[i];
    abort(); // a name that tables.c does not have
}

static hpb_ini_entry preset_entry(const hpb_protocol_reader *w, const hpb_preset_row *row)
{
    const hpb_ini_entry *preset = hpb_ini_find_entry(w->section, "preset");
    return (hpb_ini_entry){.key = row->key,
                           .value = row->value,
                           .key_place = preset->key_place,
                           .place = preset->place};
}

// Gives what the protocol does not say its preset's value, and takes away what the preset loses.
static void apply_preset(hpb_protocol_reader *w)
{
    uint32_t n;
    const hpb_preset_row *rows = hpb_preset_rows(w->preset, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!has_param(HPB_AXIS_PROTOCOL, rows[i].key))
            continue;
        hpb_setting *setting = hpb_protocol_setting(w, rows[i].key);
        if (!setting->is_default && !rows[i].is_lost)
            continue;
        const hpb_ini_entry entry = preset_entry(w, &rows[i]);
        hpb_levels levels;
        if (!hpb_levels_parse(setting->param, w->section->name, &entry, w->reader->arena, &levels,
                              w->reader->diagnostics))
            abort(); // a value that tables.c does not have
        *setting = levels.items[0];
        setting->is_default = true;
        setting->source = rows[i].source;
    }
}

// --- what a protocol gives beside ------------------------------------------------------------------------------

static void add_lost(hpb_protocol_reader *w, hpb_protocol *out, const hpb_ini_entry *entry,
                     const hpb_preset_row *row)
{
    hpb_lost *lost = hpb_arena_alloc(w->reader->arena, out->n_lost + 1, sizeof *lost);
    for (uint32_t i = 0; i < out->n_lost; i++)
        lost[i] = out->lost[i];
    lost[out->n_lost++] = (hpb_lost){
        hpb_arena_format(w->reader->arena, "%s = %s", entry->key, entry->value), row->why};
    out->lost = lost;
}

static void add_grid(hpb_protocol_reader *w, const hpb_ini_entry *entry)
{
    const char *name = entry->key + strlen(HPB_GRID);
    const hpb_axis named = hpb_axis_find(name);
    if (named < HPB_AXIS_COUNT && !hpb_axis_has_candidates(named)) {
        hpb_protocol_fault(
            w, entry->key_place, entry->key,
            "candidates share it; expected a key of fit, model or optimizer, or the label of "
            "another kind");
        return;
    }
    const hpb_ini_entry *plain = hpb_ini_find_entry(w->section, name);
    if (plain) {
        hpb_given_twice(w, entry, plain);
        return;
    }
    if (!*entry->value) {
        char text[256];
        snprintf(text, sizeof text,
                 "no candidates; scikit-learn would say \"Parameter grid for parameter '%.60s' "
                 "need to be "
                 "a non-empty sequence, got: []\"",
                 name);
        hpb_error *error = hpb_protocol_fault(w, entry->place, entry->key, text);
        hpb_error_hint(error, "%s = VALUE, VALUE; or leave the key out for one candidate",
                       entry->key);
        return;
    }
    hpb_grid_key *key = &w->grid[w->n_grid++];
    *key = (hpb_grid_key){.given = {name, hpb_key_axis(name), *entry, NULL},
                          .is_axis = named < HPB_AXIS_COUNT};
    key->given.entry.is_quoted = false;
}

static void list_given(hpb_protocol_reader *w, hpb_protocol *out)
{
    for (uint32_t i = 0; i < w->section->n_entries; i++) {
        const hpb_ini_entry *entry = &w->section->entries[i];
        const hpb_preset_row *row = hpb_preset_find(w->preset, entry->key);
        if (row && row->is_lost)
            add_lost(w, out, entry, row);
        if (is_own(entry->key) || hpb_axis_find(entry->key) < HPB_AXIS_COUNT ||
            (row && row->is_lost))
            continue;
        if (w->n_grid == HPB_MOST_GIVEN || w->n_plain == HPB_MOST_GIVEN) {
            hpb_protocol_fault(w, entry->key_place, entry->key, "more keys than a protocol has");
            return;
        }
        if (hpb_key_is_grid(entry->key))
            add_grid(w, entry);
        else
            w->plain[w->n_plain++] =
                (hpb_given){entry->key, hpb_key_axis(entry->key), *entry, NULL};
    }
    uint32_t n;
    const hpb_preset_row *rows = hpb_preset_rows(w->preset, &n);
    for (uint32_t i = 0; i < n && w->n_plain < HPB_MOST_GIVEN; i++) {
        bool is_told = has_param(HPB_AXIS_PROTOCOL, rows[i].key);
        for (uint32_t k = 0; k < w->n_plain; k++)
            is_told |= strcmp(w->plain[k].name, rows[i].key) == 0;
        for (uint32_t k = 0; k < w->n_grid; k++)
            is_told |= strcmp(w->grid[k].given.name, rows[i].key) == 0;
        if (!is_told)
            w->plain[w->n_plain++] = (hpb_given){rows[i].key, hpb_key_axis(rows[i].key),
                                                 preset_entry(w, &rows[i]), &rows[i]};
    }
}

// --- the whole ------------------------------------------------------------------------------------------------

static bool read_outer(hpb_protocol_reader *w, hpb_protocol *out)
{
    const hpb_setting *outer = hpb_protocol_setting(w, "outer");
    out->outer = -1;
    if (!*outer->text || strcmp(outer->text, "none") == 0) {
        if (out->reports == HPB_REPORTS_REFIT) {
            const hpb_place place = hpb_protocol_setting(w, "report")->place;
            hpb_error *error =
                hpb_protocol_fault(w, place.file ? place : w->section->place, "report",
                                   "refit is scored on rows that the search has not seen; "
                                   "expected outer = SPLITTER as well");
            hpb_error_hint(error, "outer = train_test_split, for one");
            return false;
        }
        return true;
    }
    if (!w->suite->is_named[HPB_AXIS_SPLITTER]) {
        hpb_protocol_fault(w, outer->place, "outer",
                           "splits before the splitter does; expected splitter = "
                           "LABEL as well");
        return false;
    }
    return hpb_outer_make(w, outer, &out->outer);
}

bool hpb_protocol_make(hpb_protocol_reader *w, hpb_protocol *out)
{
    *out =
        (hpb_protocol){.choice = w->choice, .outer = -1, .lost = out->lost, .n_lost = out->n_lost};
    out->select = (hpb_select)hpb_protocol_setting(w, "select")->value.number;
    out->scoring = (hpb_scoring)hpb_protocol_setting(w, "scoring")->value.number;
    out->reports = (hpb_reports)hpb_protocol_setting(w, "report")->value.number;
    if (!hpb_candidates_make(w, out) || !read_outer(w, out))
        return false;
    const char **grid = hpb_arena_alloc(w->reader->arena, w->n_grid, sizeof *grid);
    for (uint32_t i = 0; i < w->n_grid; i++)
        grid[i] = w->grid[i].given.name;
    out->grid = grid;
    out->n_grid = w->n_grid;
    return true;
}

// An MSE. scikit-learn's scores are better the higher, so it prints it with a minus.
static void check_reported(hpb_protocol_reader *w)
{
    const hpb_setting *reported = hpb_protocol_setting(w, "reported");
    if (!(reported->value.number < 0))
        return;
    char text[128];
    snprintf(text, sizeof text, "an MSE is never below 0; expected 0 or more; got %.40s",
             reported->text);
    hpb_error_hint(hpb_protocol_fault(w, reported->place, "reported", text),
                   "scikit-learn prints neg_mean_squared_error: turn its sign");
}

static void read_protocol(hpb_protocol_reader *w, hpb_protocol *out)
{
    *out = (hpb_protocol){0};
    w->preset = hpb_protocol_setting(w, "preset")->text;
    apply_preset(w);
    list_given(w, out);
    check_reported(w);
    if (w->reader->is_good)
        hpb_protocol_make(w, out);
}

// [explain] compare = A, B: numbers of protocols. The first two where it is a default.
static void read_compare(hpb_suite_reader *reader, const hpb_setting *compare,
                         const hpb_protocol *protocols, hpb_suite *suite)
{
    suite->compare[1] = suite->n_protocols > 1;
    if (compare->is_default)
        return;
    uint32_t n, found = 0;
    const char **labels = hpb_labels_split(reader->arena, compare->text, ',', &n);
    for (uint32_t i = 0; i < n && n == 2; i++)
        for (uint32_t p = 0; p < suite->n_protocols; p++)
            if (strcmp(labels[i], protocols[p].choice->name) == 0) {
                suite->compare[i] = p;
                found++;
            }
    if (found == 2 && suite->compare[0] != suite->compare[1])
        return;
    hpb_text known = {0};
    for (uint32_t p = 0; p < suite->n_protocols; p++)
        hpb_text_add(&known, "%s%s", p ? ", " : "", protocols[p].choice->name);
    reader->is_good = false;
    hpb_diagnose(reader->diagnostics, compare->place, "explain", "compare",
                 "expected two of the protocols' labels, A, B, of %s; got \"%s\"",
                 known.data ? known.data : "which there are none", compare->text);
    hpb_text_free(&known);
}

// The choices that were made become the suite's.
static void keep_choices(hpb_suite *suite, hpb_arena *arena, hpb_choice *made[HPB_AXIS_COUNT])
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        if (!suite->is_named[axis])
            continue;
        hpb_choice *kept = hpb_arena_alloc(arena, suite->n_choices[axis], sizeof *kept);
        if (made[axis])
            memcpy(kept, made[axis], suite->n_choices[axis] * sizeof *kept);
        suite->choices[axis] = kept;
        free(made[axis]);
    }
}

// What some candidate does, where protocols name how they fit.
static void find_training(const hpb_suite *suite, hpb_protocol *protocol)
{
    for (uint32_t c = 0; c < protocol->n_candidates && suite->is_named[HPB_AXIS_FIT]; c++) {
        const hpb_choice *fit = &suite->choices[HPB_AXIS_FIT][protocol->levels[c][HPB_AXIS_FIT]];
        protocol->trains |= hpb_choice_trains(fit);
        protocol->shuffles |= hpb_choice_trains(fit) && hpb_choice_number(fit, "shuffle") != 0;
    }
}

void hpb_protocols_read(hpb_suite_reader *reader, const hpb_explain_settings *explain,
                        hpb_suite *suite)
{
    const uint32_t n = suite->n_choices[HPB_AXIS_PROTOCOL];
    hpb_protocol *protocols = hpb_arena_alloc(reader->arena, n, sizeof *protocols);
    hpb_choice *made[HPB_AXIS_COUNT] = {0};
    size_t capacity[HPB_AXIS_COUNT] = {0};
    hpb_protocol_reader *all = hpb_alloc(n, sizeof *all);
    bool is_good = reader->is_good;
    suite->n_protocols = n;
    for (uint32_t i = 0; i < n; i++) { // each says its first fault
        reader->is_good = true;
        hpb_choice *choice = (hpb_choice *)&suite->choices[HPB_AXIS_PROTOCOL][i];
        char *name = hpb_format("protocol.%s", choice->name);
        all[i] = (hpb_protocol_reader){.reader = reader,
                                       .suite = suite,
                                       .section = hpb_ini_find(reader->ini, name),
                                       .choice = choice,
                                       .settings = (hpb_setting *)choice->settings,
                                       .is_added = explain->is_added,
                                       .made = made,
                                       .capacity = capacity};
        free(name);
        read_protocol(&all[i], &protocols[i]);
        is_good &= reader->is_good;
    }
    reader->is_good = is_good;
    if (is_good)
        read_compare(reader, explain->compare, protocols, suite);
    if (reader->is_good && explain->corners && n > 1)
        hpb_corners_make(&all[suite->compare[0]], &all[suite->compare[1]], explain, &protocols,
                         &suite->n_protocols);
    free(all);
    keep_choices(suite, reader->arena, made);
    for (uint32_t i = 0; i < suite->n_protocols && reader->is_good; i++)
        find_training(suite, &protocols[i]);
    suite->protocols = protocols;
}
