// SPDX-License-Identifier: Apache-2.0
// Calls a function that nobody has.
// expected: can't be loaded: undefined symbol: hpbench_no_such_function
#include "bad.h"

const hpb_plugin *hpbench_no_such_function(void);
ENTRY(hpbench_no_such_function())
