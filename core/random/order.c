// SPDX-License-Identifier: Apache-2.0
// The order in which a fit visits its rows: hpbench's own, fast and without bias, or TensorFlow's.
//
// On the hot path: an order of 80 rows an epoch, 50 epochs a fit, tens of thousands of fits a second.
#include "random/philox.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define KEY_ORDER 0x6564726fu // "orde": as KEY_WEIGHTS in seeds.c

bool hpb_order_is_constant(const hpb_trial_seeds *seeds)
{
    return hpb_stream_source(seeds->policy, HPB_STREAM_ORDER) == HPB_SOURCE_TENSORFLOW;
}

#define BULK 6 // blocks made at a time: enough for 97 rows

/// A Philox stream taken block by block, as two words of 64 bits.
typedef struct blocks {
    uint32_t key[2], counter[4];
    uint64_t word[BULK][2];
    uint32_t used; ///< of BULK
} blocks;

#if defined(__SSE2__)

/// Random123's philox4x32 of BULK counters, two to a vector: twice as fast as one by one.
static void refill(blocks *b)
{
    __m128i x0[BULK / 2], x1[BULK / 2], x2[BULK / 2], x3[BULK / 2];
    const __m128i low = _mm_set1_epi64x(UINT32_MAX);
    const __m128i multiplier0 = _mm_set1_epi64x(PHILOX_M4x32_0),
                  multiplier1 = _mm_set1_epi64x(PHILOX_M4x32_1);
    for (uint32_t i = 0; i < BULK / 2; i++) {
        x0[i] = _mm_set_epi64x(b->counter[0] + 2 * i + 1, b->counter[0] + 2 * i);
        x1[i] = _mm_set1_epi64x(b->counter[1]);
        x2[i] = _mm_set1_epi64x(b->counter[2]);
        x3[i] = _mm_set1_epi64x(b->counter[3]);
    }
    uint32_t key0 = b->key[0], key1 = b->key[1];
    for (int round = 0; round < 10; round++) {
        const __m128i bump0 = _mm_set1_epi64x(key0), bump1 = _mm_set1_epi64x(key1);
        // the high halves of x1 and x3 are rubbish: nothing reads them
        for (int i = 0; i < BULK / 2; i++) {
            const __m128i product0 = _mm_mul_epu32(x0[i], multiplier0);
            const __m128i product1 = _mm_mul_epu32(x2[i], multiplier1);
            x0[i] = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(product1, 32), x1[i]), bump0);
            x2[i] = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(product0, 32), x3[i]), bump1);
            x1[i] = product1;
            x3[i] = product0;
        }
        key0 += PHILOX_W32_0;
        key1 += PHILOX_W32_1;
    }
    for (int i = 0; i < BULK / 2; i++) {
        const __m128i first = _mm_or_si128(_mm_slli_epi64(x1[i], 32), _mm_and_si128(x0[i], low));
        const __m128i second = _mm_or_si128(_mm_slli_epi64(x3[i], 32), _mm_and_si128(x2[i], low));
        _mm_storeu_si128((__m128i *)(void *)b->word[2 * i], _mm_unpacklo_epi64(first, second));
        _mm_storeu_si128((__m128i *)(void *)b->word[2 * i + 1], _mm_unpackhi_epi64(first, second));
    }
    b->counter[0] += BULK;
    b->used = 0;
}

#else

static void refill(blocks *b)
{
    for (int i = 0; i < BULK; i++) {
        uint32_t block[4];
        philox_block(b->key, b->counter, block);
        b->word[i][0] = (uint64_t)block[1] << 32 | block[0];
        b->word[i][1] = (uint64_t)block[3] << 32 | block[2];
        b->counter[0]++;
    }
    b->used = 0;
}

#endif

__extension__ typedef unsigned __int128 wide;

/// Numbers at[k] in [0, bound + k) for k < n, out of one word. Returns what is left of it.
HPB_INLINE uint64_t draw_some(uint64_t word, uint32_t bound, uint32_t n, uint32_t *at)
{
    for (uint32_t k = 0; k < n; k++) {
        const wide scaled = (wide)word * (bound + k);
        at[k] = (uint32_t)(scaled >> 64);
        word = (uint64_t)scaled;
    }
    return word;
}

/// Whether the word whose rest this is must be drawn again, lest some numbers be likelier than others.
static bool is_biased(uint64_t rest, uint32_t bound, uint32_t n)
{
    uint64_t product = 1;
    for (uint32_t k = 0; k < n; k++)
        product *= bound + k;
    return rest < product && rest < -product % product;
}

/// Puts each of rows i ... end-1 where another row was, which moves to the end ("inside out"). out[0 ... i-1]
/// is in random order already. A block gives 2 * n numbers. Returns the number of rows that are in.
HPB_INLINE uint32_t insert_rows(blocks *b, uint32_t i, uint32_t end, uint32_t n, uint32_t *out)
{
    while (i < end) {
        uint32_t at[16];
        if (b->used == BULK)
            refill(b);
        const uint64_t *word = b->word[b->used++];
        const uint64_t rest0 = draw_some(word[0], i + 1, n, at);
        const uint64_t rest1 = draw_some(word[1], i + 1 + n, n, at + n);
        // no product exceeds 2^56, so that a closer look is needed once in 128 blocks
        const uint64_t least = rest0 < rest1 ? rest0 : rest1;
        if (least >> 56 == 0 && (is_biased(rest0, i + 1, n) || is_biased(rest1, i + 1 + n, n)))
            continue;
        const uint32_t count = end - i < 2 * n ? end - i : 2 * n;
        for (uint32_t k = 0; k < count; k++, i++) {
            out[i] = out[at[k]];
            out[at[k]] = i;
        }
    }
    return i;
}

/// Fisher-Yates, several numbers out of each word (Brackett-Rozinsky and Lemire 2024).
static void hpbench_shuffle(blocks *b, uint32_t n, uint32_t *out)
{
    const uint32_t end8 = 97;    // 8 numbers a word, none of them from more than 97 + 15 < 2^7
    const uint32_t end4 = 16097; // 4 numbers a word, none of them from more than 2^14
    if (n > 0)
        out[0] = 0;
    uint32_t i = insert_rows(b, 1, n < end8 ? n : end8, 8, out);
    i = insert_rows(b, i, n < end4 ? n : end4, 4, out);
    insert_rows(b, i, n, 1, out);
}

void hpb_order_permutation(const hpb_trial_seeds *seeds, uint32_t fit, uint32_t epoch, uint32_t n,
                           uint32_t *out)
{
    const uint32_t seed = seeds->seed[HPB_STREAM_ORDER];
    if (hpb_order_is_constant(seeds)) {
        hpb_tensorflow_shuffle(seed, 0, n, out); // of fit()'s map function, made anew for each fit
        return;
    }
    blocks b = {.key = {seed, KEY_ORDER}, .counter = {0, 0, fit, epoch}, .used = BULK};
    hpbench_shuffle(&b, n, out);
}
