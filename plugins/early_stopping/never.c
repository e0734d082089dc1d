// SPDX-License-Identifier: Apache-2.0
// No early stopping: every fit runs for all its epochs.
#include "hpbench/plugin.h"

// NOLINTNEXTLINE(readability-non-const-parameter): the signature is the ABI's
static void observe(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict)
{
    (void)values, (void)state, (void)epoch, (void)verdict; // the host has zeroed the verdict: go on
}

static const hpb_early_stopping_ops ops = {.struct_size = sizeof ops, .observe = observe};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_EARLY_STOPPING,
        .results_revision = 1,
        .id = "never",
        .version = "1.0.0",
        .summary = "Never stops; the model ends with the weights of its last epoch.",
        .docs = "model.fit(epochs=...) without an EarlyStopping callback.",
        .ops = &ops,
    };
    return &plugin;
}
