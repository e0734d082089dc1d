// SPDX-License-Identifier: Apache-2.0
// What failed in the combinations of an explanation: the commonest cause, and where.
#ifndef HPB_EXPLAIN_FAILURES_H
#define HPB_EXPLAIN_FAILURES_H

#include "engine/trial.h"

typedef struct hpb_failure {
    const char *cause; ///< what happened, without in which run; NULL: nothing failed
    hpb_status status;
    uint32_t corner;   ///< the combination that it is most common in, the lowest of several
    uint64_t n_failed; ///< runs of that combination that failed, of whatever cause
    uint32_t n_others; ///< other combinations of which runs failed
} hpb_failure;

#endif // HPB_EXPLAIN_FAILURES_H
