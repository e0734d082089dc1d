// SPDX-License-Identifier: Apache-2.0
// The worker process: makes the parent's plan from the parent's words, loads the plugins, runs batches.
#include "loader/registry.h"
#include "timing/measure.h"
#include "worker/message.h"
#include "worker/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEAT_SECONDS 0.25
#define SEND_BYTES 16384 // results are sent together up to this

typedef struct worker {
    int requests, results;
    hpb_text out; // not yet sent
    double sent;  // when
    hpb_registry registry;
    hpb_suite suite;
    hpb_plan plan;
    hpb_trial_runner *runner;
} worker;

// No exit handlers: some may be a plugin's.
static void send_all(worker *w)
{
    if (w->out.length && !hpb_message_write(w->results, w->out.data, w->out.length))
        _exit(HPB_EXIT_INTERNAL);
    w->out.length = 0;
    w->sent = hpb_seconds();
}

static void send_empty(worker *w, message_type type)
{
    hpb_message_end(&w->out, hpb_message_begin(&w->out, type));
    send_all(w);
}

static _Noreturn void give_up(worker *w, const hpb_error *error)
{
    const size_t begin = hpb_message_begin(&w->out, MESSAGE_FAULT);
    hpb_message_put_u32(&w->out, (uint32_t)error->code);
    hpb_message_put_text(&w->out, error->text);
    hpb_message_put_text(&w->out, error->hint);
    hpb_message_end(&w->out, begin);
    send_all(w);
    _exit(HPB_EXIT_INTERNAL);
}

