// SPDX-License-Identifier: Apache-2.0
// Layers of Keras are known by whatever name a suite has for them, and nothing else is taken for one.
#include "suite/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"

static void test_names(void **state)
{
    (void)state;
    static const char *const known[][2] = {
        {"dropout", "Dropout"},
        {"DROPOUT(0.2)", "Dropout"},
        {"dropout_rate", "Dropout"},
        {"batch_normalization", "BatchNormalization"},
        {"BatchNorm", "BatchNormalization"},
        {"layer_norm", "LayerNormalization"},
        {"conv", "Conv1D"},
        {"conv_2d(8, 3)", "Conv2D"},
        {"LSTM", "LSTM"},
        {"leaky_relu", "LeakyReLU"},
        {"multi_head_attention", "MultiHeadAttention"},
    };
    static const char *const dense[] = {"dense", "Dense(10)", "layers", "units",
                                        "hidden_layer_sizes"};
    static const char *const unknown[] = {"",     "_",       "(",         "drop",   "dropouts",
                                          "rate", "dropou(", "dropout|x", "hidden", "10"};
    hpb_layer layer;
    for (size_t i = 0; i < HPB_COUNT(known); i++) {
        if (!hpb_layer_find(known[i][0], &layer) || strcmp(layer.name, known[i][1]) != 0)
            fail_msg("%s is not %s", known[i][0], known[i][1]);
        assert_true(!layer.is_dense && *layer.way_out);
    }
    for (size_t i = 0; i < HPB_COUNT(dense); i++)
        assert_true(hpb_layer_find(dense[i], &layer) && layer.is_dense);
    for (size_t i = 0; i < HPB_COUNT(unknown); i++)
        if (hpb_layer_find(unknown[i], &layer))
            fail_msg("%s is taken for %s", unknown[i], layer.name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
