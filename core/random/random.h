// SPDX-License-Identifier: Apache-2.0
// Whose random numbers are drawn: NumPy's for data and splits, hpbench's or Keras' for weights and row
// order. A number here is reproducible in Python wherever the convention is Python's.
//
// Every trial has four seeds, each a number in [0, 2^32): data, split, weights, order. A suite gives
// a seed as a number, or `fresh`: then it is drawn for the replicate from the suite's seed by
// Philox4x32-10 keyed (suite seed; stream, replicate). So a fresh trial is replayed by typing its
// stored numbers into [seeds.x], and no stream can run into another.
#ifndef HPB_RANDOM_H
#define HPB_RANDOM_H

#include "hpbench/plugin.h"

#include <stdbool.h>

// --- Philox4x32-10 (Random123), one stream ---------------------------------------------------------------

/// Counter-based generator; words come in order 0..3 of blocks at counter, counter + 1, ...
/// (words 0 and 1 of the counter count as one 64-bit number, words 2 and 3 name the stream).
typedef struct hpb_philox {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t word[4]; ///< the current block
    uint32_t used;    ///< words of it handed out; 4: none left
} hpb_philox;

hpb_philox hpb_philox_make(uint32_t key0, uint32_t key1, uint32_t stream0, uint32_t stream1);
uint32_t hpb_philox_next(hpb_philox *philox);
/// Unbiased integer in [0, bound), bound > 0 (Lemire 2019, one 32-bit word a try).
uint32_t hpb_philox_below(hpb_philox *philox, uint32_t bound);

// --- NumPy's legacy RandomState (MT19937) ------------------------------------------------------------------

typedef struct hpb_mt19937 {
    uint32_t state[624];
    uint32_t at; ///< the word that is renewed and handed out next
} hpb_mt19937;

/// numpy.random.RandomState(seed), draw for draw. Tests: goldens/numpy_randomstate.json, exactly.
typedef struct hpb_numpy {
    hpb_mt19937 mt;
    uint32_t has_gauss;
    double gauss;
} hpb_numpy;

void hpb_numpy_seed(hpb_numpy *numpy, uint32_t seed);
uint32_t hpb_numpy_next32(hpb_numpy *numpy);
double hpb_numpy_random_sample(hpb_numpy *numpy);   ///< [0, 1), 53 bits
double hpb_numpy_standard_normal(hpb_numpy *numpy); ///< legacy polar method, with its spare number
/// Integer in [0, max], masked rejection: the draw under permutation() and shuffle().
uint32_t hpb_numpy_interval(hpb_numpy *numpy, uint32_t max);
/// randint(low, high): high exclusive.
int64_t hpb_numpy_randint(hpb_numpy *numpy, int64_t low, int64_t high);
void hpb_numpy_permutation(hpb_numpy *numpy, uint32_t n, uint32_t *out);

// --- Python's random (MT19937) -------------------------------------------------------------------------------

/// Python's module random, draw for draw. Tests: goldens/python_random.json, exactly.
typedef struct hpb_python {
    hpb_mt19937 mt;
} hpb_python;

/// random.seed(a) of an int: words[n] are those of its absolute value, least significant first; n > 0, and no
/// zero on top but for a = 0.
void hpb_python_seed(hpb_python *python, const uint32_t *words, uint32_t n);
double hpb_python_random(hpb_python *python);                    ///< [0, 1), 53 bits
uint64_t hpb_python_getrandbits(hpb_python *python, uint32_t k); ///< k from 1 to 64
/// randint(low, high), both inclusive, high - low < 2^64 - 1; randrange(low, high) is randint(low, high - 1).
int64_t hpb_python_randint(hpb_python *python, int64_t low, int64_t high);
void hpb_python_shuffle(hpb_python *python, uint32_t n, uint32_t *items);

// --- TensorFlow --------------------------------------------------------------------------------------------

/// The stream of a stateless draw, tf.random.stateless_NAME(shape, seed=[seed0, seed1]); what it makes of the
/// words is hpb_philox_uniform() and so on, below. Tests: goldens/tensorflow_draws.json.
hpb_philox hpb_tensorflow_stream(int64_t seed0, int64_t seed1);
/// The stream that keras.initializers.NAME(seed=seed) draws from. Tests: goldens/initializers.json.
hpb_philox hpb_keras_stream(uint32_t seed);
/// tf.random.shuffle(range(n), seed=op_seed) after tf.random.set_seed(seed): out[n]. Tests: goldens/tensorflow_draws.json.
void hpb_tensorflow_shuffle(uint32_t seed, uint32_t op_seed, uint32_t n, uint32_t *out);

// --- seeds ---------------------------------------------------------------------------------------------------

// The streams of the fresh seeds; also what `[seeds.x]` may name.
typedef enum hpb_stream {
    HPB_STREAM_DATA = 0,
    HPB_STREAM_SPLIT = 1,
    HPB_STREAM_WEIGHTS = 2,
    HPB_STREAM_ORDER = 3,
    HPB_STREAM_COUNT
} hpb_stream;

