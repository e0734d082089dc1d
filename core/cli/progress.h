// SPDX-License-Identifier: Apache-2.0
// How far a run is: one line that is redrawn on a terminal, a plain line every 10 s elsewhere.
#ifndef HPB_CLI_PROGRESS_H
#define HPB_CLI_PROGRESS_H

#include "worker/pool.h"

typedef struct progress {
    FILE *out;
    bool is_terminal, is_silent;
    double began, drawn; ///< monotonic seconds
    double stop_at;      ///< when the run stops, done or not; infinity: never
    hpb_progress now;
    uint64_t fits_left,
        fits_ran; ///< the time left goes by fits: a trial of 5 folds takes 5 times as long
} progress;

/// Begins to count; `planned`, `done`, `failed`, `diverged` are what the store has.
void hpb_progress_begin(progress *p, FILE *out, bool is_silent, const hpb_progress *stored,
                        uint64_t fits_left);
/// Goes on with more: what is planned and stored by now.
void hpb_progress_extend(progress *p, const hpb_progress *stored, uint64_t fits_left);
/// A line of its own between them.
void hpb_progress_say(const progress *p, const char *line);
void hpb_progress_count(progress *p, hpb_status status, uint32_t n_fits);
/// Draws where it is time.
void hpb_progress_draw(progress *p);
/// The last line, and seconds since the beginning.
double hpb_progress_end(progress *p);

/// The same for timing, after hpb_progress_begin: `n` of `all` repetitions are begun.
void hpb_progress_draw_timing(progress *p, uint64_t n, uint64_t all);
/// n_cells of all were timed; 0: none, and nothing is said here. Returns seconds since the beginning.
double hpb_progress_end_timing(progress *p, uint32_t n_cells, uint32_t all);

#endif // HPB_CLI_PROGRESS_H
