// SPDX-License-Identifier: Apache-2.0
// Going on until it is known: [explain] precision, judged at every look (stats/precision.h), and the record of that.
//
// The record is what a run that was stopped goes on from, and all that a report says about the rule: in `about`, as JSON,
//     {"key", "target", "is_relative", "first", "most", "looks": [{"runs", "settings": [
//         {"difference", "doubt", "asked", "half", "cause", "likely", "state"}]}]}
// or null where nothing of the kind is asked. `key` is a hash of rule and cells; numbers that are not finite are null;
// "settings" are those of the explanations, in their order. Looks follow from rule and results alone, and so do the
// replicates: whatever is interrupted, the record of the finished run is the same.
#ifndef HPB_LOOKS_H
#define HPB_LOOKS_H

#include "stats/precision.h"
#include "store/store.h"

/// The looks at one setting of what is crossed beside.
typedef struct hpb_looks {
    hpb_precision rule;
    const hpb_look *looks;     ///< [n]; `which` is not kept
    const char *const *causes; ///< [n]: name of the cause with the widest interval; "": none
    uint32_t n;
} hpb_looks;

/// The record of a plan before any look; or `stored`, text (NULL: none), where it is of the same rule and cells. Its own
/// reference.
json_t *hpb_looks_begin(const hpb_plan *plan, const char *stored);
/// Replicates that the record takes: those of the next look, or of the last where no other follows. A plan's own where it
/// is null.
uint32_t hpb_looks_replicates(const json_t *record, const hpb_plan *plan);
/// Whether another look follows.
bool hpb_looks_go_on(const json_t *record);
/// Looks at what is stored of hpb_looks_replicates(), all of which has been run, and adds that to the record. All settings
/// have to be known, or beyond help.
hpb_exit hpb_looks_add(hpb_store *store, json_t *record, hpb_error *error);

/// Of explanation `index`, in the arena; NULL: nothing is asked, or there is no look yet.
const hpb_looks *hpb_looks_read(const json_t *record, uint32_t index, hpb_arena *arena);
/// "5 %", of the difference, or "0.01"
const char *hpb_target_words(const hpb_precision *rule, hpb_arena *arena);
/// How well it is known, of the difference or not, rounded up: "17.3 %", "0.0121".
const char *hpb_known_words(const hpb_precision *rule, const hpb_look *look, hpb_arena *arena);
/// "about 12,000"; NULL: no number that anyone would run.
const char *hpb_likely_words(const hpb_look *look, hpb_arena *arena);
/// The last look at the setting that is known least, in a line; NULL: no look yet.
const char *hpb_looks_words(const json_t *record, hpb_arena *arena);
/// Rule and looks as `--json` has them; null where nothing is asked. A new reference.
json_t *hpb_looks_to_json(const hpb_looks *looks);

#endif // HPB_LOOKS_H
