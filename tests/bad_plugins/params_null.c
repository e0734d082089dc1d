// SPDX-License-Identifier: Apache-2.0
// Parameters announced and not there.
// expected: params: 3 announced, but the pointer is NULL
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .params = {0, 3, sizeof(hpb_param)}};
ENTRY(&plugin)
