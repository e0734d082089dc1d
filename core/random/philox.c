// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 as a stream of words, and the numbers that TensorFlow makes of them.
//
// Sources: Salmon et al. 2011 (Random123); tensorflow/core/lib/random/random_distributions.h and
// tensorflow/core/kernels/random_op_cpu.h.
#include "random/philox.h"

#include <math.h>
#include <string.h>

// A truncated normal draws again and again; TensorFlow sets 256 blocks aside for each 4 of them.
#define TRUNCATED_GROUP 4
#define TRUNCATED_BLOCKS 256

hpb_philox hpb_philox_make(uint32_t key0, uint32_t key1, uint32_t stream0, uint32_t stream1)
{
    return (hpb_philox){
        .key = {key0, key1}, .counter = {0, 0, stream0, stream1}, .word = {0}, .used = 4};
}

/// Moves on to the block `n` further.
static void skip(hpb_philox *philox, uint64_t n)
{
    const uint64_t at = ((uint64_t)philox->counter[1] << 32 | philox->counter[0]) + n;
    philox->counter[0] = (uint32_t)at;
    philox->counter[1] = (uint32_t)(at >> 32);
}

uint32_t hpb_philox_next(hpb_philox *philox)
{
    if (philox->used >= 4) {
        philox_block(philox->key, philox->counter, philox->word);
        skip(philox, 1);
        philox->used = 0;
    }
    return philox->word[philox->used++];
}

uint32_t hpb_philox_below(hpb_philox *philox, uint32_t bound)
{
    uint64_t product = (uint64_t)hpb_philox_next(philox) * bound;
    if ((uint32_t)product < bound) {
        const uint32_t threshold = -bound % bound; // 2^32 mod bound
        while ((uint32_t)product < threshold)
            product = (uint64_t)hpb_philox_next(philox) * bound;
    }
    return (uint32_t)(product >> 32);
}

/// [0, 1): the low 23 bits of a word are the mantissa of a number in [1, 2).
static float unit_float(uint32_t word)
{
    const uint32_t bits = 0x3f800000u | (word & 0x7fffffu);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value - 1.0F;
}

/// Box and Muller 1958, in TensorFlow's order of roundings and, like it, with libm's functions: only they
/// have its bits (others, rounded ever so well, come out up to 2 ulp off). There are 2^23 arguments of each,
/// and glibc's answers to all of them are the same with and without FMA (tests/random/test_philox.c).
static void box_muller(uint32_t word0, uint32_t word1, float out[2])
{
    const float u = fmaxf(unit_float(word0), 1.0e-7F); // log(0) is not wanted
    const float angle = (float)(2.0 * 3.14159265358979323846 * (double)unit_float(word1));
    const float radius = sqrtf(-2.0F * logf(u));
    float sine, cosine;
    sincosf(angle, &sine, &cosine);
    out[0] = sine * radius;
    out[1] = cosine * radius;
}

// Every draw below begins with a new block, as every TensorFlow operation does.

void hpb_philox_uniform(hpb_philox *philox, uint32_t n, double low, double high, float *out)
{
    const float start = (float)low, range = (float)high - (float)low;
    philox->used = 4;
    for (uint32_t i = 0; i < n; i++)
        out[i] = unit_float(hpb_philox_next(philox)) * range + start;
}

void hpb_philox_normal(hpb_philox *philox, uint32_t n, double mean, double stddev, float *out)
{
    const float centre = (float)mean, scale = (float)stddev;
    philox->used = 4;
    for (uint32_t i = 0; i < n; i += 2) {
        float pair[2];
        const uint32_t word = hpb_philox_next(philox);
        box_muller(word, hpb_philox_next(philox), pair);
        for (uint32_t k = 0; k < 2 && i + k < n; k++)
            out[i + k] = pair[k] * scale + centre;
    }
}

void hpb_philox_truncated_normal(hpb_philox *philox, uint32_t n, double mean, double stddev,
                                 float *out)
{
    const float centre = (float)mean, scale = (float)stddev;
    philox->used = 4;
    for (uint32_t i = 0; i < n; i += TRUNCATED_GROUP) {
        hpb_philox group = *philox;
        for (uint32_t kept = 0; kept < TRUNCATED_GROUP;) {
            float pair[2];
            const uint32_t word = hpb_philox_next(&group);
            box_muller(word, hpb_philox_next(&group), pair);
            for (uint32_t k = 0; k < 2 && kept < TRUNCATED_GROUP; k++) {
                if (fabsf(pair[k]) >= 2.0F)
                    continue;
                if (i + kept < n)
                    out[i + kept] = pair[k] * scale + centre;
                kept++;
            }
        }
        skip(philox, TRUNCATED_BLOCKS);
    }
}
