// SPDX-License-Identifier: Apache-2.0
// One run of a suite: the pool, the store, signals and progress between them, and what is printed.
#include "cli/run.h"

#include "cli/progress.h"
#include "cli/tally.h"
#include "cli/timing.h"
#include "explain/looks.h"
#include "loader/json.h"
#include "loader/module.h"
#include "reports/report.h"
#include "worker/pool.h"

#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct run {
    const hpb_run_request *args;
    hpb_session session;
    char *folder;
    hpb_store *store;
    hpb_text changes;
    json_t *looks; // the record (explain/looks.h)
    progress progress;
    timing_outcome timing;
    uint32_t n_workers;
    double stop_at; // hpb_seconds(), by --max-time; infinity: never
    // the cursor over what is not stored
    uint32_t cell, replicate;
    uint8_t *done; // bits, of `cell`; loaded when its first trial is asked for
    bool is_loaded;
    hpb_exit code; // of a callback that can't hand it on
    hpb_error error;
} run;

// timeout(1) and shells tell a process and then its whole group: that is one wish, not two.
#define ONE_STOP_MS 200

// --- signals ------------------------------------------------------------------------------------------

// A signal handler can reach nothing else.
static volatile sig_atomic_t stop_signal;
static volatile int64_t stopped_at; // ms; the handler's alone

static void on_signal(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (!stop_signal) {
        stop_signal = number;
        stopped_at = ms;
    } else if (number != SIGXCPU && ms - stopped_at > ONE_STOP_MS)
        _exit(128 + number); // the second one does not wait; workers go with us
}

