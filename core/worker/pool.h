// SPDX-License-Identifier: Apache-2.0
// Worker processes: fork and exec of this binary, batches of trials over a pipe, results back.
// A worker that dies or falls silent is replaced; its unfinished trials run again one by one, and the
// one that does it again fails with its cause. After three equal failures its cell is set aside.
#ifndef HPB_POOL_H
#define HPB_POOL_H

#include "engine/trial.h"
#include "timing/agenda.h"

/// What is done with each trial.
typedef enum hpb_pool_work {
    HPB_WORK_TRIALS, ///< run it
    HPB_WORK_FOLDS, ///< prepare it: its folds' rows go to hpb_pool_callbacks.fold; nothing is trained
    HPB_WORK_SPLITS, ///< likewise, of the folds of the first candidate and outer split alone
    HPB_WORK_STARTS, ///< likewise of all, with the initial weights
    HPB_WORK_TIMING, ///< time what config.timing says; one trial stands for all of it, with one worker
} hpb_pool_work;

/// What every worker is told first, so that it makes the same plan as the parent.
typedef struct hpb_pool_config {
    const hpb_suite *suite;
    const hpb_plan *plan;
    const hpb_registry *registry;
    const char *const *overrides; ///< --set
    uint32_t n_overrides;
    uint32_t isa;
    uint32_t n_workers;
    uint32_t batch; ///< trials a batch; 0: found as it goes, about 0.2 s
    hpb_pool_work work;
    const hpb_timing_agenda *timing; ///< HPB_WORK_TIMING
} hpb_pool_config;

/// How a run goes, for progress.
typedef struct hpb_progress {
    uint64_t planned, done, failed, diverged; ///< trials, stored ones of earlier runs included
    uint64_t ran;                             ///< trials of this run
    double seconds;                           ///< since this run began
} hpb_progress;

typedef struct hpb_pool_callbacks {
    /// Gives the next stretch of trials to run: replicates first ... first + n - 1 (n <= *n as asked) of a
    /// cell. False: no more.
    bool (*next)(void *context, uint32_t *cell, uint32_t *first, uint32_t *n);
    /// Takes a finished trial. Anything but HPB_EXIT_OK stops the pool with that code.
    hpb_exit (*done)(void *context, const hpb_trial_result *result);
    /// Called about four times a second. True: stop: give out nothing more.
    bool (*tick)(void *context);
    void *context;
    /// Takes a fold, in order, before `done` of its trial; from 0 again where a worker had to be replaced.
    /// May be NULL unless config.work is HPB_WORK_FOLDS, HPB_WORK_SPLITS or HPB_WORK_STARTS.
    hpb_exit (*fold)(void *context, const hpb_fold *fold);
    // HPB_WORK_TIMING; all of them again where a worker had to be replaced
    void (*timing_begin)(void *context, uint32_t target); ///< before each repetition, and earlier
    /// Takes a timing, to be copied.
    void (*timing)(void *context, uint32_t target, const hpb_timing *timing);
    void (*benchmark)(void *context,
                      const char *json); ///< takes them all as Google Benchmark wrote them
} hpb_pool_callbacks;

/// Runs until there is no more to do, a callback stops it, or a worker can't be started. When stopped, waits up to
/// 2 s for batches under way, then kills. Leaves no child behind.
hpb_exit hpb_pool_run(const hpb_pool_config *config, const hpb_pool_callbacks *callbacks,
                      hpb_error *error);

/// The worker process itself: `hpbench --worker`, requests on descriptor 0, results on descriptor 3.
int hpb_worker_main(void);

#endif // HPB_POOL_H
