// SPDX-License-Identifier: Apache-2.0
// The engine: trains many small dense networks at once, one fit a lane, HPB_LANES lanes at a time.
//
// It equals the plain one-fit reference of reference.h bit for bit, for any instruction set, any number of fits, any lane.
// Shapes: P parameters, L = HPB_LANES, B rows of a batch, D features, U units of a layer.
// Order of operations (both implementations; all float32 unless said otherwise):
//   forward   z[u] = bias[u], then fma over inputs in ascending order; activation
//   loss      e = prediction - target; batch sum of e * e by fma in row order; epoch: float64 sum of the
//             batch sums, divided by N
//   backward  dz of the output = 2 * e / B (B as float32: e * (2 / B) is NOT the order; see reference.c);
//             d of a hidden unit: fma over the next layer's units in ascending order from 0, times act'(a)
//   gradients kernel: fma over the rows of the batch in order, from 0; bias: sum in the same order
//   update    clipvalue, clipnorm, global_clipnorm; weight decay; the plugin; average of weights
#ifndef HPB_ENGINE_H
#define HPB_ENGINE_H

#include "data/dataset.h"
#include "loader/module.h"
#include "random/random.h"

#define HPB_LANES 16
#define HPB_MAX_LAYERS 16 ///< hidden layers and the output
#define HPB_MAX_UNITS 4096

typedef enum hpb_activation {
    HPB_ACTIVATION_RELU,
    HPB_ACTIVATION_TANH,
    HPB_ACTIVATION_SIGMOID,
    HPB_ACTIVATION_ELU,
    HPB_ACTIVATION_LINEAR,
} hpb_activation; ///< in the order of the choices of `[model] activation`

/// Dense layers D -> width[0] -> ... -> width[n_layers - 1] = 1; the last is linear.
typedef struct hpb_network {
    uint32_t n_inputs; ///< D
    uint32_t n_layers; ///< at least 1
    uint32_t width[HPB_MAX_LAYERS];
    hpb_activation activation; ///< of the hidden layers
} hpb_network;

/// P: layer by layer, kernel [inputs][units] row-major, then bias [units].
uint32_t hpb_network_parameters(const hpb_network *network);
/// Fills segments[2 * n_layers].
void hpb_network_segments(const hpb_network *network, hpb_segment *segments);

/// What the host does around any optimizer, as Keras does it. NaN: not asked for.
typedef struct hpb_common {
    double weight_decay;     ///< weights -= weights * weight_decay * rate, before the update (not biases excepted: all)
    double clipvalue, clipnorm, global_clipnorm;
    bool use_ema;            ///< the fit ends with the exponential moving average of its weights
    double ema_momentum;
    double ema_overwrite_frequency; ///< updates; NaN: at the end only
} hpb_common;

/// All that the fits of one run of the engine share.
typedef struct hpb_fit_config {
    hpb_network network;
    uint32_t epochs, batch_size;
    bool shuffle;
    bool curves; ///< keep the losses of every epoch
    uint32_t isa; ///< HPB_ISA_*
    const hpb_plugin_info *optimizer;
    const hpb_optimizer_ops *optimizer_ops;
    const hpb_value *optimizer_values;
    double learning_rate;
    hpb_common common;
    const hpb_initializer_ops *initializer_ops; ///< kernels; biases start at 0
    const hpb_value *initializer_values;
    const hpb_early_stopping_ops *early_stopping_ops; ///< NULL: none
    const hpb_value *early_stopping_values;
    void (*alive)(void *context); ///< called at least once an epoch; may be NULL
    void *alive_context;
} hpb_fit_config;

/// One fit. Pointers stay valid until its result is delivered.
typedef struct hpb_fit {
    const hpb_table *table;     ///< X and y that this fit sees
    const double *target;       ///< [table->n_rows]: y in float64, for the test MSE
    const uint32_t *train_rows; ///< [n_train] in the splitter's order; Keras' validation_split is taken off its end
    uint32_t n_train;
    const uint32_t *validation_rows;
    uint32_t n_validation;
    const uint32_t *test_rows;
    uint32_t n_test;
    const hpb_trial_seeds *seeds;
    uint32_t fit; ///< number of this fit in its trial, from 0
    uint64_t tag; ///< the caller's
} hpb_fit;

typedef struct hpb_fit_result {
    double test_mse; ///< float64 mean over test rows of (prediction - target)^2; NaN or infinite: diverged
    uint32_t epochs, updates;
    double loss, val_loss; ///< of the last epoch run; val_loss NaN without validation rows
    const float *curve;    ///< [epochs][2]: loss, val_loss; NULL unless asked for; valid during the call
    const float *weights;  ///< [P], as evaluated; valid during the call
    const char *failure;   ///< a broken contract in the plugin's words; NULL: none. Then nothing else is set
} hpb_fit_result;

/// Gives the next fit, or returns false when there is none. All fits of one run have equal n_train,
/// n_validation and n_test; the caller groups them.
typedef bool (*hpb_next_fit_function)(void *context, hpb_fit *out);
typedef void (*hpb_fit_done_function)(void *context, const hpb_fit *fit, const hpb_fit_result *result);

/// Trains all fits that `next` gives. Lanes whose fit ends are refilled at once. Results come in any order.
void hpb_engine_run(const hpb_fit_config *config, hpb_next_fit_function next,
                    hpb_fit_done_function done, void *context);

#endif // HPB_ENGINE_H
