// SPDX-License-Identifier: Apache-2.0
// A suite from its text: known sections, their keys, what is crossed, and what is refused.
#include "suite/suite.h"

#include "suite/choices.h"
#include "suite/cross.h"
#include "suite/filter.h"
#include "suite/grids.h"
#include "suite/protocols.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 64

// One suite under way: sections by axis, before [cross] chooses among them.
typedef struct builder {
    hpb_suite_reader reader;
    hpb_ini ini;
    hpb_suite *suite;
    hpb_section_levels *sections[HPB_AXIS_COUNT];
    uint32_t n_sections[HPB_AXIS_COUNT];
    hpb_place mode; // where [cross] says it
    bool has_protocols;
} builder;

static hpb_error *fault(builder *b, hpb_place place, const char *section, const char *key,
                        const char *text)
{
    b->reader.is_good = false;
    return hpb_diagnose(b->reader.diagnostics, place, section, key, "%s", text);
}

// --- sections -----------------------------------------------------------------------------------------

static bool is_axis(const char *kind, hpb_axis *axis)
{
    for (int i = 0; i < HPB_AXIS_COUNT; i++)
        if (strcmp(kind, hpb_axis_name((hpb_axis)i)) == 0) {
            *axis = (hpb_axis)i;
            return true;
        }
    return false;
}

static bool is_section(const char *kind)
{
    for (int i = 0; i < HPB_SECTION_COUNT; i++)
        if (strcmp(kind, hpb_section_name((hpb_section)i)) == 0)
            return true;
    return false;
}

static void diagnose_unknown_section(builder *b, const hpb_ini_section *section, const char *kind)
{
    const char *names[HPB_AXIS_COUNT + HPB_SECTION_COUNT];
    size_t n = 0;
    for (int i = 0; i < HPB_SECTION_COUNT; i++)
        names[n++] = hpb_section_name((hpb_section)i);
    for (int i = 0; i < HPB_AXIS_COUNT; i++)
        names[n++] = hpb_axis_name((hpb_axis)i);
    hpb_error *error = fault(b, section->place, section->name, NULL, "unknown section");
    const char *nearest = hpb_nearest(kind, names, n);
    if (nearest)
        hpb_error_hint(error, "did you mean [%s%s]?", nearest, section->name + strlen(kind));
    else
        hpb_error_hint(
            error, "known: suite, protocol, data, model, fit, optimizer, schedule, initializer, "
                   "splitter, early_stopping, seeds, cross, timing, report, explain, variance");
}

static void check_section(builder *b, const hpb_ini_section *section)
{
    const char *dot = strchr(section->name, '.');
    char *kind = hpb_arena_strndup(b->reader.arena, section->name,
                                   dot ? (size_t)(dot - section->name) : strlen(section->name));
    hpb_axis axis;
    if (is_axis(kind, &axis)) {
        if (dot && !hpb_axis_has_labels(axis))
            fault(b, section->place, section->name, NULL,
                  "takes no label; expected [fit], with levels separated by commas");
        else if (dot && !dot[1])
            fault(b, section->place, section->name, NULL, "the label behind the point is missing");
        else if (!dot && axis == HPB_AXIS_PROTOCOL)
            fault(b, section->place, section->name, NULL, "expected a label, [protocol.LABEL]");
    } else if (is_section(kind)) {
        if (dot)
            fault(b, section->place, section->name, NULL, "takes no label");
    } else {
        diagnose_unknown_section(b, section, kind);
    }
}

// Reads a section that is no axis: one value a key. `out` is [params.n]; absent keys have their default.
static void read_section(builder *b, hpb_section which, hpb_setting *out)
{
    const hpb_params params = hpb_section_params(which);
    const hpb_ini_section *section = hpb_ini_find(&b->ini, hpb_section_name(which));
    const char *names[16];
    for (uint32_t i = 0; i < params.n; i++) {
        out[i] = hpb_setting_default(&params.items[i], b->reader.arena);
        names[i] = params.items[i].name;
    }
    for (uint32_t k = 0; section && k < section->n_entries; k++) {
        hpb_ini_entry entry = section->entries[k];
        uint32_t i = 0;
        while (i < params.n && strcmp(names[i], entry.key) != 0)
            i++;
        if (i == params.n) {
            hpb_diagnose_unknown_key(&b->reader, section->name, &entry, names, params.n);
            continue;
        }
        entry.is_quoted |= params.items[i].type == HPB_TYPE_TEXT; // a sentence may have commas
        hpb_levels levels;
        if (!hpb_levels_parse(&params.items[i], section->name, &entry, b->reader.arena, &levels,
                              b->reader.diagnostics))
            b->reader.is_good = false;
        else if (levels.n > 1)
            fault(b, entry.place, section->name, entry.key, "has one value, not levels");
        else
            out[i] = levels.items[0];
    }
}

