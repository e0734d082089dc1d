// SPDX-License-Identifier: Apache-2.0
// One trial as a Python script: Keras 3 on TensorFlow, scikit-learn and NumPy.
#ifndef HPB_KERAS_SCRIPT_H
#define HPB_KERAS_SCRIPT_H

#include "engine/trial.h"

typedef struct hpb_keras_trial {
    const hpb_plan *plan;
    const hpb_cell *cell;
    uint32_t replicate;
    hpb_trial_seeds seeds;
    const char *start; ///< folder of the arrays that fits start from, absolute; NULL: none
    const hpb_trial_result *result; ///< what hpbench gets; NULL: left out
} hpb_keras_trial;

/// Whether weights and row order are Keras' own, so that a script needs no arrays to get the same MSE.
bool hpb_keras_is_same(const hpb_trial_seeds *seeds);

/// Adds the script to `out`. With `start` the folder has, for each fold K, foldK_weights.npy (float32: kernel and bias
/// of each layer in turn), foldK_order.npy (uint32, [epochs or 1][training rows]: positions among them) where
/// [fit] shuffle is yes, and foldK_train.npy and foldK_test.npy where hpb_keras_needs_rows().
/// Code: HPB_EXIT_SUITE, where something has no equivalent.
hpb_exit hpb_keras_script(const hpb_keras_trial *trial, hpb_text *out, hpb_error *error);

/// Whether scikit-learn lacks the splitter, so that its rows have to come from the folder.
bool hpb_keras_needs_rows(const hpb_cell *cell);

#endif // HPB_KERAS_SCRIPT_H
