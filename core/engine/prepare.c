// SPDX-License-Identifier: Apache-2.0
// What the fits of a trial begin with, untrained.
#include "engine/chunk.h"

#include <stdlib.h>

void hpb_trial_runner_prepare(hpb_trial_runner *runner, uint32_t cell_index, uint32_t replicate,
                              bool with_weights, hpb_fold_function each,
                              hpb_trial_done_function done, void *context)
{
    chunk c = hpb_chunk_begin(runner, cell_index, 1);
    const uint32_t n_weights = with_weights ? hpb_network_parameters(&c.config.network) : 0;
    float *weights = hpb_alloc(n_weights, sizeof *weights);
    char message[HPB_FIT_MESSAGE];
    hpb_chunk_add(&c, replicate);
    trial *t = &c.trials[0];
    for (size_t i = 0; i < c.n_fits && !t->fault; i++) {
        const hpb_fit *fit = &c.fits[i];
        if (with_weights && !hpb_fit_initialise(&c.config, fit, weights, message)) {
            t->fault = hpb_strdup(message);
            break;
        }
        const hpb_fold fold = {
            cell_index,           replicate,      fit->fit,     fit->train_rows,
            fit->validation_rows, fit->test_rows, fit->n_train, fit->n_validation,
            fit->n_test,          weights,        n_weights};
        each(context, &fold);
    }
    const hpb_trial_result result = hpb_trial_result_make(
        cell_index, replicate, &t->seeds, t->fault ? HPB_STATUS_CONTRACT : HPB_STATUS_OK, t->fault);
    done(context, &result);
    free(weights);
    hpb_chunk_free(&c);
}
