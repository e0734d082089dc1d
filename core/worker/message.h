// SPDX-License-Identifier: Apache-2.0
// Messages between the parent and its workers: a header, then numbers and bytes as this machine has them. Both
// sides are the same binary; the limits are there because a plugin may write where it should not.
#ifndef HPB_MESSAGE_H
#define HPB_MESSAGE_H

#include "engine/trial.h"
#include "timing/agenda.h"

typedef enum message_type {
    MESSAGE_INIT = 0x48504201, ///< to a worker: all that it needs to make the parent's plan
    MESSAGE_BATCH,             ///< to a worker: cell, first, n, what to do with them
    MESSAGE_READY,             ///< the plan is made, the plugins are loaded
    MESSAGE_FAULT,             ///< it can't be: code, text, hint
    MESSAGE_ALIVE,             ///< still working
    MESSAGE_TRIAL,             ///< a result
    MESSAGE_BATCH_DONE,        ///< all results of the batch are sent
    MESSAGE_FOLD,              ///< what one fold of a trial begins with
    MESSAGE_TIMING_BEGIN,      ///< a target is about to be timed: its number
    MESSAGE_TIMING,            ///< what it took
    MESSAGE_BENCHMARK,         ///< the timings as Google Benchmark wrote them
} message_type;

typedef struct message_header {
    uint32_t type, size; ///< size: bytes that follow
} message_header;

#define MESSAGE_LIMIT ((uint32_t)64 << 20)

/// Adds a message to `out`: begin, put, end.
size_t hpb_message_begin(hpb_text *out, message_type type);
void hpb_message_put_u32(hpb_text *out, uint32_t value);
void hpb_message_put_u64(hpb_text *out, uint64_t value);
void hpb_message_put_double(hpb_text *out, double value);
void hpb_message_put_bytes(hpb_text *out, const void *bytes,
                           size_t n); ///< with their number before them
void hpb_message_put_text(hpb_text *out, const char *text);
void hpb_message_end(hpb_text *out, size_t begin);

/// Takes a message apart; once something is missing, `is_bad` and zeros.
typedef struct message_reader {
    const char *at;
    size_t left;
    bool is_bad;
} message_reader;

uint32_t hpb_message_get_u32(message_reader *reader);
uint64_t hpb_message_get_u64(message_reader *reader);
double hpb_message_get_double(message_reader *reader);
/// The bytes stay where they are, not aligned and not terminated.
const char *hpb_message_get_bytes(message_reader *reader, size_t *n);
char *hpb_message_get_text(message_reader *reader, hpb_arena *arena);

void hpb_message_put_trial(hpb_text *out, const hpb_trial_result *result);
/// False where it makes no sense. What `out` points to is in `arena`.
bool hpb_message_get_trial(message_reader *reader, hpb_arena *arena, hpb_trial_result *out);

void hpb_message_put_fold(hpb_text *out, const hpb_fold *fold);
/// As hpb_message_get_trial().
bool hpb_message_get_fold(message_reader *reader, hpb_arena *arena, hpb_fold *out);

/// What is to be timed, inside of a message; back: strings and targets are in `arena`. False where it makes no sense.
void hpb_message_put_agenda(hpb_text *out, const hpb_timing_agenda *agenda);
bool hpb_message_get_agenda(message_reader *reader, hpb_arena *arena, const hpb_plan *plan,
                            hpb_timing_agenda *out);
void hpb_message_put_timing(hpb_text *out, uint32_t target, const hpb_timing *timing);
/// A timing of one of the agenda's targets, which says what it is of. False where it makes no sense.
bool hpb_message_get_timing(message_reader *reader, hpb_arena *arena,
                            const hpb_timing_agenda *agenda, uint32_t *target, hpb_timing *out);

/// Writes all of it. False: the other side is gone.
bool hpb_message_write(int fd, const void *bytes, size_t n);

/// SHA-256 over all keys of a plan: equal plans, equal text.
void hpb_message_plan_hash(const hpb_plan *plan, char out[HPB_SHA256_TEXT]);

#endif // HPB_MESSAGE_H
