// SPDX-License-Identifier: Apache-2.0
// What is to be run next: fresh stretches of trials, trials to run again alone, cells that were set aside.
#ifndef HPB_TASKS_H
#define HPB_TASKS_H

#include "worker/pool.h"

/// Replicates first ... first + n - 1 of a cell, for one worker.
typedef struct task {
    uint32_t cell, first, n;
    bool is_again; ///< alone, since its worker ended before it was done
} task;

typedef struct tasks tasks;

tasks *hpb_tasks_create(const hpb_pool_config *config, const hpb_pool_callbacks *callbacks);
void hpb_tasks_destroy(tasks *all);

/// The next task; *out_has false: there is none now (others may come back). Delivers the trials of cells that
/// were set aside on the way. Code: the callback's.
hpb_exit hpb_tasks_next(tasks *all, task *out, bool *out_has);
/// A batch took that long: the next one of its cell is made to take BATCH_SECONDS.
void hpb_tasks_took(tasks *all, const task *batch, double seconds);
/// Has a trial run again alone.
void hpb_tasks_again(tasks *all, uint32_t cell, uint32_t replicate);
/// Delivers a trial that took its worker with it twice. `kind`: what happened, without which trial; three equal
/// ones set the cell aside.
hpb_exit hpb_tasks_failed(tasks *all, uint32_t cell, uint32_t replicate, hpb_status status,
                          const char *kind, const char *printed);

#endif // HPB_TASKS_H
