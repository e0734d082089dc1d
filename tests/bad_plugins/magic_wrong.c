// SPDX-License-Identifier: Apache-2.0
// Not a descriptor at all.
// expected: not an hpbench plugin: hpbench_plugin() returned a descriptor that starts with 0x12345678; expected HPB_PREAMBLE (0x4e425048)
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .magic = 0x12345678};
ENTRY(&plugin)
