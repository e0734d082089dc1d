// SPDX-License-Identifier: Apache-2.0
// In what two protocols differ, setting by setting, and which of these are one factor.
#ifndef HPB_FACTORS_H
#define HPB_FACTORS_H

#include "suite/candidates.h"

#define HPB_MOST_UNITS 31 // more than two protocols can differ in, and bits of a corner

// What is turned over as one.
typedef enum hpb_unit_kind {
    HPB_UNIT_CHOICE, // the label on an axis, with the keys that the protocol gives to what it names
    HPB_UNIT_KEY,    // one key of [fit] or [model]
    HPB_UNIT_CANDIDATES, // the grid, and what the other side has of its keys
    HPB_UNIT_SELECTION,  // select and scoring
    HPB_UNIT_REPORT,     // report and outer
} hpb_unit_kind;

typedef struct hpb_unit {
    hpb_unit_kind kind;
    hpb_axis axis;   // of a choice or a key
    const char *key; // of a key
    const char *name, *value[2];
    uint32_t factor; // bit of a corner
} hpb_unit;

// Two protocols, A and B, and their units.
typedef struct hpb_units {
    hpb_protocol_reader *side[2];
    const hpb_protocol *protocol[2];
    hpb_unit items[HPB_MOST_UNITS];
    uint32_t n;
    hpb_factor factors[HPB_MOST_UNITS];
    uint32_t n_factors;
} hpb_units;

/// Fills items, and factors: a unit each, or a group each.
void hpb_units_find(hpb_units *units, const hpb_explain_groups *groups);
/// What a side has on an axis; of several candidates what the first has.
const hpb_choice *hpb_units_choice(const hpb_units *units, int side, hpb_axis axis);
/// Whether either side lists values of a key, or labels of an axis, in its grid: these go with the candidates.
bool hpb_units_list(const hpb_units *units, const char *key);
/// Whether a key changes results on both sides: `epochs` does not beside solver = least_squares, and goes with it.
bool hpb_units_both_use(const hpb_units *units, hpb_axis axis, const char *key);

#endif // HPB_FACTORS_H
