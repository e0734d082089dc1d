// SPDX-License-Identifier: Apache-2.0
// [explain]: which two protocols, what their numbers share, and whether their corners are run.
#include "suite/protocols.h"

#include "random/random.h"
#include "suite/replicates.h"

#include <math.h>
#include <string.h>

// As in tables.c.
enum {
    COMPARE,
    SHARED,
    GROUP,
    ORDERS,
    CORNERS,
    PRECISION,
    MAX_REPLICATES,
    TRUTH,
    LUCK,
    LUCK_LEVELS
};

#define MOST_FACTORS 64 // names that a factor may have

static uint32_t count_protocols(const hpb_ini *ini)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ini->n_sections; i++)
        n += hpb_section_label(&ini->sections[i], HPB_AXIS_PROTOCOL) != NULL;
    return n;
}

static void read_shared(hpb_suite_reader *reader, const hpb_setting *shared, hpb_suite *suite)
{
    uint32_t n = 0;
    suite->is_shared[HPB_STREAM_DATA] = shared->is_default;
    const char **words =
        shared->is_default ? NULL : hpb_labels_split(reader->arena, shared->text, ',', &n);
    for (uint32_t i = 0; i < n; i++) {
        int stream = 0;
        while (stream < HPB_STREAM_COUNT &&
               strcmp(words[i], hpb_stream_name((hpb_stream)stream)) != 0)
            stream++;
        if (stream < HPB_STREAM_COUNT) {
            suite->is_shared[stream] = true;
        } else if (n > 1 || strcmp(words[i], "none") != 0) {
            reader->is_good = false;
            hpb_diagnose(reader->diagnostics, shared->place, "explain", "shared",
                         "expected some of data, split, weights and order, or none; got \"%s\"",
                         words[i]);
        }
    }
}

// --- groups -------------------------------------------------------------------------------------------------------

// All names that a factor may have; how many.
static size_t list_factors(const char *names[MOST_FACTORS])
{
    size_t n = 0;
    for (int i = HPB_AXIS_PROTOCOL + 1; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = (hpb_axis)i;
        const hpb_params params = hpb_axis_params(axis);
        const bool is_keys = axis == HPB_AXIS_FIT || axis == HPB_AXIS_MODEL;
        for (uint32_t k = 0; k < params.n && is_keys; k++)
            names[n++] = params.items[k].name;
        if (!is_keys)
            names[n++] = hpb_axis_name(axis);
    }
    names[n++] = "candidates";
    names[n++] = "selection";
    names[n++] = "report";
    return n;
}

// Whether a name of a group is one that a factor may have, and not twice. False with the fault said.
static bool check_name(hpb_suite_reader *reader, const hpb_setting *setting, const char *name,
                       const hpb_explain_groups *before)
{
    const char *known[MOST_FACTORS];
    const size_t n = list_factors(known);
    hpb_text all = {0};
    bool is_known = false, is_twice = false;
    for (size_t i = 0; i < n; i++) {
        is_known |= strcmp(known[i], name) == 0;
        hpb_text_add(&all, "%s%s", i ? ", " : "", known[i]);
    }
    for (uint32_t i = 0; i < before->n; i++)
        is_twice |= strcmp(before->names[i], name) == 0;
    reader->is_good &= is_known && !is_twice;
    if (is_twice)
        hpb_diagnose(reader->diagnostics, setting->place, "explain", "group",
                     "%s stands twice; expected each setting once", name);
    if (!is_known) {
        hpb_error *error =
            hpb_diagnose(reader->diagnostics, setting->place, "explain", "group",
                         "expected settings with + between, of %s; got \"%s\"", all.data, name);
        const char *nearest = hpb_nearest(name, known, n);
        if (nearest)
            hpb_error_hint(error, "did you mean %s?", nearest);
    }
    hpb_text_free(&all);
    return is_known && !is_twice;
}

