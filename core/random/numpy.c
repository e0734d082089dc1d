// SPDX-License-Identifier: Apache-2.0
// NumPy's legacy RandomState: MT19937 and the draws that scikit-learn and the article's code use.
//
// Sources: numpy/random/src/mt19937, src/legacy and src/distributions,
// whose order of draws is frozen (NEP 19).
#include "random/mt19937.h"

#include <math.h>

void hpb_numpy_seed(hpb_numpy *numpy, uint32_t seed)
{
    mt19937_seed(&numpy->mt, seed);
    numpy->has_gauss = 0;
    numpy->gauss = 0;
}

uint32_t hpb_numpy_next32(hpb_numpy *numpy)
{
    return mt19937_next(&numpy->mt);
}

static uint64_t next64(hpb_numpy *numpy)
{
    const uint64_t high = hpb_numpy_next32(numpy);
    return high << 32 | hpb_numpy_next32(numpy);
}

double hpb_numpy_random_sample(hpb_numpy *numpy)
{
    return mt19937_double(&numpy->mt);
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
