// SPDX-License-Identifier: Apache-2.0
// Pointers of another size.
// expected: pointer_size is 4; expected 8: use HPB_PREAMBLE
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .pointer_size = 4};
ENTRY(&plugin)
