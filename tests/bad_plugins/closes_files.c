// SPDX-License-Identifier: Apache-2.0
// Closes every file of its process, the connection to hpbench too.
// expected: ended the process while loading (exit 0)
#include "bad.h"

#include <unistd.h>

__attribute__((constructor)) static void on_load(void)
{
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
}

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