static void catch_signals(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

// --- what the pool asks -------------------------------------------------------------------------------

static bool is_done(const run *r, uint32_t replicate)
{
    return r->done[replicate / 8] >> (replicate % 8) & 1;
}

static bool next(void *context, uint32_t *cell, uint32_t *first, uint32_t *n)
{
    run *r = context;
    const hpb_plan *plan = &r->session.plan;
    for (; r->cell < plan->n_cells; r->cell++, r->replicate = 0, r->is_loaded = false) {
        const uint32_t planned = plan->cells[r->cell].n_replicates;
        uint64_t count[HPB_STATUS_COUNT];
        if (!r->is_loaded)
            r->code = hpb_store_done(r->store, plan, r->cell, r->done, count, &r->error);
        if (r->code != HPB_EXIT_OK)
            return false;
        r->is_loaded = true;
        while (r->replicate < planned && is_done(r, r->replicate))
            r->replicate++;
        if (r->replicate == planned)
            continue;
        *cell = r->cell;
        *first = r->replicate;
        while (r->replicate < planned && r->replicate - *first < *n && !is_done(r, r->replicate))
            r->replicate++;
        *n = r->replicate - *first;
        return true;
    }
    return false;
}

static hpb_exit done(void *context, const hpb_trial_result *result)
{
    run *r = context;
    hpb_progress_count(&r->progress, result->status, r->session.plan.cells[result->cell].n_fits);
    if (r->code == HPB_EXIT_OK) // the first error is the one to tell
        r->code = hpb_store_add(r->store, result, &r->error);
    return r->code;
}

static bool is_over(void *context)
{
    const run *r = context;
    return stop_signal || hpb_seconds() >= r->stop_at;
}

static bool tick(void *context)
{
    run *r = context;
    hpb_progress_draw(&r->progress);
    if (r->code == HPB_EXIT_OK)
        r->code = hpb_store_flush(r->store, &r->error);
    return r->code != HPB_EXIT_OK || is_over(r);
}

// --- before -------------------------------------------------------------------------------------------

static uint32_t count_cores(void)
{
    cpu_set_t set;
    const int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? (uint32_t)n : 1;
}

// Keeps the record with the next commit.
static hpb_exit put_looks(run *r)
{
    char *text = json_dumps(r->looks, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    const hpb_exit code = hpb_store_put_looks(r->store, text, &r->error);
    free(text);
    return code;
}

// Goes on from the record that is stored, where it is this plan's; trials that are retried may change what was seen.
static hpb_exit begin_looks(run *r)
{
    char *stored = hpb_store_read_looks(r->store);
    json_t *before = stored ? json_loads(stored, JSON_DECODE_ANY, NULL) : json_null();
    r->looks = hpb_looks_begin(&r->session.plan, r->args->options.retry_failed ? NULL : stored);
    hpb_plan_grow(&r->session.plan, hpb_looks_replicates(r->looks, &r->session.plan));
    const bool is_same = json_equal(before, r->looks); // then nothing is written
    json_decref(before);
    free(stored);
    return is_same ? HPB_EXIT_OK : put_looks(r);
}

static hpb_exit prepare_store(run *r, const char *isa)
{
    hpb_exit code =
        r->args->options.fresh ? hpb_store_remove_older(r->folder, &r->error) : HPB_EXIT_OK;
    if (code == HPB_EXIT_OK)
        code = hpb_store_open(r->folder, &r->store, &r->error);
    if (code == HPB_EXIT_OK && r->args->options.fresh)
        code = hpb_store_clear(r->store, &r->error);
    if (code == HPB_EXIT_OK)
        code = begin_looks(r);
    if (code == HPB_EXIT_OK)
        code = hpb_store_describe(r->store, &r->session.plan, &r->session.registry, isa,
                                  &r->changes, &r->error);
    if (code == HPB_EXIT_OK)
        code = hpb_store_commit(r->store, &r->error);
    if (code == HPB_EXIT_OK && r->args->options.retry_failed)
        code = hpb_store_forget_failed(r->store, &r->error);
    return code;
}

static hpb_exit count_stored(run *r, hpb_progress *out, uint64_t *out_fits_left)
{
    const hpb_plan *plan = &r->session.plan;
    uint32_t most = 0;
    *out = (hpb_progress){.planned = plan->n_trials};
    *out_fits_left = 0;
    for (uint32_t i = 0; i < plan->n_cells; i++) {
        uint64_t count[HPB_STATUS_COUNT], stored = 0;
        const hpb_exit code = hpb_store_done(r->store, plan, i, NULL, count, &r->error);
        if (code != HPB_EXIT_OK)
            return code;
        for (int s = 0; s < HPB_STATUS_COUNT; s++) {
            stored += count[s];
            out->failed += s > HPB_STATUS_DIVERGED ? count[s] : 0;
        }
        out->diverged += count[HPB_STATUS_DIVERGED];
        out->done += stored;
        *out_fits_left += (plan->cells[i].n_replicates - stored) * plan->cells[i].n_fits;
        most = plan->cells[i].n_replicates > most ? plan->cells[i].n_replicates : most;
    }
    free(r->done);
    r->done = hpb_alloc((size_t)most / 8 + 1, 1);
    return HPB_EXIT_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_opening(const run *r, const hpb_progress *stored)
{
    const hpb_plan *plan = &r->session.plan;
    char trials[HPB_NUMBER_SIZE], n[HPB_NUMBER_SIZE];
    if (geteuid() == 0)
        puts("warning: run by root: plugins have all of root's rights");
    printf("%s: ", base_name(r->args->suite));
    hpb_print_counts(plan);
    printf("; %" PRIu32 " worker%s\n", r->n_workers, hpb_plural(r->n_workers));
    if (r->changes.length)
        printf("changed since the last run:\n");
    for (const char *at = r->changes.data; at && *at; at = strchr(at, '\n') + 1)
        printf("  %.*s\n", (int)strcspn(at, "\n"), at);
    if (stored->done == stored->planned)
        printf("nothing to do: all %s trials are stored\n", hpb_count_text(plan->n_trials, trials));
    else if (stored->done)
        printf("%s of %s trials are there already\n", hpb_count_text(stored->done, n),
               hpb_count_text(plan->n_trials, trials));
    if (stored->failed)
        printf("%s failed earlier; --retry-failed runs them again\n",
               hpb_count_text(stored->failed, n));
    fflush(stdout);
}

// --- running ------------------------------------------------------------------------------------------

static hpb_pool_config pool_config(const run *r, uint32_t isa)
{
    return (hpb_pool_config){
        .suite = &r->session.suite,
        .plan = &r->session.plan,
        .registry = &r->session.registry,
        .overrides = r->args->options.overrides,
        .n_overrides = r->args->options.n_overrides,
        .isa = isa,
        .n_workers = r->n_workers,
    };
}

static hpb_exit run_trials(run *r, uint32_t isa)
{
    const hpb_pool_config config = pool_config(r, isa);
    const hpb_pool_callbacks callbacks = {.next = next, .done = done, .tick = tick, .context = r};
    const hpb_exit code = hpb_pool_run(&config, &callbacks, &r->error);
    return code == HPB_EXIT_OK ? r->code : code;
}

// Plans as many replicates as the record asks for.
static hpb_exit grow(run *r, uint32_t isa)
{
    hpb_plan *plan = &r->session.plan;
    hpb_text unsaid = {0};
    hpb_progress stored;
    uint64_t fits_left;
    hpb_plan_grow(plan, hpb_looks_replicates(r->looks, plan));
    hpb_exit code = hpb_store_describe(r->store, plan, &r->session.registry, hpb_isa_name(isa),
                                       &unsaid, &r->error);
    hpb_text_free(&unsaid);
    if (code == HPB_EXIT_OK)
        code = count_stored(r, &stored, &fits_left);
    if (code == HPB_EXIT_OK)
        hpb_progress_extend(&r->progress, &stored, fits_left);
    r->cell = r->replicate = 0;
    r->is_loaded = false;
    return code;
}

// Whether what is stored is enough; where it is not, more is planned. Look and plan are kept together.
static hpb_exit look(run *r, uint32_t isa)
{
    hpb_exit code = hpb_looks_add(r->store, r->looks, &r->error);
    if (code != HPB_EXIT_OK)
        return code;
    hpb_arena *arena = hpb_arena_create();
    hpb_progress_say(&r->progress, hpb_looks_words(r->looks, arena));
    hpb_arena_destroy(arena);
    code = put_looks(r);
    if (code != HPB_EXIT_OK)
        return code;
    return hpb_looks_go_on(r->looks) ? grow(r, isa) : hpb_store_commit(r->store, &r->error);
}

static bool is_all_there(const run *r)
{
    return r->progress.now.done == r->progress.now.planned;
}

// Runs what is not stored, and looks: until it is known, where the suite asks for that.
static hpb_exit run_until_known(run *r, uint32_t isa)
{
    hpb_exit code = HPB_EXIT_OK;
    for (bool goes_on = true; goes_on && code == HPB_EXIT_OK;) {
        if (!is_all_there(r))
            code = run_trials(r, isa);
        goes_on =
            code == HPB_EXIT_OK && is_all_there(r) && !is_over(r) && hpb_looks_go_on(r->looks);
        if (goes_on)
            code = look(r, isa);
    }
    return code;
}

// Once all trials are there; they are safe before it begins.
static hpb_exit run_timing(run *r, uint32_t isa)
{
    const hpb_exit code = hpb_store_commit(r->store, &r->error);
    if (code != HPB_EXIT_OK)
        return code;
    const timing_request request = {
        .pool = pool_config(r, isa),
        .store = r->store,
        .again = r->args->retime,
        .is_silent = r->args->options.quiet,
        .is_over = is_over,
        .context = r,
    };
    return hpb_cli_time(&request, &r->timing, &r->error);
}

// Everything up to the closed store.
static hpb_exit run_suite(run *r)
{
    uint32_t isa;
    hpb_exit code =
        hpb_isa_parse(r->args->options.isa ? r->args->options.isa : "auto", &isa, &r->error);
    if (code == HPB_EXIT_OK)
        code = prepare_store(r, hpb_isa_name(isa));
    hpb_progress stored = {0};
    uint64_t fits_left = 0;
    if (code == HPB_EXIT_OK)
        code = count_stored(r, &stored, &fits_left);
    if (code == HPB_EXIT_OK) {
        const bool is_silent = r->args->options.quiet;
        if (!is_silent && !r->args->options.json && !r->args->no_answer)
            print_opening(r, &stored);
        const bool has_work = stored.done < stored.planned || hpb_looks_go_on(r->looks);
        hpb_progress_begin(&r->progress, stderr, is_silent || !has_work, &stored, fits_left);
        r->progress.stop_at = r->stop_at;
        code = run_until_known(r, isa);
        hpb_progress_end(&r->progress);
        if (code == HPB_EXIT_OK && r->session.suite.timing_repetitions && !r->args->no_timing &&
            is_all_there(r) && !is_over(r))
            code = run_timing(r, isa);
    }
    hpb_error at_close;
    const hpb_exit closed = hpb_store_close(r->store, &at_close);
    if (code == HPB_EXIT_OK && closed != HPB_EXIT_OK) {
        r->error = at_close;
        code = closed;
    }
    return code;
}

// --- after --------------------------------------------------------------------------------------------

static void print_json(const run *r, const tally *t, const hpb_report_result *report, hpb_exit code)
{
    const double seconds = r->progress.now.seconds;
    json_t *answer = json_array(), *changes = json_array();
    for (const char *at = report->answer.data; at && *at;
         at += strcspn(at, "\n"), at += *at == '\n')
        json_array_append_new(answer, json_stringn(at, strcspn(at, "\n")));
    for (const char *at = r->changes.data; at && *at; at = strchr(at, '\n') + 1)
        json_array_append_new(changes, json_stringn(at, strcspn(at, "\n")));
    json_t *all = json_object();
    json_object_set_new(all, "suite", json_string(r->session.suite.name));
    json_object_set_new(all, "folder", hpb_json_text(r->folder));
    json_object_set_new(all, "planned", json_integer((json_int_t)t->planned));
    json_object_set_new(all, "stored", json_integer((json_int_t)t->stored));
    json_object_set_new(all, "ran", json_integer((json_int_t)r->progress.now.ran));
    json_object_set_new(all, "diverged", json_integer((json_int_t)t->status[HPB_STATUS_DIVERGED]));
    json_t *failed = json_object();
    for (int s = HPB_STATUS_CRASHED; s <= HPB_STATUS_SET_ASIDE; s++)
        json_object_set_new(failed, hpb_status_name((hpb_status)s),
                            json_integer((json_int_t)t->status[s]));
    json_object_set_new(all, "failed", failed);
    json_object_set_new(all, "failures", hpb_tally_failures_to_json(t));
    json_object_set_new(all, "changes", changes);
    json_object_set_new(all, "seconds", json_real(seconds));
    json_object_set_new(all, "trials_per_second",
                        json_real(seconds > 0 ? (double)r->progress.now.ran / seconds : 0));
    json_object_set_new(all, "fits_per_second",
                        json_real(seconds > 0 ? (double)r->progress.fits_ran / seconds : 0));
    json_object_set_new(all, "answer", answer);
    json_object_set_new(all, "report", hpb_json_text(report->page.data));
    json_object_set_new(all, "note", hpb_json_text(report->note));
    json_object_set_new(all, "timing",
                        json_pack("{s:I, s:f, s:o}", "cells", (json_int_t)r->timing.n_cells,
                                  "seconds", r->timing.seconds, "note",
                                  hpb_json_text(r->timing.note)));
    json_object_set_new(all, "exit", json_integer(code));
    hpb_print_json(all);
}

static void print_outcome(const run *r, const tally *t, const hpb_report_result *report)
{
    char n[HPB_NUMBER_SIZE];
    if (r->args->options.quiet) {
        if (report->page.data)
            puts(report->page.data);
        return;
    }
    if (report->answer.data)
        hpb_print_sentences(report->answer.data);
    if (t->failed)
        printf("%s trial%s failed:\n", hpb_count_text(t->failed, n), hpb_plural(t->failed));
    hpb_tally_print_failures(t, stdout);
    if (r->timing.note)
        printf("note: %s\n", r->timing.note);
    if (report->note[0])
        printf("note: %s\n", report->note);
    if (report->page.data)
        printf("report: %s\n", report->page.data);
}

// What is stored, said after a stop; `reason`: "", or why with ": " behind it.
static void print_stored(const run *r, const char *reason)
{
    tally t;
    char stored[HPB_NUMBER_SIZE], planned[HPB_NUMBER_SIZE];
    if (hpb_tally_read(r->folder, &t, NULL) != HPB_EXIT_OK)
        return;
    fprintf(stderr, "hpbench: %s%s of %s trials stored in %s; the same command goes on\n", reason,
            hpb_count_text(t.stored, stored), hpb_count_text(t.planned, planned), r->folder);
    hpb_tally_free(&t);
}

static hpb_exit finish(run *r)
{
    tally t;
    hpb_report_result report = {0};
    hpb_exit code = hpb_tally_read(r->folder, &t, &r->error);
    if (code != HPB_EXIT_OK) {
        hpb_error_print(stderr, &r->error);
        return code;
    }
    code = hpb_tally_exit(&t);
    if (!r->args->no_report) {
        const hpb_exit written = hpb_report_write(r->folder, &report, &r->error);
        if (written != HPB_EXIT_OK) {
            hpb_error_print(stderr, &r->error);
            code = written;
        }
    }
    if (r->args->no_answer)
        hpb_tally_print_failures(&t, stderr);
    else if (r->args->options.json)
        print_json(r, &t, &report, code);
    else
        print_outcome(r, &t, &report);
    hpb_report_result_free(&report);
    hpb_tally_free(&t);
    return code;
}

static void release(run *r)
{
    hpb_session_close(&r->session);
    hpb_text_free(&r->changes);
    json_decref(r->looks);
    free(r->timing.note);
    free(r->done);
    free(r->folder);
}

// After the limits are checked: everything that there is to release.
static int run_and_report(run *r)
{
    const hpb_run_request *args = r->args;
    int code = hpb_session_open(&args->options, args->suite, &r->session);
    if (code != HPB_EXIT_OK)
        return code;
    r->folder = args->options.output ? hpb_strdup(args->options.output)
                                     : hpb_format("hpbench-results/%s", r->session.suite.name);
    if (args->out_folder)
        *args->out_folder = hpb_strdup(r->folder);
    catch_signals(on_signal);
    void (*const before)(int) = signal(SIGXCPU, on_signal);
    code = run_suite(r);
    signal(SIGXCPU, before);
    catch_signals(SIG_DFL); // the report is written whole or not at all
    if (code == HPB_EXIT_OK && stop_signal == SIGXCPU)
        code = hpb_error_set(&r->error, HPB_EXIT_STORE, HPB_OUT_OF_TIME);
    if (code != HPB_EXIT_OK)
        hpb_error_print(stderr, &r->error);
    const bool is_late = code == HPB_EXIT_OK && (!is_all_there(r) || hpb_looks_go_on(r->looks));
    if ((code != HPB_EXIT_OK && r->progress.out) || stop_signal || is_late)
        print_stored(r, is_late && !stop_signal ? "--max-time is over: " : "");
    if (stop_signal && stop_signal != SIGXCPU)
        code = 128 + (int)stop_signal;
    else if (code == HPB_EXIT_OK)
        code = finish(r);
    release(r);
    return code;
}

int hpb_run(const hpb_run_request *request)
{
    run r = {.args = request, .stop_at = (double)INFINITY};
    if (request->options.max_seconds > 0)
        r.stop_at = hpb_seconds() + request->options.max_seconds;
    r.n_workers = request->options.jobs ? request->options.jobs : count_cores();
    int code = hpb_check_limits(r.n_workers, &r.error);
    if (code == HPB_EXIT_OK)
        code = run_and_report(&r);
    else
        hpb_error_print(stderr, &r.error);
    return code;
}

int hpb_run_or_read(hpb_run_request *request, const char *command, const char *override,
                    char **folder)
{
    if (!hpb_is_suite(request->suite)) {
        hpb_cli_only_read(command, request->suite, &request->options);
        *folder = hpb_run_folder(request->suite);
        return HPB_EXIT_OK;
    }
    hpb_options_set(&request->options, override);
    request->no_timing = request->no_report = request->no_answer = true;
    request->out_folder = folder;
    return hpb_run(request);
}
