// SPDX-License-Identifier: Apache-2.0
// NumPy's legacy RandomState: MT19937 and the draws that scikit-learn and the article's code use.
//
// Sources: Matsumoto and Nishimura 1998; numpy/random/src/mt19937, src/legacy and src/distributions,
// whose order of draws is frozen (NEP 19).
#include "random/random.h"

#include <math.h>

#define MT_N 624
#define MT_M 397

void hpb_numpy_seed(hpb_numpy *numpy, uint32_t seed)
{
    for (uint32_t i = 0; i < MT_N; i++) {
        numpy->state[i] = seed;
        seed = 1812433253u * (seed ^ (seed >> 30)) + i + 1;
    }
    numpy->at = 0;
    numpy->has_gauss = 0;
    numpy->gauss = 0;
}

// One word of the state is renewed a draw, not all 624 at once: the same numbers, and a generator that is
// seeded for a few draws does no more work than those.
uint32_t hpb_numpy_next32(hpb_numpy *numpy)
{
    uint32_t *state = numpy->state;
    const uint32_t i = numpy->at;
    const uint32_t next = i + 1 < MT_N ? i + 1 : 0;
    const uint32_t far = i + MT_M < MT_N ? i + MT_M : i + MT_M - MT_N;
    const uint32_t mixed = (state[i] & 0x80000000u) | (state[next] & 0x7fffffffu);
    uint32_t y = state[far] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908b0dfu : 0);
    state[i] = y;
    numpy->at = next;
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static uint64_t next64(hpb_numpy *numpy)
{
    const uint64_t high = hpb_numpy_next32(numpy);
    return high << 32 | hpb_numpy_next32(numpy);
}

double hpb_numpy_random_sample(hpb_numpy *numpy)
{
    const uint32_t high = hpb_numpy_next32(numpy) >> 5;
    const uint32_t low = hpb_numpy_next32(numpy) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

double hpb_numpy_standard_normal(hpb_numpy *numpy)
{
    if (numpy->has_gauss) {
        numpy->has_gauss = 0;
        return numpy->gauss;
    }
    double x, y, square;
    do {
        x = 2.0 * hpb_numpy_random_sample(numpy) - 1.0;
        y = 2.0 * hpb_numpy_random_sample(numpy) - 1.0;
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    // libm's log, as NumPy has it: glibc's has the same bits with and without FMA, and no other has NumPy's
    const double factor = sqrt(-2.0 * log(square) / square);
    numpy->has_gauss = 1;
    numpy->gauss = factor * x;
    return factor * y;
}

/// The smallest 2^k - 1 that is at least `max`.
static uint64_t mask_of(uint64_t max)
{
    for (uint32_t shift = 1; shift < 64; shift *= 2)
        max |= max >> shift;
    return max;
}

uint32_t hpb_numpy_interval(hpb_numpy *numpy, uint32_t max)
{
    if (max == 0)
        return 0; // no word is drawn
    const uint32_t mask = (uint32_t)mask_of(max);
    uint32_t value;
    do
        value = hpb_numpy_next32(numpy) & mask;
    while (value > max);
    return value;
}

int64_t hpb_numpy_randint(hpb_numpy *numpy, int64_t low, int64_t high)
{
    const uint64_t max = (uint64_t)high - (uint64_t)low - 1;
    uint64_t value;
    if (max <= UINT32_MAX) {
        value = hpb_numpy_interval(numpy, (uint32_t)max);
    } else {
        const uint64_t mask = mask_of(max);
        do
            value = next64(numpy) & mask;
        while (value > max);
    }
    return (int64_t)((uint64_t)low + value);
}

void hpb_numpy_permutation(hpb_numpy *numpy, uint32_t n, uint32_t *out)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    for (uint32_t i = n; i-- > 1;) {
        const uint32_t j = hpb_numpy_interval(numpy, i);
        const uint32_t moved = out[i];
        out[i] = out[j];
        out[j] = moved;
    }
}