static const hpb_setting *setting_of(const hpb_setting *settings, hpb_section which,
                                     const char *name)
{
    const hpb_params params = hpb_section_params(which);
    for (uint32_t i = 0; i < params.n; i++)
        if (strcmp(params.items[i].name, name) == 0)
            return &settings[i];
    abort(); // a name that tables.c does not have
}

static double number_of(const hpb_setting *settings, hpb_section which, const char *name)
{
    return setting_of(settings, which, name)->value.number;
}

// --- labels that [cross] and [report] name ---------------------------------------------------------------

static void diagnose_unknown_label(builder *b, const hpb_ini_entry *entry, const char *section,
                                   const char *label, int first, int last)
{
    const char *names[256];
    size_t n = 0;
    hpb_text all = {0};
    for (int axis = first; axis <= last; axis++)
        for (uint32_t i = 0; i < b->n_sections[axis] && n < HPB_COUNT(names); i++)
            if (b->sections[axis][i].name && *b->sections[axis][i].name) {
                names[n++] = b->sections[axis][i].name;
                hpb_text_add(&all, "%s%s", all.length ? ", " : "", names[n - 1]);
            }
    b->reader.is_good = false;
    hpb_error *error = hpb_diagnose(b->reader.diagnostics, entry->place, section, entry->key,
                                    "no such label; expected %s%s; got \"%s\"",
                                    all.data ? "one of " : "a section with a label",
                                    all.data ? all.data : "", label);
    const char *nearest = hpb_nearest(label, names, n);
    if (nearest)
        hpb_error_hint(error, "did you mean %s?", nearest);
    hpb_text_free(&all);
}

static bool has_label(const builder *b, int first, int last, const char *label)
{
    for (int axis = first; axis <= last; axis++)
        for (uint32_t i = 0; i < b->n_sections[axis]; i++)
            if (b->sections[axis][i].name && strcmp(b->sections[axis][i].name, label) == 0)
                return true;
    return false;
}

// A name that sections of two kinds have would mean either: an error, with the way out.
static bool is_ambiguous(builder *b, const char *section, const hpb_ini_entry *entry,
                         const char *label)
{
    int found[2], n = 0;
    for (int axis = 0; axis < HPB_AXIS_COUNT && n < 2; axis++)
        if (has_label(b, axis, axis, label))
            found[n++] = axis;
    if (n < 2)
        return false;
    const char *second = hpb_axis_name((hpb_axis)found[1]);
    b->reader.is_good = false;
    hpb_error *error = hpb_diagnose(b->reader.diagnostics, entry->place, section, entry->key,
                                    "\"%s\" is both [%s.%s] and [%s.%s]", label,
                                    hpb_axis_name((hpb_axis)found[0]), label, second, label);
    hpb_error_hint(error, "rename one: [%s.%s_2], with `plugin =` what it is now", second, label);
    return true;
}

// a & b. False with the fault said.
static bool read_match(builder *b, const char *section, const hpb_ini_entry *entry,
                       const char *text, hpb_match *out)
{
    bool is_good = true;
    *out = (hpb_match){.place = entry->place};
    out->names = hpb_labels_split(b->reader.arena, text, '&', &out->n_names);
    for (uint32_t i = 0; i < out->n_names; i++) {
        if (has_label(b, 0, HPB_AXIS_COUNT - 1, out->names[i]) && *out->names[i]) {
            is_good &= !is_ambiguous(b, section, entry, out->names[i]);
            continue;
        }
        is_good = false;
        if (*out->names[i])
            diagnose_unknown_label(b, entry, section, out->names[i], 0, HPB_AXIS_COUNT - 1);
        else
            fault(b, entry->place, section, entry->key,
                  "a label is missing; expected labels with & between: sgd & cv5");
    }
    return is_good;
}

