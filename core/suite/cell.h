// SPDX-License-Identifier: Apache-2.0
// What a cell is, apart from how it was arrived at: seeds, JSON, key and label.
#ifndef HPB_CELL_H
#define HPB_CELL_H

#include "suite/plan.h"

/// Whether each replicate has another number of a stream that the cell uses.
bool hpb_cell_is_fresh(const hpb_cell *cell, hpb_stream stream);
/// Whether a replicate differs from the next: some number that the cell uses is fresh.
bool hpb_cell_is_random(const hpb_cell *cell);
/// Whether its results depend on the seed of a stream, fixed or fresh. It has its candidates by then.
bool hpb_cell_uses(const hpb_cell *cell, hpb_stream stream);
/// hpb_cell_seeds of a grid.
hpb_trial_seeds hpb_grid_seeds(const hpb_plan *plan, const hpb_cell *cell, uint32_t replicate);
/// Fills key and label of all cells; the plan's data and suite must be there.
void hpb_cells_name(hpb_plan *plan);
/// Its levels of the factors, " & " between them, in the plan's arena.
const char *hpb_cell_label(const hpb_plan *plan, const hpb_cell *cell);
/// The number under `name` of a choice that may not have it: `otherwise` then.
double hpb_choice_number_or(const hpb_choice *choice, const char *name, double otherwise);

#endif // HPB_CELL_H
