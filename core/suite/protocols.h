// SPDX-License-Identifier: Apache-2.0
// The sections [protocol.LABEL]: what each names, its preset's defaults, its candidates.
#ifndef HPB_PROTOCOLS_H
#define HPB_PROTOCOLS_H

#include "suite/choices.h"
#include "suite/plan.h"

/// Which axes protocols name, by a label, a key of theirs or a preset: these are not crossed. False: there are none.
bool hpb_protocols_scan(const hpb_ini *ini, bool is_named[HPB_AXIS_COUNT]);

/// [explain] group: factors that are turned over together.
typedef struct hpb_explain_groups {
    const char *const *names; ///< [n], of factors
    const uint32_t *group;    ///< [n]: which group each is in
    uint32_t n;
} hpb_explain_groups;

/// What [explain] says.
typedef struct hpb_explain_settings {
    const hpb_setting *compare;
    bool corners;
    hpb_explain_groups groups;
    uint32_t n_orders;             ///< that stand for all combinations; 0: the suite does not say
    bool is_added[HPB_AXIS_COUNT]; ///< named for the corners' sake alone
} hpb_explain_settings;

/// Reads [explain] from its settings: the suite's part, and what protocols are read with. Faults go to the reader.
hpb_explain_settings hpb_explain_read(hpb_suite_reader *reader, const hpb_setting *explain,
                                      hpb_suite *suite);

/// Makes suite->protocols, and on the axes that they name suite->choices; those of HPB_AXIS_PROTOCOL are there, one a
/// section in the file's order, and get their presets' defaults. Then suite->compare and, where it is asked for, the
/// corners. Faults go to the reader.
void hpb_protocols_read(hpb_suite_reader *reader, const hpb_explain_settings *explain,
                        hpb_suite *suite);

/// The axis that goes by that name, which a key of a protocol may; HPB_AXIS_COUNT: none.
hpb_axis hpb_axis_find(const char *name);
/// Whether candidates of one protocol may differ in their label on the axis that hpb_axis_find() found.
bool hpb_axis_has_candidates(hpb_axis axis);
/// The axis that a key of a protocol is about: its own name, a key of [fit] or [model], or else of the optimizer.
hpb_axis hpb_key_axis(const char *key);
/// Whether the key is one of the protocol's grid.
bool hpb_protocol_varies(const hpb_protocol *protocol, const char *key);
/// What a key of the grid is in a candidate: its *setting, of the choice returned; NULL: the key names the choice.
const hpb_choice *hpb_candidate_choice(const hpb_candidate *candidate, const char *key,
                                       const hpb_setting **setting);

#endif // HPB_PROTOCOLS_H
