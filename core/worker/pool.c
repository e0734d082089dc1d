// SPDX-License-Identifier: Apache-2.0
// The parent's loop: gives out batches, takes results, and buries workers that died or fell silent.
#include "worker/pool.h"
#include "worker/message.h"
#include "worker/process.h"
#include "worker/tasks.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_SECONDS 0.25
#define START_SECONDS 30.0  // that a worker may take to load its plugins, at least
#define MAX_FAILED_STARTS 3 // one after another: then it is no accident
#define STOP_SECONDS 2.0    // that batches under way may take after a stop

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

static void make_init(const hpb_pool_config *config, hpb_text *out)
{
    const size_t begin = hpb_message_begin(out, MESSAGE_INIT);
    hpb_message_put_u32(out, config->isa);
    json_t *json = hpb_registry_to_json(config->registry);
    char *registry = json_dumps(json, JSON_COMPACT);
    hpb_message_put_text(out, registry);
    free(registry);
    json_decref(json);
    hpb_message_put_text(out, config->suite->path);
    hpb_message_put_bytes(out, config->suite->text, config->suite->text_size);
    hpb_message_put_u64(out, config->suite->text_size);
    hpb_message_put_u32(out, config->n_overrides);
    for (uint32_t i = 0; i < config->n_overrides; i++)
        hpb_message_put_text(out, config->overrides[i]);
    hpb_message_put_u32(out, config->suite->n_filters);
    for (uint32_t i = 0; i < config->suite->n_filters; i++)
        hpb_message_put_text(out, config->suite->filters[i].text);
    hpb_message_put_u32(out, config->plan->n_data);
    for (uint32_t i = 0; i < config->plan->n_data; i++)
        hpb_message_put_text(out, config->plan->data[i].sha256);
    char hash[HPB_SHA256_TEXT];
    hpb_message_plan_hash(config->plan, hash);
    hpb_message_put_text(out, hash);
    hpb_message_end(out, begin);
}

// --- giving out ---------------------------------------------------------------------------------------

static void send_batch(const pool *p, slot *s)
{
    hpb_text out = {0};
    const size_t begin = hpb_message_begin(&out, MESSAGE_BATCH);
    hpb_message_put_u32(&out, s->task.cell);
    hpb_message_put_u32(&out, s->task.first);
    hpb_message_put_u32(&out, s->task.n);
    hpb_message_put_u32(&out, (uint32_t)p->config->work);
    if (p->config->work == HPB_WORK_TIMING)
        hpb_message_put_agenda(&out, p->config->timing);
    hpb_message_end(&out, begin);
    hpb_message_write(s->process.request, out.data,
                      out.length); // if it has died, its pidfd says so
    hpb_text_free(&out);
    s->state = SLOT_BUSY;
    s->began = s->heard = hpb_seconds();
}

static hpb_exit give(pool *p, slot *s, const task *batch)
{
    s->task = *batch;
    s->done = hpb_grow(s->done, &s->done_capacity, batch->n, 1);
    memset(s->done, 0, batch->n);
    if (s->state == SLOT_IDLE) {
        send_batch(p, s);
        return HPB_EXIT_OK;
    }
    const hpb_exit code = hpb_process_start(&s->process, p->error);
    if (code != HPB_EXIT_OK)
        return code;
    s->in.length = 0;
    s->fault = NULL;
    s->status = HPB_STATUS_CRASHED;
    s->state = SLOT_STARTING;
    s->heard = hpb_seconds();
    hpb_message_write(s->process.request, p->init.data, p->init.length);
    return HPB_EXIT_OK;
}

static bool is_working(const slot *s)
{
    return s->state == SLOT_STARTING || s->state == SLOT_BUSY;
}

static hpb_exit give_out(pool *p, bool *out_working)
{
    hpb_exit code = HPB_EXIT_OK;
    *out_working = false;
    for (uint32_t i = 0; i < p->config->n_workers && code == HPB_EXIT_OK; i++) {
        slot *s = &p->slots[i];
        task batch;
        bool has = false;
        if (!is_working(s) && !p->is_stopped)
            code = hpb_tasks_next(p->tasks, &batch, &has);
        if (code == HPB_EXIT_OK && has)
            code = give(p, s, &batch);
        *out_working |= is_working(s);
    }
    return code;
}

