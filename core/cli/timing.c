// SPDX-License-Identifier: Apache-2.0
// Times the fits and plugins of a run, once its trials are there and its workers have ended.
#include "cli/timing.h"

#include "cli/cli.h"
#include "cli/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct state {
    const timing_request *request;
    hpb_timing_agenda agenda;
    hpb_arena *arena;    // owns the timings' numbers
    hpb_timing *timings; // [agenda.n_targets]
    char *json;
    uint32_t target; // the last one that was begun
    uint64_t n_begun;
    bool is_given, is_stopped;
    hpb_status status;
    char *cause;
    progress progress;
} state;

// --- what the pool asks -------------------------------------------------------------------------------

static bool next(void *context, uint32_t *cell, uint32_t *first, uint32_t *n)
{
    state *s = context;
    *cell = *first = 0;
    *n = 1;
    const bool is_new = !s->is_given;
    s->is_given = true;
    return is_new;
}

static bool has_all(const state *s)
{
    for (uint32_t i = 0; i < s->agenda.n_targets; i++)
        if (!s->timings[i].n_repetitions)
            return false;
    return s->json;
}

// A plugin that wrote into our pipe may have said that all is done.
static hpb_exit done(void *context, const hpb_trial_result *result)
{
    state *s = context;
    const bool is_short = result->status == HPB_STATUS_OK && !has_all(s);
    const char *cause = is_short ? "timings are missing" : result->cause;
    s->status = is_short ? HPB_STATUS_CONTRACT : result->status;
    free(s->cause);
    s->cause = cause ? hpb_strdup(cause) : NULL;
    return HPB_EXIT_OK;
}

static void timing_begin(void *context, uint32_t target)
{
    state *s = context;
    s->target = target;
    s->n_begun++;
}

static void take_timing(void *context, uint32_t target, const hpb_timing *timing)
{
    state *s = context;
    const size_t n = timing->n_repetitions;
    double *seconds = hpb_arena_alloc(s->arena, 2 * n, sizeof *seconds);
    memcpy(seconds, timing->cpu, n * sizeof *seconds);
    memcpy(seconds + n, timing->real, n * sizeof *seconds);
    s->timings[target] = *timing;
    s->timings[target].cpu = seconds;
    s->timings[target].real = seconds + n;
}

static void take_benchmark(void *context, const char *json)
{
    state *s = context;
    free(s->json);
    s->json = hpb_strdup(json);
}

static bool tick(void *context)
{
    state *s = context;
    // making, finding the number of iterations, and the repetitions
    const uint64_t all = (uint64_t)s->agenda.n_targets * (s->agenda.n_repetitions + 2);
    hpb_progress_draw_timing(&s->progress, s->n_begun, all);
    s->is_stopped = s->request->is_over(s->request->context);
    return s->is_stopped;
}

// --- around it ----------------------------------------------------------------------------------------

static hpb_exit make_agenda(state *s, hpb_error *error)
{
    const hpb_plan *plan = s->request->pool.plan;
    double *seconds = hpb_alloc(plan->n_cells, sizeof *seconds);
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t i = 0; i < plan->n_cells - plan->n_grids && code == HPB_EXIT_OK; i++)
        code = hpb_store_fit_seconds(s->request->store, i, &seconds[i], error);
    if (code == HPB_EXIT_OK)
        hpb_timing_agenda_make(plan, s->request->pool.isa, seconds, &s->agenda);
    free(seconds);
    return code;
}

static char *make_note(const state *s, const hpb_error *fault)
{
    const hpb_timing_agenda *agenda = &s->agenda;
    if (s->is_stopped)
        return hpb_strdup("timing was stopped; the same command measures it");
    if (fault)
        return hpb_format("nothing was timed: %s", fault->text);
    if (s->status != HPB_STATUS_OK) {
        const hpb_timing_target *target = &agenda->targets[s->target];
        const char *cause = s->cause ? s->cause : "";
        return hpb_format(
            "nothing was timed: %.*s while %s %s was timed", (int)hpb_cause_kind(cause), cause,
            *target->plugin ? hpb_axis_name(hpb_timing_axis(target->measure)) : "a fit of",
            target->name);
    }
    hpb_text text = {0};
    char number[HPB_NUMBER_SIZE];
    if (*agenda->words)
        hpb_text_add(&text, "%s", agenda->words);
    if (agenda->n_failed)
        hpb_text_add(&text, "%s%s cell%s not timed: trials failed", text.length ? "; " : "",
                     hpb_count_text(agenda->n_failed, number), hpb_plural(agenda->n_failed));
    return text.data;
}

static hpb_exit measure(state *s, timing_outcome *out, hpb_error *error)
{
    hpb_pool_config config = s->request->pool;
    config.n_workers = 1;
    config.work = HPB_WORK_TIMING;
    config.timing = &s->agenda;
    const hpb_pool_callbacks callbacks = {
        .next = next,
        .done = done,
        .tick = tick,
        .context = s,
        .timing_begin = timing_begin,
        .timing = take_timing,
        .benchmark = take_benchmark,
    };
    hpb_error fault;
    s->arena = hpb_arena_create();
    s->timings = hpb_alloc(s->agenda.n_targets, sizeof *s->timings);
    s->status = HPB_STATUS_CRASHED;
    hpb_progress_begin(&s->progress, stderr, s->request->is_silent, &(hpb_progress){0}, 0);
    const hpb_exit ran = hpb_pool_run(&config, &callbacks, &fault);
    out->note = make_note(s, ran == HPB_EXIT_OK ? NULL : &fault);
    hpb_exit code = HPB_EXIT_OK;
    if (ran == HPB_EXIT_OK && !s->is_stopped && s->status == HPB_STATUS_OK) {
        out->n_cells = s->agenda.n_cells;
        code = hpb_store_put_timings(s->request->store, s->agenda.key, s->timings,
                                     s->agenda.n_targets, s->json, error);
    }
    const hpb_plan *plan = s->request->pool.plan;
    out->seconds =
        hpb_progress_end_timing(&s->progress, out->n_cells, plan->n_cells - plan->n_grids);
    hpb_arena_destroy(s->arena);
    free(s->timings);
    free(s->json);
    free(s->cause);
    return code;
}

hpb_exit hpb_cli_time(const timing_request *request, timing_outcome *out, hpb_error *error)
{
    state s = {.request = request};
    *out = (timing_outcome){0};
    hpb_exit code = make_agenda(&s, error);
    if (code == HPB_EXIT_OK &&
        (request->again || !hpb_store_has_timings(request->store, s.agenda.key)) &&
        s.agenda.n_targets)
        code = measure(&s, out, error);
    hpb_timing_agenda_free(&s.agenda);
    return code;
}
