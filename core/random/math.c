// SPDX-License-Identifier: Apache-2.0
// The one table of elementary functions: SLEEF's cinz_ family, whose bits are the same on every x86-64.
#include "random/random.h"

#include <sleef.h>
#include <string.h>

#if defined(__SSE2__)

// The last n % 4 numbers go through the same function, in a vector filled up with ones.
#define VECTOR_LOOP(name, function)                                                                \
    static void name(uint32_t n, const float *x, float *out)                                       \
    {                                                                                              \
        uint32_t i = 0;                                                                            \
        for (; n - i >= 4; i += 4)                                                                 \
            _mm_storeu_ps(out + i, function(_mm_loadu_ps(x + i)));                                 \
        if (i < n) {                                                                               \
            float rest[4] = {1, 1, 1, 1};                                                          \
            memcpy(rest, x + i, (n - i) * sizeof *x);                                              \
            _mm_storeu_ps(rest, function(_mm_loadu_ps(rest)));                                     \
            memcpy(out + i, rest, (n - i) * sizeof *out);                                          \
        }                                                                                          \
    }

VECTOR_LOOP(exp_floats, Sleef_cinz_expf4_u10sse2)
VECTOR_LOOP(log_floats, Sleef_cinz_logf4_u10sse2)
VECTOR_LOOP(tanh_floats, Sleef_cinz_tanhf4_u10sse2)

#else

#define SCALAR_LOOP(name, function)                                                                \
    static void name(uint32_t n, const float *x, float *out)                                       \
    {                                                                                              \
        for (uint32_t i = 0; i < n; i++)                                                           \
            out[i] = function(x[i]);                                                               \
    }

SCALAR_LOOP(exp_floats, Sleef_cinz_expf1_u10purec)
SCALAR_LOOP(log_floats, Sleef_cinz_logf1_u10purec)
SCALAR_LOOP(tanh_floats, Sleef_cinz_tanhf1_u10purec)

#endif

// SLEEF's header makes clang see `const double f(double)`, which is another type than the table's.
#define OF_ONE(name, function)                                                                     \
    static double name(double x)                                                                   \
    {                                                                                              \
        return function(x);                                                                        \
    }

OF_ONE(exp_double, Sleef_cinz_expd1_u10purec)
OF_ONE(log_double, Sleef_cinz_logd1_u10purec)
OF_ONE(cos_double, Sleef_cinz_cosd1_u10purec)
OF_ONE(tanh_double, Sleef_cinz_tanhd1_u10purec)

static double pow_double(double x, double y)
{
    return Sleef_cinz_powd1_u10purec(x, y);
}

const hpb_math *hpb_math_table(void)
{
    static const hpb_math table = {
        .struct_size = sizeof(hpb_math),
        .exp = exp_double,
        .log = log_double,
        .cos = cos_double,
        .tanh = tanh_double,
        .pow = pow_double,
        .expf_n = exp_floats,
        .logf_n = log_floats,
        .tanhf_n = tanh_floats,
    };
    return &table;
}
