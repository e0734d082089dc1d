// SPDX-License-Identifier: Apache-2.0
// FTRL-Proximal, which weighs all gradients so far and can set weights to exactly 0.
#include "hpbench/plugin.h"

#include <math.h>

enum { LEARNING_RATE, LEARNING_RATE_POWER, INITIAL_ACCUMULATOR_VALUE, L1, L2, L2_SHRINKAGE, BETA };
enum { ACCUMULATOR, LINEAR };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "learning_rate_power",
     .doc = "Steps shrink with the sum of squares to this power; 0 keeps them.",
     .type = HPB_TYPE_REAL,
     .value = -0.5,
     .min = -HUGE_VAL},
    {.name = "initial_accumulator_value",
     .doc = "Where the sums of squares begin.",
     .type = HPB_TYPE_REAL,
     .value = 0.1,
     .max = HUGE_VAL},
    {.name = "l1_regularization_strength",
     .aliases = "l1",
     .doc = "Pulls weights to 0 and holds them there.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
    {.name = "l2_regularization_strength",
     .aliases = "l2",
     .doc = "Shrinks weights.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
    {.name = "l2_shrinkage_regularization_strength",
     .aliases = "l2_shrinkage",
     .doc = "Shrinks weights by way of the gradient, which the sum of squares does not see.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
    {.name = "beta",
     .doc = "The paper's beta: more of it, smaller first steps.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
};

static const hpb_slot slots[] = {
    {.name = "accumulator", .doc = "Sum of squared gradients.", .scope = HPB_SLOT_PARAMETER},
    {.name = "linear",
     .doc = "The paper's z: sum of gradients, less what the weights are worth.",
     .scope = HPB_SLOT_PARAMETER},
};

static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    const float value = (float)values[INITIAL_ACCUMULATOR_VALUE].number;
    for (size_t p = 0; p < batch->n_params; p++)
        batch->slots[ACCUMULATOR][p * batch->n_lanes + lane] = value;
}

typedef struct factors {
    float power, l1, l2, twice_shrinkage, beta;
    double (*pow)(double x, double y);
} factors;

// x to the power of -learning_rate_power, rounded once.
HPB_INLINE float power_of(const factors *f, int is_root, float x)
{
    return is_root ? sqrtf(x) : (float)f->pow((double)x, (double)f->power);
}

// Keras' order of operations; a sum of squares of 0 divides 0 by 0 there as well.
HPB_INLINE void row(const factors *HPB_RESTRICT f, int is_root, const float *HPB_RESTRICT g,
                    const float *HPB_RESTRICT rate, float *HPB_RESTRICT w, float *HPB_RESTRICT sum,
                    float *HPB_RESTRICT linear)
{
    for (int j = 0; j < HPB_LANE_MULTIPLE; j++) {
        const float new_sum = sum[j] + g[j] * g[j];
        const float scale = power_of(f, is_root, new_sum);
        const float change = (scale - power_of(f, is_root, sum[j])) / rate[j];
        linear[j] += g[j] + f->twice_shrinkage * w[j] - change * w[j];
        const float quadratic = scale / rate[j] + 2 * (f->l2 + f->beta / (2 * rate[j]));
        const float above = linear[j] > -f->l1 ? linear[j] : -f->l1;
        w[j] = ((above < f->l1 ? above : f->l1) - linear[j]) / quadratic;
        sum[j] = new_sum;
    }
}

HPB_INLINE void rows(const factors *f, int is_root, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    for (size_t lane = 0; lane < n_lanes; lane += HPB_LANE_MULTIPLE)
        for (size_t at = lane; at < batch->n_params * n_lanes; at += n_lanes)
            row(f, is_root, batch->gradients + at, batch->learning_rate + lane, batch->weights + at,
                batch->slots[ACCUMULATOR] + at, batch->slots[LINEAR] + at);
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const factors f = {(float)-values[LEARNING_RATE_POWER].number,
                       (float)values[L1].number,
                       (float)values[L2].number,
                       (float)(2 * values[L2_SHRINKAGE].number),
                       (float)values[BETA].number,
                       batch->math->pow};
    if (f.power == 0.5F)
        rows(&f, 1, batch);
    else
        rows(&f, 0, batch);
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
        .id = "ftrl",
        .version = "1.0.0",
        .summary =
            "FTRL-Proximal: follows the regularised leader; with l1 its weights become exactly 0.",
        .docs =
            "n' = n + g g; s = (n'^p - n^p) / learning_rate; z += g + 2 l2_shrinkage w - s w; n = "
            "n';\n"
            "w = (clip(z, -l1, l1) - z) / (n^p / learning_rate + 2 l2 + beta / learning_rate);\n"
            "p = -learning_rate_power.\n"
            "n begins at initial_accumulator_value; from 0, weights are NaN until they have had a "
            "gradient.\n"
            "The initial weights matter for the first gradients alone: FTRL forgets where it "
            "started.",
        .references = "McMahan et al. 2013, Ad click prediction: a view from the trenches, KDD; "
                      "keras/src/optimizers/ftrl.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
