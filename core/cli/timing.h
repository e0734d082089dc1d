// SPDX-License-Identifier: Apache-2.0
// The timing that follows the trials of a run.
#ifndef HPB_CLI_TIMING_H
#define HPB_CLI_TIMING_H

#include "store/store.h"
#include "worker/pool.h"

typedef struct timing_request {
    hpb_pool_config pool; ///< as for the trials
    hpb_store *store;
    bool again; ///< measure also what is stored: --retime
    bool is_silent;
    bool (*is_over)(void *context); ///< whether to stop
    void *context;
} timing_request;

/// What came of it; {0}: nothing was to be done.
typedef struct timing_outcome {
    uint32_t n_cells; ///< whose fits were timed now
    double seconds;
    char *
        note; ///< a sentence about what was left out, or why there are no timings; NULL: none. free() it
} timing_outcome;

/// Times what the plan's suite asks for and is not stored, in one worker, and stores it. Timings are no results: a worker
/// that dies or hangs leaves a note. Codes: the store's alone.
hpb_exit hpb_cli_time(const timing_request *request, timing_outcome *out, hpb_error *error);

#endif // HPB_CLI_TIMING_H
