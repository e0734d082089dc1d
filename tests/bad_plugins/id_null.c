// SPDX-License-Identifier: Apache-2.0
// No id.
// expected: id '' is not lower snake case of at most 63 characters
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .id = 0};
ENTRY(&plugin)