static void read_excludes(builder *b, const hpb_ini_entry *entry)
{
    uint32_t n;
    const char **terms = hpb_labels_split(b->reader.arena, entry->value, ',', &n);
    hpb_match *excludes = hpb_arena_alloc(b->reader.arena, n, sizeof *excludes);
    for (uint32_t i = 0; i < n; i++)
        read_match(b, "cross", entry, terms[i], &excludes[i]);
    b->suite->excludes = excludes;
    b->suite->n_excludes = n;
}

// Keeps the sections that [cross] names, in its order.
static void select_labels(builder *b, hpb_axis axis, const hpb_ini_entry *entry)
{
    uint32_t n_names, n = 0;
    const char **names = hpb_labels_split(b->reader.arena, entry->value, ',', &n_names);
    if (n_names == 1 && strcmp(names[0], "*") == 0)
        return;
    hpb_section_levels *all = b->sections[axis];
    hpb_section_levels *selected = hpb_arena_alloc(b->reader.arena, n_names, sizeof *selected);
    for (uint32_t i = 0; i < n_names; i++) {
        uint32_t k = 0;
        while (k < b->n_sections[axis] && (!all[k].name || strcmp(all[k].name, names[i]) != 0))
            k++;
        bool is_twice = false;
        for (uint32_t j = 0; j < i; j++)
            is_twice |= strcmp(names[i], names[j]) == 0;
        if (!*names[i])
            fault(b, entry->place, "cross", entry->key,
                  "empty element of a list; expected labels, or *");
        else if (strcmp(names[i], "*") == 0)
            fault(b, entry->place, "cross", entry->key, "* means all labels; expected it alone");
        else if (is_twice)
            fault(b, entry->place, "cross", entry->key, "duplicate label; expected each once");
        else if (k == b->n_sections[axis])
            diagnose_unknown_label(b, entry, "cross", names[i], axis, axis);
        else
            selected[n++] = all[k];
    }
    b->sections[axis] = selected;
    b->n_sections[axis] = n;
}

static void read_mode(builder *b, const hpb_ini_entry *entry)
{
    const hpb_params params = hpb_section_params(HPB_SECTION_CROSS);
    hpb_levels levels;
    if (!hpb_levels_parse(&params.items[0], "cross", entry, b->reader.arena, &levels,
                          b->reader.diagnostics))
        b->reader.is_good = false;
    else if (levels.n > 1)
        fault(b, entry->place, "cross", entry->key, "has one value, not levels");
    else
        b->suite->mode = (hpb_cross_mode)levels.items[0].value.number;
    b->mode = entry->place;
}

static void read_cross(builder *b)
{
    const hpb_ini_section *section = hpb_ini_find(&b->ini, "cross");
    const char *names[HPB_AXIS_COUNT + 2];
    size_t n_names = 0;
    for (int i = 0; i < HPB_AXIS_COUNT; i++)
        if (hpb_axis_has_labels((hpb_axis)i))
            names[n_names++] = hpb_axis_name((hpb_axis)i);
    names[n_names++] = "exclude";
    names[n_names++] = "mode";
    for (uint32_t i = 0; section && i < section->n_entries;
         i++) // labels first: selecting drops some
        if (strcmp(section->entries[i].key, "exclude") == 0)
            read_excludes(b, &section->entries[i]);
    for (uint32_t i = 0; section && i < section->n_entries; i++) {
        const hpb_ini_entry *entry = &section->entries[i];
        hpb_axis axis;
        if (strcmp(entry->key, "exclude") == 0)
            continue;
        if (strcmp(entry->key, "mode") == 0)
            read_mode(b, entry);
        else if (!is_axis(entry->key, &axis) || !hpb_axis_has_labels(axis))
            hpb_diagnose_unknown_key(&b->reader, "cross", entry, names, n_names);
        else if (b->suite->is_named[axis])
            fault(b, entry->place, "cross", entry->key,
                  "the protocols name theirs; expected it there alone");
        else
            select_labels(b, axis, entry);
    }
}

// --- choices -------------------------------------------------------------------------------------------------

static void add_count(hpb_text *text, uint64_t count)
{
    char number[HPB_NUMBER_SIZE];
    hpb_text_add(text, "%s%s", count == UINT64_MAX ? "more than " : "",
                 hpb_count_text(count, number));
}

