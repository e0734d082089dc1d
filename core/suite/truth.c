// SPDX-License-Identifier: Apache-2.0
// Marks the cells of the two compared protocols whose models are scored on new rows.
#include "suite/truth.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FEATURES 1000u // of the new rows: 800 MB

// `side`: the protocol as it is written, since corners have GridSearchCV's `cv` by another name. A search among folds has no
// one model before it fits again. The new rows are the same for all replicates, and the seed is in no key of fixed numbers.
static void mark(const hpb_plan *plan, hpb_cell *cell, uint32_t side)
{
    const hpb_suite *suite = plan->suite;
    if (cell->has_worth || *hpb_choice_text(cell->choice[HPB_AXIS_DATA], "file"))
        return;
    cell->has_worth = true;
    cell->refits_whole =
        !cell->outer &&
        (cell->n_splits > 1 || suite->protocols[suite->compare[side]].select == HPB_SELECT_CV);
    char *text = hpb_format("seed %" PRIu64 ": %u new rows, replicates below %u%s, of %s",
                            suite->seed, HPB_NEW_ROWS, HPB_WORTH_REPLICATES,
                            cell->refits_whole ? ", refitted" : "", cell->key);
    hpb_sha256(text, strlen(text), cell->key);
    free(text);
}

bool hpb_truth_mark(hpb_plan *plan, hpb_diagnostics *diagnostics)
{
    const hpb_suite *suite = plan->suite;
    if (!suite->has_truth)
        return true;
    for (uint32_t i = 0; i < plan->n_compared; i++) {
        mark(plan, &plan->cells[plan->compared[i].corners[0]], 0);
        mark(plan, &plan->cells[plan->compared[i].corners[suite->explain.n_masks - 1]], 1);
    }
    for (uint32_t c = 0; c < plan->n_cells; c++) {
        const uint32_t n = plan->data[plan->cells[c].data].n_features;
        if (!plan->cells[c].has_worth || n <= MOST_FEATURES)
            continue;
        hpb_diagnose(diagnostics, suite->truth_place, "explain", "truth",
                     "too much data; expected at most %u columns of the new rows; got %u",
                     MOST_FEATURES, n);
        return false;
    }
    return true;
}
