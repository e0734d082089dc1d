// SPDX-License-Identifier: Apache-2.0
// The corners of two protocols: combinations of the settings in which they differ, each a protocol of its own, with fresh
// seeds in place of the users' own. What explains a difference is run like everything else. All combinations are run, or
// those that a sample of the orders passes in which the settings can be changed.
#ifndef HPB_CORNERS_H
#define HPB_CORNERS_H

#include "suite/candidates.h"

struct hpb_plan;

#define HPB_ALL_FACTORS                                                                            \
    10                ///< of which all combinations are run, unless the suite says orders: 1,024
#define HPB_ORDERS 64 ///< of more

/// Fills masks and orders of suite->explain, whose factors are there. n_orders: as in hpb_explain_settings.
void hpb_corners_list(hpb_suite *suite, uint32_t n_orders);

/// Makes a longer array of *protocols, of which there are *n: behind them the corners of suite->compare, whose readers are
/// a and b, and where they train both ends with more epochs. Sets suite->explain. Faults go to the reader: a corner that can't be.
void hpb_corners_make(hpb_protocol_reader *a, hpb_protocol_reader *b,
                      const hpb_explain_settings *settings, hpb_protocol **protocols, uint32_t *n);

/// Says that a corner can't be run, and which factors it takes to turn over together. is_failed[n_masks]: all corners
/// that can't; `title`: of the first, and why.
void hpb_corners_refuse(const hpb_suite *suite, const char *title, const hpb_error *why,
                        const bool *is_failed, hpb_diagnostics *diagnostics);

/// Fills plan->compared, and makes equal corners one cell: where a setting never acts, half of them. Cells must have keys.
/// False with the fault said: none is whole.
bool hpb_compared_find(struct hpb_plan *plan, hpb_diagnostics *diagnostics);

#endif // HPB_CORNERS_H
