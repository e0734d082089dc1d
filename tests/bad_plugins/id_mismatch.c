// SPDX-License-Identifier: Apache-2.0
// A file that is not named as its plugin.
// expected: its id is 'adam', but the file is named 'id_mismatch.so': name it adam.so
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .id = "adam"};
ENTRY(&plugin)
