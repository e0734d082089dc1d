// SPDX-License-Identifier: Apache-2.0
// Parameters of another size.
// expected: params: stride is 16; expected 72: use HPB_ARRAY()
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .params = {learning_rate, 1, 16}};
ENTRY(&plugin)
