// SPDX-License-Identifier: Apache-2.0
// Leaves while it is being loaded, and calls that success.
// expected: ended the process while loading (exit 0)
#include "bad.h"

#include <stdlib.h>

__attribute__((constructor)) static void on_load(void)
{
    exit(0);
}

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
