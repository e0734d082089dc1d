// SPDX-License-Identifier: Apache-2.0
// Writes into the connection to hpbench.
// expected: disturbed the connection to hpbench while loading
#include "bad.h"

#include <unistd.h>

__attribute__((constructor)) static void on_load(void)
{
    if (write(3, "hello world", 11) < 0)
        _exit(1);
}

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
