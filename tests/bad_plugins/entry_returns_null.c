// SPDX-License-Identifier: Apache-2.0
// The entry returns nothing.
// expected: not an hpbench plugin: hpbench_plugin() returned NULL
#include "bad.h"

static const hpb_plugin plugin = {GOOD};
ENTRY(plugin.magic ? 0 : &plugin)
