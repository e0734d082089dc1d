// SPDX-License-Identifier: Apache-2.0
// Nothing said about itself.
// expected: summary: empty; expected a text
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .summary = 0};
ENTRY(&plugin)
