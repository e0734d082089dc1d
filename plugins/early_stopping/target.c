// SPDX-License-Identifier: Apache-2.0
// Stops as soon as the loss is good enough: how long does it take to get there?
#include "hpbench/plugin.h"

#include <math.h>

enum { VALUE, MONITOR, RESTORE_BEST_WEIGHTS };
enum { VAL_LOSS, LOSS }; // choices of monitor
enum { BEST, N_STATE };

static const hpb_param params[] = {
    {.name = "value",
     .doc = "Loss at or below which training stops.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_REQUIRED,
     .min = 0,
     .max = HUGE_VAL},
    {.name = "monitor",
     .doc = "Loss that is watched.",
     .choices = "val_loss,loss",
     .type = HPB_TYPE_CHOICE,
     .value = VAL_LOSS},
    {.name = "restore_best_weights",
     .doc = "Whether a model that never gets there ends with the weights of its best epoch.",
     .type = HPB_TYPE_FLAG},
};

static void start(const hpb_value *values, double *state)
{
    (void)values;
    state[BEST] = HUGE_VAL;
}

static void observe(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict)
{
    const int is_val = values[MONITOR].number == VAL_LOSS;
    if (is_val && !epoch->has_val_loss)
        return;
    const double current = is_val ? epoch->val_loss : epoch->loss;
    // the epoch that gets there is the best so far: its weights stand
    if (current <= values[VALUE].number)
        verdict->actions |= HPB_STOP;
    if (values[RESTORE_BEST_WEIGHTS].number != 0 && current < state[BEST]) {
        state[BEST] = current;
        verdict->actions |= HPB_KEEP | HPB_RESTORE;
    }
}

static const hpb_early_stopping_ops ops = {
    .struct_size = sizeof ops, .n_state = N_STATE, .start = start, .observe = observe};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_EARLY_STOPPING,
        .results_revision = 1,
        .id = "target",
        .version = "1.0.0",
        .summary = "Stops once the loss is at or below `value`.",
        .docs =
            "Stops after the first epoch with loss <= value; NaN never is. A fit that does not get "
            "there runs for all its epochs.\n"
            "Epochs and updates to a given loss compare optimizers by speed. With no validation "
            "rows val_loss is absent and nothing happens.",
        .references = "Dahl et al. 2023, Benchmarking neural network training algorithms "
                      "(time to a target)",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
