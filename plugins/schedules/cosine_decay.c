// SPDX-License-Identifier: Apache-2.0
// Cosine decay, with a linear warm-up before it.
#include "hpbench/plugin.h"

#include <math.h>

#define PI 3.14159265358979f

enum { INITIAL_LEARNING_RATE, DECAY_STEPS, ALPHA, WARMUP_TARGET, WARMUP_STEPS };

static const hpb_param params[] = {
    {.name = "initial_learning_rate",
     .doc = "Rate of step 0; none: the optimizer's learning_rate.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "decay_steps",
     .doc = "Steps of the decay, those of the warm-up not counted.",
     .unit = "updates",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_REQUIRED,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "alpha",
     .doc = "Share of the rate that is left after the decay.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
    {.name = "warmup_target",
     .doc = "Rate at the end of the warm-up, from which it decays; none: there is no warm-up.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "warmup_steps",
     .doc = "Steps from initial_learning_rate to warmup_target, in a straight line.",
     .unit = "updates",
     .type = HPB_TYPE_INT,
     .max = HUGE_VAL},
};

static void rate(const hpb_math *math, const hpb_value *values, double learning_rate,
                 uint64_t first, uint32_t n, float *out)
{
    const double initial = values[INITIAL_LEARNING_RATE].number;
    const float start = (float)(isnan(initial) ? learning_rate : initial);
    const float decay_steps = (float)values[DECAY_STEPS].number;
    const double alpha = values[ALPHA].number, target = values[WARMUP_TARGET].number;
    const float warmup_steps = isnan(target) ? 0 : (float)values[WARMUP_STEPS].number;
    const float top = isnan(target) ? start : (float)target;
    for (uint32_t i = 0; i < n; i++) {
        float step = (float)(first + i);
        if (step < warmup_steps) {
            out[i] = (top - start) * (step / warmup_steps) + start;
            continue;
        }
        if (step > decay_steps + warmup_steps)
            step = decay_steps + warmup_steps;
        const float angle = PI * ((step - warmup_steps) / decay_steps);
        const float cosine = 0.5f * (1 + (float)math->cos((double)angle));
        out[i] = top * ((float)(1 - alpha) * cosine + (float)alpha);
    }
}

static const hpb_schedule_ops ops = {.struct_size = sizeof ops, .rate = rate};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SCHEDULE,
        .results_revision = 1,
        .id = "cosine_decay",
        .version = "1.0.0",
        .summary = "Falls along half a cosine wave, after a linear warm-up if there is one.",
        .docs = "rate = top ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2 + alpha), step "
                "counted from "
                "the end of the warm-up, top being warmup_target or initial_learning_rate; in "
                "float32 as in "
                "Keras.",
        .references = "Loshchilov and Hutter 2017, ICLR; "
                      "keras/src/optimizers/schedules/learning_rate_schedule.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
