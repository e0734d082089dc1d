// SPDX-License-Identifier: Apache-2.0
// Built for a host to come.
// expected: speaks ABI 3.0, this hpbench speaks 0.3: use a newer hpbench, or rebuild it against this hpbench's headers
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .abi_major = 3, .abi_minor = 0};
ENTRY(&plugin)
