// SPDX-License-Identifier: Apache-2.0
// One block of Philox4x32-10, inlined into the loops that need many.
#ifndef HPB_RANDOM_PHILOX_H
#define HPB_RANDOM_PHILOX_H

#include "random/random.h"

#include <Random123/philox.h>

static inline void philox_block(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    const philox4x32_ctr_t at = {{counter[0], counter[1], counter[2], counter[3]}};
    const philox4x32_key_t with = {{key[0], key[1]}};
    const philox4x32_ctr_t block = philox4x32_R(10, at, with);
    for (int i = 0; i < 4; i++)
        out[i] = block.v[i];
}

#endif // HPB_RANDOM_PHILOX_H
