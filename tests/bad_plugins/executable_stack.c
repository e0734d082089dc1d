// SPDX-License-Identifier: Apache-2.0
// Linked with an executable stack (CMakeLists.txt).
// expected: asks for an executable stack: link it with -Wl,-z,noexecstack
#include "bad.h"

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
