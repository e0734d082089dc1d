// SPDX-License-Identifier: Apache-2.0
// Work of the engine and of plugins that can be done again and again: what timing times.
#ifndef HPB_WORK_H
#define HPB_WORK_H

#include "engine/splits.h"
#include "engine/trial.h"

/// Fits of a cell, of its first candidate, with all that comes before them done: data, splits, tables. Their seeds are those of the first
/// replicates; every lane has one, some the same where memory is short.
typedef struct hpb_workload hpb_workload;

/// NULL where a plugin broke its contract, which `message` says. `alive` is called often, also by what is below.
hpb_workload *hpb_workload_create(hpb_trial_runner *runner, uint32_t cell,
                                  void (*alive)(void *context), void *context,
                                  char message[HPB_SPLITS_MESSAGE]);
void hpb_workload_free(hpb_workload *workload);           ///< NULL is fine
uint32_t hpb_workload_fits(const hpb_workload *workload); ///< how many hpb_workload_run_all trains
void hpb_workload_run_all(void *workload);                ///< every fit, side by side in all lanes
void hpb_workload_run_next(void *workload); ///< one fit, the next in turn, in a lane of its own

/// What one plugin does in a cell, about 0.1 ms of it at a time.
typedef struct hpb_chore hpb_chore;

/// axis: HPB_AXIS_OPTIMIZER (an item is a parameter and step, with what the host does around an update),
/// HPB_AXIS_INITIALIZER (a weight), HPB_AXIS_SCHEDULE (a step), HPB_AXIS_SPLITTER (a row; all splits, checked and
/// copied as for a trial) or HPB_AXIS_EARLY_STOPPING (an epoch). NULL where the plugin broke its contract, which
/// `message` says.
hpb_chore *hpb_chore_create(hpb_trial_runner *runner, uint32_t cell, hpb_axis axis,
                            void (*alive)(void *context), void *context,
                            char message[HPB_SPLITS_MESSAGE]);
void hpb_chore_free(hpb_chore *chore);            ///< NULL is fine
uint64_t hpb_chore_items(const hpb_chore *chore); ///< of one hpb_chore_run
void hpb_chore_run(void *chore);

#endif // HPB_WORK_H
