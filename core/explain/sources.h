// SPDX-License-Identifier: Apache-2.0
// Which seeds a side's luck comes from: of its runs in general, and of the one run with the user's own seeds, exactly.
//
// `explain` runs each side once more as a crossed grid: every seed of one source beside every seed of the others. Sources
// are what a run draws and [explain] shared does not name. Where the side fixes its seeds they are level 0 of each.
#ifndef HPB_SOURCES_H
#define HPB_SOURCES_H

#include "explain/explanation.h"
#include "explain/variance.h"
#include "stats/luck.h"

typedef struct hpb_sources {
    hpb_variance grid; ///< its factors are the sources; shares and components where it is_good
    /// The side fixes all its seeds, and the run with them is kept: grid.values[0]. Of it `own` is the luck: own.term and
    /// own.source, of grid's factors, each sum to values[0] - own.mean, the mean of the whole grid.
    bool is_own;
    hpb_luck own;
} hpb_sources;

/// Fills side[].sources of comparison `index`, in the explanation's arena. Code: the store's.
hpb_exit hpb_sources_read(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                          hpb_explanation *out, hpb_error *error);
/// Fills `own` and is_own of a side that fixes all its seeds. Its grid is there.
void hpb_sources_split(hpb_sources *sources);
/// Whether there is luck to be shared out: the grid is there, and its runs differ.
bool hpb_sources_vary(const hpb_sources *sources);
/// What of one run's variance several sources make together, as a share.
double hpb_sources_together(const hpb_sources *sources);
/// `luck_by_source` of docs/explain.md; null of NULL. A new reference.
json_t *hpb_sources_to_json(const hpb_sources *sources);

#endif // HPB_SOURCES_H
