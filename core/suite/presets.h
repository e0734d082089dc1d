// SPDX-License-Identifier: Apache-2.0
// What a protocol does where it is not told: the defaults of the library that its preset names.
#ifndef HPB_PRESETS_H
#define HPB_PRESETS_H

#include <stdbool.h>
#include <stdint.h>

/// One default of a preset.
typedef struct hpb_preset_row {
    const char *key, *value;
    const char *source; ///< whose: "scikit-learn", "scikeras", "Keras"
    const char *why;    ///< half a sentence: "GridSearchCV: cv=None is KFold(5), not shuffled"
    bool is_lost; ///< what the protocol says itself is lost as well, but not what its grid lists
} hpb_preset_row;

/// The rows of a preset, a word of `[protocol.LABEL] preset`; *n of them.
const hpb_preset_row *hpb_preset_rows(const char *preset, uint32_t *n);
/// The row of a key; NULL: the preset leaves it alone.
const hpb_preset_row *hpb_preset_find(const char *preset, const char *key);

#endif // HPB_PRESETS_H
