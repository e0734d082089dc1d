// SPDX-License-Identifier: Apache-2.0
// Combinations by number, so that they can be counted before they are made.
#include "suite/cross.h"

#include "suite/choices.h"

#include <string.h>

uint64_t hpb_cross_count(hpb_cross_mode mode, const uint64_t n[HPB_AXIS_COUNT])
{
    uint64_t count = 1;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        if (mode == HPB_CROSS_PRODUCT)
            count = hpb_saturating_product(count, n[axis]);
        else if (mode == HPB_CROSS_PAIRED && count < n[axis])
            count = n[axis];
        else if (mode == HPB_CROSS_ONE_AT_A_TIME &&
                 __builtin_add_overflow(count, n[axis] - 1, &count))
            count = UINT64_MAX;
    }
    return count;
}

// In the order of the product, combinations with a lower level than the base's on one axis come first, the first axis
// before the others; then the base; then those with a higher level, the last axis before the others.
static void move_one(const uint32_t n[HPB_AXIS_COUNT], const uint32_t base[HPB_AXIS_COUNT],
                     uint64_t index, uint32_t level[HPB_AXIS_COUNT])
{
    memcpy(level, base, HPB_AXIS_COUNT * sizeof *level);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        if (index < base[axis]) {
            level[axis] = (uint32_t)index;
            return;
        }
        index -= base[axis];
    }
    if (index-- == 0)
        return;
    for (int axis = HPB_AXIS_COUNT - 1; axis >= 0; axis--) {
        const uint32_t above = n[axis] - 1 - base[axis];
        if (index < above) {
            level[axis] = base[axis] + 1 + (uint32_t)index;
            return;
        }
        index -= above;
    }
}

void hpb_cross_combination(hpb_cross_mode mode, const uint32_t n[HPB_AXIS_COUNT],
                           const uint32_t base[HPB_AXIS_COUNT], uint64_t index,
                           uint32_t level[HPB_AXIS_COUNT])
{
    if (mode == HPB_CROSS_ONE_AT_A_TIME) {
        move_one(n, base, index, level);
        return;
    }
    for (int axis = HPB_AXIS_COUNT - 1; axis >= 0; axis--) {
        const bool is_paired = mode == HPB_CROSS_PAIRED;
        level[axis] = n[axis] == 1 ? 0 : is_paired ? (uint32_t)index : (uint32_t)(index % n[axis]);
        if (!is_paired && n[axis] > 1)
            index /= n[axis];
    }
}
