// SPDX-License-Identifier: Apache-2.0
// [explain] truth = yes: which cells score their models on new rows, so that what they report can be held against it.
#ifndef HPB_TRUTH_H
#define HPB_TRUTH_H

#include "suite/plan.h"

/// Sets has_worth of the two compared protocols' cells with fresh seeds in place of the users' own, where the data are
/// generated; their keys become others. The plan's cells must have keys, and be those that are run. False with the fault said:
/// the new rows are too much data.
bool hpb_truth_mark(hpb_plan *plan, hpb_diagnostics *diagnostics);

#endif // HPB_TRUTH_H
