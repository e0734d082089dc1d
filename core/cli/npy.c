// SPDX-License-Identifier: Apache-2.0
// NumPy's format 1.0: magic, version, length of the header, a Python dictionary, then the numbers as they are.
#include "cli/npy.h"

#include <string.h>

#define PREFIX 10 // bytes before the dictionary
#define ALIGN 64  // of the first number

hpb_exit hpb_npy_write(const char *path, const char *descr, const void *data, size_t rows,
                       size_t columns, hpb_error *error)
{
    const size_t n = rows * (columns ? columns : 1), size = (size_t)(descr[2] - '0');
    hpb_text text = {0};
    hpb_text_add_bytes(&text, "\x93NUMPY\x01\x00\x00\x00", PREFIX);
    hpb_text_add(&text, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu,", descr, rows);
    if (columns)
        hpb_text_add(&text, " %zu", columns);
    hpb_text_add(&text, "), }");
    const size_t padding = ALIGN - 1 - text.length % ALIGN;
    hpb_text_add(&text, "%*s\n", (int)padding, "");
    text.data[PREFIX - 2] = (char)(text.length - PREFIX); // little endian; less than 256
    if (n)
        hpb_text_add_bytes(&text, data, n * size);
    const hpb_exit code = hpb_file_write(path, text.data, text.length, error);
    hpb_text_free(&text);
    return code;
}
