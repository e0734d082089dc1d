// SPDX-License-Identifier: Apache-2.0
// Exponential decay: the rate falls by one factor every so many steps.
#include "hpbench/plugin.h"

#include <math.h>

enum { INITIAL_LEARNING_RATE, DECAY_STEPS, DECAY_RATE, STAIRCASE };

static const hpb_param params[] = {
    {.name = "initial_learning_rate",
     .doc = "Rate of step 0; none: the optimizer's learning_rate.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "decay_steps",
     .doc = "Steps in which the rate falls by the factor decay_rate.",
     .unit = "updates",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_REQUIRED,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "decay_rate",
     .doc = "Factor of decay_steps steps.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_REQUIRED,
     .max = HUGE_VAL},
    {.name = "staircase",
     .doc = "Whether the rate falls in steps, at whole multiples of decay_steps.",
     .type = HPB_TYPE_FLAG},
};

// The floor of a number that is not negative.
static float whole(float x)
{
    return (float)(int64_t)x;
}

static void rate(const hpb_math *math, const hpb_value *values, double learning_rate,
                 uint64_t first, uint32_t n, float *out)
{
    const double initial = values[INITIAL_LEARNING_RATE].number;
    const float start = (float)(isnan(initial) ? learning_rate : initial);
    const float decay_steps = (float)values[DECAY_STEPS].number;
    const double decay_rate = (double)(float)values[DECAY_RATE].number;
    for (uint32_t i = 0; i < n; i++) {
        const float done = (float)(first + i) / decay_steps;
        const float p = values[STAIRCASE].number != 0 ? whole(done) : done;
        out[i] = start * (float)math->pow(decay_rate, (double)p);
    }
}

static const hpb_schedule_ops ops = {.struct_size = sizeof ops, .rate = rate};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SCHEDULE,
        .results_revision = 1,
        .id = "exponential_decay",
        .version = "1.0.0",
        .summary = "Falls by the factor decay_rate in every decay_steps steps.",
        .docs =
            "rate = initial_learning_rate decay_rate^(step / decay_steps), in float32 as in Keras; "
            "with staircase the exponent is rounded down.",
        .references = "keras/src/optimizers/schedules/learning_rate_schedule.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
