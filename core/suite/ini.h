// SPDX-License-Identifier: Apache-2.0
// The lines of a suite: sections, keys and values with their places. A strict scan, and iniparser beside
// it: where the two read a value differently, that line is an error and not a guess.
#ifndef HPB_INI_H
#define HPB_INI_H

#include "base/base.h"

#define HPB_INI_MAX_LINES 10000u
#define HPB_INI_MAX_LINE 1000u // bytes; iniparser's buffer has 1024
#define HPB_GRID "grid."       // before the keys of a protocol that list candidates

typedef struct hpb_ini_entry {
    const char *key;            ///< lower case
    const char *value;          ///< without quotes, comment and surrounding space
    bool is_quoted;             ///< then commas are part of the value
    bool is_refused;            ///< its fault is said already; the value is a guess
    hpb_place key_place, place; ///< of key and of value (its first character behind a quote)
} hpb_ini_entry;

typedef struct hpb_ini_section {
    const char *name; ///< lower case
    hpb_place place;
    hpb_ini_entry *entries; ///< in the order of the file
    uint32_t n_entries;
    size_t capacity;
} hpb_ini_section;

typedef struct hpb_ini {
    hpb_ini_section *sections; ///< in the order of the file
    uint32_t n_sections;
    size_t capacity;
} hpb_ini;

/// Reads the bytes of `path` (for messages); strings go to the arena. True when nothing was wrong.
bool hpb_ini_read(const char *path, const char *bytes, size_t n, hpb_arena *arena, hpb_ini *out,
                  hpb_diagnostics *diagnostics);
/// Sets or replaces one value, as `--set SECTION.KEY=VALUE` says. The last point ends the section, but for a key that
/// begins with grid. where the suite has no section that ends so. A section with a label must be there.
bool hpb_ini_override(hpb_ini *ini, const char *option, hpb_arena *arena,
                      hpb_diagnostics *diagnostics);
const hpb_ini_section *hpb_ini_find(const hpb_ini *ini, const char *name); ///< NULL: not there
/// The entry of that key; NULL: not there, or no section.
hpb_ini_entry *hpb_ini_find_entry(const hpb_ini_section *section, const char *key);
void hpb_ini_free(hpb_ini *ini);

#endif // HPB_INI_H
