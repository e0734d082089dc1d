// SPDX-License-Identifier: Apache-2.0
// Python's random: MT19937 seeded by the words of an int, and the draws that Keras and users' scripts make.
//
// Sources: CPython's Modules/_randommodule.c and Lib/random.py (_randbelow_with_getrandbits).
#include "random/mt19937.h"

void hpb_python_seed(hpb_python *python, const uint32_t *words, uint32_t n)
{
    uint32_t *state = python->mt.state;
    mt19937_seed(&python->mt, 19650218);
    uint32_t i = 1, j = 0;
    for (uint32_t k = n > MT_N ? n : MT_N; k > 0; k--) {
        state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525u)) + words[j] + j;
        j = j + 1 < n ? j + 1 : 0;
        if (++i == MT_N) {
            state[0] = state[MT_N - 1];
            i = 1;
        }
    }
    for (uint32_t k = 1; k < MT_N; k++) {
        state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941u)) - i;
        if (++i == MT_N) {
            state[0] = state[MT_N - 1];
            i = 1;
        }
    }
    state[0] = 0x80000000u;
}

double hpb_python_random(hpb_python *python)
{
    return mt19937_double(&python->mt);
}

uint64_t hpb_python_getrandbits(hpb_python *python, uint32_t k)
{
    const uint64_t low = mt19937_next(&python->mt); // words come lowest first, the last one cut
    if (k <= 32)
        return low >> (32 - k);
    return (uint64_t)(mt19937_next(&python->mt) >> (64 - k)) << 32 | low;
}

/// An integer in [0, n), n > 0: as many bits as n has, drawn again while too large.
static uint64_t below(hpb_python *python, uint64_t n)
{
    const uint32_t k = 64 - (uint32_t)__builtin_clzll(n);
    uint64_t value;
    do
        value = hpb_python_getrandbits(python, k);
    while (value >= n);
    return value;
}

int64_t hpb_python_randint(hpb_python *python, int64_t low, int64_t high)
{
    return (int64_t)((uint64_t)low + below(python, (uint64_t)high - (uint64_t)low + 1));
}

void hpb_python_shuffle(hpb_python *python, uint32_t n, uint32_t *items)
{
    for (uint32_t i = n; i-- > 1;) {
        const uint64_t j = below(python, (uint64_t)i + 1);
        const uint32_t moved = items[i];
        items[i] = items[j];
        items[j] = moved;
    }
}
