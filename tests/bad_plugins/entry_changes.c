// SPDX-License-Identifier: Apache-2.0
// The entry returns another descriptor each time.
// expected: hpbench_plugin() returned another pointer when called again; expected the same static descriptor
#include "bad.h"

static const hpb_plugin plugins[2] = {{GOOD}, {GOOD}};
static int calls;
ENTRY(&plugins[calls++ & 1])
