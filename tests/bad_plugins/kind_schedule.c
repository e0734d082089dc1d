// SPDX-License-Identifier: Apache-2.0
// The kind whose number is reserved.
// expected: a schedule: not usable in this version of hpbench
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SCHEDULE};
ENTRY(&plugin)
