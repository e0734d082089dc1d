// SPDX-License-Identifier: Apache-2.0
// Adam and AMSGrad, in Keras' convention of epsilon or in the paper's.
#include "adam.h"

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "adam",
        .version = "1.0.0",
        .summary = "Adam: steps scaled by running moments of the gradient; AMSGrad with amsgrad.",
        .docs = "m += (1 - beta_1) (g - m); v += (1 - beta_2) (g g - v);\n"
                "w -= learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon).\n"
                "convention = paper adds epsilon to sqrt(v / (1 - beta_2^t)) instead, as PyTorch "
                "does.",
        .references = "Kingma and Ba 2015, ICLR; Reddi et al. 2018, ICLR; "
                      "keras/src/optimizers/adam.py",
        .params = {params, WEIGHT_DECAY,
                   sizeof *params}, // the host's own default of weight_decay: none
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
