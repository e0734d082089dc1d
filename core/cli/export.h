// SPDX-License-Identifier: Apache-2.0
// What the files of `hpbench export` share; nobody else includes this.
#ifndef HPB_CLI_EXPORT_H
#define HPB_CLI_EXPORT_H

#include "store/store.h"

#include <stdio.h>

/// What is exported so far: trials that are planned, and that are written, by status.
typedef struct hpb_export_count {
    uint64_t planned, by_status[HPB_STATUS_COUNT];
} hpb_export_count;

// --- command_export.c ---------------------------------------------------------------------------------

/// Adds text as a CSV field (hpb_csv_add); bytes that are not UTF-8 become \xNN.
void hpb_export_add_csv(hpb_text *to, const char *text);

// --- export_search.c ----------------------------------------------------------------------------------

/// Writes the searches of a run as CSV: one row a candidate, replicate and outer split, with the columns of
/// GridSearchCV's cv_results_. Counts the trials of the cells that search; one that failed has no rows.
/// Code: HPB_EXIT_STORE where no cell searches, and of the store.
hpb_exit hpb_export_search(hpb_store *store, const hpb_stored_run *run, FILE *out,
                           hpb_export_count *count, hpb_error *error);

#endif // HPB_CLI_EXPORT_H
