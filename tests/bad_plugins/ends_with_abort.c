// SPDX-License-Identifier: Apache-2.0
// Gives up while it is being loaded.
// expected: ended the process while loading (signal 6, Aborted)
#include "bad.h"

#include <stdlib.h>

__attribute__((constructor)) static void on_load(void)
{
    abort();
}

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
