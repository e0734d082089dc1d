// SPDX-License-Identifier: Apache-2.0
// MT19937 (Matsumoto and Nishimura 1998), inlined into the draws that NumPy and Python make of its words.
#ifndef HPB_RANDOM_MT19937_H
#define HPB_RANDOM_MT19937_H

#include "random/random.h"

#define MT_N 624
#define MT_M 397

static inline void mt19937_seed(hpb_mt19937 *mt, uint32_t seed)
{
    for (uint32_t i = 0; i < MT_N; i++) {
        mt->state[i] = seed;
        seed = 1812433253u * (seed ^ (seed >> 30)) + i + 1;
    }
    mt->at = 0;
}

// One word of the state is renewed a draw, not all 624 at once: the same numbers, and a generator that is
// seeded for a few draws does no more work than those.
static inline uint32_t mt19937_next(hpb_mt19937 *mt)
{
    uint32_t *state = mt->state;
    const uint32_t i = mt->at;
    const uint32_t next = i + 1 < MT_N ? i + 1 : 0;
    const uint32_t far = i + MT_M < MT_N ? i + MT_M : i + MT_M - MT_N;
    const uint32_t mixed = (state[i] & 0x80000000u) | (state[next] & 0x7fffffffu);
    uint32_t y = state[far] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908b0dfu : 0);
    state[i] = y;
    mt->at = next;
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/// [0, 1) in steps of 2^-53, as NumPy and Python make it of two words.
static inline double mt19937_double(hpb_mt19937 *mt)
{
    const uint32_t high = mt19937_next(mt) >> 5;
    const uint32_t low = mt19937_next(mt) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

#endif // HPB_RANDOM_MT19937_H
