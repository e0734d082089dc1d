// SPDX-License-Identifier: Apache-2.0
// A few trials of one cell through a worker process, outside any run: nothing is stored.
#ifndef HPB_ASK_H
#define HPB_ASK_H

#include "cli/cli.h"
#include "worker/pool.h"

/// Which cell and which of its replicates a command is about: --cell, --replicate.
typedef struct hpb_asked {
    const char *cell;     ///< labels with & between, as `--cell` has them; NULL: the first
    const char *protocol; ///< label of the protocol that it is of; NULL: any
    uint32_t first, last; ///< replicates
} hpb_asked;

extern const struct argp hpb_argp_asked; ///< takes an hpb_asked as its input

/// hpb_cli_argument for SUITE and, behind it, PROTOCOL.
error_t hpb_asked_argument(int key, char *arg, const char **suite, hpb_asked *asked,
                           struct argp_state *state);

/// The index of the first cell of the protocol, where one is asked for, that carries all the labels, in *out. Code:
/// HPB_EXIT_USAGE, also where it has fewer replicates.
hpb_exit hpb_asked_find(const hpb_asked *asked, const hpb_plan *plan, uint32_t *out,
                        hpb_error *error);

/// What one trial came to.
typedef struct hpb_answer {
    const hpb_trial_result *result; ///< HPB_STATUS_OK or HPB_STATUS_DIVERGED
    const hpb_fold *folds;          ///< [n_folds]; none with HPB_WORK_TRIALS
    uint32_t n_folds;
} hpb_answer;

/// Has a worker do `work` for the replicates of cells [n_cells], in order; `take` gets each. Code: that of `take`;
/// HPB_EXIT_FAILED where a trial failed, with its cause; or the worker's.
hpb_exit hpb_ask(const hpb_session *session, const hpb_options *shared, const uint32_t *cells,
                 uint32_t n_cells, const hpb_asked *asked, hpb_pool_work work,
                 hpb_exit (*take)(void *context, const hpb_answer *answer, hpb_error *error),
                 void *context, hpb_error *error);

#endif // HPB_ASK_H