// Keys that go together have as many levels as the one with most, or one.
static void check_pairs_of(builder *b, const hpb_section_levels *section)
{
    const hpb_key_levels *most = section->keys;
    for (uint32_t i = 1; i < section->n_keys; i++)
        if (section->keys[i].levels.n > most->levels.n)
            most = &section->keys[i];
    for (uint32_t i = 0; i < section->n_keys; i++) {
        const hpb_key_levels *key = &section->keys[i];
        if (key->levels.n == 1 || key->levels.n == most->levels.n)
            continue;
        b->reader.is_good = false;
        hpb_diagnose(b->reader.diagnostics, key->levels.items[0].place, section->section,
                     key->param->name,
                     "levels are paired; expected %u, as many as %s has, or one; got %u",
                     most->levels.n, most->param->name, key->levels.n);
    }
}

// Factors that go together likewise.
static void check_pairs(builder *b, const uint64_t count[HPB_AXIS_COUNT])
{
    const uint64_t n = hpb_cross_count(HPB_CROSS_PAIRED, count);
    bool is_good = true;
    hpb_text found = {0};
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        for (uint32_t i = 0; i < b->n_sections[axis] && !b->suite->is_named[axis]; i++)
            check_pairs_of(b, &b->sections[axis][i]);
        is_good &= count[axis] == 1 || count[axis] == n;
        if (count[axis] > 1)
            hpb_text_add(&found, "%s%" PRIu64 " of %s", found.length ? ", " : "", count[axis],
                         hpb_axis_name((hpb_axis)axis));
    }
    if (!is_good && b->reader.is_good) { // else what a section lacks is said already
        b->reader.is_good = false;
        hpb_diagnose(b->reader.diagnostics, b->mode, "cross", "mode",
                     "levels are paired; expected as many of each factor, or one; got %s",
                     found.data);
    }
    hpb_text_free(&found);
}

// Refuses what is beyond counting before any of it is allocated. plan.c counts exactly.
static bool is_countable(builder *b, uint64_t count[HPB_AXIS_COUNT])
{
    bool is_good = true;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        count[axis] = b->suite->is_named[axis];
        for (uint32_t i = 0; i < b->n_sections[axis] && !b->suite->is_named[axis]; i++) {
            hpb_section_levels *section = &b->sections[axis][i];
            section->n_choices = hpb_section_count(section, b->suite->mode);
            if (__builtin_add_overflow(count[axis], section->n_choices, &count[axis]))
                count[axis] = UINT64_MAX;
        }
        is_good &= count[axis] <= HPB_MAX_CELLS;
    }
    const uint64_t cells = hpb_cross_count(b->suite->mode, count);
    if (is_good && cells <= HPB_MAX_COMBINATIONS)
        return true;
    const uint64_t trials = hpb_saturating_product(cells, b->suite->replicates);
    hpb_text text = {0};
    hpb_text_add(&text, "plans ");
    add_count(&text, trials);
    hpb_text_add(&text, " trials, limit ");
    add_count(&text, b->suite->max_trials);
    hpb_text_add(&text, " (max_trials)");
    hpb_error *error = fault(b, (hpb_place){b->suite->path, 0, 0}, NULL, NULL, text.data);
    char limit[HPB_NUMBER_SIZE];
    if (trials <= b->suite->max_trials)
        hpb_error_hint(error, "and too many cells, limit %s", hpb_count_text(HPB_MAX_CELLS, limit));
    hpb_text_free(&text);
    return false;
}

static void unfold(builder *b)
{
    uint64_t count[HPB_AXIS_COUNT];
    if (!is_countable(b, count))
        return;
    if (b->suite->mode == HPB_CROSS_PAIRED)
        check_pairs(b, count);
    if (!b->reader.is_good)
        return;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        if (b->suite->is_named[axis])
            continue;
        hpb_choice *choices = hpb_arena_alloc(b->reader.arena, count[axis], sizeof *choices);
        uint64_t n = 0;
        for (uint32_t i = 0; i < b->n_sections[axis]; i++) {
            hpb_section_unfold(&b->sections[axis][i], b->suite->mode, b->reader.arena, &choices[n]);
            for (uint64_t k = n; axis == HPB_AXIS_EARLY_STOPPING && b->reader.is_good &&
                                 k < n + b->sections[axis][i].n_choices;
                 k++)
                hpb_also_find(&b->reader, b->sections[axis][i].section, &choices[k]);
            n += b->sections[axis][i].n_choices;
        }
        b->suite->choices[axis] = choices;
        b->suite->n_choices[axis] = (uint32_t)n;
    }
}

