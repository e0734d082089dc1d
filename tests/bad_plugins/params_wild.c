// SPDX-License-Identifier: Apache-2.0
// Parameters at an address that is not there.
// expected: ended the process while loading (signal 11, Segmentation fault)
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .params = {(const void *)64, 1, sizeof(hpb_param)}};
ENTRY(&plugin)
