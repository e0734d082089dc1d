// SPDX-License-Identifier: Apache-2.0
// More parameters than anybody would set.
// expected: params: 1000000 announced; expected at most 256
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .params = {learning_rate, 1000000, sizeof(hpb_param)}};
ENTRY(&plugin)
