// SPDX-License-Identifier: Apache-2.0
// What the stage shares about options of the command line.
#ifndef HPB_FILTER_H
#define HPB_FILTER_H

#include "suite/suite.h"

/// `before`, then " OPTION VALUE" for each value, quoted so that a shell reads it as it was given. In the arena.
const char *hpb_option_words(hpb_arena *arena, const char *before, const char *option,
                             const char *const *values, uint32_t n);
/// Whether a combination (one choice an axis) passes all filters.
bool hpb_filters_hold(const hpb_suite *suite, const hpb_choice *const choice[HPB_AXIS_COUNT]);

#endif // HPB_FILTER_H
