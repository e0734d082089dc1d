// SPDX-License-Identifier: Apache-2.0
// One protocol while it is read: what it gives, its grid, and the candidates that they make.
#ifndef HPB_CANDIDATES_H
#define HPB_CANDIDATES_H

#include "suite/presets.h"
#include "suite/protocols.h"

#define HPB_MOST_GIVEN 32 // keys of a grid, and of a protocol beside its own

// A key that belongs to what a protocol names: `epochs`, `grid.learning_rate`.
typedef struct hpb_given {
    const char *name; // without "grid."; from hpb_candidates_make() on the parameter's own
    hpb_axis axis;
    hpb_ini_entry entry;
    const hpb_preset_row *preset; // NULL: the protocol says it
} hpb_given;

// The values of a key of the grid, as one parameter has them: optimizers may differ in theirs.
typedef struct hpb_grid_values {
    const hpb_param *param;
    hpb_levels levels;
    struct hpb_grid_values *next;
} hpb_grid_values;

// One key of the grid, and its values.
typedef struct hpb_grid_key {
    hpb_given given;
    bool is_axis;            // values are labels of sections
    hpb_grid_values *values; // as far as they are read
    const char *const *text; // [n_values]
    uint32_t n_values;
} hpb_grid_key;

// One protocol under way.
typedef struct hpb_protocol_reader {
    hpb_suite_reader *reader;
    hpb_suite *suite;
    const hpb_ini_section *section;
    hpb_choice *choice;
    hpb_setting *settings; // the choice's
    const char *preset;
    hpb_given plain[HPB_MOST_GIVEN];
    uint32_t n_plain;
    hpb_grid_key grid[HPB_MOST_GIVEN]; // from hpb_candidates_make() on in alphabetical order
    uint32_t n_grid;
    const bool
        *is_added; // [HPB_AXIS_COUNT]: axes that no protocol names, and corners have for themselves
    bool is_corner;    // seeds that are not shared are fresh, whatever the sections say
    hpb_choice **made; // [HPB_AXIS_COUNT]: what suite->choices will be
    size_t *capacity;
    uint32_t latest[HPB_AXIS_COUNT]; // that was made, or found to be made
} hpb_protocol_reader;

/// From what is read and its presets to the protocol. False with the fault said.
bool hpb_protocol_make(hpb_protocol_reader *w, hpb_protocol *out);
/// Makes the candidates, their choices on the axes that protocols name. False with the fault said.
bool hpb_candidates_make(hpb_protocol_reader *w, hpb_protocol *out);
/// Whether a key of an axis is the number of a stream that the two compared sides do not share: which one a script has typed
/// is luck, not protocol.
bool hpb_key_is_luck(const hpb_suite *suite, hpb_axis axis, const char *name);
/// The level of the splitter that `outer` names. False with the fault said.
bool hpb_outer_make(hpb_protocol_reader *w, const hpb_setting *outer, int32_t *level);

bool hpb_key_is_grid(const char *key);
/// The protocol's setting of that name, which tables.c has.
hpb_setting *hpb_protocol_setting(hpb_protocol_reader *w, const char *name);
hpb_error *hpb_protocol_fault(hpb_protocol_reader *w, hpb_place place, const char *key,
                              const char *text);
/// Says that what the levels were read for has no such key, and which key or section the protocol may have meant.
void hpb_given_unknown(hpb_protocol_reader *w, const hpb_given *given,
                       const hpb_section_levels *levels);
/// Says that a key stands beside itself with grid., and what to leave out.
hpb_error *hpb_given_twice(hpb_protocol_reader *w, const hpb_ini_entry *grid,
                           const hpb_ini_entry *plain);

#define HPB_MAX_CANDIDATES 1000u ///< of a protocol

#endif // HPB_CANDIDATES_H
