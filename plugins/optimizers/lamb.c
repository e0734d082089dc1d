// SPDX-License-Identifier: Apache-2.0
// LAMB: Adam's step, scaled tensor by tensor to the length of the weights; decay as Keras or as the paper has it.
#include "tensor_sum.h"

#include <math.h>

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON, WEIGHT_DECAY, CONVENTION };
enum { M, V, BETA_1_POWER, BETA_2_POWER };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size, as a share of the length of each tensor.",
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
     .doc = "Decay of the second moment.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.999,
     .max = 1},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Keeps the division finite; the paper takes 1e-6.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
    {.name = "weight_decay",
     .doc = "How much of the weights each update takes away; the paper takes 0.01.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "convention",
     .doc = "Where the decay stands: beside the step (keras) or in it, before its length is taken "
            "(paper).",
     .choices = "keras,paper",
     .type = HPB_TYPE_CHOICE},
};

static const hpb_slot slots[] = {
    {.name = "m", .doc = "First moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "v", .doc = "Second moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "beta_1_power", .doc = "beta_1 to the number of updates.", .scope = HPB_SLOT_LANE},
    {.name = "beta_2_power", .doc = "beta_2 to the number of updates.", .scope = HPB_SLOT_LANE},
};

static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    (void)values;
    batch->lane_slots[BETA_1_POWER][lane] = 1;
    batch->lane_slots[BETA_2_POWER][lane] = 1;
}

// What one update has in common for all parameters of 16 lanes.
typedef struct factors {
    float one_minus_beta_1, one_minus_beta_2, epsilon;
    float beside, inside; // the decay: beside the step or in it, 0 where it is not
    float correction_m[HPB_LANE_MULTIPLE], correction_v[HPB_LANE_MULTIPLE];
} factors;

// Keras: 1 - beta in double, the powers in float32.
HPB_INLINE void prepare(const hpb_value *values, const hpb_batch *batch, size_t lane, factors *f)
{
    const double decay = values[WEIGHT_DECAY].number;
    const int is_keras = values[CONVENTION].number == 0;
    f->one_minus_beta_1 = (float)(1 - values[BETA_1].number);
    f->one_minus_beta_2 = (float)(1 - values[BETA_2].number);
    f->epsilon = (float)values[EPSILON].number;
    f->beside = is_keras && decay > 0 ? (float)decay : 0;
    f->inside = !is_keras && decay > 0 ? (float)decay : 0;
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        double *p1 = batch->lane_slots[BETA_1_POWER] + lane + j;
        double *p2 = batch->lane_slots[BETA_2_POWER] + lane + j;
        *p1 *= (double)(float)values[BETA_1].number;
        *p2 *= (double)(float)values[BETA_2].number;
        f->correction_m[j] = 1 - (float)*p1;
        f->correction_v[j] = 1 - (float)*p2;
    }
}

HPB_INLINE float step_of(const factors *f, int j, float w, float m, float v)
{
    const float step = m / f->correction_m[j] / (sqrtf(v / f->correction_v[j]) + f->epsilon);
    return step + f->inside * w;
}

// Decay and moments; adds the squares of weights and steps to their sums.
HPB_INLINE void measure(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT g,
                        const float *HPB_RESTRICT rate, float *HPB_RESTRICT w,
                        float *HPB_RESTRICT m, float *HPB_RESTRICT v, float *HPB_RESTRICT weights,
                        float *HPB_RESTRICT steps)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        w[j] -= w[j] * f->beside * rate[j];
        m[j] += (g[j] - m[j]) * f->one_minus_beta_1;
        v[j] += (g[j] * g[j] - v[j]) * f->one_minus_beta_2;
        const float step = step_of(f, j, w[j], m[j], v[j]);
        weights[j] += w[j] * w[j];
        steps[j] += step * step;
    }
}

HPB_INLINE void move(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT rate,
                     float *HPB_RESTRICT w, const float *HPB_RESTRICT m,
                     const float *HPB_RESTRICT v)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++)
        w[j] -= rate[j] * step_of(f, j, w[j], m[j], v[j]);
}

// No norm, or one that is no number, makes the ratio 1, as in Keras.
HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const hpb_segment *segments = batch->segments.items;
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE) {
        const float *learning_rate = batch->learning_rate + lane;
        factors f;
        prepare(values, batch, lane, &f);
        for (const hpb_segment *s = segments; s < segments + batch->segments.count; s++) {
            const size_t first = s->offset * n_lanes + lane, n = (size_t)s->rows * s->columns;
            float *w = batch->weights + first;
            float *m = batch->slots[M] + first, *v = batch->slots[V] + first;
            tensor_sum weights, steps;
            sum_begin(&weights, n);
            sum_begin(&steps, n);
            for (size_t i = 0, at = 0; i < n; i++, at += n_lanes)
                measure(&f, batch->gradients + first + at, learning_rate, w + at, m + at, v + at,
                        sum_part(&weights, i), sum_part(&steps, i));
            float ww[HPB_LANE_MULTIPLE], uu[HPB_LANE_MULTIPLE], rate[HPB_LANE_MULTIPLE];
            sum_end(&weights, ww);
            sum_end(&steps, uu);
            for (int j = 0; j < HPB_LANE_MULTIPLE; j++)
                rate[j] =
                    (ww[j] > 0 && uu[j] > 0 ? sqrtf(ww[j]) / sqrtf(uu[j]) : 1) * learning_rate[j];
            for (size_t at = 0; at < n * n_lanes; at += n_lanes)
                move(&f, rate, w + at, m + at, v + at);
        }
    }
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .flags = HPB_OPTIMIZER_DECAYS,
    .start = start,
    .update = HPB_UPDATE_TABLE(update),
};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "lamb",
        .version = "1.0.0",
        .summary = "LAMB: Adam's step, in each tensor as long as its weights times the rate.",
        .docs = "w -= learning_rate weight_decay w;\n"
                "m += (1 - beta_1) (g - m); v += (1 - beta_2) (g g - v);\n"
                "u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon);\n"
                "w -= learning_rate |w| / |u| u, the norms being those of a kernel or a bias; "
                "1 where one of them is 0.\n"
                "So a bias that begins at 0 makes one step of Adam first.\n"
                "convention = paper has u + weight_decay w in place of u, and no decay beside it.",
        .references = "You et al. 2020, Large batch optimization for deep learning, ICLR; "
                      "keras/src/optimizers/lamb.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
