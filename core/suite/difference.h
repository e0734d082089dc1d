// SPDX-License-Identifier: Apache-2.0
// In which settings two protocols differ, defaults and whose they are included; from the plan alone.
#ifndef HPB_DIFFERENCE_H
#define HPB_DIFFERENCE_H

#include "suite/plan.h"

/// One thing that both sides have; strings are in the arena.
typedef struct hpb_setting_pair {
    const char *name;     ///< "epochs", "optimizer", "candidates"
    const char *value[2]; ///< "100", "rmsprop(learning_rate 0.001)", "none"
    const char *why; ///< of a value that nobody set: "scikeras: default, you did not set it"; NULL
    bool is_equal;
} hpb_setting_pair;

/// What the two cells of protocols have, in the order of the axes, then candidates, choice and outer split; *n of them.
const hpb_setting_pair *hpb_protocols_pair(const hpb_cell *a, const hpb_cell *b, hpb_arena *arena,
                                           uint32_t *n);

#endif // HPB_DIFFERENCE_H
