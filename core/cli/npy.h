// SPDX-License-Identifier: Apache-2.0
// Arrays as NumPy reads them: numpy.load("FILE.npy").
#ifndef HPB_NPY_H
#define HPB_NPY_H

#include "base/base.h"

#define HPB_NPY_INT64 "<i8"
#define HPB_NPY_UINT32 "<u4"
#define HPB_NPY_FLOAT32 "<f4"

/// Writes an array in C order, whole or not at all, in NumPy's format 1.0 (NEP 1). `descr` is the type as above;
/// `columns` 0: one dimension. Code: HPB_EXIT_STORE.
hpb_exit hpb_npy_write(const char *path, const char *descr, const void *data, size_t rows,
                       size_t columns, hpb_error *error);

#endif // HPB_NPY_H
