// SPDX-License-Identifier: Apache-2.0
// Stops its process while it is being loaded.
// expected: did not finish loading within 5 s
#include "bad.h"

#include <signal.h>

__attribute__((constructor)) static void on_load(void)
{
    raise(SIGSTOP);
}

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
