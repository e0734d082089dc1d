// SPDX-License-Identifier: Apache-2.0
// The value of one key as its levels: commas separate levels, spaces the parts of one value; geomspace,
// linspace and range give what NumPy and Python give. Numbers are read from their text, here and nowhere else.
#ifndef HPB_VALUES_H
#define HPB_VALUES_H

#include "suite/ini.h"
#include "suite/suite.h"

#define HPB_MAX_LEVELS 100000u ///< of one key
#define HPB_MAX_PARTS 15       ///< of one list: the engine takes 15 hidden layers

typedef struct hpb_levels {
    hpb_setting *items; ///< [n], in the arena
    uint32_t n;
} hpb_levels;

/// Reads the levels of one key of [section]; faults go to `diagnostics`. True when there were none.
bool hpb_levels_parse(const hpb_param *param, const char *section, const hpb_ini_entry *entry,
                      hpb_arena *arena, hpb_levels *out, hpb_diagnostics *diagnostics);
/// The one level of a key that is not there.
hpb_setting hpb_setting_default(const hpb_param *param, hpb_arena *arena);
/// What a key takes, in words: "a number greater than 0", "one of relu, tanh". free() it.
char *hpb_param_expected(const hpb_param *param);
/// A number as stored and printed: whole ones without exponent.
char *hpb_value_text(double value, char out[HPB_NUMBER_SIZE]);
/// Word `index` of "a,b, c", spaces around it dropped; its length in *n. NULL, *n unset: there are fewer.
const char *hpb_choice_word(const char *choices, uint32_t index, size_t *n);

#endif // HPB_VALUES_H
