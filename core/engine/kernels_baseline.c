// SPDX-License-Identifier: Apache-2.0
// The kernels for any x86-64: SSE2, and libm's fmaf where the others have an instruction. Slow and equal.
#include <emmintrin.h>
#include <math.h>
#include <sleef.h>

#define KERNELS hpb_kernels_baseline
#define WIDTH 4
#define UNITS 2
#define ROWS 2
#define INPUTS 2

typedef __m128 vec;

static inline vec fma_vec(vec a, vec b, vec c)
{
    for (int i = 0; i < WIDTH; i++)
        c[i] = fmaf(a[i], b[i], c[i]);
    return c;
}

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
