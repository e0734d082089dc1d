// SPDX-License-Identifier: Apache-2.0
// What workers send, judged: their pipes are open to plugins, so nothing is taken that was not asked for.
#include "worker/message.h"
#include "worker/slot.h"

#include <stdlib.h>
#include <string.h>

// What it may send is known: anything else is the doing of a plugin that wrote into our pipe.
static bool is_under_way(const slot *s, uint32_t cell, uint32_t replicate)
{
    const task *t = &s->task;
    return s->state == SLOT_BUSY && cell == t->cell && replicate >= t->first &&
           replicate - t->first < t->n && !s->done[replicate - t->first];
}

static bool is_expected(const pool *p, const slot *s, const hpb_trial_result *result)
{
    return is_under_way(s, result->cell, result->replicate) &&
           hpb_trial_result_is_of(result, &p->config->plan->cells[result->cell]);
}

static bool are_rows(const uint32_t *rows, uint32_t n, uint32_t n_rows)
{
    for (uint32_t i = 0; i < n; i++)
        if (rows[i] >= n_rows)
            return false;
    return true;
}

static bool is_expected_fold(const pool *p, const slot *s, const hpb_fold *fold)
{
    const hpb_plan *plan = p->config->plan;
    const hpb_pool_work work = p->config->work;
    const bool is_asked =
        work == HPB_WORK_FOLDS || work == HPB_WORK_SPLITS || work == HPB_WORK_STARTS;
    if (!is_asked || !is_under_way(s, fold->cell, fold->replicate))
        return false;
    const hpb_cell *cell = &plan->cells[fold->cell];
    const uint32_t n_rows = plan->data[cell->data].n_rows;
    return fold->fold < cell->n_fits && fold->outer < cell->n_outer &&
           fold->candidate <= cell->n_candidates && fold->split < cell->n_splits &&
           are_rows(fold->train, fold->n_train, n_rows) &&
           are_rows(fold->validation, fold->n_validation, n_rows) &&
           are_rows(fold->test, fold->n_test, n_rows);
}

static hpb_exit take_fault(pool *p, message_reader *reader, bool *out_good)
{
    hpb_arena *arena = hpb_arena_create();
    const uint32_t code = hpb_message_get_u32(reader);
    const char *text = hpb_message_get_text(reader, arena);
    const char *hint = hpb_message_get_text(reader, arena);
    *out_good = !reader->is_bad && !reader->left && *text &&
                (code == HPB_EXIT_SUITE || code == HPB_EXIT_PLUGIN || code == HPB_EXIT_STORE ||
                 code == HPB_EXIT_INTERNAL);
    if (*out_good) {
        hpb_error_set(p->error, (hpb_exit)code, "%s", text);
        hpb_error_hint(p->error, "%s", hint);
    }
    hpb_arena_destroy(arena);
    return *out_good ? (hpb_exit)code : HPB_EXIT_OK;
}

static hpb_exit take_trial(pool *p, slot *s, message_reader *reader, bool *out_good)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_trial_result result;
    hpb_exit code = HPB_EXIT_OK;
    *out_good = hpb_message_get_trial(reader, arena, &result) && is_expected(p, s, &result);
    if (*out_good) {
        s->done[result.replicate - s->task.first] = 1;
        code = p->callbacks->done(p->callbacks->context, &result);
    }
    hpb_arena_destroy(arena);
    return code;
}

static hpb_exit take_fold(pool *p, slot *s, message_reader *reader, bool *out_good)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_fold fold;
    hpb_exit code = HPB_EXIT_OK;
    *out_good = hpb_message_get_fold(reader, arena, &fold) && is_expected_fold(p, s, &fold);
    if (*out_good)
        code = p->callbacks->fold(p->callbacks->context, &fold);
    hpb_arena_destroy(arena);
    return code;
}

