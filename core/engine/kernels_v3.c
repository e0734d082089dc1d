// SPDX-License-Identifier: Apache-2.0
// The kernels for x86-64-v3: AVX2 and FMA, 16 registers of 8 lanes.
#include <immintrin.h>
#include <sleef.h>

#define KERNELS hpb_kernels_v3
#define WIDTH 8
// Tiles that leave no accumulator without a register: 2 * 4 + 2 + 1, and (4 + bias) * 2 + 2 + 1.
#define UNITS 2
#define ROWS 4
#define INPUTS 5

typedef __m256 vec;

static inline vec fma_vec(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vec max_vec(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}

// x > 0 ? yes : no
static inline vec where_positive(vec x, vec yes, vec no)
{
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ));
}

static inline vec splat(float x)
{
    return _mm256_set1_ps(x);
}

// Four floats of each of WIDTH / 4 rows, rows[0], rows[4], ...
static inline vec load_quads(const float *const *rows, size_t at)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows[0] + at)),
                                _mm_loadu_ps(rows[4] + at), 1);
}

#define unpacklo _mm256_unpacklo_ps
#define unpackhi _mm256_unpackhi_ps
#define shuffle _mm256_shuffle_ps
#define exp_vec Sleef_cinz_expf8_u10avx
#define expm1_vec Sleef_cinz_expm1f8_u10avx
#define tanh_vec Sleef_cinz_tanhf8_u10avx

#include "engine/kernels.inc.h"
