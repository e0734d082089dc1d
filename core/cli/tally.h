// SPDX-License-Identifier: Apache-2.0
// What a store holds, counted: by cell, by status, and failures by cause. For run and status.
#ifndef HPB_CLI_TALLY_H
#define HPB_CLI_TALLY_H

#include "store/store.h"

/// Failed trials of one cell that failed in the same way.
typedef struct tally_failure {
    uint32_t cell;
    hpb_status status;
    const char *cause;  ///< without which trial
    uint32_t replicate; ///< the first of them
    uint64_t n;
} tally_failure;

typedef struct tally {
    hpb_stored_run run;
    uint64_t (*by_cell)[HPB_STATUS_COUNT]; ///< [run.n_cells][status]
    uint64_t status[HPB_STATUS_COUNT];
    uint64_t planned, stored, failed;
    tally_failure *failures;
    size_t n_failures, failures_capacity;
} tally;

/// Opens the store of a folder for reading, counts and closes.
hpb_exit hpb_tally_read(const char *folder, tally *out, hpb_error *error);
void hpb_tally_free(tally *t);
/// One line for each cause, at most 10: "  adam & cv5: 2 crashed: signal 11 (...), first replicate 7".
void hpb_tally_print_failures(const tally *t, FILE *out);
/// The same as a JSON array of objects.
json_t *hpb_tally_failures_to_json(const tally *t);
/// Complete, complete with failures, or incomplete.
hpb_exit hpb_tally_exit(const tally *t);

#endif // HPB_CLI_TALLY_H
