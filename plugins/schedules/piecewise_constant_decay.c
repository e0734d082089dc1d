// SPDX-License-Identifier: Apache-2.0
// Piecewise constant rates, changed at given steps.
#include "hpbench/plugin.h"

#include <math.h>
#include <stdio.h>

enum { BOUNDARIES, VALUES };

static const hpb_param params[] = {
    {.name = "boundaries",
     .doc = "The last steps of all pieces but the last, ascending.",
     .unit = "updates",
     .type = HPB_TYPE_REALS,
     .flags = HPB_PARAM_REQUIRED,
     .max = 0x1p53},
    {.name = "values",
     .doc = "The rate of each piece, one more than boundaries; the optimizer's has no part in it.",
     .type = HPB_TYPE_REALS,
     .flags = HPB_PARAM_REQUIRED,
     .max = HUGE_VAL},
};

static int32_t check(const hpb_host *host, const hpb_value *values)
{
    const double *boundaries = values[BOUNDARIES].list;
    const uint32_t n = values[BOUNDARIES].count;
    char why[512];
    for (uint32_t i = 0; i < n; i++) {
        if (boundaries[i] != (double)(int64_t)boundaries[i]) {
            snprintf(why, sizeof why, "boundaries: expected whole numbers; number %u is none",
                     i + 1);
            return host->fail(host->context, why);
        }
        if (i && boundaries[i] <= boundaries[i - 1]) {
            snprintf(why, sizeof why,
                     "boundaries: expected them ascending; %.0f is followed by %.0f; Keras says "
                     "nothing, and %s\n"
                     "sort them, and the values with them",
                     boundaries[i - 1], boundaries[i],
                     boundaries[i] < boundaries[i - 1] ? "adds up the rates where pieces overlap"
                                                       : "never uses the value between them");
            return host->fail(host->context, why);
        }
    }
    if (values[VALUES].count != n + 1) {
        snprintf(
            why, sizeof why,
            "values: expected one more than boundaries: %u; got %u; Keras says \"The length of "
            "boundaries should be 1 less than the length of values.\"\n"
            "the first value holds up to the first boundary, the last beyond the last",
            n + 1, values[VALUES].count);
        return host->fail(host->context, why);
    }
    return HPB_OK;
}

static void rate(const hpb_math *math, const hpb_value *values, double learning_rate,
                 uint64_t first, uint32_t n, float *out)
{
    const hpb_value *boundaries = &values[BOUNDARIES];
    (void)math, (void)learning_rate;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t piece = 0;
        while (piece < boundaries->count && (double)(first + i) > boundaries->list[piece])
            piece++;
        out[i] = (float)values[VALUES].list[piece];
    }
}

static const hpb_schedule_ops ops = {.struct_size = sizeof ops, .check = check, .rate = rate};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SCHEDULE,
        .results_revision = 1,
        .id = "piecewise_constant_decay",
        .version = "1.0.0",
        .summary = "One rate up to each boundary, the last one from then on.",
        .docs = "rate = values[k], k being the number of boundaries that are less than the step, "
                "as in Keras.",
        .references = "keras/src/optimizers/schedules/learning_rate_schedule.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
