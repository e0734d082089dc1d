// SPDX-License-Identifier: Apache-2.0
// Results without a revision.
// expected: results_revision is 0; expected 1 or more
#include "bad.h"

static const hpb_plugin plugin = {GOOD, .results_revision = 0};
ENTRY(&plugin)
