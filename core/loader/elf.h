// SPDX-License-Identifier: Apache-2.0
// What a file is, read from its bytes before the dynamic linker is trusted with it.
#ifndef HPB_ELF_H
#define HPB_ELF_H

#include "base/base.h"

/// Whether `bytes` are a complete shared object that this process could load: dlopen answers a wrong file
/// with a misleading message or with SIGBUS. Code: HPB_EXIT_PLUGIN; the text starts with `path`.
hpb_exit hpb_elf_check(const char *path, const char *bytes, size_t n, hpb_error *error);

#endif // HPB_ELF_H
