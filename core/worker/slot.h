// SPDX-License-Identifier: Apache-2.0
// The pool from inside: its workers' places, what is sent to one, and what comes from it. Shared by pool.c and take.c
// alone.
#ifndef HPB_SLOT_H
#define HPB_SLOT_H

#include "worker/pool.h"
#include "worker/process.h"
#include "worker/tasks.h"

typedef enum slot_state { SLOT_EMPTY, SLOT_STARTING, SLOT_IDLE, SLOT_BUSY } slot_state;

// The place of one worker.
typedef struct slot {
    process process; // first: hpb_process_end_strays takes pointers to these
    slot_state state;
    hpb_text in;   // received and not yet understood
    double heard;  // when something came from it last
    double began;  // its batch
    task task;     // SLOT_BUSY; SLOT_STARTING: what it starts for
    uint8_t *done; // [task.n]: trials of the task whose result is here
    size_t done_capacity;
    const char *fault; // what we ended it for; NULL: it ended by itself
    hpb_status status; // HPB_STATUS_TIMEOUT where it was silent
} slot;

typedef struct pool {
    const hpb_pool_config *config;
    const hpb_pool_callbacks *callbacks;
    tasks *tasks;
    slot *slots;   // [n_workers]
    hpb_text init; // the first message to every worker
    pid_t *keep;   // children that are not ours
    size_t n_keep;
    uint32_t n_failed_starts;
    double ticked;
    bool is_stopped;
    double stopped; // when
    hpb_error *error;
} pool;

/// Sends the slot's task to its worker, which is then busy.
void hpb_slot_send_batch(const pool *p, slot *s);
/// Takes all whole messages of slot->in; what is left stays for the next time. What its worker had no business to send
/// is slot->fault. Code: what a callback answered, or the fault that a worker reported.
hpb_exit hpb_slot_take_messages(pool *p, slot *s);

#endif // HPB_SLOT_H
