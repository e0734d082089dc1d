// SPDX-License-Identifier: Apache-2.0
// From a trial's seeds to the streams of its initial weights, by hpbench's or Keras' rules.
//
// Sources: CPython's Lib/random.py and Modules/_randommodule.c; keras/src/random/seed_generator.py;
// tensorflow/core/kernels/stateless_random_ops.cc.
#include "random/philox.h"

#include "base/base.h"

// The second word of the key of hpbench's own streams: equal seeds of other streams give other numbers.
#define KEY_WEIGHTS 0x68676577u // "wegh"

uint32_t hpb_seed_fresh(uint64_t suite_seed, hpb_stream stream, uint32_t replicate)
{
    hpb_philox philox =
        hpb_philox_make((uint32_t)suite_seed, (uint32_t)(suite_seed >> 32), stream, replicate);
    return hpb_philox_next(&philox);
}

// --- weights ---------------------------------------------------------------------------------------------

/// Python's random.seed(seed): MT19937 seeded by the array of one word.
static void python_seed(hpb_numpy *python, uint32_t seed)
{
    const uint32_t n = HPB_COUNT(python->state);
    uint32_t *state = python->state;
    hpb_numpy_seed(python, 19650218);
    uint32_t i = 1;
    for (uint32_t k = 0; k < n; k++) {
        state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525u)) + seed;
        if (++i == n) {
            state[0] = state[n - 1];
            i = 1;
        }
    }
    for (uint32_t k = 1; k < n; k++) {
        state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941u)) - i;
        if (++i == n) {
            state[0] = state[n - 1];
            i = 1;
        }
    }
    state[0] = 0x80000000u;
}

/// Python's random.randint(1, 10**9): 30 bits, drawn again while too large.
static uint32_t python_randint(hpb_numpy *python)
{
    uint32_t value;
    do
        value = hpb_numpy_next32(python) >> 2;
    while (value >= 1000000000u);
    return value + 1;
}

hpb_philox hpb_tensorflow_stream(uint32_t seed)
{
    const uint32_t key[2] = {0x3ec8f720u, 0x02461e29u};
    // keras/src/backend/tensorflow/random.py makes an int32 of it by the remainder
    const uint32_t counter[4] = {seed % (INT32_MAX - 1), 0, 0, 0};
    uint32_t mixed[4];
    philox_block(key, counter, mixed);
    return hpb_philox_make(mixed[0], mixed[1], mixed[2], mixed[3]);
}

hpb_philox hpb_weights_stream(const hpb_trial_seeds *seeds, uint32_t fit, uint32_t tensor,
                              uint32_t n_tensors)
{
    const uint32_t seed = seeds->seed[HPB_STREAM_WEIGHTS];
    if (seeds->policy != HPB_POLICY_KERAS)
        return hpb_philox_make(seed, KEY_WEIGHTS, fit, tensor);
    hpb_numpy python;
    python_seed(&python, seed);
    for (uint64_t earlier = (uint64_t)fit * n_tensors + tensor; earlier > 0; earlier--)
        python_randint(&python);
    return hpb_tensorflow_stream(python_randint(&python));
}
