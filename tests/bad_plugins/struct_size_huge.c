// SPDX-License-Identifier: Apache-2.0
// A descriptor of four gigabytes.
// expected: struct_size is 4294967295; expected 104: use HPB_PREAMBLE
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .struct_size = 0xffffffff};
ENTRY(&plugin)
