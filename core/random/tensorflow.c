// SPDX-License-Identifier: Apache-2.0
// Where TensorFlow's draws begin for a seed, and its shuffle. How it shapes numbers is in philox.c.
//
// Sources: tensorflow/core/kernels/stateless_random_ops.cc, random_shuffle_op.cc;
// tensorflow/python/framework/random_seed.py; keras/src/backend/tensorflow/random.py.
#include "random/philox.h"

hpb_philox hpb_tensorflow_stream(int64_t seed0, int64_t seed1)
{
    const uint32_t key[2] = {0x3ec8f720u, 0x02461e29u};
    const uint64_t word0 = (uint64_t)seed0, word1 = (uint64_t)seed1;
    const uint32_t counter[4] = {(uint32_t)word0, (uint32_t)(word0 >> 32), (uint32_t)word1,
                                 (uint32_t)(word1 >> 32)};
    uint32_t mixed[4];
    philox_block(key, counter, mixed);
    return hpb_philox_make(mixed[0], mixed[1], mixed[2], mixed[3]);
}

hpb_philox hpb_keras_stream(uint32_t seed)
{
    return hpb_tensorflow_stream(seed % (INT32_MAX - 1), 0); // Keras makes an int32 of it so
}

// One word a swap, its remainder taken as it is.
void hpb_tensorflow_shuffle(uint32_t seed, uint32_t op_seed, uint32_t n, uint32_t *out)
{
    const uint32_t global = seed % INT32_MAX;
    uint32_t local = op_seed % INT32_MAX;
    if (global == 0 && local == 0) // the pair (0, 0) would mean "unseeded"
        local = INT32_MAX;
    hpb_philox philox = hpb_philox_make(global, 0, local, 0);
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    for (uint32_t i = 0; i + 1 < n; i++) {
        const uint32_t j = i + hpb_philox_next(&philox) % (n - i);
        const uint32_t moved = out[i];
        out[i] = out[j];
        out[j] = moved;
    }
}
