// SPDX-License-Identifier: Apache-2.0
// What would go wrong in every trial of a search.
#ifndef HPB_SEARCHES_H
#define HPB_SEARCHES_H

#include "suite/plan.h"

#define HPB_MAX_FITS 1000000u ///< of a trial that searches: their scores fit into one message

/// Whether a protocol's cell can search: not too many fits, validation rows where they choose, and as many
/// splits of an outer split's training rows as of all. False with the fault in `diagnostics`.
bool hpb_search_check(const hpb_plan *plan, const hpb_cell *cell,
                      hpb_check_values_function check_values, void *context,
                      hpb_diagnostics *diagnostics);

#endif // HPB_SEARCHES_H
