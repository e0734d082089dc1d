// SPDX-License-Identifier: Apache-2.0
// No functions at all.
// expected: ops is NULL; expected the functions of its kind, optimizer
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .ops = 0};
ENTRY(&plugin)
