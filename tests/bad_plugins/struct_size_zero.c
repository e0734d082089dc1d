// SPDX-License-Identifier: Apache-2.0
// A descriptor that does not know its size.
// expected: struct_size is 0; expected 104: use HPB_PREAMBLE
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .struct_size = 0};
ENTRY(&plugin)
