// SPDX-License-Identifier: Apache-2.0
// The report of a run: an answer in words, figures by gnuplot, one self-contained HTML page. It reads the
// store alone, so it works on a finished run and on a half-finished one.
#ifndef HPB_REPORT_H
#define HPB_REPORT_H

#include "store/store.h"

typedef struct hpb_report_result {
    hpb_text answer; ///< the answer in plain sentences, one line each
    hpb_text page;   ///< path of report.html
    bool complete;   ///< all planned trials are stored
    bool explains;   ///< the difference of two protocols
    uint64_t planned, stored, failed, diverged;
    char note[256]; ///< "gnuplot not found: page written, no figures", or empty
} hpb_report_result;

/// Writes FOLDER/report.html, FOLDER/figures/*.png, *.svg, *.csv and FOLDER/report.json (the answer, cells and effects
/// for scripts) from FOLDER/run.sqlite. Where they are there already and neither the store nor this program
/// has changed since, it writes nothing and only fills `out`.
/// Code: HPB_EXIT_STORE where nothing could be written; a missing gnuplot is a note, not an error.
hpb_exit hpb_report_write(const char *folder, hpb_report_result *out, hpb_error *error);
void hpb_report_result_free(hpb_report_result *result);

#endif // HPB_REPORT_H
