// SPDX-License-Identifier: Apache-2.0
// How many replicates a cell has: those of [suite], or where [explain] precision asks, as many as it takes.
//
// What is compared (both protocols, and all corners of them) begins with the replicates of [suite], at least HPB_FIRST_LOOK,
// and grows at every look; all else, the ends with more epochs too, keeps the replicates of [suite].
#ifndef HPB_REPLICATES_H
#define HPB_REPLICATES_H

#include "suite/choices.h"
#include "suite/plan.h"

#define HPB_FIRST_LOOK 20u ///< a first look with fewer runs says little (stats/precision.h)

/// Reads [explain] precision and max_replicates. Faults go to the reader.
void hpb_replicates_read(hpb_suite_reader *reader, const hpb_setting *precision,
                         const hpb_setting *max_replicates, hpb_suite *suite);

/// Whether replicates are added for the sake of what is explained.
bool hpb_suite_grows(const hpb_suite *suite);
/// Replicates of a random cell before any look.
uint32_t hpb_cell_replicates(const hpb_suite *suite, const hpb_cell *cell);
/// Fills plan->replicates and ->most_replicates, of a plan that is otherwise whole.
void hpb_replicates_bound(hpb_plan *plan);

#endif // HPB_REPLICATES_H