// --- taking results -----------------------------------------------------------------------------------

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
           result->n_folds <= p->config->plan->cells[s->task.cell].n_splits;
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
    const bool is_asked = p->config->work == HPB_WORK_FOLDS || p->config->work == HPB_WORK_STARTS;
    if (!is_asked || !is_under_way(s, fold->cell, fold->replicate))
        return false;
    const hpb_cell *cell = &plan->cells[fold->cell];
    const uint32_t n_rows = plan->data[cell->data].n_rows;
    return fold->fold < cell->n_splits && are_rows(fold->train, fold->n_train, n_rows) &&
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
                send_batch(p, s);
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

// Takes all whole messages; what is left stays for the next time.
static hpb_exit take_messages(pool *p, slot *s)
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

// Reads all that is there. *out_closed: it has closed the pipe.
static hpb_exit read_results(pool *p, slot *s, bool *out_closed)
{
    static const int reads = 256; // then the others have their turn
    char bytes[16384];
    hpb_exit code = HPB_EXIT_OK;
    *out_closed = false;
    for (int i = 0; i < reads && code == HPB_EXIT_OK && !s->fault; i++) {
        const ssize_t n = read(s->process.result, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return HPB_EXIT_OK;
        *out_closed = n == 0;
        if (n == 0)
            return HPB_EXIT_OK;
        s->heard = hpb_seconds();
        hpb_text_add_bytes(&s->in, bytes, (size_t)n);
        code = take_messages(p, s);
    }
    return code;
}

// --- ends ---------------------------------------------------------------------------------------------

// How it ended, as the cause of a failed trial; free() it.
static char *end_words(const pool *p, const slot *s, int status)
{
    if (s->status == HPB_STATUS_TIMEOUT)
        return hpb_format("silent for %g s (time_limit)", p->config->suite->time_limit);
    if (s->fault)
        return hpb_strdup(s->fault);
    if (WIFEXITED(status))
        return hpb_format("ended the process (exit %d)", WEXITSTATUS(status));
    const int number = WTERMSIG(status);
    const char *name = sigdescr_np(number);
    char *words = hpb_format("signal %d (%s%s)", number, name ? name : "unknown",
                             number == SIGKILL ? "; out of memory?" : "");
    if (name)
        words[strcspn(words, "(") + 1] |= 0x20; // "segmentation fault", in the middle of a sentence
    return words;
}

static void end_process(pool *p, slot *s, int *out_status)
{
    *out_status = hpb_process_end(&s->process);
    const process **workers = hpb_alloc(p->config->n_workers, sizeof *workers);
    for (uint32_t i = 0; i < p->config->n_workers; i++)
        workers[i] = &p->slots[i].process;
    hpb_process_end_strays(p->keep, p->n_keep, workers, p->config->n_workers);
    free(workers);
    s->state = SLOT_EMPTY;
}

static hpb_exit bury(pool *p, slot *s)
{
    const slot_state state = s->state;
    hpb_process_read_output(&s->process);
    int status;
    end_process(p, s, &status);
    if (p->is_stopped || state == SLOT_IDLE)
        return HPB_EXIT_OK; // what it had not done is not done
    if (s->process.is_out_of_time && s->status != HPB_STATUS_TIMEOUT)
        return hpb_error_set(
            p->error, HPB_EXIT_STORE,
            "a worker process has used up its processor time, which is limited (ulimit -t)");
    char *words = end_words(p, s, status);
    const char *printed = s->process.line;
    hpb_exit code = HPB_EXIT_OK;
    if (state == SLOT_STARTING && ++p->n_failed_starts < MAX_FAILED_STARTS) {
        const task batch = s->task; // it never saw it
        code = give(p, s, &batch);
    } else if (state == SLOT_STARTING) {
        code = hpb_error_set(p->error, HPB_EXIT_PLUGIN, "a worker process can't start: %s%s%s",
                             words, printed[0] ? ": " : "", printed);
    } else if (s->task.is_again) {
        if (!s->done[0])
            code =
                hpb_tasks_failed(p->tasks, s->task.cell, s->task.first, s->status, words, printed);
    } else {
        for (uint32_t i = s->task.n; i-- > 0;) // taken from the end: the first one first
            if (!s->done[i])
                hpb_tasks_again(p->tasks, s->task.cell, s->task.first + i);
    }
    free(words);
    return code;
}

static hpb_exit check_slot(pool *p, slot *s)
{
    bool is_closed = false;
    hpb_process_read_output(&s->process);
    const bool has_ended =
        hpb_process_wait(&s->process, 0); // before reading: then all it sent is there
    hpb_exit code = read_results(p, s, &is_closed);
    while (code == HPB_EXIT_OK && has_ended && !is_closed && !s->fault) {
        const size_t before = s->in.length;
        const double heard = s->heard;
        code = read_results(p, s, &is_closed);
        if (s->heard == heard && s->in.length == before)
            break; // a descendant of its own holds the pipe open
    }
    if (code != HPB_EXIT_OK)
        return code;
    const double silence = hpb_seconds() - s->heard;
    const double limit = p->config->suite->time_limit;
    if (has_ended || s->fault)
        return bury(p, s);
    if (is_closed) {
        if (!hpb_process_wait(&s->process, 1000))
            s->fault = "closed hpbench's own pipe";
        return bury(p, s);
    }
    if (is_working(s) &&
        silence > (s->state == SLOT_STARTING ? fmax(limit, START_SECONDS) : limit)) {
        s->fault = "silent";
        s->status = HPB_STATUS_TIMEOUT;
        return bury(p, s);
    }
    return HPB_EXIT_OK;
}

// --- the loop -----------------------------------------------------------------------------------------

static void wait_for_events(const pool *p, struct pollfd *fds)
{
    nfds_t n = 0;
    for (uint32_t i = 0; i < p->config->n_workers; i++) {
        const slot *s = &p->slots[i];
        if (s->state == SLOT_EMPTY)
            continue;
        fds[n++] = (struct pollfd){.fd = s->process.result, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = s->process.output, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = s->process.pidfd, .events = POLLIN};
    }
    const double left = p->ticked + TICK_SECONDS - hpb_seconds();
    poll(fds, n, left > 0 ? (int)(left * 1000) + 1 : 0);
}

static void tick(pool *p)
{
    if (hpb_seconds() - p->ticked < TICK_SECONDS)
        return;
    p->ticked = hpb_seconds();
    if (p->callbacks->tick && p->callbacks->tick(p->callbacks->context) && !p->is_stopped) {
        p->is_stopped = true;
        p->stopped = hpb_seconds();
    }
}

static hpb_exit run(pool *p)
{
    struct pollfd *fds = hpb_alloc(3 * (size_t)p->config->n_workers, sizeof *fds);
    // what is timed takes its time, and half of it is of no use
    const double patience = p->config->work == HPB_WORK_TIMING ? 0 : STOP_SECONDS;
    hpb_exit code = HPB_EXIT_OK;
    for (;;) {
        bool is_working = false;
        code = give_out(p, &is_working);
        if (code != HPB_EXIT_OK || !is_working)
            break;
        wait_for_events(p, fds);
        for (uint32_t i = 0; i < p->config->n_workers && code == HPB_EXIT_OK; i++)
            if (p->slots[i].state != SLOT_EMPTY)
                code = check_slot(p, &p->slots[i]);
        tick(p);
        if (code != HPB_EXIT_OK || (p->is_stopped && hpb_seconds() - p->stopped >= patience))
            break;
    }
    free(fds);
    return code;
}

hpb_exit hpb_pool_run(const hpb_pool_config *config, const hpb_pool_callbacks *callbacks,
                      hpb_error *error)
{
    // A program that does not know --worker would start workers of its own, without end.
    if (getenv("HPBENCH_WORKER_PROCESS"))
        return hpb_error_set(error, HPB_EXIT_INTERNAL, "a worker process can't start workers");
    void (*const before)(int) = signal(SIGPIPE, SIG_IGN); // a dead worker is noticed otherwise
    pool p = {.config = config, .callbacks = callbacks, .error = error, .ticked = hpb_seconds()};
    p.tasks = hpb_tasks_create(config, callbacks);
    p.slots = hpb_alloc(config->n_workers, sizeof *p.slots);
    make_init(config, &p.init);
    hpb_process_adopt(&p.keep, &p.n_keep);
    const hpb_exit code = run(&p);
    for (uint32_t i = 0; i < config->n_workers; i++) {
        int status;
        if (p.slots[i].state != SLOT_EMPTY)
            end_process(&p, &p.slots[i], &status);
        hpb_text_free(&p.slots[i].in);
        free(p.slots[i].done);
    }
    hpb_process_disown();
    free(p.keep);
    free(p.slots);
    hpb_text_free(&p.init);
    hpb_tasks_destroy(p.tasks);
    signal(SIGPIPE, before);
    return code;
}