// a + b, c + d
static hpb_explain_groups read_groups(hpb_suite_reader *reader, const hpb_setting *setting)
{
    hpb_explain_groups out = {0};
    if (setting->is_default)
        return out;
    uint32_t n_groups, n_names = 1;
    for (const char *c = setting->text; *c; c++)
        n_names += *c == ',' || *c == '+';
    const char **groups = hpb_labels_split(reader->arena, setting->text, ',', &n_groups);
    const char **names = hpb_arena_alloc(reader->arena, n_names, sizeof *names);
    uint32_t *group = hpb_arena_alloc(reader->arena, n_names, sizeof *group);
    out.names = names;
    out.group = group;
    for (uint32_t g = 0; g < n_groups; g++) {
        uint32_t n;
        const char **parts = hpb_labels_split(reader->arena, groups[g], '+', &n);
        for (uint32_t i = 0; i < n; i++) {
            if (!check_name(reader, setting, parts[i], &out))
                return out;
            names[out.n] = parts[i];
            group[out.n++] = g;
        }
        if (n > 1)
            continue;
        reader->is_good = false;
        hpb_diagnose(reader->diagnostics, setting->place, "explain", "group",
                     "one setting is no group; expected two or more with + between; got \"%s\"",
                     groups[g]);
        return out;
    }
    return out;
}

// --- orders -------------------------------------------------------------------------------------------------------

static uint32_t read_orders(hpb_suite_reader *reader, const hpb_setting *setting)
{
    const double n = setting->value.number;
    if (isnan(n))
        return 0;
    if (fmod(n, 2) != 0) {
        reader->is_good = false;
        hpb_diagnose(reader->diagnostics, setting->place, "explain", "orders",
                     "each order comes with its reverse; expected an even number; got \"%s\"",
                     setting->text);
    }
    return (uint32_t)n;
}

// --- all of it ----------------------------------------------------------------------------------------------------

// Whether a key of a section has several levels.
static bool is_crossed(const hpb_ini *ini, const char *name)
{
    const hpb_ini_section *section = hpb_ini_find(ini, name);
    for (uint32_t i = 0; section && i < section->n_entries; i++)
        if (strpbrk(section->entries[i].value, ",("))
            return true;
    return false;
}

// Corners have seeds and splits of their own, data where these are not shared, and epochs where they train longer: such
// axes are named, by no protocol.
static void add_axes(const hpb_ini *ini, hpb_suite *suite, bool is_added[HPB_AXIS_COUNT])
{
    is_added[HPB_AXIS_SPLITTER] = is_added[HPB_AXIS_SEEDS] = true;
    is_added[HPB_AXIS_DATA] = !suite->is_shared[HPB_STREAM_DATA];
    is_added[HPB_AXIS_FIT] = !is_crossed(ini, "fit");
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        is_added[axis] &= !suite->is_named[axis];
        suite->is_named[axis] |= is_added[axis];
    }
}

hpb_explain_settings hpb_explain_read(hpb_suite_reader *reader, const hpb_setting *explain,
                                      hpb_suite *suite)
{
    const uint32_t n_protocols = count_protocols(reader->ini);
    const bool corners = explain[CORNERS].value.number != 0;
    hpb_explain_settings out = {
        .compare = &explain[COMPARE],
        .corners = corners,
        .groups = read_groups(reader, &explain[GROUP]),
        .n_orders = read_orders(reader, &explain[ORDERS]),
    };
    suite->has_truth = explain[TRUTH].value.number != 0;
    suite->truth_place = explain[TRUTH].place;
    read_shared(reader, &explain[SHARED], suite);
    hpb_replicates_read(reader, &explain[PRECISION], &explain[MAX_REPLICATES], suite);
    const double levels = explain[LUCK_LEVELS].value.number; // none is NaN
    suite->has_luck = explain[LUCK].value.number != 0;
    suite->luck_levels = levels > 0 ? (uint32_t)levels : 0;
    if (corners && n_protocols < 2) {
        reader->is_good = false;
        hpb_error *error =
            hpb_diagnose(reader->diagnostics, (hpb_place){suite->path, 0, 0}, NULL, NULL,
                         "nothing to explain: expected two protocols, [protocol.A] and "
                         "[protocol.B]; got %s",
                         n_protocols ? "one" : "none");
        hpb_error_hint(error, "hpbench new gridsearch-vs-manual mine.ini has two");
    } else if (corners) {
        add_axes(reader->ini, suite, out.is_added);
    }
    return out;
}
