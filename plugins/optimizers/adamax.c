// SPDX-License-Identifier: Apache-2.0
// Adamax: Adam by the infinity norm, with epsilon as Keras or as PyTorch has it.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON, CONVENTION };
enum { M, U, BETA_1_POWER };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size; PyTorch and the paper take 0.002.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "beta_1",
     .aliases = "beta1",
     .doc = "Decay of the first moment.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.9,
     .max = 1},
    {.name = "beta_2",
     .aliases = "beta2",
     .doc = "Decay of the infinity norm.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.999,
     .max = 1},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Keeps the division finite; PyTorch takes 1e-8, the paper has none.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
    {.name = "convention",
     .doc = "Where epsilon stands: beside the norm (keras) or in each gradient (pytorch).",
     .choices = "keras,pytorch",
     .type = HPB_TYPE_CHOICE},
};

static const hpb_slot slots[] = {
    {.name = "m", .doc = "First moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "u",
     .doc = "Infinity norm of the gradients, with decay.",
     .scope = HPB_SLOT_PARAMETER},
    {.name = "beta_1_power", .doc = "beta_1 to the number of updates.", .scope = HPB_SLOT_LANE},
};

static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    (void)values;
    batch->lane_slots[BETA_1_POWER][lane] = 1;
}

// What one update has in common for all parameters of 16 lanes.
typedef struct factors {
    float one_minus_beta_1, beta_2;
    float inside, outside; // epsilon, in each gradient or beside the norm
    float correction[HPB_LANE_MULTIPLE];
} factors;

HPB_INLINE void row(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT g,
                    const float *HPB_RESTRICT rate, float *HPB_RESTRICT w, float *HPB_RESTRICT m,
                    float *HPB_RESTRICT u)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        m[j] += (g[j] - m[j]) * f->one_minus_beta_1;
        const float decayed = f->beta_2 * u[j], size = fabsf(g[j]) + f->inside;
        u[j] = decayed > size ? decayed : size;
        w[j] -= rate[j] * m[j] / (f->correction[j] * (u[j] + f->outside));
    }
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const float epsilon = (float)values[EPSILON].number;
    const int is_keras = values[CONVENTION].number == 0;
    // Keras: 1 - beta in double, the power in float32
    factors f = {.one_minus_beta_1 = (float)(1 - values[BETA_1].number),
                 .beta_2 = (float)values[BETA_2].number,
                 .inside = is_keras ? 0 : epsilon,
                 .outside = is_keras ? epsilon : 0};
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE) {
        for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
            double *power = batch->lane_slots[BETA_1_POWER] + lane + j;
            *power *= (double)(float)values[BETA_1].number;
            f.correction[j] = 1 - (float)*power;
        }
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            row(&f, batch->gradients + at, batch->learning_rate + lane, batch->weights + at,
                batch->slots[M] + at, batch->slots[U] + at);
    }
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .flags = HPB_OPTIMIZER_ELEMENTWISE,
    .start = start,
    .update = HPB_UPDATE_TABLE(update),
};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "adamax",
        .version = "1.0.0",
        .summary = "Adamax: Adam whose steps are scaled by the largest recent gradient.",
        .docs = "m += (1 - beta_1) (g - m); u = max(beta_2 u, |g|);\n"
                "w -= learning_rate / (1 - beta_1^t) m / (u + epsilon).\n"
                "convention = pytorch has u = max(beta_2 u, |g| + epsilon) and divides by u.",
        .references = "Kingma and Ba 2015, ICLR, section 7.1; keras/src/optimizers/adamax.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
