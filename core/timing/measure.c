// SPDX-License-Identifier: Apache-2.0
// From an agenda to the cases of the shim, and from its numbers to timings.
#include "timing/measure.h"

#include "engine/work.h"
#include "timing/shim.h"

#include <stdlib.h>

// What is timed, made ready.
typedef struct stall {
    hpb_workload *workload; // of two targets in a row: the first owns it
    hpb_chore *chore;
    char *name; // in the JSON
} stall;

typedef struct bench {
    const hpb_timing_agenda *agenda;
    stall *stalls;          // [n_targets]
    hpb_timing_case *cases; // [n_targets]
    uint64_t *n_iterations; // [n_targets]
    double *cpu, *real;     // [n_targets][n_repetitions]
} bench;

// The two measures of a cell come one after the other and share its fits.
static bool make_fits(bench *b, uint32_t at, hpb_trial_runner *runner,
                      const hpb_timing_callbacks *callbacks, char *message)
{
    const hpb_timing_target *target = &b->agenda->targets[at];
    hpb_workload *workload;
    if (target->measure == HPB_TIMING_FIT_ALONE) {
        workload = hpb_workload_create(runner, target->cell, callbacks->alive, callbacks->context,
                                       message);
        b->stalls[at].workload = workload;
        b->cases[at] = (hpb_timing_case){NULL, hpb_workload_run_next, workload, 1};
    } else {
        workload = b->stalls[at - 1].workload;
        b->cases[at] =
            (hpb_timing_case){NULL, hpb_workload_run_all, workload, hpb_workload_fits(workload)};
    }
    return workload;
}

static bool make_chore(bench *b, uint32_t at, hpb_trial_runner *runner,
                       const hpb_timing_callbacks *callbacks, char *message)
{
    const hpb_timing_target *target = &b->agenda->targets[at];
    hpb_chore *chore = hpb_chore_create(runner, target->cell, hpb_timing_axis(target->measure),
                                        callbacks->alive, callbacks->context, message);
    b->stalls[at].chore = chore;
    if (chore)
        b->cases[at] = (hpb_timing_case){NULL, hpb_chore_run, chore, hpb_chore_items(chore)};
    return chore;
}

static bool make_case(bench *b, uint32_t at, hpb_trial_runner *runner,
                      const hpb_timing_callbacks *callbacks, char message[HPB_SPLITS_MESSAGE])
{
    const hpb_timing_target *target = &b->agenda->targets[at];
    callbacks->begin(callbacks->context, at);
    if (!(hpb_timing_axis(target->measure) == HPB_AXIS_COUNT
              ? make_fits(b, at, runner, callbacks, message)
              : make_chore(b, at, runner, callbacks, message)))
        return false;
    b->stalls[at].name =
        hpb_format("%s/%s", hpb_timing_measure_name(target->measure), target->name);
    b->cases[at].name = b->stalls[at].name;
    return true;
}

static void deliver(const bench *b, uint32_t at, const hpb_timing_callbacks *callbacks)
{
    const hpb_timing_target *target = &b->agenda->targets[at];
    const uint32_t n = b->agenda->n_repetitions;
    const hpb_timing timing = {
        .measure = target->measure,
        .name = target->name,
        .plugin = target->plugin,
        .cell = *target->plugin ? -1 : (int32_t)target->cell,
        .n_items = b->cases[at].n_items,
        .n_iterations = b->n_iterations[at],
        .n_repetitions = n,
        .cpu = b->cpu + (size_t)at * n,
        .real = b->real + (size_t)at * n,
    };
    callbacks->done(callbacks->context, at, &timing);
}

static void release(bench *b)
{
    for (uint32_t i = 0; i < b->agenda->n_targets; i++) {
        hpb_workload_free(b->stalls[i].workload);
        hpb_chore_free(b->stalls[i].chore);
        free(b->stalls[i].name);
    }
    free(b->stalls);
    free(b->cases);
    free(b->n_iterations);
    free(b->cpu);
    free(b->real);
}

char *hpb_timing_agenda_run(hpb_trial_runner *runner, const hpb_timing_agenda *agenda,
                            const hpb_timing_callbacks *callbacks, char message[HPB_SPLITS_MESSAGE])
{
    const uint32_t n = agenda->n_targets;
    const size_t n_numbers = (size_t)n * agenda->n_repetitions;
    bench b = {
        .agenda = agenda,
        .stalls = hpb_alloc(n, sizeof *b.stalls),
        .cases = hpb_alloc(n, sizeof *b.cases),
        .n_iterations = hpb_alloc(n, sizeof *b.n_iterations),
        .cpu = hpb_alloc(n_numbers, sizeof *b.cpu),
        .real = hpb_alloc(n_numbers, sizeof *b.real),
    };
    bool is_good = true;
    for (uint32_t i = 0; i < n && is_good; i++)
        is_good = make_case(&b, i, runner, callbacks, message);
    char *json = NULL;
    if (is_good) {
        const hpb_timing_options options = {agenda->n_repetitions, agenda->min_time,
                                            callbacks->begin, callbacks->context};
        json = hpb_timing_run(b.cases, n, &options, b.cpu, b.real, b.n_iterations);
        for (uint32_t i = 0; i < n; i++)
            deliver(&b, i, callbacks);
    }
    release(&b);
    return json;
}
