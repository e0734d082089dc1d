// SPDX-License-Identifier: Apache-2.0
// A text that is not UTF-8.
// expected: summary: not a text of at most 1000 bytes of UTF-8 in one line
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .summary = "S\xf6ren's optimizer."};
ENTRY(&plugin)