static bool take_timing_begin(const pool *p, message_reader *reader)
{
    const uint32_t target = hpb_message_get_u32(reader);
    if (reader->is_bad || reader->left || p->config->work != HPB_WORK_TIMING ||
        target >= p->config->timing->n_targets)
        return false;
    p->callbacks->timing_begin(p->callbacks->context, target);
    return true;
}

static bool take_timing(const pool *p, message_reader *reader)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_timing timing;
    uint32_t target;
    const bool is_good = p->config->work == HPB_WORK_TIMING &&
                         hpb_message_get_timing(reader, arena, p->config->timing, &target, &timing);
    if (is_good)
        p->callbacks->timing(p->callbacks->context, target, &timing);
    hpb_arena_destroy(arena);
    return is_good;
}

static bool take_benchmark(const pool *p, message_reader *reader)
{
    hpb_arena *arena = hpb_arena_create();
    const char *text = hpb_message_get_text(reader, arena);
    json_t *json = p->config->work == HPB_WORK_TIMING ? json_loads(text, 0, NULL) : NULL;
    const bool is_good = json && !reader->is_bad && !reader->left;
    if (is_good)
        p->callbacks->benchmark(p->callbacks->context, text);
    json_decref(json);
    hpb_arena_destroy(arena);
    return is_good;
}

static hpb_exit take_message(pool *p, slot *s, const message_header *header, const char *body,
                             bool *out_good)
{
    message_reader reader = {body, header->size, false};
    *out_good = true;
    switch (header->type) {
    case MESSAGE_READY:
        *out_good = s->state == SLOT_STARTING;
        if (*out_good) {
            p->n_failed_starts = 0;
            if (p->is_stopped)
                s->state = SLOT_IDLE;
            else
                hpb_slot_send_batch(p, s);
        }
        return HPB_EXIT_OK;
    case MESSAGE_FAULT:
        *out_good = s->state == SLOT_STARTING;
        return *out_good ? take_fault(p, &reader, out_good) : HPB_EXIT_OK;
    case MESSAGE_ALIVE:
        return HPB_EXIT_OK;
    case MESSAGE_TRIAL:
        return take_trial(p, s, &reader, out_good);
    case MESSAGE_FOLD:
        return take_fold(p, s, &reader, out_good);
    case MESSAGE_TIMING_BEGIN:
        *out_good = take_timing_begin(p, &reader);
        return HPB_EXIT_OK;
    case MESSAGE_TIMING:
        *out_good = take_timing(p, &reader);
        return HPB_EXIT_OK;
    case MESSAGE_BENCHMARK:
        *out_good = take_benchmark(p, &reader);
        return HPB_EXIT_OK;
    case MESSAGE_BATCH_DONE:
        *out_good = s->state == SLOT_BUSY && !memchr(s->done, 0, s->task.n);
        if (*out_good) {
            hpb_tasks_took(p->tasks, &s->task, hpb_seconds() - s->began);
            s->state = SLOT_IDLE;
        }
        return HPB_EXIT_OK;
    default:
        *out_good = false;
        return HPB_EXIT_OK;
    }
}

hpb_exit hpb_slot_take_messages(pool *p, slot *s)
{
    size_t at = 0;
    hpb_exit code = HPB_EXIT_OK;
    while (code == HPB_EXIT_OK && !s->fault && s->in.length - at >= sizeof(message_header)) {
        message_header header;
        memcpy(&header, s->in.data + at, sizeof header);
        bool is_good = header.size <= MESSAGE_LIMIT;
        if (is_good && s->in.length - at - sizeof header < header.size)
            break;
        if (is_good)
            code = take_message(p, s, &header, s->in.data + at + sizeof header, &is_good);
        if (!is_good)
            s->fault = "wrote into hpbench's own pipe";
        at += sizeof header + header.size;
    }
    if (at > s->in.length)
        at = s->in.length;
    if (at)
        memmove(s->in.data, s->in.data + at, s->in.length - at);
    s->in.length -= at;
    return code;
}
