// SPDX-License-Identifier: Apache-2.0
// The parent's loop: gives out batches, takes results, and buries workers that died or fell silent.
#include "worker/message.h"
#include "worker/slot.h"

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

void hpb_slot_send_batch(const pool *p, slot *s)
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
        hpb_slot_send_batch(p, s);
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
        code = hpb_slot_take_messages(p, s);
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
