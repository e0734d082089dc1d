// SPDX-License-Identifier: Apache-2.0
// Which fits and plugins of a suite are timed, how often and how long, within the suite's budget.
#ifndef HPB_AGENDA_H
#define HPB_AGENDA_H

#include "suite/plan.h"
#include "timing/timing.h"

/// Never fewer, whatever the budget: a distribution of less says nothing.
#define HPB_TIMING_LEAST_REPETITIONS 5

/// One thing to time, as a cell has it.
typedef struct hpb_timing_target {
    hpb_timing_measure measure;
    uint32_t cell;
    const char *name;   ///< as hpb_timing
    const char *plugin; ///< as hpb_timing
} hpb_timing_target;

typedef struct hpb_timing_agenda {
    hpb_arena *arena;
    hpb_timing_target *targets; ///< [n_targets]: fits cell by cell, then plugins
    uint32_t n_targets;
    uint32_t n_repetitions; ///< of each; fewer than asked for where the budget is short
    double min_time;        ///< seconds a repetition; likewise
    double seconds;         ///< that all takes, about; at least, where no fit times are given
    uint32_t n_cells;       ///< whose fits are timed, with those that take as long as one of them
    uint32_t n_failed;      ///< left out: their trials failed
    uint32_t n_left_out;    ///< left out: no room in the budget
    const char *words; ///< a sentence about what is shortened and left out; "": all as asked for
    char key[HPB_SHA256_TEXT]; ///< hash of what is to be timed and how
} hpb_timing_agenda;

/// Makes the agenda of a plan whose suite has [timing]. A cell with a twin takes as long as its twin and is not timed
/// by itself. `fit_seconds`[n_cells]: a fit in bulk, as trials were run; 0: not known; NaN: the cell has failed. NULL:
/// none is known. Where the budget is short, repetitions become shorter, then fewer (HPB_TIMING_LEAST_REPETITIONS), then
/// cells are left out: the reference is timed first, then what differs from it in one level, then the others, evenly.
void hpb_timing_agenda_make(const hpb_plan *plan, uint32_t isa, const double *fit_seconds,
                            hpb_timing_agenda *out);
void hpb_timing_agenda_free(hpb_timing_agenda *agenda);

/// The axis of the plugin whose work is timed; HPB_AXIS_COUNT: fits.
hpb_axis hpb_timing_axis(hpb_timing_measure measure);

#endif // HPB_AGENDA_H
