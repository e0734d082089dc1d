// SPDX-License-Identifier: Apache-2.0
// What a trial's models are worth: their MSE on new rows from the data's own generator. Shared inside the engine alone.
//
// New rows: HPB_NEW_ROWS of them, features, true function and noise as `[data]` has them, drawn by NumPy's RandomState from
// hpb_seed_new_rows(suite seed): the same for every cell and replicate. Features are scaled as the fit's own were, by the
// mean and SD of the rows that its splitter gave to train on (standardise = train), or of all rows of the user's data (all).
// Scored are, of the first HPB_WORTH_REPLICATES replicates, the models of all candidates on all splits (with outer splits
// those that are reported on), trained again to the same bits, and the one that a user has at the end: of several splits,
// and of one that selects by `cv` as GridSearchCV does, the chosen candidate fitted once more on all rows, its weights and row
// orders going on after the last fit's (best_estimator_); of one split the fitted model as it stands; of outer splits the mean
// over theirs.
// Order of operations: that of the test MSE (engine.h), in the order of the new rows.
#ifndef HPB_WORTH_H
#define HPB_WORTH_H

#include "suite/plan.h"

typedef struct hpb_new_rows {
    hpb_dataset data; ///< empty: not drawn yet
    hpb_table table;  ///< its features as float32, where fits are not scaled
} hpb_new_rows;

void hpb_new_rows_free(hpb_new_rows *rows);

struct chunk;
/// Scores the models of the sound trials of a chunk that is trained; a rule or plugin that fails is the trial's fault.
void hpb_chunk_worth(struct chunk *c);

#endif // HPB_WORTH_H
