// SPDX-License-Identifier: Apache-2.0
// Built with an older header: before 1.0 every minor may differ in anything.
// expected: speaks ABI 0.0, this hpbench speaks 0.3: rebuild it against this hpbench's headers
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .abi_minor = 0};
ENTRY(&plugin)
