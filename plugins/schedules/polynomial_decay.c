// SPDX-License-Identifier: Apache-2.0
// Polynomial decay: from one rate to another within so many steps, once or again and again.
#include "hpbench/plugin.h"

#include <math.h>

enum { INITIAL_LEARNING_RATE, DECAY_STEPS, END_LEARNING_RATE, POWER, CYCLE };

static const hpb_param params[] = {
    {.name = "initial_learning_rate",
     .doc = "Rate of step 0; none: the optimizer's learning_rate.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "decay_steps",
     .doc = "Steps until the rate is end_learning_rate.",
     .unit = "updates",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_REQUIRED,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "end_learning_rate",
     .doc = "The rate from then on.",
     .type = HPB_TYPE_REAL,
     .value = 0.0001,
     .max = HUGE_VAL},
    {.name = "power",
     .doc = "Power of the share of steps that is left; 1 is a straight line.",
     .type = HPB_TYPE_REAL,
     .value = 1,
     .max = HUGE_VAL},
    {.name = "cycle",
     .doc = "Whether to start again, each time over one more decay_steps.",
     .type = HPB_TYPE_FLAG},
};

// The ceiling of a number that is not negative.
static float whole_above(float x)
{
    const float below = (float)(int64_t)x;
    return below < x ? below + 1 : below;
}

static void rate(const hpb_math *math, const hpb_value *values, double learning_rate,
                 uint64_t first, uint32_t n, float *out)
{
    const double initial = values[INITIAL_LEARNING_RATE].number;
    const float start = (float)(isnan(initial) ? learning_rate : initial);
    const float decay_steps = (float)values[DECAY_STEPS].number;
    const float end = (float)values[END_LEARNING_RATE].number;
    const double power = (double)(float)values[POWER].number;
    for (uint32_t i = 0; i < n; i++) {
        float step = (float)(first + i), steps = decay_steps;
        if (values[CYCLE].number != 0)
            steps *= step == 0 ? 1 : whole_above(step / decay_steps);
        else if (step > steps)
            step = steps;
        out[i] = (start - end) * (float)math->pow((double)(1 - step / steps), power) + end;
    }
}

static const hpb_schedule_ops ops = {.struct_size = sizeof ops, .rate = rate};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SCHEDULE,
        .results_revision = 1,
        .id = "polynomial_decay",
        .version = "1.0.0",
        .summary = "Goes from one rate to another within decay_steps steps, by a power.",
        .docs =
            "rate = (initial_learning_rate - end_learning_rate) (1 - step / decay_steps)^power + "
            "end_learning_rate, in float32 as in Keras; end_learning_rate after decay_steps, or "
            "with "
            "cycle over decay_steps times the number of cycles begun.",
        .references = "keras/src/optimizers/schedules/learning_rate_schedule.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
