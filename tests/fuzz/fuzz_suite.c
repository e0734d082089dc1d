// SPDX-License-Identifier: Apache-2.0
// Any bytes as a suite file: parsed and planned, or refused in words.
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse_and_plan((const char *)data, size, NULL, 0);
    return 0;
}
