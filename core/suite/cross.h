// SPDX-License-Identifier: Apache-2.0
// Which combinations of levels are cells: [cross] mode.
#ifndef HPB_CROSS_H
#define HPB_CROSS_H

#include "suite/suite.h"

/// How many combinations there are of n[axis] levels, each at least 1; UINT64_MAX: that or more.
uint64_t hpb_cross_count(hpb_cross_mode mode, const uint64_t n[HPB_AXIS_COUNT]);
/// Combination `index` in the order of the product, the last axis fastest. `base`: the reference's levels, from which
/// one_at_a_time moves; unused in the other modes.
void hpb_cross_combination(hpb_cross_mode mode, const uint32_t n[HPB_AXIS_COUNT],
                           const uint32_t base[HPB_AXIS_COUNT], uint64_t index,
                           uint32_t level[HPB_AXIS_COUNT]);

#endif // HPB_CROSS_H
