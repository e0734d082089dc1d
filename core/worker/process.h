// SPDX-License-Identifier: Apache-2.0
// One worker process as its parent sees it: three pipes, an end that is noticed, and descendants that go with it.
#ifndef HPB_PROCESS_H
#define HPB_PROCESS_H

#include "base/base.h"

#include <sys/types.h>

typedef struct process {
    pid_t pid;                   ///< also its process group; 0: there is none
    int pidfd;                   ///< readable once it has ended
    int request, result, output; ///< output: its stdout and stderr
    char line[256];              ///< the last line that it printed, cut
    size_t line_length;
    bool line_ended;
    bool
        is_out_of_time; ///< after hpb_process_end: the limit of processor time (ulimit -t) ended it
} process;

/// Starts `hpbench --worker`. Code: HPB_EXIT_STORE, with the system's reason.
hpb_exit hpb_process_start(process *out, hpb_error *error);
/// Reads what it printed, and keeps the last line. Does not block.
void hpb_process_read_output(process *worker);
/// Waits for its end, at most that long.
bool hpb_process_wait(const process *worker, int milliseconds);
/// Kills it and its group, if it has not ended, and closes the pipes. Returns the wait status.
int hpb_process_end(process *worker);

/// What is left of the workers' own children comes to us, to be ended; `out_before`: children that we had before.
void hpb_process_adopt(pid_t **out_before, size_t *out_n);
/// Ends every child that is neither one of `keep` nor one of `workers`.
void hpb_process_end_strays(const pid_t *keep, size_t n_keep, const process *const *workers,
                            size_t n_workers);
void hpb_process_disown(void); ///< undoes hpb_process_adopt

#endif // HPB_PROCESS_H
