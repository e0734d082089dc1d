// SPDX-License-Identifier: Apache-2.0
// Whose numbers each stream of a trial is, and from its seeds to the streams of its initial weights.
//
// Source of Keras' rule: keras/src/random/seed_generator.py (make_default_seed).
#include "random/random.h"

// The second word of the key of hpbench's own streams: equal seeds of other streams give other numbers.
#define KEY_WEIGHTS 0x68676577u // "wegh"
// Beside those of hpb_stream.
#define STREAM_NEW_ROWS 0x7277656eu // "newr"

uint32_t hpb_seed_fresh(uint64_t suite_seed, hpb_stream stream, uint32_t replicate)
{
    hpb_philox philox =
        hpb_philox_make((uint32_t)suite_seed, (uint32_t)(suite_seed >> 32), stream, replicate);
    return hpb_philox_next(&philox);
}

uint32_t hpb_seed_new_rows(uint64_t suite_seed)
{
    hpb_philox philox =
        hpb_philox_make((uint32_t)suite_seed, (uint32_t)(suite_seed >> 32), STREAM_NEW_ROWS, 0);
    return hpb_philox_next(&philox);
}

// --- whose numbers ---------------------------------------------------------------------------------------

hpb_source hpb_stream_source(hpb_policy policy, hpb_stream stream)
{
    static const hpb_source sources[][HPB_STREAM_COUNT] = {
        [HPB_POLICY_HPBENCH] = {HPB_SOURCE_NUMPY, HPB_SOURCE_NUMPY, HPB_SOURCE_HPBENCH,
                                HPB_SOURCE_HPBENCH},
        [HPB_POLICY_KERAS] = {HPB_SOURCE_NUMPY, HPB_SOURCE_NUMPY, HPB_SOURCE_KERAS,
                              HPB_SOURCE_TENSORFLOW},
        [HPB_POLICY_TENSORFLOW] = {HPB_SOURCE_NUMPY, HPB_SOURCE_NUMPY, HPB_SOURCE_HPBENCH,
                                   HPB_SOURCE_TENSORFLOW},
        [HPB_POLICY_UNSEEDED] = {HPB_SOURCE_NUMPY, HPB_SOURCE_NUMPY, HPB_SOURCE_HPBENCH,
                                 HPB_SOURCE_HPBENCH},
    };
    return sources[policy][stream];
}

const char *hpb_stream_name(hpb_stream stream)
{
    static const char *const names[] = {"data", "split", "weights", "order"};
    return names[stream];
}

const char *hpb_source_name(hpb_source source)
{
    static const char *const names[] = {
        [HPB_SOURCE_NUMPY] = "NumPy's RandomState",
        [HPB_SOURCE_HPBENCH] = "hpbench's Philox",
        [HPB_SOURCE_KERAS] = "Python's random through TensorFlow's stateless draws",
        [HPB_SOURCE_TENSORFLOW] = "TensorFlow's shuffle with one order for all epochs",
    };
    return names[source];
}

// --- weights ---------------------------------------------------------------------------------------------

void hpb_layer_seeds(const hpb_trial_seeds *seeds, size_t n, uint32_t *out)
{
    hpb_python python;
    hpb_python_seed(&python, &seeds->seed[HPB_STREAM_WEIGHTS], 1);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint32_t)hpb_python_randint(&python, 1, 1000000000);
}

hpb_philox hpb_weights_stream(const hpb_trial_seeds *seeds, uint32_t fit, uint32_t tensor)
{
    return hpb_philox_make(seeds->seed[HPB_STREAM_WEIGHTS], KEY_WEIGHTS, fit, tensor);
}
