// SPDX-License-Identifier: Apache-2.0
// Names of layers are compared without case, underscores and what follows a parenthesis.
#include "suite/layers.h"

#include "base/base.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define IN_BOTH "leave it out, in Keras as well where the two are compared"

// What is behind a bar is how people call it too.
static const char *const regularisers[] = {
    "Dropout|dropoutrate", "AlphaDropout",     "GaussianDropout",  "GaussianNoise",
    "SpatialDropout1D",    "SpatialDropout2D", "SpatialDropout3D", "ActivityRegularization",
};
static const char *const normalisers[] = {
    "BatchNormalization|batchnorm", "LayerNormalization|layernorm",
    "GroupNormalization|groupnorm", "UnitNormalization",
    "RMSNormalization|rmsnorm",     "SpectralNormalization",
    "Normalization|normalize",      "Rescaling",
};
static const char *const activations[] = {
    "Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax",
};
static const char *const others[] = {
    "Conv1D|conv",
    "Conv2D",
    "Conv3D",
    "SeparableConv1D",
    "SeparableConv2D",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Conv1DTranspose",
    "Conv2DTranspose",
    "MaxPooling1D",
    "MaxPooling2D",
    "AveragePooling1D",
    "AveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "LSTM",
    "GRU",
    "SimpleRNN|rnn",
    "Bidirectional",
    "TimeDistributed",
    "ConvLSTM1D",
    "Embedding",
    "Flatten",
    "Reshape",
    "Permute",
    "RepeatVector",
    "Attention",
    "AdditiveAttention",
    "MultiHeadAttention",
    "GroupQueryAttention",
    "Add",
    "Multiply",
    "Concatenate",
    "Average",
    "Maximum",
    "Minimum",
    "Dot",
    "Lambda",
    "Masking",
    "Identity",
};

static const char *const sizes[] = {
    "Dense|layers|layer|units|neurons|hiddenlayers|hiddenunits|hiddenlayersizes",
};

static const struct {
    const char *const *names;
    size_t n;
    const char *way_out;
} groups[] = {
    {sizes, HPB_COUNT(sizes), "hidden = 64 32 has two hidden layers, of 64 and of 32 units"},
    {regularisers, HPB_COUNT(regularisers),
     IN_BOTH
     "; [early_stopping.patience] and an optimizer's weight_decay hold overfitting down too"},
    {normalisers, HPB_COUNT(normalisers),
     IN_BOTH "; [data] standardise = train scales the features"},
    {activations, HPB_COUNT(activations), "activation = NAME sets that of the hidden layers"},
    {others, HPB_COUNT(others), IN_BOTH},
};

// Whether `text` is the name, which ends at a bar or by itself.
static bool is_name(const char *text, const char *name)
{
    for (;; text++) {
        if (*text == '_')
            continue;
        const bool has_ended = *name == '\0' || *name == '|';
        if (has_ended || *text == '\0' || *text == '(')
            return has_ended && (*text == '\0' || *text == '(');
        if (tolower((unsigned char)*text) != tolower((unsigned char)*name++))
            return false;
    }
}

// Whether it is one of "Dropout|dropoutrate".
static bool is_any(const char *text, const char *names)
{
    while (names && !is_name(text, names)) {
        names = strchr(names, '|');
        names = names ? names + 1 : NULL;
    }
    return names != NULL;
}

bool hpb_layer_find(const char *text, hpb_layer *out)
{
    for (size_t g = 0; g < HPB_COUNT(groups); g++)
        for (size_t i = 0; i < groups[g].n; i++) {
            const char *name = groups[g].names[i];
            if (!is_any(text, name))
                continue;
            *out = (hpb_layer){.way_out = groups[g].way_out, .is_dense = groups[g].names == sizes};
            snprintf(out->name, sizeof out->name, "%.*s", (int)strcspn(name, "|"), name);
            return true;
        }
    return false;
}
