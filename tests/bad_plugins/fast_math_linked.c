// SPDX-License-Identifier: Apache-2.0
// Linked with -ffast-math (CMakeLists.txt): its start-up code bends the processor.
// expected: linked with -ffast-math: loading it switches the processor to flush-to-zero; link it without -ffast-math and -Ofast
#include "bad.h"

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
