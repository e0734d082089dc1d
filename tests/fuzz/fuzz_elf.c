// SPDX-License-Identifier: Apache-2.0
// Any bytes as a plugin file: a shared object that the linker may see, or refused in words.
#include "fuzz/fuzz.h"

#include "loader/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char path[] = "plugin.so";
    hpb_error error = {0};
    const hpb_exit code = hpb_elf_check(path, (const char *)data, size, &error);
    HOLDS(code == HPB_EXIT_OK || code == HPB_EXIT_PLUGIN);
    HOLDS((code == HPB_EXIT_OK) == !error.text[0]);
    HOLDS(code == HPB_EXIT_OK || strncmp(error.text, path, sizeof path - 1) == 0);
    return 0;
}
