// SPDX-License-Identifier: Apache-2.0
// How a search chooses among its candidates: as scikit-learn's GridSearchCV, whose cv_results_ these numbers are.
#ifndef HPB_SEARCH_H
#define HPB_SEARCH_H

#include "suite/plan.h"

/// What one fit came to.
typedef struct hpb_fit_scores {
    double mse, r2;        ///< on the split's test rows
    double loss, val_loss; ///< of the last epoch
} hpb_fit_scores;

/// The score that a protocol chooses by: more is better. NaN where it is not finite, as with error_score=nan.
double hpb_search_score(hpb_select select, hpb_scoring scoring, const hpb_fit_scores *of);

/// One candidate's row of cv_results_.
typedef struct hpb_search_row {
    double mean, std; ///< mean_test_score, std_test_score: over the splits, unweighted; divisor F
    uint32_t rank;    ///< rank_test_score: from 1; equal means share the smaller number
} hpb_search_row;

/// Sums up scores [n_candidates][n_splits] into rows [n_candidates], number for number as scikit-learn
/// 1.9 does (sklearn/model_selection/_search.py, _format_results): sums in NumPy's order of operations; a mean that is
/// not a number counts as the smallest less 1; where none is a number, all have rank 1.
void hpb_search_rank(const double *scores, uint32_t n_candidates, uint32_t n_splits,
                     hpb_search_row *rows);
/// best_index_: the first candidate of rank 1.
uint32_t hpb_search_best(const hpb_search_row *rows, uint32_t n_candidates);

#endif // HPB_SEARCH_H
