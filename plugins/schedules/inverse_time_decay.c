// SPDX-License-Identifier: Apache-2.0
// Inverse time decay: the rate falls as one over the steps done.
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
     .doc = "Steps that count as one unit of time.",
     .unit = "updates",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_REQUIRED,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "decay_rate",
     .doc = "What one unit of time adds to the divisor.",
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
    const float decay_rate = (float)values[DECAY_RATE].number;
    (void)math;
    for (uint32_t i = 0; i < n; i++) {
        const float done = (float)(first + i) / decay_steps;
        const float p = values[STAIRCASE].number != 0 ? whole(done) : done;
        out[i] = start / (1 + decay_rate * p);
    }
}

static const hpb_schedule_ops ops = {.struct_size = sizeof ops, .rate = rate};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SCHEDULE,
        .results_revision = 1,
        .id = "inverse_time_decay",
        .version = "1.0.0",
        .summary = "Falls as one over the steps done.",
        .docs =
            "rate = initial_learning_rate / (1 + decay_rate step / decay_steps), in float32 as in "
            "Keras; with staircase step / decay_steps is rounded down.",
        .references = "keras/src/optimizers/schedules/learning_rate_schedule.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
