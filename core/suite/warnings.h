// SPDX-License-Identifier: Apache-2.0
// What a plan's user should know before it runs.
#ifndef HPB_WARNINGS_H
#define HPB_WARNINGS_H

#include "suite/plan.h"

/// Fills plan->warnings. False, with the fault in `diagnostics`, where a cell would train on no row.
bool hpb_plan_check(hpb_plan *plan, hpb_diagnostics *diagnostics);

#endif // HPB_WARNINGS_H