static bool read_all(int fd, void *bytes, size_t n)
{
    char *at = bytes;
    while (n) {
        const ssize_t got = read(fd, at, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

// False: the parent has closed.
static bool receive(const worker *w, message_header *header, hpb_text *body)
{
    if (!read_all(w->requests, header, sizeof *header) || header->size > MESSAGE_LIMIT)
        return false;
    size_t capacity = body->capacity;
    body->data = hpb_grow(body->data, &capacity, (size_t)header->size + 1, 1);
    body->capacity = capacity;
    body->length = header->size;
    return read_all(w->requests, body->data, header->size);
}

// --- the plan -----------------------------------------------------------------------------------------

static hpb_exit read_registry(worker *w, message_reader *reader, hpb_error *error)
{
    size_t n;
    const char *bytes = hpb_message_get_bytes(reader, &n);
    json_t *json = bytes ? json_loadb(bytes, n, 0, NULL) : NULL;
    const hpb_exit code =
        json ? hpb_registry_from_json(json, &w->registry, error)
             : hpb_error_set(error, HPB_EXIT_INTERNAL, "no list of plugins was sent");
    json_decref(json);
    return code;
}

static const char *const *read_options(message_reader *reader, hpb_arena *arena, uint32_t *n)
{
    *n = hpb_message_get_u32(reader);
    const char **options =
        hpb_arena_alloc(arena, reader->is_bad || *n > reader->left ? 0 : *n, sizeof *options);
    for (uint32_t i = 0; i < *n && !reader->is_bad; i++)
        options[i] = hpb_message_get_text(reader, arena);
    return options;
}

static hpb_exit make_plan(worker *w, message_reader *reader, hpb_arena *arena, hpb_error *error)
{
    const char *path = hpb_message_get_text(reader, arena);
    const char *text = hpb_message_get_text(reader, arena);
    const size_t text_size = hpb_message_get_u64(reader);
    uint32_t n_overrides, n_filters;
    const char *const *overrides = read_options(reader, arena, &n_overrides);
    const char *const *filters = read_options(reader, arena, &n_filters);
    if (reader->is_bad)
        return hpb_error_set(error, HPB_EXIT_INTERNAL, "the first message to a worker is cut off");
    hpb_diagnostics diagnostics = {0};
    if (hpb_suite_parse(path, text, text_size, overrides, n_overrides, &w->registry, &w->suite,
                        &diagnostics) &&
        hpb_suite_filter(&w->suite, filters, n_filters, error) == HPB_EXIT_OK &&
        hpb_plan_make(&w->suite, hpb_module_check_values, NULL, &w->plan, &diagnostics))
        return HPB_EXIT_OK;
    // the parent found nothing wrong a moment ago
    hpb_error_set(error, HPB_EXIT_STORE, "%s",
                  diagnostics.count ? diagnostics.item[0].text : "the suite can't be read again");
    hpb_error_hint(error, "a file of the suite changed while it was run");
    return HPB_EXIT_STORE;
}

// The same bytes as the parent saw: data first, since their change shows in the keys as well.
static hpb_exit check_plan(worker *w, message_reader *reader, hpb_arena *arena, hpb_error *error)
{
    const uint32_t n_data = hpb_message_get_u32(reader);
    for (uint32_t i = 0; i < n_data && i < w->plan.n_data && !reader->is_bad; i++) {
        const char *sha256 = hpb_message_get_text(reader, arena);
        const hpb_plan_data *data = &w->plan.data[i];
        if (strcmp(sha256, data->sha256) != 0)
            return hpb_error_set(
                error, HPB_EXIT_STORE,
                "%s: data changed during the run: sha256 was %.12s..., is %.12s...",
                data->choice->label, sha256, data->sha256);
    }
    char hash[HPB_SHA256_TEXT];
    hpb_message_plan_hash(&w->plan, hash);
    const char *expected = hpb_message_get_text(reader, arena);
    if (reader->is_bad || strcmp(hash, expected) != 0)
        return hpb_error_set(error, HPB_EXIT_INTERNAL,
                             "a worker made another plan than the parent");
    return HPB_EXIT_OK;
}

// The code that is about to be loaded is the code whose hash is in the cells' keys.
static hpb_exit check_plugins(const hpb_suite *suite, hpb_error *error)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        for (uint32_t i = 0; i < suite->n_choices[axis]; i++) {
            const hpb_plugin_info *plugin = suite->choices[axis][i].plugin;
            if (!plugin || (i && plugin == suite->choices[axis][i - 1].plugin))
                continue;
            char *bytes, hash[HPB_SHA256_TEXT];
            size_t n;
            const hpb_exit code =
                hpb_file_read(plugin->path, (size_t)1 << 30, HPB_EXIT_PLUGIN, &bytes, &n, error);
            if (code != HPB_EXIT_OK)
                return code;
            hpb_sha256(bytes, n, hash);
            free(bytes);
            if (strcmp(hash, plugin->sha256) != 0)
                return hpb_error_set(error, HPB_EXIT_PLUGIN,
                                     "%s: changed during the run: sha256 was %.12s..., is %.12s...",
                                     plugin->path, plugin->sha256, hash);
        }
    return HPB_EXIT_OK;
}

static void start(worker *w)
{
    message_header header;
    hpb_text body = {0};
    hpb_error error = {0};
    if (!receive(w, &header, &body))
        _exit(HPB_EXIT_OK);
    hpb_arena *arena = hpb_arena_create();
    message_reader reader = {body.data, body.length, header.type != MESSAGE_INIT};
    const uint32_t isa = hpb_message_get_u32(&reader);
    hpb_exit code = read_registry(w, &reader, &error);
    if (code == HPB_EXIT_OK)
        code = make_plan(w, &reader, arena, &error);
    if (code == HPB_EXIT_OK)
        code = check_plan(w, &reader, arena, &error);
    if (code == HPB_EXIT_OK)
        code = check_plugins(&w->suite, &error);
    if (code == HPB_EXIT_OK)
        code = hpb_trial_runner_create(&w->plan, isa, &w->runner, &error);
    if (code != HPB_EXIT_OK)
        give_up(w, &error);
    hpb_arena_destroy(arena);
    hpb_text_free(&body);
    send_empty(w, MESSAGE_READY);
}

// --- batches ------------------------------------------------------------------------------------------

static void beat(void *context)
{
    worker *w = context;
    if (hpb_seconds() - w->sent >= BEAT_SECONDS)
        send_empty(w, MESSAGE_ALIVE);
}

static void trial_done(void *context, const hpb_trial_result *result)
{
    worker *w = context;
    hpb_message_put_trial(&w->out, result);
    if (w->out.length >= SEND_BYTES)
        send_all(w);
}

static void send_fold(void *context, const hpb_fold *fold)
{
    worker *w = context;
    hpb_message_put_fold(&w->out, fold);
    if (w->out.length >= SEND_BYTES)
        send_all(w);
}

static void do_batch(worker *w, uint32_t cell, uint32_t first, uint32_t n, hpb_pool_work work)
{
    if (work == HPB_WORK_TRIALS)
        hpb_trial_runner_run(w->runner, cell, first, n, trial_done, beat, w);
    const hpb_handed what = work == HPB_WORK_STARTS   ? HPB_HANDED_WEIGHTS
                            : work == HPB_WORK_SPLITS ? HPB_HANDED_SPLITS
                                                      : HPB_HANDED_ROWS;
    for (uint32_t i = 0; i < n && work != HPB_WORK_TRIALS; i++) {
        hpb_trial_runner_prepare(w->runner, cell, first + i, what, send_fold, trial_done, beat, w);
        beat(w);
    }
}

// --- timing -------------------------------------------------------------------------------------------

static void timing_begins(void *context, uint32_t target)
{
    worker *w = context;
    const size_t begin = hpb_message_begin(&w->out, MESSAGE_TIMING_BEGIN);
    hpb_message_put_u32(&w->out, target);
    hpb_message_end(&w->out, begin);
    send_all(w);
}

static void timing_done(void *context, uint32_t target, const hpb_timing *timing)
{
    worker *w = context;
    hpb_message_put_timing(&w->out, target, timing);
}

// The trial that stands for all of it says whether it could be done.
static bool do_timing(worker *w, uint32_t cell, uint32_t replicate, message_reader *reader)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_timing_agenda agenda;
    const bool is_good = hpb_message_get_agenda(reader, arena, &w->plan, &agenda);
    if (is_good) {
        const hpb_timing_callbacks callbacks = {timing_begins, beat, timing_done, w};
        char message[HPB_SPLITS_MESSAGE] = "";
        char *json = hpb_timing_agenda_run(w->runner, &agenda, &callbacks, message);
        const size_t begin = hpb_message_begin(&w->out, MESSAGE_BENCHMARK);
        hpb_message_put_text(&w->out, json ? json : "{}");
        hpb_message_end(&w->out, begin);
        const hpb_trial_result result =
            hpb_trial_result_make(cell, replicate, NULL, json ? HPB_STATUS_OK : HPB_STATUS_CONTRACT,
                                  json ? NULL : message);
        trial_done(w, &result);
        free(json);
    }
    hpb_arena_destroy(arena);
    return is_good;
}

// --- the loop -----------------------------------------------------------------------------------------

static void run_batches(worker *w)
{
    message_header header;
    hpb_text body = {0};
    while (receive(w, &header, &body) && header.type == MESSAGE_BATCH) {
        message_reader reader = {body.data, body.length, false};
        const uint32_t cell = hpb_message_get_u32(&reader);
        const uint32_t first = hpb_message_get_u32(&reader);
        const uint32_t n = hpb_message_get_u32(&reader);
        const uint32_t work = hpb_message_get_u32(&reader);
        if (reader.is_bad || work > HPB_WORK_TIMING || cell >= w->plan.n_cells)
            break;
        w->sent = hpb_seconds();
        if (work != HPB_WORK_TIMING)
            do_batch(w, cell, first, n, (hpb_pool_work)work);
        else if (!do_timing(w, cell, first, &reader))
            break;
        send_empty(w, MESSAGE_BATCH_DONE);
    }
    hpb_text_free(&body);
}

// Plugins get an empty stdin, and descriptors that they are unlikely to close or write to by accident.
static bool take_pipes(worker *w)
{
    w->requests = fcntl(0, F_DUPFD_CLOEXEC, 200);
    w->results = fcntl(3, F_DUPFD_CLOEXEC, 200);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (w->requests < 0 || w->results < 0 || nothing < 0 || dup2(nothing, 0) < 0)
        return false;
    close(nothing);
    close(3);
    return true;
}

int hpb_worker_main(void)
{
    worker w = {0};
    if (!take_pipes(&w))
        return HPB_EXIT_USAGE; // typed by hand
    start(&w);
    run_batches(&w);
    hpb_trial_runner_destroy(w.runner);
    hpb_plan_free(&w.plan);
    hpb_suite_free(&w.suite);
    hpb_registry_free(&w.registry);
    hpb_text_free(&w.out);
    _exit(HPB_EXIT_OK);
}
