// SPDX-License-Identifier: Apache-2.0
// Cosine decay with warm restarts: SGDR.
#include "hpbench/plugin.h"

#include <math.h>

#define PI 3.14159265358979f

enum { INITIAL_LEARNING_RATE, FIRST_DECAY_STEPS, T_MUL, M_MUL, ALPHA };

static const hpb_param params[] = {
    {.name = "initial_learning_rate",
     .doc = "Rate of step 0; none: the optimizer's learning_rate.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "first_decay_steps",
     .doc = "Steps of the first period.",
     .unit = "updates",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_REQUIRED,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "t_mul",
     .doc = "Each period is so many times as long as the one before.",
     .type = HPB_TYPE_REAL,
     .value = 2,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "m_mul",
     .doc = "Each period starts from so many times the rate of the one before.",
     .type = HPB_TYPE_REAL,
     .value = 1,
     .max = HUGE_VAL},
    {.name = "alpha",
     .doc = "Share of the rate that is left at the end of a period.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
};

// The number of the period, from 0, in which `periods` first periods are over, and the share of it that is.
static float find_period(const hpb_math *math, float t_mul, float periods, float *done)
{
    if (t_mul == 1) {
        const float period = (float)(int64_t)periods;
        *done = periods - period;
        return period;
    }
    const float log_length = (float)math->log((double)(1 - periods * (1 - t_mul)));
    const float whole = log_length / (float)math->log((double)t_mul);
    // C leaves open what a number beyond int64_t becomes; such a t_mul has no restart to count
    const float period = fabsf(whole) < 9e18f ? (float)(int64_t)whole : whole;
    const float length = (float)math->pow((double)t_mul, (double)period);
    *done = (periods - (1 - length) / (1 - t_mul)) / length;
    return period;
}

static void rate(const hpb_math *math, const hpb_value *values, double learning_rate,
                 uint64_t first, uint32_t n, float *out)
{
    const double initial = values[INITIAL_LEARNING_RATE].number;
    const float start = (float)(isnan(initial) ? learning_rate : initial);
    const float first_decay_steps = (float)values[FIRST_DECAY_STEPS].number;
    const float t_mul = (float)values[T_MUL].number, alpha = (float)values[ALPHA].number;
    const double m_mul = (double)(float)values[M_MUL].number;
    for (uint32_t i = 0; i < n; i++) {
        float done;
        const float period =
            find_period(math, t_mul, (float)(first + i) / first_decay_steps, &done);
        const float angle = PI * done;
        const float cosine =
            0.5f * (float)math->pow(m_mul, (double)period) * (1 + (float)math->cos((double)angle));
        out[i] = start * ((1 - alpha) * cosine + alpha);
    }
}

static const hpb_schedule_ops ops = {.struct_size = sizeof ops, .rate = rate};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SCHEDULE,
        .results_revision = 1,
        .id = "cosine_decay_restarts",
        .version = "1.0.0",
        .summary = "Cosine decay that starts again and again, in periods that grow.",
        .docs =
            "Period k, from 0, has first_decay_steps t_mul^k steps; rate = initial_learning_rate "
            "((1 - alpha) m_mul^k (1 + cos(pi done)) / 2 + alpha), done the share of the period "
            "that is "
            "over; in float32 as in Keras, the period by logarithms.",
        .references = "Loshchilov and Hutter 2017, ICLR; "
                      "keras/src/optimizers/schedules/learning_rate_schedule.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