/// Whose conventions: the words of `policy =` in this order.
typedef enum hpb_policy {
    HPB_POLICY_HPBENCH, ///< "hpbench": weights and order from Philox, a new order every epoch
    HPB_POLICY_KERAS,   ///< "keras.utils.set_random_seed": Keras' weights; one order for all epochs
    HPB_POLICY_TENSORFLOW, ///< "tf.random.set_seed": order as above; the layers stay unseeded
    HPB_POLICY_UNSEEDED,   ///< "unseeded": as a script that seeds nothing; all fresh
} hpb_policy;

/// Whose numbers a stream is.
typedef enum hpb_source {
    HPB_SOURCE_NUMPY,   ///< numpy.random.RandomState
    HPB_SOURCE_HPBENCH, ///< Philox4x32-10, keyed by the seed and what it is for
    HPB_SOURCE_KERAS, ///< Python's random gives each layer the seed of a stateless TensorFlow draw
    HPB_SOURCE_TENSORFLOW, ///< tf.random.shuffle with the operation seed 0
} hpb_source;

hpb_source hpb_stream_source(hpb_policy policy, hpb_stream stream);
const char *hpb_stream_name(hpb_stream stream); ///< "data", "split", "weights", "order"
const char *hpb_source_name(hpb_source source); ///< in words, for people

typedef struct hpb_trial_seeds {
    hpb_policy policy;
    uint32_t seed[HPB_STREAM_COUNT];
    bool
        splits_anew; ///< the split's seed goes before a splitter's own random_state: in a crossed grid, after its first level
} hpb_trial_seeds;

/// The seed of a `fresh` stream in one replicate.
uint32_t hpb_seed_fresh(uint64_t suite_seed, hpb_stream stream, uint32_t replicate);
/// The seed of the new rows on which models are scored: a stream of its own, one number for all replicates.
uint32_t hpb_seed_new_rows(uint64_t suite_seed);

// --- the host's random services ---------------------------------------------------------------------------------

/// What stands behind hpb_host during one plugin call.
typedef struct hpb_host_context {
    enum { HPB_DRAWS_NONE, HPB_DRAWS_NUMPY, HPB_DRAWS_PHILOX } draws;
    hpb_numpy *numpy;
    hpb_philox philox;
    void **scratch; ///< memory handed out, freed by hpb_host_end
    size_t n_scratch, scratch_capacity;
    char message[512]; ///< what the plugin said in fail(), its first line
    uint32_t hint_at;  ///< in `message`: its second line, the way out; "" where there is none
} hpb_host_context;

/// A host for one call whose random numbers come from NumPy (`numpy` stays the caller's), from a
/// Philox stream, or are refused (both NULL: drawing then yields zeros and sets the message).
hpb_host hpb_host_begin(hpb_host_context *context, hpb_numpy *numpy, const hpb_philox *philox);
/// Frees the scratch memory; the message stays.
void hpb_host_end(hpb_host_context *context);
/// Why the call failed: the plugin's words, or that it had none.
const char *hpb_host_reason(const hpb_host_context *context);
/// The way out that it named, or "".
const char *hpb_host_hint(const hpb_host_context *context);
/// The one table of elementary functions (SLEEF cinz_).
const hpb_math *hpb_math_table(void);

/// HPB_POLICY_KERAS: the seeds of the first n kernels that a trial draws, out[n], each for hpb_keras_stream(). Python's
/// random, seeded with the weights seed, gives one randint(1, 10**9) a kernel, going on from fit to fit as one script would.
void hpb_layer_seeds(const hpb_trial_seeds *seeds, size_t n, uint32_t *out);
/// The other policies: the stream of kernel `tensor` (from 0) of fit `fit` of a trial (from 0), which is Philox keyed
/// (weights seed; fit, tensor).
hpb_philox hpb_weights_stream(const hpb_trial_seeds *seeds, uint32_t fit, uint32_t tensor);

/// The order in which one fit visits its n training rows in epoch `epoch` (from 0): out[n], a
/// permutation of 0 ... n-1. Under Keras' and TensorFlow's policies the same in every epoch.
void hpb_order_permutation(const hpb_trial_seeds *seeds, uint32_t fit, uint32_t epoch, uint32_t n,
                           uint32_t *out);
/// Whether that order is the same in every epoch.
bool hpb_order_is_constant(const hpb_trial_seeds *seeds);

// Draws as TensorFlow shapes them from 32-bit words; used for hpbench's own streams as well. Each begins
// with a new block of the stream, as each operation of TensorFlow's does.
void hpb_philox_uniform(hpb_philox *philox, uint32_t n, double low, double high, float *out);
void hpb_philox_normal(hpb_philox *philox, uint32_t n, double mean, double stddev, float *out);
void hpb_philox_truncated_normal(hpb_philox *philox, uint32_t n, double mean, double stddev,
                                 float *out);

#endif // HPB_RANDOM_H
