// SPDX-License-Identifier: Apache-2.0
// A splitter's splits, copied and checked: what a plugin promised is not taken on trust.
#ifndef HPB_SPLITS_H
#define HPB_SPLITS_H

#include "base/base.h"
#include "random/random.h"

typedef struct hpb_split {
    uint32_t *train,
        *test; ///< [n_train], [n_test]: row numbers in the plugin's order; train may repeat some
    uint32_t n_train, n_test;
} hpb_split;

typedef struct hpb_splits {
    hpb_split *splits; ///< [n]
    uint32_t n;
} hpb_splits;

#define HPB_SPLITS_MESSAGE 512

/// Splits the rows with NumPy's numbers from `seed` into exactly `expected` splits. False: the plugin broke its
/// contract (a row out of range, tested twice or in both lists; an empty list; another number of splits; fail()),
/// which `message` says; then `out` is empty.
bool hpb_splits_make(const hpb_splitter_ops *ops, const char *id, const hpb_value *values,
                     const hpb_rows *rows, uint32_t seed, uint32_t expected, hpb_splits *out,
                     char message[HPB_SPLITS_MESSAGE]);
void hpb_splits_free(hpb_splits *splits);

#endif // HPB_SPLITS_H
