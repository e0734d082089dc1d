// SPDX-License-Identifier: Apache-2.0
// Runs what a suite lacks in its store, with progress, and writes the report: what `run`, `explain` and `variance` do.
#ifndef HPB_RUN_H
#define HPB_RUN_H

#include "cli/cli.h"

typedef struct hpb_run_request {
    hpb_options options;
    const char *suite;
    bool no_report, no_timing, retime;
    bool no_answer; ///< print what goes wrong alone: another command has the answer
    /// NULL, or gets the folder of the store once the suite is planned; free() it
    char **out_folder;
} hpb_run_request;

/// Prints what it does, what came of it and what went wrong. A command that needs more of the suite than it says adds it to
/// the options (hpb_options_set). An exit code of base.h, or 128 + the signal that stopped it.
int hpb_run(const hpb_run_request *request);
/// Of a command that answers from a store: runs what a suite lacks, `override` added, and leaves the answer to the command;
/// of a RUN it refuses the options of running. *folder becomes that of the store; free() it. As hpb_run().
int hpb_run_or_read(hpb_run_request *request, const char *command, const char *override,
                    char **folder);

#endif // HPB_RUN_H
