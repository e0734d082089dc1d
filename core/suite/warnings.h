// SPDX-License-Identifier: Apache-2.0
// What a plan's user should know before it runs.
#ifndef HPB_WARNINGS_H
#define HPB_WARNINGS_H

#include "suite/plan.h"

/// Fills plan->warnings. False, with the fault in `diagnostics`, where a cell would train on no row, or can't search.
bool hpb_plan_check(hpb_plan *plan, hpb_check_values_function check_values, void *context,
                    hpb_diagnostics *diagnostics);
/// The most rows that a split can train on: all of them, where it is none of the splitters that are sized by rows.
uint32_t hpb_most_train_rows(const hpb_choice *splitter, uint32_t n_rows);

#endif // HPB_WARNINGS_H
