// SPDX-License-Identifier: Apache-2.0
// Keras' ReduceLROnPlateau: a smaller learning rate when the loss has not improved for a number of epochs.
#include "hpbench/plugin.h"

#include <math.h>

enum { MONITOR, FACTOR, PATIENCE, MODE, MIN_DELTA, COOLDOWN, MIN_LR };
enum { VAL_LOSS, LOSS }; // choices of monitor
enum { AUTO, MIN, MAX }; // choices of mode
enum { HAS_BEST, BEST, WAIT, COOLING, N_STATE };

static const hpb_param params[] = {
    {.name = "monitor",
     .doc = "Loss that is watched.",
     .choices = "val_loss,loss",
     .type = HPB_TYPE_CHOICE,
     .value = VAL_LOSS},
    {.name = "factor",
     .doc = "The rate is multiplied by it.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.1,
     .max = 1},
    {.name = "patience",
     .doc = "Epochs without improvement after which the rate is reduced.",
     .unit = "epochs",
     .type = HPB_TYPE_INT,
     .value = 10,
     .max = HUGE_VAL},
    {.name = "mode",
     .doc = "Whether less is better; auto: it is, for a loss.",
     .choices = "auto,min,max",
     .type = HPB_TYPE_CHOICE,
     .value = AUTO},
    {.name = "min_delta",
     .doc = "A smaller change is no improvement.",
     .type = HPB_TYPE_REAL,
     .value = 1e-4,
     .max = HUGE_VAL},
    {.name = "cooldown",
     .doc = "Epochs after a reduction that do not count against patience.",
     .unit = "epochs",
     .type = HPB_TYPE_INT,
     .max = HUGE_VAL},
    {.name = "min_lr",
     .doc = "The rate is never reduced below it.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
};

/// Keras takes min_delta off in double and compares in float32; the first value watched is an improvement, NaN too.
static int is_better(const hpb_value *values, double current, const double *state)
{
    const double min_delta = values[MIN_DELTA].number;
    if (state[HAS_BEST] == 0)
        return 1;
    if (values[MODE].number == MAX)
        return (float)(current - min_delta) > (float)state[BEST];
    return (float)(current + min_delta) < (float)state[BEST];
}

/// Keras: old is the float32 variable; the product and the bound are doubles, and the variable rounds them again.
static int reduce(const hpb_value *values, double old, hpb_verdict *verdict)
{
    const double min_lr = values[MIN_LR].number, rate = old * values[FACTOR].number;
    if (!((float)old > (float)min_lr))
        return 0;
    verdict->actions |= HPB_RATE;
    verdict->learning_rate = min_lr > rate ? min_lr : rate;
    return 1;
}

static void observe(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict)
{
    const int is_val = values[MONITOR].number == VAL_LOSS;
    if (is_val && !epoch->has_val_loss)
        return;
    const double current = is_val ? epoch->val_loss : epoch->loss;
    if (state[COOLING] > 0) {
        state[COOLING]--;
        state[WAIT] = 0;
    }
    if (is_better(values, current, state)) {
        state[HAS_BEST] = 1;
        state[BEST] = current;
        state[WAIT] = 0;
    } else if (state[COOLING] == 0 && ++state[WAIT] >= values[PATIENCE].number &&
               reduce(values, epoch->learning_rate, verdict)) {
        state[COOLING] = values[COOLDOWN].number;
        state[WAIT] = 0;
    }
}

static const hpb_early_stopping_ops ops = {.struct_size = sizeof ops,
                                           .flags = HPB_EARLY_STOPPING_RATE,
                                           .n_state = N_STATE,
                                           .observe = observe};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_EARLY_STOPPING,
        .results_revision = 1,
        .id = "reduce_lr_on_plateau",
        .version = "1.0.0",
        .summary = "Reduces the learning rate when the loss has not improved for `patience` "
                   "epochs; never stops.",
        .docs = "An epoch improves when loss + min_delta < best (mode = max: loss - min_delta > "
                "best); NaN never does, but for the first epoch, which always does.\n"
                "The rate becomes max(rate * factor, min_lr), in single precision; one that is at "
                "min_lr stays. With no validation rows val_loss is absent and nothing happens.\n"
                "keras.callbacks.ReduceLROnPlateau of Keras 3, rate for rate. It goes with "
                "schedule constant alone; `also` sets it beside a rule that stops.",
        .references = "keras/src/callbacks/reduce_lr_on_plateau.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
