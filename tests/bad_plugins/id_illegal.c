// SPDX-License-Identifier: Apache-2.0
// An id that no suite could name.
// expected: id 'Adam W' is not lower snake case of at most 63 characters
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .id = "Adam W"};
ENTRY(&plugin)
