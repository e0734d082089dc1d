// SPDX-License-Identifier: Apache-2.0
// The kernels for x86-64-v4: AVX-512, 32 registers of 16 lanes.
#include <immintrin.h>
#include <sleef.h>

#define KERNELS hpb_kernels_v4
#define WIDTH 16
// Tiles that leave no accumulator without a register: 5 * 4 + 5 + 1, and (5 + bias) * 4 + 4 + 1.
#define UNITS 5
#define ROWS 4
#define INPUTS 5

typedef __m512 vec;

static inline vec fma_vec(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vec max_vec(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}

// x > 0 ? yes : no
static inline vec where_positive(vec x, vec yes, vec no)
{
    return _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), yes);
}

static inline vec splat(float x)
{
    return _mm512_set1_ps(x);
}

// Four floats of each of WIDTH / 4 rows, rows[0], rows[4], ...
static inline vec load_quads(const float *const *rows, size_t at)
{
    vec v = _mm512_castps128_ps512(_mm_loadu_ps(rows[0] + at));
    v = _mm512_insertf32x4(v, _mm_loadu_ps(rows[4] + at), 1);
    v = _mm512_insertf32x4(v, _mm_loadu_ps(rows[8] + at), 2);
    return _mm512_insertf32x4(v, _mm_loadu_ps(rows[12] + at), 3);
}

#define unpacklo _mm512_unpacklo_ps
#define unpackhi _mm512_unpackhi_ps
#define shuffle _mm512_shuffle_ps
#define exp_vec Sleef_cinz_expf16_u10avx512fnofma
#define expm1_vec Sleef_cinz_expm1f16_u10avx512fnofma
#define tanh_vec Sleef_cinz_tanhf16_u10avx512fnofma

#include "engine/kernels.inc.h"
