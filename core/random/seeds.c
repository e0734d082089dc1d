// SPDX-License-Identifier: Apache-2.0
// From a trial's seeds to its streams: initial weights and row order, by hpbench's or Keras' rules.
//
// Keras' and TensorFlow's rules were found by experiment and agree with every golden:
// python random.seed and randint (CPython Lib/random.py), tensorflow/core/kernels/stateless_random_ops.cc,
// tensorflow/core/kernels/random_shuffle_op.cc, tensorflow/python/framework/random_seed.py.
#include "random/philox.h"

#include "base/base.h"

// hpbench's own streams: words that keep equal seeds of different purposes apart.
#define KEY_WEIGHTS 0x68676577u // "wegh"
#define KEY_ORDER 0x6564726fu   // "orde"

#define INT32_LIMIT 0x7fffffffu // 2^31 - 1

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
    // Keras hands the seed over as int32, which TensorFlow widens with its sign
    const uint32_t counter[4] = {seed, seed > INT32_LIMIT ? UINT32_MAX : 0, 0, 0};
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

// --- row order -------------------------------------------------------------------------------------------

bool hpb_order_is_constant(const hpb_trial_seeds *seeds)
{
    return seeds->policy == HPB_POLICY_KERAS || seeds->policy == HPB_POLICY_TENSORFLOW;
}

static void swap(uint32_t *out, uint32_t i, uint32_t j)
{
    const uint32_t moved = out[i];
    out[i] = out[j];
    out[j] = moved;
}

/// tf.random.shuffle under a global seed: one word a swap, its remainder taken as it is.
static void tensorflow_shuffle(uint32_t seed, uint32_t n, uint32_t *out)
{
    const uint32_t global = seed % INT32_LIMIT;
    // the pair (0, 0) would mean "unseeded"
    hpb_philox philox = hpb_philox_make(global, 0, global == 0 ? INT32_LIMIT : 0, 0);
    for (uint32_t i = 0; i + 1 < n; i++)
        swap(out, i, i + hpb_philox_next(&philox) % (n - i));
}

#define BULK 4   // blocks made at a time, so that their rounds overlap
#define SPARE 56 // bits of a 64-bit word given to numbers; the other 8 make a rejection rare

/// Words of 64 bits from one stream, several blocks at a time.
typedef struct bulk_words {
    uint32_t key[2], counter[4];
    uint64_t word[2 * BULK];
    uint32_t used;
} bulk_words;

static uint64_t bulk_next(bulk_words *bulk)
{
    if (bulk->used == 2 * BULK) {
        for (uint32_t b = 0; b < BULK; b++) {
            const uint32_t at[4] = {bulk->counter[0] + b, bulk->counter[1], bulk->counter[2],
                                    bulk->counter[3]};
            uint32_t block[4];
            philox_block(bulk->key, at, block);
            bulk->word[2 * b] = (uint64_t)block[1] << 32 | block[0];
            bulk->word[2 * b + 1] = (uint64_t)block[3] << 32 | block[2];
        }
        bulk->counter[0] += BULK;
        bulk->counter[1] += bulk->counter[0] == 0;
        bulk->used = 0;
    }
    return bulk->word[bulk->used++];
}

__extension__ typedef unsigned __int128 wide;

/// Fisher-Yates from the end, unbiased, several numbers out of each word (Brackett-Rozinsky and Lemire 2024).
static void hpbench_shuffle(bulk_words *bulk, uint32_t n, uint32_t *out)
{
    uint32_t at[SPARE / 2];
    for (uint32_t left = n; left > 1;) {
        const uint32_t bits = 32 - (uint32_t)__builtin_clz(left);
        const uint32_t fit = SPARE / bits;
        const uint32_t batch = fit < left ? fit : left - 1;
        uint64_t product, rest;
        do {
            rest = bulk_next(bulk);
            product = 1;
            for (uint32_t k = 0; k < batch; k++) {
                const wide scaled = (wide)rest * (left - k);
                at[k] = (uint32_t)(scaled >> 64);
                rest = (uint64_t)scaled;
                product *= left - k;
            }
        } while (rest < product && rest < -product % product);
        for (uint32_t k = 0; k < batch; k++)
            swap(out, --left, at[k]);
    }
}

void hpb_order_permutation(const hpb_trial_seeds *seeds, uint32_t fit, uint32_t epoch, uint32_t n,
                           uint32_t *out)
{
    const uint32_t seed = seeds->seed[HPB_STREAM_ORDER];
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    if (hpb_order_is_constant(seeds)) {
        tensorflow_shuffle(seed, n, out);
        return;
    }
    bulk_words bulk = {.key = {seed, KEY_ORDER}, .counter = {0, 0, fit, epoch}, .used = 2 * BULK};
    hpbench_shuffle(&bulk, n, out);
}
