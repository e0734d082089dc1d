// SPDX-License-Identifier: Apache-2.0
// Times what an agenda says, in this process, which loads plugins: a worker's.
#ifndef HPB_MEASURE_H
#define HPB_MEASURE_H

#include "engine/splits.h"
#include "engine/trial.h"
#include "timing/agenda.h"

typedef struct hpb_timing_callbacks {
    void (*begin)(void *context,
                  uint32_t target); ///< before each repetition, and once before the first
    void (*alive)(void *context);   ///< often
    /// A target's repetitions are done; all in the end. `timing` is valid during the call.
    void (*done)(void *context, uint32_t target, const hpb_timing *timing);
    void *context;
} hpb_timing_callbacks;

/// Returns what Google Benchmark wrote, JSON, to be freed; NULL where a plugin broke its contract: `message` says
/// how; the target is the last one that was begun.
char *hpb_timing_agenda_run(hpb_trial_runner *runner, const hpb_timing_agenda *agenda,
                            const hpb_timing_callbacks *callbacks,
                            char message[HPB_SPLITS_MESSAGE]);

#endif // HPB_MEASURE_H
