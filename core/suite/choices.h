// SPDX-License-Identifier: Apache-2.0
// Sections of an axis, first as the levels of each key (choices.c), then unfolded into one choice a combination
// (unfold.c). What stands beside a choice is found last (also.c).
#ifndef HPB_CHOICES_H
#define HPB_CHOICES_H

#include "suite/ini.h"
#include "suite/tables.h"
#include "suite/values.h"

/// What a suite is read with.
typedef struct hpb_suite_reader {
    const hpb_ini *ini;
    const hpb_registry *registry;
    hpb_arena *arena;
    const char *path;
    hpb_diagnostics *diagnostics;
    bool is_good;
} hpb_suite_reader;

/// One key of a section: its levels, and where it was given.
typedef struct hpb_key_levels {
    const hpb_param *param;
    hpb_levels levels;
    const hpb_ini_entry *entry; ///< NULL: a default, or from the section of shared defaults
} hpb_key_levels;

/// One section [axis.LABEL], not unfolded: its choices are the combinations of its keys' levels.
typedef struct hpb_section_levels {
    hpb_axis axis;
    const char *section;      ///< its name in messages
    const char *name, *label; ///< as in hpb_choice, before levels are added
    const hpb_plugin_info *plugin;
    hpb_key_levels *keys; ///< [n_keys]: the plugin's own, then the host's
    uint32_t n_keys;
    uint64_t n_choices; ///< hpb_section_count, once [cross] is read
    hpb_place place;
} hpb_section_levels;

/// Reads one section: its plugin, its label, its keys, those of `shared` first; NULL: the axis' default. What `shared`
/// lacks is said where `is_first`. `keys` are [n_keys] of the section's own, for the caller to change.
hpb_section_levels hpb_section_read(hpb_suite_reader *reader, hpb_axis axis,
                                    const hpb_ini_section *section, const hpb_ini_section *shared,
                                    bool is_first);
/// Reads what `label` stands for: a section, or (at once where `is_plugin`) a plugin with its defaults. `entry` of
/// [asker] names it. False with the fault said.
bool hpb_section_find(hpb_suite_reader *reader, hpb_axis axis, const char *asker,
                      const hpb_ini_entry *entry, const char *label, bool is_plugin,
                      hpb_section_levels *out);
/// The key of that name or alias; NULL: the section has none.
hpb_key_levels *hpb_section_key(const hpb_section_levels *levels, const char *name);
/// Keys that don't go together.
void hpb_section_check(hpb_suite_reader *reader, const hpb_section_levels *levels);

/// The label of a section [axis.LABEL], "" where nothing stands behind the point; NULL: it is none of the axis.
const char *hpb_section_label(const hpb_ini_section *section, hpb_axis axis);

/// Reads all sections of an axis, or makes the default one. `out` is [*n] in the arena.
void hpb_axis_read(hpb_suite_reader *reader, hpb_axis axis, hpb_section_levels **out, uint32_t *n);
/// How many choices a section unfolds into: all combinations of its keys' levels; the first levels and each other one
/// alone; or the k-th levels together. UINT64_MAX: that or more.
uint64_t hpb_section_count(const hpb_section_levels *levels, hpb_cross_mode mode);
/// Unfolds a section: `out` has room for n_choices; the last key goes fastest.
void hpb_section_unfold(const hpb_section_levels *levels, hpb_cross_mode mode, hpb_arena *arena,
                        hpb_choice *out);

/// Finds the rules that `also` names, one after the other, for a choice of [section]; `also` of the choice is the
/// first of them. False with the fault said (also.c).
bool hpb_also_find(hpb_suite_reader *reader, const char *section, hpb_choice *choice);

/// The one choice of a section in which every key has one level.
hpb_choice hpb_section_choice(const hpb_section_levels *levels, hpb_arena *arena);

/// Labels in lower case, split at `separator`; *n of them in the arena, blank ones kept.
const char **hpb_labels_split(hpb_arena *arena, const char *text, char separator, uint32_t *n);

/// a * b, or UINT64_MAX where that is too large.
uint64_t hpb_saturating_product(uint64_t a, uint64_t b);

/// Says that `name`, the entry's key or what follows its grid., is a layer of Keras, and the way out. False: it is none.
bool hpb_diagnose_layer(hpb_suite_reader *reader, const char *section, const hpb_ini_entry *entry,
                        const char *name);

/// Says that `key` is unknown, with the nearest candidate as a hint.
void hpb_diagnose_unknown_key(hpb_suite_reader *reader, const char *section,
                              const hpb_ini_entry *entry, const char *const *candidates, size_t n);

#endif // HPB_CHOICES_H
