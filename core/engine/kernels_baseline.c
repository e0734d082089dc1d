// SPDX-License-Identifier: Apache-2.0
// The kernels for any x86-64: SSE2, where fma is made of double arithmetic, to the same bits.
#include <emmintrin.h>
#include <sleef.h>
#include <stdbool.h>

#define KERNELS hpb_kernels_baseline
#define WIDTH 4
// Sums enough at a time to hide how long each takes.
#define UNITS 2
#define ROWS 4
#define INPUTS 5

typedef __m128 vec;

// --- fma ------------------------------------------------------------------------------------------------
// A product of floats is exact in double, and far from double's limits; the sum s = ab + c is rounded.
// Rounding s to float is a second rounding, which differs from a single one only where s is halfway between
// two floats and ab + c is not.

static inline __m128d low_half(vec x)
{
    return _mm_cvtps_pd(x);
}

static inline __m128d high_half(vec x)
{
    return _mm_cvtps_pd(_mm_movehl_ps(x, x));
}

static inline vec rounded(__m128d low, __m128d high)
{
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}

// p + c rounded to odd: cut towards 0, and the last bit set where that lost something. Never halfway unless
// exact, and on the right side of every half: rounding it again rounds p + c (Boldo & Melquiond 2008,
// "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd").
static inline __m128d sum_to_odd(__m128d p, __m128d c)
{
    const __m128d s = p + c, t = s - p, zero = _mm_setzero_pd();
    const __m128d error = (p - (s - t)) + (c - t); // exact: TwoSum; NaN where s is not finite
    const __m128d lost = _mm_or_pd(_mm_cmplt_pd(error, zero), _mm_cmpgt_pd(error, zero));
    const __m128d is_beyond = _mm_and_pd(lost, _mm_xor_pd(error, s)); // sign bit: |s| > |p + c|
    const __m128i cut =
        _mm_sub_epi64(_mm_castpd_si128(s), _mm_srli_epi64(_mm_castpd_si128(is_beyond), 63));
    return _mm_castsi128_pd(_mm_or_si128(cut, _mm_srli_epi64(_mm_castpd_si128(lost), 63)));
}

__attribute__((noinline, cold)) static vec fma_to_odd(vec a, vec b, vec c)
{
    return rounded(sum_to_odd(low_half(a) * low_half(b), low_half(c)),
                   sum_to_odd(high_half(a) * high_half(b), high_half(c)));
}

// Whether any of four sums may be halfway between two floats. A float ends 29 bits before a double does: such
// a sum has 1, 0, 0, ... there, of which 13 bits are looked at. Below 2^-126, where floats end earlier, any sum
// may be, but for 0, which is frequent and exact.
static inline bool in_doubt(__m128d low, __m128d high)
{
    // of each sum its top 16 bits (sign, exponent, 4 more), and bits 31 ... 16
    const __m128i words = _mm_packs_epi32(_mm_srai_epi32(_mm_castpd_si128(low), 16),
                                          _mm_srai_epi32(_mm_castpd_si128(high), 16));
    // without the sign, 1 ... 0x380f is below 2^-126; 0x1000 of 13 bits is a half: moved to the least numbers
    const __m128i from_least =
        _mm_add_epi16(_mm_and_si128(words, _mm_set1_epi32(0x7fff1fff)), _mm_set1_epi32(0x7fff7000));
    const __m128i end = _mm_set1_epi32((int)0xb80f8001); // 0x380f and 1 from the least
    return _mm_movemask_epi8(_mm_cmplt_epi16(from_least, end)) != 0;
}

// Doubt is rare, one in 2,000, and rounding everything to odd would take 2.5 times as long.
static inline vec fma_vec(vec a, vec b, vec c)
{
    const __m128d low = low_half(a) * low_half(b) + low_half(c);
    const __m128d high = high_half(a) * high_half(b) + high_half(c);
    if (__builtin_expect(in_doubt(low, high), 0))
        return fma_to_odd(a, b, c);
    return rounded(low, high);
}

// --- the other operations ---------------------------------------------------------------------------------

static inline vec max_vec(vec a, vec b)
{
    return _mm_max_ps(a, b);
}

// x > 0 ? yes : no
static inline vec where_positive(vec x, vec yes, vec no)
{
    const vec mask = _mm_cmpgt_ps(x, _mm_setzero_ps());
    return _mm_or_ps(_mm_and_ps(mask, yes), _mm_andnot_ps(mask, no));
}

static inline vec splat(float x)
{
    return _mm_set1_ps(x);
}

// Four floats of each of WIDTH / 4 rows, rows[0], rows[4], ...
static inline vec load_quads(const float *const *rows, size_t at)
{
    return _mm_loadu_ps(rows[0] + at);
}

#define unpacklo _mm_unpacklo_ps
#define unpackhi _mm_unpackhi_ps
#define shuffle _mm_shuffle_ps
#define exp_vec Sleef_cinz_expf4_u10sse2
#define expm1_vec Sleef_cinz_expm1f4_u10sse2
#define tanh_vec Sleef_cinz_tanhf4_u10sse2

#include "engine/kernels.inc.h"
