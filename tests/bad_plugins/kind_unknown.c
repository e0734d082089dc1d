// SPDX-License-Identifier: Apache-2.0
// A kind that nobody has defined.
// expected: unknown kind 77; expected 1 to 5
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .kind = 77};
ENTRY(&plugin)
