// SPDX-License-Identifier: Apache-2.0
// AdamW: Adam with decoupled weight decay, whose default is all that it adds to Adam here.
#include "adam.h"

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "adamw",
        .version = "1.0.0",
        .summary = "AdamW: Adam whose weights decay beside the step, not through the gradient.",
        .docs = "w -= learning_rate weight_decay w, then Adam's step:\n"
                "m += (1 - beta_1) (g - m); v += (1 - beta_2) (g g - v);\n"
                "w -= learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon).\n"
                "convention = paper adds epsilon to sqrt(v / (1 - beta_2^t)) instead, as PyTorch "
                "does.\n"
                "weight_decay = none is Adam; PyTorch takes 0.01.",
        .references = "Loshchilov and Hutter 2019, ICLR; keras/src/optimizers/adamw.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
