// SPDX-License-Identifier: Apache-2.0
// Stops when a number of epochs or updates is used up: the same cost for all that are compared.
#include "hpbench/plugin.h"

#include <math.h>

enum { EPOCHS, UPDATES };

static const hpb_param params[] = {
    {.name = "epochs",
     .doc = "Epochs after which training stops; none: [fit] epochs alone.",
     .unit = "epochs",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "updates",
     .doc = "Updates of the weights after which training stops, at the end of the epoch; none: any "
            "number.",
     .unit = "updates",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .min = 1,
     .max = HUGE_VAL},
};

// NOLINTNEXTLINE(readability-non-const-parameter): the signature is the ABI's
static void observe(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict)
{
    (void)state;
    // NaN, which is none, compares false
    if (epoch->epoch + 1.0 >= values[EPOCHS].number ||
        (double)epoch->updates >= values[UPDATES].number)
        verdict->actions |= HPB_STOP;
}

static const hpb_early_stopping_ops ops = {.struct_size = sizeof ops, .observe = observe};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_EARLY_STOPPING,
        .results_revision = 1,
        .id = "budget",
        .version = "1.0.0",
        .summary = "Stops after a number of epochs or updates, whichever comes first.",
        .docs = "An epoch of n rows in batches of b takes ceil(n / b) updates, so batch sizes are "
                "compared at an equal number of updates.\n"
                "An epoch is never cut short: training stops after the one in which the budget is "
                "used up. The model ends with its last weights.",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
