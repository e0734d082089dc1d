// SPDX-License-Identifier: Apache-2.0
// Shared inside the engine alone: initial weights, and the kernels of each instruction set.
#ifndef HPB_ENGINE_PRIVATE_H
#define HPB_ENGINE_PRIVATE_H

#include "engine/engine.h"

#include <math.h>

/// The one NaN: which one arithmetic yields depends on the order of operands, which compilers choose.
static inline double hpb_canonical(double x)
{
    return isnan(x) ? (double)NAN : x;
}

#define HPB_FIT_MESSAGE 320
#define HPB_UNSAID_RATE                                                                            \
    "early stopping: it sets the learning rate without HPB_EARLY_STOPPING_RATE among its flags"
#define HPB_TWO_RATES                                                                              \
    "early stopping: it sets the learning rate, which the schedule sets already; expected one of " \
    "the two, as in Keras"

/// Why a rule may not set the rate; NULL: it may.
static inline const char *hpb_rate_fault(const hpb_fit_config *config, const hpb_rule *rule)
{
    return !(rule->ops->flags & HPB_EARLY_STOPPING_RATE) ? HPB_UNSAID_RATE
           : config->schedule_ops                        ? HPB_TWO_RATES
                                                         : NULL;
}

/// Doubles of state that all rules of a fit have, one behind the other.
static inline size_t hpb_rules_state(const hpb_fit_config *config)
{
    size_t n = 0;
    for (uint32_t r = 0; r < config->n_rules; r++)
        n += config->rules[r].ops->n_state;
    return n;
}

/// Fills weights[P]: kernels from the initializer, biases 0. False: the plugin failed, `message` says why.
bool hpb_fit_initialise(const hpb_fit_config *config, const hpb_fit *fit, float *weights,
                        char message[HPB_FIT_MESSAGE]);

/// Solves one fit by least squares and delivers it; `fit` has the features of config->network, which has one layer.
/// Never fails: what is not finite makes the MSE so.
void hpb_least_squares(const hpb_fit_config *config, const hpb_fit *fit, hpb_fit_done_function done,
                       void *context);

/// `sum` and the squared errors of rows[n], in their order, of a linear model: solution[P], its intercept last.
double hpb_linear_errors(const double *solution, const hpb_table *table, const double *target,
                         const uint32_t *rows, uint32_t n, double sum);

/// Rows of each lane's table, to be laid out lane fastest.
typedef struct hpb_gather {
    const float *x[HPB_LANES];       ///< the lane's table: [N][stride]
    const float *y[HPB_LANES];       ///< [N]
    const uint32_t *rows[HPB_LANES]; ///< row numbers, as many as are gathered
    uint32_t n_inputs, stride;       ///< D; a multiple of HPB_ROW_MULTIPLE
} hpb_gather;

/// One layer's kernels: arrays lane fastest, L = HPB_LANES, 64-byte aligned. Each function loops over
/// the registers that L lanes fill and keeps its accumulators in registers; the order of operations is
/// engine.h's. `a` inputs [B][I][L], `w` kernel [I][U][L], `z` outputs [B][U][L].
typedef struct hpb_kernels {
    /// x[n][D][L] and y[n][L] from rows first ... first + n - 1 of each lane's list.
    void (*gather)(const hpb_gather *gather, uint32_t first, uint32_t n, float *x, float *y);
    /// z = act(bias + a w).
    void (*forward)(uint32_t n_rows, uint32_t n_inputs, uint32_t n_units, const float *a,
                    const float *w, const float *bias, hpb_activation activation, float *z);
    /// e = prediction - y; sum[L] = fma(e, e, sum); dz = e * scale (dz may be NULL).
    void (*loss)(uint32_t n_rows, const float *prediction, const float *y, float scale, float *sum,
                 float *dz);
    /// dz[B][U][L] of a hidden layer from dz_next[B][K][L] and w_next[U][K][L]; `a` is its output.
    void (*backward)(uint32_t n_rows, uint32_t n_units, uint32_t n_next, const float *dz_next,
                     const float *w_next, const float *a, hpb_activation activation, float *dz);
    /// g[I][U][L] and g_bias[U][L], summed over the rows; goes on from what is there unless `from_zero`.
    void (*gradient)(uint32_t n_rows, uint32_t n_inputs, uint32_t n_units, const float *a,
                     const float *dz, bool from_zero, float *g, float *g_bias);
} hpb_kernels;

extern const hpb_kernels hpb_kernels_baseline, hpb_kernels_v3, hpb_kernels_v4;

/// L networks that are trained in step: parameters, the optimizer's state and the workspace of a batch.
typedef struct hpb_lanes {
    const hpb_fit_config *config;
    const hpb_kernels *kernels;
    hpb_update_function update;
    uint32_t n_params; ///< P
    uint32_t n_rows;   ///< rows that the workspace holds: a batch, or a part of a large one
    hpb_segment segments[2 * HPB_MAX_LAYERS];
    float *weights;      ///< [P][L]
    float *gradients;    ///< [P][L]
    float *average;      ///< [P][L]; NULL without use_ema
    float **slots;       ///< as hpb_batch
    double **lane_slots; ///< as hpb_batch
    float *rate;         ///< [L]
    int64_t *step;       ///< [L]: updates so far
    float *schedule; ///< [n_scheduled]: the rate of each step from 0, as far as any lane has come
    size_t n_scheduled;
    /// [0]: input [n_rows][D][L]; [l + 1]: output of layer l.
    float *activation[HPB_MAX_LAYERS + 1];
    float *delta[HPB_MAX_LAYERS]; ///< dz of layer l, [n_rows][U][L]
    float *y;                     ///< [n_rows][L]
} hpb_lanes;

void hpb_lanes_create(const hpb_fit_config *config, uint32_t n_train, hpb_lanes *out);
void hpb_lanes_destroy(hpb_lanes *lanes);
/// Makes a lane ready for a new fit: weights, zeroed state, rate, the plugin's start().
void hpb_lanes_start(hpb_lanes *lanes, uint32_t lane, const float *weights);
/// Writes one lane of an array [P][L] into out[P], and back.
void hpb_lanes_read(const hpb_lanes *lanes, const float *from, uint32_t lane, float *out);
void hpb_lanes_write(hpb_lanes *lanes, float *to, uint32_t lane, const float *values);
/// One update of all lanes with the gathered rows first ... first + n - 1: a batch. Adds each lane's sum of squared
/// errors before the update to sum[L].
void hpb_lanes_train(hpb_lanes *lanes, const hpb_gather *gather, uint32_t first, uint32_t n,
                     double *sum);
/// The update alone, by what is in lanes->gradients: the schedule, then hpb_common around the plugin.
void hpb_lanes_update(hpb_lanes *lanes);
/// Predictions [n][L] for rows first ... first + n - 1, n <= n_rows; their targets are in lanes->y.
const float *hpb_lanes_predict(hpb_lanes *lanes, const hpb_gather *gather, uint32_t first,
                               uint32_t n);

#endif // HPB_ENGINE_PRIVATE_H
