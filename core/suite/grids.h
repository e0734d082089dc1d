// SPDX-License-Identifier: Apache-2.0
// Crossed grids of seeds: a cell again, with every level of each stream's seed beside every level of the others, so that
// the variance of its MSE can be split among them.
#ifndef HPB_GRIDS_H
#define HPB_GRIDS_H

#include "suite/plan.h"

/// Takes the settings of [variance], in the order of its table. False: they cross nothing.
bool hpb_grid_read(const hpb_setting *variance, hpb_suite *suite);
/// Crosses a cell's streams that its results depend on, as many levels as [variance] says. False: it has none, and is
/// left as it is.
bool hpb_cell_cross(const hpb_suite *suite, hpb_cell *cell);
/// Whether the suite asks for grids of its cells, or of some.
bool hpb_grids_wanted(const hpb_suite *suite);
/// Adds grids of cells behind them. Where [variance] grid = yes of all: of those with fixed seeds only where no cell with
/// random ones has the same procedure. Else of both sides of each comparison, over what is drawn and [explain] shared does not
/// name: plan->compared gets their numbers. Cells have names and twins by then, and room for as many more. False: too many
/// trials, said.
bool hpb_grids_add(hpb_plan *plan, hpb_diagnostics *diagnostics);

#endif // HPB_GRIDS_H