uint32_t hpb_suite_levels(const hpb_suite *suite, hpb_axis axis)
{
    return suite->is_named[axis] ? 1 : suite->n_choices[axis];
}

// --- the whole -------------------------------------------------------------------------------------------------

static void read_name(builder *b)
{
    const char *slash = strrchr(b->suite->path, '/');
    const char *base = slash ? slash + 1 : b->suite->path;
    size_t n = strlen(base);
    if (n >= 4 && strcmp(base + n - 4, ".ini") == 0)
        n -= 4;
    bool is_good = n >= 1 && n <= MAX_NAME && *base != '.';
    for (size_t i = 0; i < n; i++)
        is_good &= (base[i] >= 'a' && base[i] <= 'z') || (base[i] >= 'A' && base[i] <= 'Z') ||
                   (base[i] >= '0' && base[i] <= '9') || strchr("._-", base[i]) != NULL;
    b->suite->name = hpb_arena_strndup(b->reader.arena, base, n);
    if (is_good)
        return;
    b->reader.is_good = false;
    hpb_diagnose(
        b->reader.diagnostics, (hpb_place){b->suite->path, 0, 0}, NULL, NULL,
        "the file's name is the suite's; expected [A-Za-z0-9._-]{1,%d}, no point in front; "
        "got \"%.80s\"",
        MAX_NAME, b->suite->name);
}

static void read_report(builder *b, const hpb_setting *report)
{
    const hpb_setting *reference = setting_of(report, HPB_SECTION_REPORT, "reference");
    b->suite->curves = number_of(report, HPB_SECTION_REPORT, "curves") != 0;
    b->suite->order_median = number_of(report, HPB_SECTION_REPORT, "order") != 0;
    if (reference->is_default)
        return;
    const hpb_ini_entry entry = {.key = "reference", .place = reference->place};
    read_match(b, "report", &entry, reference->text, &b->suite->reference);
}

// On an axis that protocols name, sections are what they choose among; there may be none.
static void read_axis(builder *b, hpb_axis axis)
{
    bool is_there = !b->suite->is_named[axis] || hpb_ini_find(&b->ini, hpb_axis_name(axis));
    for (uint32_t i = 0; i < b->ini.n_sections && !is_there; i++)
        is_there = hpb_section_label(&b->ini.sections[i], axis) != NULL;
    if (is_there)
        hpb_axis_read(&b->reader, axis, &b->sections[axis], &b->n_sections[axis]);
    for (uint32_t i = 0; axis == HPB_AXIS_PROTOCOL && i < b->n_sections[axis]; i++) {
        const hpb_section_levels *section = &b->sections[axis][i];
        for (uint32_t k = 0; k < section->n_keys; k++) {
            const hpb_key_levels *key = &section->keys[k];
            const hpb_axis named = hpb_axis_find(key->param->name);
            if (key->levels.n <= 1)
                continue;
            hpb_error *error = fault(b, key->levels.items[0].place, section->section,
                                     key->param->name, "has one value in a protocol, not levels");
            if (named < HPB_AXIS_COUNT && hpb_axis_has_candidates(named))
                hpb_error_hint(error, "candidates are grid.%s = ...", key->param->name);
            else
                hpb_error_hint(error, "a protocol for each");
        }
    }
}

