// SPDX-License-Identifier: Apache-2.0
// An optimizer without a rate.
// expected: no parameter learning_rate: an optimizer must declare it
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .params = {0, 0, 0}};
ENTRY(&plugin)
