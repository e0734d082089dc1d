// SPDX-License-Identifier: Apache-2.0
// The corners of two protocols: all combinations of the settings in which they differ, each a protocol of its own, with
// fresh seeds in place of the users' own. What explains a difference is run like everything else.
#ifndef HPB_CORNERS_H
#define HPB_CORNERS_H

#include "suite/candidates.h"

struct hpb_plan;

#define HPB_MAX_FACTORS 10 ///< of an explanation: 1,024 corners

/// Adds to `made` protocols [n] the corners of suite->compare, whose readers are a and b, from *n on; sets suite->explain.
/// `protocols` has room for HPB_MAX_FACTORS of them. Faults go to the reader.
void hpb_corners_make(hpb_protocol_reader *a, hpb_protocol_reader *b, hpb_protocol *protocols,
                      uint32_t *n);

/// Fills plan->compared, and makes equal corners one cell: where a setting never acts, half of them. Cells must have keys.
void hpb_compared_find(struct hpb_plan *plan);

#endif // HPB_CORNERS_H
