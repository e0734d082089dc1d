// SPDX-License-Identifier: Apache-2.0
// Keras' EarlyStopping: stops when the loss has not improved for a number of epochs.
#include "hpbench/plugin.h"

#include <math.h>

enum { MONITOR, MIN_DELTA, PATIENCE, MODE, BASELINE, RESTORE_BEST_WEIGHTS, START_FROM_EPOCH };
enum { VAL_LOSS, LOSS }; // choices of monitor
enum { AUTO, MIN, MAX }; // choices of mode
enum { HAS_BEST, BEST, WAIT, N_STATE };

static const hpb_param params[] = {
    {.name = "monitor",
     .doc = "Loss that is watched.",
     .choices = "val_loss,loss",
     .type = HPB_TYPE_CHOICE,
     .value = VAL_LOSS},
    {.name = "min_delta",
     .doc = "A smaller change is no improvement.",
     .type = HPB_TYPE_REAL,
     .max = HUGE_VAL},
    {.name = "patience",
     .doc = "Epochs without improvement after which training stops.",
     .unit = "epochs",
     .type = HPB_TYPE_INT,
     .max = HUGE_VAL},
    {.name = "mode",
     .doc = "Whether less is better; auto: it is, for a loss.",
     .choices = "auto,min,max",
     .type = HPB_TYPE_CHOICE,
     .value = AUTO},
    {.name = "baseline",
     .doc = "Value to beat before an improvement counts against patience.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
    {.name = "restore_best_weights",
     .doc = "Whether the model ends with the weights of its best epoch.",
     .type = HPB_TYPE_FLAG},
    {.name = "start_from_epoch",
     .doc = "Epochs that are not watched.",
     .unit = "epochs",
     .type = HPB_TYPE_INT,
     .max = HUGE_VAL},
};

/// Keras takes min_delta off in double and compares in float32.
static int is_better(const hpb_value *values, double current, double reference)
{
    const double min_delta = values[MIN_DELTA].number;
    if (values[MODE].number == MAX)
        return (float)(current - min_delta) > (float)reference;
    return (float)(current + min_delta) < (float)reference;
}

static void observe(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict)
{
    const int is_val = values[MONITOR].number == VAL_LOSS;
    if ((is_val && !epoch->has_val_loss) || epoch->epoch < values[START_FROM_EPOCH].number)
        return;
    const double current = is_val ? epoch->val_loss : epoch->loss;
    const int restores = values[RESTORE_BEST_WEIGHTS].number != 0;
    // the first epoch watched is best whatever its loss
    const int improved = state[HAS_BEST] == 0 || is_better(values, current, state[BEST]);

    if (restores && improved)
        verdict->actions |= HPB_KEEP | HPB_RESTORE;
    state[WAIT]++;
    if (improved) {
        state[HAS_BEST] = 1;
        state[BEST] = current;
        if (isnan(values[BASELINE].number) || is_better(values, current, values[BASELINE].number))
            state[WAIT] = 0;
    } else if (state[WAIT] >= values[PATIENCE].number && epoch->epoch > 0) {
        verdict->actions |= HPB_STOP;
    }
}

static const hpb_early_stopping_ops ops = {
    .struct_size = sizeof ops, .n_state = N_STATE, .observe = observe};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_EARLY_STOPPING,
        .results_revision = 2, // the first loss is best, NaN too
        .id = "patience",
        .version = "1.0.0",
        .summary = "Stops when the loss has not improved for `patience` epochs.",
        .docs = "An epoch improves when loss + min_delta < best (mode = max: loss - min_delta > "
                "best). The first does whatever its loss, and NaN is never beaten; later NaN never "
                "does.\n"
                "An improvement that does not beat the baseline is remembered as best, but "
                "patience runs on.\n"
                "The first epoch never stops training. With no validation rows val_loss is absent "
                "and nothing happens.\n"
                "keras.callbacks.EarlyStopping of Keras 3, verdict for verdict.",
        .references =
            "Prechelt 1998, Early stopping - but when?; keras/src/callbacks/early_stopping.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
