// SPDX-License-Identifier: Apache-2.0
// Nadam: Adam with Nesterov's look-ahead and a momentum that warms up.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON, MOMENTUM_DECAY };
enum { M, V, WARM_UP, U_PRODUCT, BETA_2_POWER };

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
     .doc = "Decay of the first moment, once it has warmed up.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.9,
     .max = 1},
    {.name = "beta_2",
     .aliases = "beta2",
     .doc = "Decay of the second moment.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.999,
     .max = 1},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Keeps the division finite; PyTorch and the paper take 1e-8.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
    {.name = "momentum_decay",
     .doc = "How fast the momentum warms up; PyTorch and the paper take 0.004.",
     .type = HPB_TYPE_REAL,
     .value = 1,
     .max = HUGE_VAL},
};

static const hpb_slot slots[] = {
    {.name = "m", .doc = "First moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "v", .doc = "Second moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "warm_up",
     .doc = "0.96 to the power of momentum_decay times the number of updates.",
     .scope = HPB_SLOT_LANE},
    {.name = "u_product",
     .doc = "Product of the momentums of all updates.",
     .scope = HPB_SLOT_LANE},
    {.name = "beta_2_power", .doc = "beta_2 to the number of updates.", .scope = HPB_SLOT_LANE},
};

static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    (void)values;
    batch->lane_slots[WARM_UP][lane] = 1;
    batch->lane_slots[U_PRODUCT][lane] = 1;
    batch->lane_slots[BETA_2_POWER][lane] = 1;
}

// What one update has in common for all parameters of 16 lanes.
typedef struct factors {
    float one_minus_beta_1, one_minus_beta_2, epsilon;
    float next_u[HPB_LANE_MULTIPLE], correction_m[HPB_LANE_MULTIPLE];
    float one_minus_u[HPB_LANE_MULTIPLE], correction_g[HPB_LANE_MULTIPLE];
    float correction_v[HPB_LANE_MULTIPLE];
} factors;

// Keras rounds to float32 at each step but inside of pow, which is a running product here.
HPB_INLINE void prepare(const hpb_value *values, const hpb_batch *batch, double decay, size_t lane,
                        factors *f)
{
    const float beta_1 = (float)values[BETA_1].number, beta_2 = (float)values[BETA_2].number;
    f->one_minus_beta_1 = 1 - beta_1;
    f->one_minus_beta_2 = 1 - beta_2;
    f->epsilon = (float)values[EPSILON].number;
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        double *warm_up = batch->lane_slots[WARM_UP] + lane + j;
        double *product = batch->lane_slots[U_PRODUCT] + lane + j;
        double *power = batch->lane_slots[BETA_2_POWER] + lane + j;
        *warm_up *= decay;
        *power *= (double)beta_2;
        const float share = 1 - 0.5F * (float)*warm_up;
        const float next_share = 1 - 0.5F * (float)(*warm_up * decay);
        const float u_product = (float)*product * beta_1 * share;
        *product = (double)u_product;
        f->next_u[j] = beta_1 * next_share;
        f->correction_m[j] = 1 - u_product * f->next_u[j];
        f->one_minus_u[j] = 1 - beta_1 * share;
        f->correction_g[j] = 1 - u_product;
        f->correction_v[j] = 1 - (float)*power;
    }
}

HPB_INLINE void row(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT g,
                    const float *HPB_RESTRICT rate, float *HPB_RESTRICT w, float *HPB_RESTRICT m,
                    float *HPB_RESTRICT v)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        m[j] += (g[j] - m[j]) * f->one_minus_beta_1;
        v[j] += (g[j] * g[j] - v[j]) * f->one_minus_beta_2;
        const float m_hat = f->next_u[j] * m[j] / f->correction_m[j] +
                            f->one_minus_u[j] * g[j] / f->correction_g[j];
        w[j] -= m_hat * rate[j] / (sqrtf(v[j] / f->correction_v[j]) + f->epsilon);
    }
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const double decay = batch->math->pow((double)0.96F, values[MOMENTUM_DECAY].number);
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE) {
        factors f;
        prepare(values, batch, decay, lane, &f);
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            row(&f, batch->gradients + at, batch->learning_rate + lane, batch->weights + at,
                batch->slots[M] + at, batch->slots[V] + at);
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
        .id = "nadam",
        .version = "1.0.0",
        .summary = "Nadam: Adam with Nesterov's look-ahead.",
        .docs = "m += (1 - beta_1) (g - m); v += (1 - beta_2) (g g - v);\n"
                "u_t = beta_1 (1 - 0.96^(t momentum_decay) / 2), U_t = u_1 u_2 ... u_t;\n"
                "step = u_t+1 m / (1 - U_t+1) + (1 - u_t) g / (1 - U_t);\n"
                "w -= learning_rate step / (sqrt(v / (1 - beta_2^t)) + epsilon).\n"
                "Keras 3 has momentum_decay = 1; the paper and PyTorch warm up 250 times slower, "
                "with 0.004.",
        .references = "Dozat 2016, ICLR workshop; keras/src/optimizers/nadam.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
