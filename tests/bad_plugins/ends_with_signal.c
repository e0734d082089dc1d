// SPDX-License-Identifier: Apache-2.0
// Crashes while it is being loaded.
// expected: ended the process while loading (signal 11, Segmentation fault)
#include "bad.h"

#include <signal.h>

__attribute__((constructor)) static void on_load(void)
{
    raise(SIGSEGV);
}

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
