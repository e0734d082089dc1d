// SPDX-License-Identifier: Apache-2.0
// A schedule with state: it is a function of the step alone.
// expected: slots: only an optimizer has state slots
#include "bad.h"

static const hpb_slot slots[] = {{.name = "m", .scope = HPB_SLOT_LANE}};

static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SCHEDULE, .slots = HPB_ARRAY(slots)};
ENTRY(&plugin)
