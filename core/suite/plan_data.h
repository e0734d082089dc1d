// SPDX-License-Identifier: Apache-2.0
#ifndef HPB_PLAN_DATA_H
#define HPB_PLAN_DATA_H

#include "suite/plan.h"

/// Fills plan->data, whose rows the plan then owns; plan->suite and plan->arena must be there. Refuses more than fits in
/// memory before it is made. False with all faults said.
bool hpb_plan_read_data(hpb_plan *plan, hpb_diagnostics *diagnostics);

#endif // HPB_PLAN_DATA_H
