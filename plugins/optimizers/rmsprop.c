// SPDX-License-Identifier: Apache-2.0
// RMSprop, plain, with momentum, and centred; epsilon and momentum as Keras or as PyTorch has them.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, RHO, MOMENTUM, EPSILON, CENTERED, CONVENTION };
enum { VELOCITY, MOMENTUMS, AVERAGE_GRADIENT };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "rho",
     .aliases = "alpha",
     .doc = "Decay of the running mean of squared gradients; PyTorch takes 0.99.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.9,
     .max = 1},
    {.name = "momentum",
     .doc = "Share of the last step that is kept; 0 is none.",
     .type = HPB_TYPE_REAL,
     .max = 1},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Keeps the division finite; PyTorch takes 1e-8.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
    {.name = "centered",
     .doc =
         "Whether to divide by the standard deviation of the gradient, not its root mean square.",
     .type = HPB_TYPE_FLAG},
    {.name = "convention",
     .doc = "Where epsilon stands: under the root (keras) or beside it (pytorch), whose momentum "
            "also keeps directions, not steps.",
     .choices = "keras,pytorch",
     .type = HPB_TYPE_CHOICE},
};

static const hpb_slot slots[] = {
    {.name = "velocity", .doc = "Running mean of squared gradients.", .scope = HPB_SLOT_PARAMETER},
    {.name = "momentum", .doc = "The last step; with momentum alone.", .scope = HPB_SLOT_PARAMETER},
    {.name = "average_gradient",
     .doc = "Running mean of gradients; with centered alone.",
     .scope = HPB_SLOT_PARAMETER},
};

enum { WITHOUT, OF_KERAS, OF_PYTORCH }; // momentum

typedef struct factors {
    float rho, one_minus_rho, momentum;
    float inside, outside; // epsilon, under the root or beside it
} factors;

HPB_INLINE void row(const factors *HPB_RESTRICT f, int kind, int is_centered,
                    const float *HPB_RESTRICT g, const float *HPB_RESTRICT rate,
                    float *HPB_RESTRICT w, float *HPB_RESTRICT velocity,
                    float *HPB_RESTRICT momentum, float *HPB_RESTRICT average)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        velocity[j] = f->rho * velocity[j] + f->one_minus_rho * (g[j] * g[j]);
        float variance = velocity[j];
        if (is_centered) {
            average[j] = f->rho * average[j] + f->one_minus_rho * g[j];
            variance -= average[j] * average[j];
        }
        const float root = sqrtf(variance + f->inside) + f->outside;
        float step = (kind == OF_PYTORCH ? g[j] : rate[j] * g[j]) / root;
        if (kind != WITHOUT)
            step = momentum[j] = f->momentum * momentum[j] + step;
        w[j] -= kind == OF_PYTORCH ? rate[j] * step : step;
    }
}

HPB_INLINE void rows(const factors *f, int kind, int is_centered, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE)
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            row(f, kind, is_centered, batch->gradients + at, batch->learning_rate + lane,
                batch->weights + at, batch->slots[VELOCITY] + at, batch->slots[MOMENTUMS] + at,
                batch->slots[AVERAGE_GRADIENT] + at);
}

HPB_INLINE void rows_of_kind(const factors *f, int kind, int is_centered, const hpb_batch *batch)
{
    if (kind == WITHOUT)
        rows(f, WITHOUT, is_centered, batch);
    else if (kind == OF_KERAS)
        rows(f, OF_KERAS, is_centered, batch);
    else
        rows(f, OF_PYTORCH, is_centered, batch);
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    // Keras: 1 - rho in double
    const double rho = values[RHO].number;
    const float epsilon = (float)values[EPSILON].number;
    const int is_keras = values[CONVENTION].number == 0;
    const factors f = {(float)rho, (float)(1 - rho), (float)values[MOMENTUM].number,
                       is_keras ? epsilon : 0, is_keras ? 0 : epsilon};
    const int kind = f.momentum > 0 ? is_keras ? OF_KERAS : OF_PYTORCH : WITHOUT;
    if (values[CENTERED].number != 0)
        rows_of_kind(&f, kind, 1, batch);
    else
        rows_of_kind(&f, kind, 0, batch);
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .flags = HPB_OPTIMIZER_ELEMENTWISE,
    .update = HPB_UPDATE_TABLE(update),
};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 2,
        .id = "rmsprop",
        .version = "1.0.0",
        .summary = "RMSprop: steps scaled by a running root mean square of the gradient.",
        .docs =
            "v = rho v + (1 - rho) g g; step = learning_rate g / sqrt(v + epsilon); w -= step.\n"
            "centered: a = rho a + (1 - rho) g, and v - a a in place of v under the root.\n"
            "momentum: m = momentum m + step; w -= m.\n"
            "convention = pytorch divides by sqrt(v) + epsilon instead, and has step = g / "
            "(sqrt(v) "
            "+ epsilon); w -= learning_rate m.",
        .references = "Tieleman and Hinton 2012, Neural networks for machine learning, lecture 6e; "
                      "Graves 2013 (centered); keras/src/optimizers/rmsprop.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
