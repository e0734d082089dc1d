// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a worker writes into its pipe, for each work and in each state that the parent may think it is in,
// in pieces. No process is started.
#include "fuzz/fuzz.h"

#include "worker/slot.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#define N_SPLITS 5
#define FIRST 3
#define N_TRIALS 4
#define N_ROWS 6
#define N_TIMES 2

static uint32_t n_taken;

// A trial that was let through is one that was asked for.
static hpb_exit take_result(void *context, const hpb_trial_result *result)
{
    (void)context;
    HOLDS(result->cell == 0 && result->replicate >= FIRST);
    HOLDS(result->replicate < FIRST + N_TRIALS && result->n_folds <= N_SPLITS);
    HOLDS(!result->n_folds || result->fold_mse);
    for (uint32_t i = 0; i < result->n_curve_floats; i++) { // readable, as the sanitizer will see
        volatile float value = result->curves[i];
        (void)value;
    }
    HOLDS(!result->cause ||
          hpb_utf8_valid(result->cause, strlen(result->cause)) == strlen(result->cause));
    n_taken++;
    return HPB_EXIT_OK;
}

static hpb_exit take_fold(void *context, const hpb_fold *fold)
{
    HOLDS(*(const hpb_pool_work *)context == HPB_WORK_STARTS && fold->cell == 0);
    HOLDS(fold->replicate >= FIRST && fold->replicate < FIRST + N_TRIALS && fold->fold < N_SPLITS);
    for (uint32_t i = 0; i < fold->n_train; i++)
        HOLDS(fold->train[i] < N_ROWS);
    for (uint32_t i = 0; i < fold->n_validation; i++)
        HOLDS(fold->validation[i] < N_ROWS);
    for (uint32_t i = 0; i < fold->n_test; i++)
        HOLDS(fold->test[i] < N_ROWS);
    return HPB_EXIT_OK;
}

static void begin_timing(void *context, uint32_t target)
{
    HOLDS(*(const hpb_pool_work *)context == HPB_WORK_TIMING && target == 0);
}

static void take_timing(void *context, uint32_t target, const hpb_timing *timing)
{
    begin_timing(context, target);
    HOLDS(timing->n_repetitions == N_TIMES && timing->cell == 0);
    for (uint32_t i = 0; i < N_TIMES; i++)
        HOLDS(isfinite(timing->cpu[i]) && timing->cpu[i] >= 0 && isfinite(timing->real[i]));
}

static void take_benchmark(void *context, const char *json)
{
    begin_timing(context, 0);
    HOLDS(*json);
}

static bool next_trial(void *context, uint32_t *cell, uint32_t *first, uint32_t *n)
{
    (void)context, (void)cell, (void)first, (void)n;
    return false;
}

static void feed(hpb_pool_work work, slot_state state, size_t piece, const uint8_t *data,
                 size_t size, int nowhere)
{
    static hpb_cell cell = {.label = "cell", .n_replicates = 10, .n_splits = N_SPLITS};
    const hpb_suite suite = {.time_limit = 30};
    static hpb_plan_data rows = {.n_rows = N_ROWS};
    static hpb_timing_target target = {
        .measure = HPB_TIMING_FIT_BULK, .name = "cell", .plugin = ""};
    const hpb_plan plan = {
        .suite = &suite, .data = &rows, .n_data = 1, .cells = &cell, .n_cells = 1};
    const hpb_timing_agenda agenda = {.targets = &target, .n_targets = 1, .n_repetitions = N_TIMES};
    const hpb_pool_config config = {
        .suite = &suite, .plan = &plan, .n_workers = 1, .work = work, .timing = &agenda};
    const hpb_pool_callbacks callbacks = {.next = next_trial,
                                          .done = take_result,
                                          .context = &work,
                                          .fold = work == HPB_WORK_STARTS ? take_fold : NULL,
                                          .timing_begin = begin_timing,
                                          .timing = take_timing,
                                          .benchmark = take_benchmark};
    hpb_error error = {0};
    pool p = {.config = &config, .callbacks = &callbacks, .error = &error};
    p.tasks = hpb_tasks_create(&config, &callbacks);
    slot s = {.state = state, .process = {.request = nowhere}, .task = {0, FIRST, N_TRIALS, false}};
    s.done = hpb_alloc(N_TRIALS, 1);
    n_taken = 0;
    hpb_exit code = HPB_EXIT_OK;
    for (size_t at = 0; at < size && code == HPB_EXIT_OK && !s.fault; at += piece) {
        hpb_text_add_bytes(&s.in, (const char *)data + at, size - at < piece ? size - at : piece);
        code = hpb_slot_take_messages(&p, &s);
    }
    HOLDS(n_taken <= N_TRIALS);
    HOLDS((code == HPB_EXIT_OK) == !error.text[0]);
    hpb_text_free(&s.in);
    free(s.done);
    hpb_tasks_destroy(p.tasks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    static const slot_state states[] = {SLOT_STARTING, SLOT_IDLE, SLOT_BUSY};
    static const hpb_pool_work works[] = {HPB_WORK_TRIALS, HPB_WORK_STARTS, HPB_WORK_TIMING};
    for (size_t w = 0; w < HPB_COUNT(works); w++)
        for (size_t i = 0; i < HPB_COUNT(states); i++) {
            feed(works[w], states[i], size ? size : 1, data, size, nowhere);
            feed(works[w], states[i], size / 64 + 1, data, size, nowhere);
        }
    close(nowhere);
    return 0;
}