static void read_sections(builder *b)
{
    hpb_setting suite[16] = {0}, timing[16] = {0}, report[16] = {0}, explain[16] = {0};
    hpb_setting variance[16] = {0};
    read_section(b, HPB_SECTION_SUITE, suite);
    read_section(b, HPB_SECTION_TIMING, timing);
    read_section(b, HPB_SECTION_REPORT, report);
    read_section(b, HPB_SECTION_EXPLAIN, explain);
    read_section(b, HPB_SECTION_VARIANCE, variance);
    b->suite->question = setting_of(suite, HPB_SECTION_SUITE, "question")->text;
    b->suite->replicates = (uint32_t)number_of(suite, HPB_SECTION_SUITE, "replicates");
    b->suite->seed = (uint64_t)number_of(suite, HPB_SECTION_SUITE, "seed");
    b->suite->time_limit = number_of(suite, HPB_SECTION_SUITE, "time_limit");
    b->suite->max_trials = (uint64_t)number_of(suite, HPB_SECTION_SUITE, "max_trials");
    if (hpb_ini_find(&b->ini, "timing")) {
        b->suite->timing_repetitions =
            (uint32_t)number_of(timing, HPB_SECTION_TIMING, "repetitions");
        b->suite->timing_min_time = number_of(timing, HPB_SECTION_TIMING, "min_time");
        b->suite->timing_budget = number_of(timing, HPB_SECTION_TIMING, "budget");
    }
    b->has_protocols = hpb_protocols_scan(&b->ini, b->suite->is_named);
    const hpb_explain_settings explain_settings = hpb_explain_read(&b->reader, explain, b->suite);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        read_axis(b, (hpb_axis)axis);
    read_report(b, report);
    if (!hpb_grid_read(variance, b->suite))
        fault(b, hpb_ini_find(&b->ini, "variance")->place, "variance", NULL,
              "crosses nothing; expected two levels or more of split, weights, order or data");
    read_cross(b);
    if (b->reader.is_good)
        unfold(b);
    if (b->reader.is_good && (b->has_protocols || !explain_settings.compare->is_default))
        hpb_protocols_read(&b->reader, &explain_settings, b->suite);
}

// Line and column that a message begins with; 0 where it is about the file as a whole.
static uint64_t place_in(const hpb_error *error, const char *path)
{
    const size_t n = strlen(path);
    if (strncmp(error->text, path, n) != 0 || error->text[n] != ':')
        return 0;
    char *end;
    const uint64_t line = strtoul(error->text + n + 1, &end, 10);
    const uint64_t column = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;
    return line << 32 | column;
}

// Faults are found kind by kind, and read line by line.
static void sort_by_place(hpb_diagnostics *diagnostics, const char *path)
{
    for (uint32_t i = 1; i < diagnostics->count; i++)
        for (uint32_t k = i; k > 0 && place_in(&diagnostics->item[k], path) <
                                          place_in(&diagnostics->item[k - 1], path);
             k--) {
            const hpb_error swapped = diagnostics->item[k];
            diagnostics->item[k] = diagnostics->item[k - 1];
            diagnostics->item[k - 1] = swapped;
        }
}

bool hpb_suite_parse(const char *path, const char *bytes, size_t n, const char *const *overrides,
                     uint32_t n_overrides, const hpb_registry *registry, hpb_suite *out,
                     hpb_diagnostics *diagnostics)
{
    *out = (hpb_suite){.arena = hpb_arena_create()};
    out->path = hpb_arena_strdup(out->arena, path);
    out->text = memcpy(hpb_arena_alloc(out->arena, n + 1, 1), bytes, n);
    out->text_size = n;
    out->overrides = hpb_option_words(out->arena, "", "--set", overrides, n_overrides);
    builder b = {.suite = out};
    b.reader = (hpb_suite_reader){.ini = &b.ini,
                                  .registry = registry,
                                  .arena = out->arena,
                                  .path = out->path,
                                  .diagnostics = diagnostics,
                                  .is_good = true};
    read_name(&b);
    bool is_text = hpb_ini_read(out->path, out->text, n, out->arena, &b.ini, diagnostics);
    for (uint32_t i = 0; i < n_overrides; i++)
        is_text &= hpb_ini_override(&b.ini, overrides[i], out->arena, diagnostics);
    if (is_text && !hpb_ini_find(&b.ini, "suite"))
        fault(&b, (hpb_place){out->path, 0, 0}, NULL, NULL, "no [suite] section; expected one");
    for (uint32_t i = 0; i < b.ini.n_sections; i++)
        check_section(&b, &b.ini.sections[i]);
    if (b.ini.n_sections)
        read_sections(&b);
    hpb_ini_free(&b.ini);
    if (b.reader.is_good && is_text)
        return true;
    sort_by_place(diagnostics, path);
    hpb_suite_free(out);
    return false;
}

void hpb_suite_free(hpb_suite *suite)
{
    hpb_arena_destroy(suite->arena);
    *suite = (hpb_suite){0};
}
