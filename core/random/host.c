// SPDX-License-Identifier: Apache-2.0
// What stands behind hpb_host: scratch memory, and random numbers from whichever generator the call has.
#include "base/base.h"
#include "random/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *scratch(void *opaque, size_t bytes)
{
    hpb_host_context *context = opaque;
    context->scratch = hpb_grow(context->scratch, &context->scratch_capacity,
                                context->n_scratch + 1, sizeof *context->scratch);
    return context->scratch[context->n_scratch++] = hpb_alloc_aligned(bytes);
}

#define NO_REASON "failed without saying why"

static int32_t fail(void *opaque, const char *message)
{
    hpb_host_context *context = opaque;
    const size_t size = sizeof context->message;
    const char *text = message == NULL || *message == '\0' ? NO_REASON : message;
    const size_t length = strnlen(text, size - 1);
    // cut between characters, never inside one
    const size_t whole = hpb_utf8_valid(text, length);
    memcpy(context->message, text, whole);
    context->message[whole] = '\0';
    char *end = strchr(context->message, '\n');
    if (end) {
        *end++ = '\0';
        end[strcspn(end, "\n")] = '\0'; // a third line has no place
    }
    context->hint_at = end ? (uint32_t)(end - context->message) : (uint32_t)whole;
    return HPB_FAILED;
}

/// Zeroes `bytes` of `out` where there is nothing to draw from; says so and returns true.
static bool refused(hpb_host_context *context, void *out, size_t bytes)
{
    if (context->draws != HPB_DRAWS_NONE)
        return false;
    memset(out, 0, bytes);
    fail(context, "drew random numbers in a call that has none");
    return true;
}

static void random_uniform(void *opaque, uint32_t n, double low, double high, float *out)
{
    hpb_host_context *context = opaque;
    if (refused(context, out, n * sizeof *out))
        return;
    if (context->draws == HPB_DRAWS_PHILOX) {
        hpb_philox_uniform(&context->philox, n, low, high, out);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        out[i] = (float)(low + (high - low) * hpb_numpy_random_sample(context->numpy));
}

static void random_normal(void *opaque, uint32_t n, double mean, double stddev, float *out)
{
    hpb_host_context *context = opaque;
    if (refused(context, out, n * sizeof *out))
        return;
    if (context->draws == HPB_DRAWS_PHILOX) {
        hpb_philox_normal(&context->philox, n, mean, stddev, out);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        out[i] = (float)(mean + stddev * hpb_numpy_standard_normal(context->numpy));
}

static void random_truncated_normal(void *opaque, uint32_t n, double mean, double stddev,
                                    float *out)
{
    hpb_host_context *context = opaque;
    if (refused(context, out, n * sizeof *out))
        return;
    if (context->draws == HPB_DRAWS_PHILOX) {
        hpb_philox_truncated_normal(&context->philox, n, mean, stddev, out);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        double draw;
        do
            draw = hpb_numpy_standard_normal(context->numpy);
        while (fabs(draw) >= 2.0);
        out[i] = (float)(mean + stddev * draw);
    }
}

static void random_permutation(void *opaque, uint32_t n, uint32_t *out)
{
    hpb_host_context *context = opaque;
    if (refused(context, out, n * sizeof *out))
        return;
    if (context->draws == HPB_DRAWS_NUMPY) {
        hpb_numpy_permutation(context->numpy, n, out);
        return;
    }
    for (uint32_t i = 0; i < n; i++) { // inside out: entry i is put where entry j was
        const uint32_t j = hpb_philox_below(&context->philox, i + 1);
        out[i] = out[j];
        out[j] = i;
    }
}

/// An unbiased integer in [0, max] of 64 bits: masked rejection, as NumPy does it.
static uint64_t philox_interval(hpb_philox *philox, uint64_t max)
{
    if (max < UINT32_MAX)
        return hpb_philox_below(philox, (uint32_t)max + 1);
    const uint64_t mask = UINT64_MAX >> __builtin_clzll(max);
    uint64_t value;
    do {
        const uint64_t low = hpb_philox_next(philox);
        value = ((uint64_t)hpb_philox_next(philox) << 32 | low) & mask;
    } while (value > max);
    return value;
}

static void random_integers(void *opaque, uint32_t n, int64_t low, int64_t high, int64_t *out)
{
    hpb_host_context *context = opaque;
    if (refused(context, out, n * sizeof *out))
        return;
    if (high <= low) { // nothing lies in [low, high)
        for (uint32_t i = 0; i < n; i++)
            out[i] = low;
        fail(context, "asked for random integers from an empty range");
        return;
    }
    const uint64_t max = (uint64_t)high - (uint64_t)low - 1;
    for (uint32_t i = 0; i < n; i++)
        out[i] = context->draws == HPB_DRAWS_NUMPY
                     ? hpb_numpy_randint(context->numpy, low, high)
                     : (int64_t)((uint64_t)low + philox_interval(&context->philox, max));
}

hpb_host hpb_host_begin(hpb_host_context *context, hpb_numpy *numpy, const hpb_philox *philox)
{
    context->draws = numpy != NULL    ? HPB_DRAWS_NUMPY
                     : philox != NULL ? HPB_DRAWS_PHILOX
                                      : HPB_DRAWS_NONE;
    context->numpy = numpy;
    if (philox != NULL)
        context->philox = *philox;
    context->scratch = NULL;
    context->n_scratch = context->scratch_capacity = 0;
    context->message[0] = '\0';
    context->hint_at = 0;
    return (hpb_host){
        .struct_size = sizeof(hpb_host),
        .context = context,
        .math = hpb_math_table(),
        .scratch = scratch,
        .random_uniform = random_uniform,
        .random_normal = random_normal,
        .random_truncated_normal = random_truncated_normal,
        .random_permutation = random_permutation,
        .random_integers = random_integers,
        .fail = fail,
    };
}

void hpb_host_end(hpb_host_context *context)
{
    for (size_t i = 0; i < context->n_scratch; i++)
        free(context->scratch[i]);
    free(context->scratch);
    context->scratch = NULL;
    context->n_scratch = context->scratch_capacity = 0;
}

const char *hpb_host_reason(const hpb_host_context *context)
{
    return *context->message ? context->message : NO_REASON;
}

const char *hpb_host_hint(const hpb_host_context *context)
{
    return context->message + context->hint_at;
}
