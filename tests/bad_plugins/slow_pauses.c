// SPDX-License-Identifier: Apache-2.0
// Waits for ever while it is being loaded.
// expected: did not finish loading within 5 s
#include "bad.h"

#include <unistd.h>

__attribute__((constructor)) static void on_load(void)
{
    for (;;)
        pause();
}

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
