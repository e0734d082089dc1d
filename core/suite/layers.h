// SPDX-License-Identifier: Apache-2.0
// Layers of Keras 3.15, by whatever name a suite may have for them.
#ifndef HPB_SUITE_LAYERS_H
#define HPB_SUITE_LAYERS_H

#include <stdbool.h>

typedef struct hpb_layer {
    char name[32];       ///< as keras.layers spells it
    const char *way_out; ///< what to write instead
    bool is_dense;       ///< hpbench has it
} hpb_layer;

#define HPB_LAYER_FAULT "Keras has %s; hpbench's networks are of Dense layers alone"

/// The layer that `text` names: "batch_normalization", "BatchNorm" and "dropout(0.2)" are found. False: none.
bool hpb_layer_find(const char *text, hpb_layer *out);

#endif // HPB_SUITE_LAYERS_H
