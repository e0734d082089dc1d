// SPDX-License-Identifier: Apache-2.0
// Compiled with -ffast-math (CMakeLists.txt).
// expected: compiled with -ffast-math, which changes results: compile it without -ffast-math and -Ofast
#include "bad.h"

static const hpb_plugin plugin = {GOOD};
ENTRY(&plugin)
