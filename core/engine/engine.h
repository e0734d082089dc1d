// SPDX-License-Identifier: Apache-2.0
// The engine: trains many small dense networks at once, one fit a lane, HPB_LANES lanes at a time.
//
// It equals the plain one-fit reference of reference.h bit for bit, for any instruction set, any number of fits, any lane.
// Shapes: P parameters, L = HPB_LANES, B rows of a batch, D features, U units of a layer.
// Order of operations (both implementations; all float32 unless said otherwise; fma rounds once):
//   forward   z[u] = bias[u], then z[u] = fma(input[i], kernel[i][u], z[u]) for i ascending; a = act(z)
//   act       relu: z < 0 ? 0 : z (so NaN stays NaN); sigmoid: 1 / (1 + exp(-z)); elu: z > 0 ? z : expm1(z)
//   loss      e = prediction - target; batch sum: s = fma(e, e, s) from 0 in row order; epoch: float64 sum of the
//             batch sums in order, divided by N. Validation: the same, in batches of B rows, after the epoch
//   backward  dz of the output = e * (2 / B), the quotient rounded first, as TensorFlow's gradient of a mean is;
//             d of a hidden unit: fma(dz[k], kernel[u][k], d) from 0 over the next layer's units k ascending;
//             dz = relu: a > 0 ? d : 0; tanh: d * (1 - a * a); sigmoid: d * (a * (1 - a));
//             elu: a > 0 ? d : d * (a + 1); linear: d
//   gradients kernel[i][u]: fma(input[i], dz[u], g) from 0 over the rows of the batch in order; bias: sum from 0
//   rate      the schedule's for the number of updates so far, or the one in force
//   update    clipping, weight decay, the plugin, average of weights: hpb_common
//   test      prediction in float32, (prediction - target)^2 in float64 summed in row order, divided by N
// Least squares (least_squares.c) is all float64, of the same float32 features and the float64 target.
// Losses and test MSE that are not a number are C's NAN, whatever NaN arithmetic came to.
#ifndef HPB_ENGINE_H
#define HPB_ENGINE_H

#include "data/dataset.h"
#include "loader/module.h"
#include "random/random.h"
#include "suite/suite.h"

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

/// What the host does around any optimizer, as Keras on TensorFlow does it. NaN: not asked for.
/// Norms are sums of squares in float64, parameters ascending, their square root rounded to float32:
///   clipnorm         each tensor: g * clipnorm / max(norm, clipnorm)
///   global_clipnorm  g * scale, scale = clipnorm * min(1 / norm, 1 / clipnorm); NaN where the norm is not finite
///   clipvalue        g into [-clipvalue, clipvalue]
/// Keras takes one of the three at most; where several are given, the first in this order counts.
typedef struct hpb_common {
    double weight_decay; ///< w -= (w * weight_decay) * rate before the update, biases included
    double clipvalue, clipnorm, global_clipnorm;
    bool use_ema;        ///< the fit ends with the exponential moving average of its weights
    double ema_momentum; ///< average = momentum * average + (1 - momentum) * w; first update: w
    double ema_overwrite_frequency; ///< every so many updates, w = average; NaN: at the end only
} hpb_common;

/// One of the rules that watch a fit, as Keras' list of callbacks.
typedef struct hpb_rule {
    const hpb_early_stopping_ops *ops;
    const hpb_value *values;
} hpb_rule;

/// All that the fits of one run of the engine share.
typedef struct hpb_fit_config {
    hpb_network network;
    uint32_t epochs, batch_size; ///< at least 1
    bool shuffle;
    bool curves; ///< keep the losses of every epoch
    hpb_solver
        solver; ///< least squares: network has no hidden layer, and all below but `alive` does nothing
    uint32_t isa; ///< HPB_ISA_*
    const hpb_plugin_info *optimizer;
    const hpb_optimizer_ops *optimizer_ops;
    const hpb_value *optimizer_values;
    double learning_rate;
    const hpb_schedule_ops *schedule_ops; ///< NULL: constant
    const hpb_value *schedule_values;
    hpb_common common;
    const hpb_initializer_ops *initializer_ops; ///< kernels; biases start at 0
    const hpb_value *initializer_values;
    /// Each sees every epoch, in this order, and the rate that those before it have set. HPB_RESTORE, once said, holds
    /// to the end; of several that restore the last stands. HPB_RATE beside a schedule fails the fit.
    hpb_rule rules[HPB_MAX_RULES];
    uint32_t n_rules;
    /// Called at least once an epoch, or batch of a large network. May be NULL.
    void (*alive)(void *context);
    void *alive_context;
} hpb_fit_config;

/// One fit, of at least one training row and one test row. Pointers stay valid until its result is delivered.
typedef struct hpb_fit {
    const hpb_table *table;     ///< X and y that this fit sees
    const double *target;       ///< [table->n_rows]: y in float64, for the test MSE
    const uint32_t *train_rows; ///< [n_train] in the splitter's order, without the validation rows
    uint32_t n_train;
    const uint32_t *validation_rows;
    uint32_t n_validation;
    const uint32_t *test_rows;
    uint32_t n_test;
    uint32_t fit; ///< number of this fit in its trial, from 0
    const hpb_trial_seeds *seeds;
    const uint32_t *layer_seeds; ///< of its kernels, under Keras' policy (random.h); else NULL
    uint64_t tag;                ///< the caller's
} hpb_fit;

typedef struct hpb_fit_result {
    /// Float64 mean over the test rows of (prediction - target)^2; NaN or infinite: diverged.
    double test_mse;
    uint32_t epochs, updates; ///< 0 of least squares
    double loss,
        val_loss; ///< of the last epoch run, of least squares as evaluated; val_loss NaN without validation rows
    const float *curve; ///< [epochs][2]: loss, val_loss; NULL unless asked for; the engine's
    const float
        *weights; ///< [P], as evaluated; of least squares rounded from float64; the engine's
    const double *solution; ///< [P]: of least squares, not rounded; else NULL; the engine's
    const char *failure;    ///< how a plugin broke its contract (then all else is 0), or NULL
} hpb_fit_result;

/// Gives the next fit, or returns false when there is none. All fits of one run have equal n_train,
/// n_validation and n_test; the caller groups them.
typedef bool (*hpb_next_fit_function)(void *context, hpb_fit *out);
typedef void (*hpb_fit_done_function)(void *context, const hpb_fit *fit,
                                      const hpb_fit_result *result);

/// Trains all fits that `next` gives. Lanes whose fit ends are refilled at once. Results come in any order.
void hpb_engine_run(const hpb_fit_config *config, hpb_next_fit_function next,
                    hpb_fit_done_function done, void *context);

#endif // HPB_ENGINE_H
