// SPDX-License-Identifier: Apache-2.0
// How long things take: what is timed, as distributions over repetitions.
#ifndef HPB_TIMING_H
#define HPB_TIMING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What is timed, and the item that its seconds are of.
typedef enum hpb_timing_measure {
    HPB_TIMING_FIT_ALONE, ///< one fit at a time, one lane of the engine in use: a fit
    HPB_TIMING_FIT_BULK,  ///< fits side by side in all lanes: a fit
    HPB_TIMING_UPDATE,    ///< an optimizer: a parameter and step
    HPB_TIMING_FILL,      ///< an initializer: a weight
    HPB_TIMING_SPLIT,     ///< a splitter, all its splits: a row
    HPB_TIMING_OBSERVE,   ///< an early stopping rule: an epoch
    HPB_TIMING_RATE,      ///< a schedule: a step
    HPB_TIMING_COUNT
} hpb_timing_measure;

const char *
hpb_timing_measure_name(hpb_timing_measure measure); ///< "fit_alone", "fit_bulk", "update", ...
const char *
hpb_timing_item_name(hpb_timing_measure measure); ///< "fit", "parameter and step", "row", ...

/// One thing that was timed.
typedef struct hpb_timing {
    hpb_timing_measure measure;
    const char *name;      ///< of the cell, or of the plugin's section as it is printed
    const char *plugin;    ///< id; "" for a cell
    int32_t cell;          ///< index of the cell, or -1
    uint64_t n_items;      ///< of one iteration
    uint64_t n_iterations; ///< of one repetition
    uint32_t n_repetitions;
    const double *cpu, *real; ///< [n_repetitions]: seconds an item, processor's and wall clock's
} hpb_timing;

#ifdef __cplusplus
}
#endif

#endif // HPB_TIMING_H
