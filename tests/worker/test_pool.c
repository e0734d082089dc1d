// SPDX-License-Identifier: Apache-2.0
// The pool: the same results from any number of workers and any size of batch, and plugins that crash, exit,
// hang, print and forge. The test program is its own worker and its own probe.
#include "worker/pool.h"

#include "loader/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REPLICATES 60

#define assert_ok(call, error)                                                                     \
    do {                                                                                           \
        if ((call) != HPB_EXIT_OK)                                                                 \
            fail_msg("%s: %s", #call, (error).text);                                               \
    } while (0)

// --- a suite and what came of it ----------------------------------------------------------------------

typedef struct outcome {
    uint32_t n;
    bool is_there;
    hpb_status status;
    uint64_t bits, updates;
    char cause[256];
} outcome;

typedef struct bench {
    hpb_registry registry;
    hpb_probe *probe;
    hpb_suite suite;
    hpb_plan plan;
    outcome *outcomes;        // [n_cells][REPLICATES]
    uint32_t cell, replicate; // the cursor
    uint32_t n_results, n_ticks;
    uint32_t stop_after; // results; 0: never
    hpb_exit fail_with;  // what `done` answers after stop_after
} bench;

static hpb_exit check_values(void *context, const hpb_plugin_info *splitter,
                             const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                             hpb_error *error)
{
    return hpb_probe_check_values(context, splitter, values, rows, out, error);
}

static void bench_open(bench *b, const char *text)
{
    memset(b, 0, sizeof *b);
    const char *dirs[] = {HPB_TEST_BINARY "/worker_plugins", HPB_TEST_BINARY "/plugins"};
    const hpb_search search = {.plugin_dirs = dirs, .n_plugin_dirs = 2};
    hpb_error error;
    assert_ok(hpb_probe_scan(&search, &b->registry, &error), error);
    hpb_diagnostics *faults = hpb_alloc(1, sizeof *faults);
    if (!hpb_suite_parse("pool.ini", text, strlen(text), NULL, 0, &b->registry, &b->suite,
                         faults) ||
        !hpb_plan_make(&b->suite, check_values, &b->probe, &b->plan, faults))
        fail_msg("%s", faults->item[0].text);
    free(faults);
    b->outcomes = hpb_alloc((size_t)b->plan.n_cells * REPLICATES, sizeof *b->outcomes);
}

static void bench_close(bench *b)
{
    free(b->outcomes);
    hpb_plan_free(&b->plan);
    hpb_suite_free(&b->suite);
    hpb_probe_close(b->probe);
    hpb_registry_free(&b->registry);
}

static bool next(void *context, uint32_t *cell, uint32_t *first, uint32_t *n)
{
    bench *b = context;
    while (b->cell < b->plan.n_cells && b->replicate == b->plan.cells[b->cell].n_replicates) {
        b->cell++;
        b->replicate = 0;
    }
    if (b->cell == b->plan.n_cells)
        return false;
    const uint32_t left = b->plan.cells[b->cell].n_replicates - b->replicate;
    *cell = b->cell;
    *first = b->replicate;
    *n = left < *n ? left : *n;
    b->replicate += *n;
    return true;
}

static hpb_exit done(void *context, const hpb_trial_result *result)
{
    bench *b = context;
    assert_true(result->cell < b->plan.n_cells && result->replicate < REPLICATES);
    outcome *o = &b->outcomes[result->cell * REPLICATES + result->replicate];
    assert_false(o->is_there);
    *o = (outcome){.is_there = true, .status = result->status, .updates = result->updates};
    memcpy(&o->bits, &result->mse, sizeof o->bits);
    if (result->cause)
        snprintf(o->cause, sizeof o->cause, "%s", result->cause);
    b->n_results++;
    return b->fail_with && b->n_results >= b->stop_after ? b->fail_with : HPB_EXIT_OK;
}

static bool tick(void *context)
{
    bench *b = context;
    b->n_ticks++;
    return b->stop_after && !b->fail_with && b->n_results >= b->stop_after;
}

static hpb_exit bench_run(bench *b, uint32_t n_workers, uint32_t batch, hpb_error *error)
{
    const hpb_pool_config config = {.suite = &b->suite,
                                    .plan = &b->plan,
                                    .registry = &b->registry,
                                    .n_workers = n_workers,
                                    .batch = batch};
    const hpb_pool_callbacks callbacks = {.next = next, .done = done, .tick = tick, .context = b};
    return hpb_pool_run(&config, &callbacks, error);
}

// No process is left behind, not even one that changed its session.
static void assert_no_children(void)
{
    char path[64], line[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    const bool has = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    if (has)
        fail_msg("left behind: %s", line);
}

#define OPENING                                                                                    \
    "[suite]\nreplicates = 60\ntime_limit = 1\n[data]\ngenerator = linear\n[model]\nhidden = 3\n"  \
    "[fit]\nepochs = 3\n[splitter]\nplugin = train_test_split\n[optimizer.quiet]\nplugin = "       \
    "hostile\n"

// --- the same results ---------------------------------------------------------------------------------

static void workers_and_batches_change_nothing(void **state)
{
    (void)state;
    static const char text[] =
        OPENING "[optimizer.adam]\n[seeds.fixed]\nweights = 1\nsplit = 1\norder = 1\n"
                "[seeds.random]\n";
    static const struct {
        uint32_t workers, batch;
    } ways[] = {{1, 0}, {2, 0}, {1, 1}, {3, 7}, {2, 1000}};
    bench first;
    hpb_error error;
    bench_open(&first, text);
    assert_ok(bench_run(&first, 1, 16, &error), error);
    for (size_t i = 0; i < HPB_COUNT(ways); i++) {
        bench b;
        bench_open(&b, text);
        assert_ok(bench_run(&b, ways[i].workers, ways[i].batch, &error), error);
        assert_int_equal(b.n_results, b.plan.n_trials);
        const size_t n = (size_t)b.plan.n_cells * REPLICATES;
        assert_memory_equal(b.outcomes, first.outcomes, n * sizeof *b.outcomes);
        bench_close(&b);
    }
    bench_close(&first);
    assert_no_children();
}

// --- hostile plugins ----------------------------------------------------------------------------------

// What an action leads to, in the fits that it strikes; every other trial has the bits of its quiet twin.
static void expect_struck(const char *action, hpb_status status, const char *words)
{
    char *text = hpb_format(
        OPENING "[optimizer.struck]\nplugin = hostile\naction = %s\none_in = 30\n", action);
    bench b;
    hpb_error error;
    bench_open(&b, text);
    free(text);
    assert_ok(bench_run(&b, 2, 0, &error), error);
    assert_int_equal(b.n_results, 2 * REPLICATES);
    uint32_t n_struck = 0, n_aside = 0;
    for (uint32_t i = 0; i < REPLICATES; i++) {
        const outcome *quiet = &b.outcomes[i], *struck = &b.outcomes[REPLICATES + i];
        assert_int_equal(quiet->status, HPB_STATUS_OK);
        if (struck->status == HPB_STATUS_OK) {
            assert_true(struck->bits == quiet->bits);
            assert_int_equal(struck->updates, quiet->updates);
            continue;
        }
        if (struck->status == HPB_STATUS_SET_ASIDE) {
            n_aside++;
            continue;
        }
        n_struck++;
        char *where = hpb_format("in cell struck, replicate %u", i);
        if (struck->status != status || !strstr(struck->cause, words) ||
            !strstr(struck->cause, where))
            fail_msg("%s: expected \"%s ... %s\"; got %s, \"%s\"", action, words, where,
                     hpb_status_name(struck->status), struck->cause);
        free(where);
    }
    assert_true(status == HPB_STATUS_OK ? n_struck == 0 : n_struck > 0 && n_struck <= 4);
    assert_true(n_aside == 0 || n_struck >= 3);
    bench_close(&b);
    assert_no_children();
}

static void crashes_are_named(void **state)
{
    (void)state;
    expect_struck("segfault", HPB_STATUS_CRASHED, "signal 11 (segmentation fault)");
    expect_struck("abort", HPB_STATUS_CRASHED, "last words");
    expect_struck("exit", HPB_STATUS_CRASHED, "ended the process (exit 0)");
    expect_struck("limit", HPB_STATUS_CRASHED, "signal 24");
}

static void silence_ends(void **state)
{
    (void)state;
    expect_struck("spin", HPB_STATUS_TIMEOUT, "silent for 1 s (time_limit)");
    expect_struck("stop", HPB_STATUS_TIMEOUT, "silent for 1 s (time_limit)");
}

static void pipes_are_not_trusted(void **state)
{
    (void)state;
    expect_struck("forge", HPB_STATUS_CRASHED, "wrote into hpbench's own pipe");
    expect_struck("close", HPB_STATUS_CRASHED, "");
    expect_struck("print", HPB_STATUS_OK, "");
    expect_struck("stray", HPB_STATUS_CRASHED, "signal 9 (killed; out of memory?)");
}

static void hopeless_cell_is_set_aside(void **state)
{
    (void)state;
    bench b;
    hpb_error error;
    bench_open(&b, OPENING "[optimizer.hopeless]\nplugin = hostile\naction = spin\n");
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_ok(bench_run(&b, 2, 0, &error), error);
    clock_gettime(CLOCK_MONOTONIC, &end);
    uint32_t n_timeout = 0, n_aside = 0;
    for (uint32_t i = 0; i < REPLICATES; i++) {
        const outcome *o = &b.outcomes[REPLICATES + i];
        n_timeout += o->status == HPB_STATUS_TIMEOUT;
        n_aside += o->status == HPB_STATUS_SET_ASIDE;
        if (o->status == HPB_STATUS_SET_ASIDE)
            assert_non_null(
                strstr(o->cause, "not run: 3 trials of this cell failed in the same way: silent"));
    }
    assert_int_equal(n_timeout + n_aside, REPLICATES);
    assert_true(n_timeout >= 3 && n_timeout <= 4); // a second worker may be at one
    assert_true(end.tv_sec - begin.tv_sec < 30);   // not one time limit for each of 60
    bench_close(&b);
    assert_no_children();
}

// --- stops and errors ---------------------------------------------------------------------------------

static void stop_is_prompt_even_when_a_plugin_hangs(void **state)
{
    (void)state;
    bench b;
    hpb_error error;
    bench_open(
        &b,
        "[suite]\nreplicates = 60\ntime_limit = 1000\n[data]\ngenerator = linear\n[splitter]\n"
        "plugin = train_test_split\n[fit]\nepochs = 1\n"
        "[optimizer.quiet]\nplugin = hostile\n[optimizer.hang]\nplugin = hostile\naction = spin\n");
    b.stop_after = 1;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_ok(bench_run(&b, 2, 0, &error), error);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(b.n_results >= 1 && b.n_results < 2 * REPLICATES);
    assert_true(end.tv_sec - begin.tv_sec <= 10);
    bench_close(&b);
    assert_no_children();
}

static void an_error_of_the_store_ends_the_run(void **state)
{
    (void)state;
    bench b;
    hpb_error error = {0};
    bench_open(&b, OPENING);
    b.stop_after = 5;
    b.fail_with = HPB_EXIT_STORE;
    assert_int_equal(bench_run(&b, 2, 1, &error), HPB_EXIT_STORE);
    assert_int_equal(b.n_results, 5);
    bench_close(&b);
    assert_no_children();
}

static void changed_plugin_file_ends_the_run(void **state)
{
    (void)state;
    bench b;
    hpb_error error;
    bench_open(&b, OPENING);
    for (uint32_t i = 0; i < b.registry.n_plugins; i++)
        if (strcmp(b.registry.plugins[i].id, "hostile") == 0)
            b.registry.plugins[i].sha256 = "0000";
    // the keys hold the hash: the worker must be told the plan that goes with it
    hpb_plan_free(&b.plan);
    hpb_diagnostics *faults = hpb_alloc(1, sizeof *faults);
    assert_true(hpb_plan_make(&b.suite, check_values, &b.probe, &b.plan, faults));
    free(faults);
    assert_int_equal(bench_run(&b, 1, 0, &error), HPB_EXIT_PLUGIN);
    assert_non_null(strstr(error.text, "hostile.so: changed during the run"));
    assert_int_equal(b.n_results, 0);
    bench_close(&b);
    assert_no_children();
}

static void another_plan_ends_the_run(void **state)
{
    (void)state;
    bench b;
    hpb_error error;
    bench_open(&b, OPENING);
    b.plan.cells[0].key[0] = (char)(b.plan.cells[0].key[0] == 'a' ? 'b' : 'a');
    assert_int_equal(bench_run(&b, 1, 0, &error), HPB_EXIT_INTERNAL);
    assert_non_null(strstr(error.text, "another plan"));
    bench_close(&b);
    assert_no_children();
}

static void changed_data_end_the_run(void **state)
{
    (void)state;
    char folder[] = "/tmp/hpbench-pool-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = hpb_format("%s/data.csv", folder);
    hpb_error error;
    hpb_text csv = {0};
    hpb_text_add(&csv, "x,y\n");
    for (int i = 0; i < 20; i++)
        hpb_text_add(&csv, "%d,%d\n", i, 2 * i);
    assert_ok(hpb_file_write(path, csv.data, csv.length, &error), error);
    char *text = hpb_format("[suite]\nreplicates = 20\n[data]\nfile = %s\ntarget = y\n[splitter]\n"
                            "plugin = train_test_split\n[optimizer]\nplugin = hostile\n",
                            path);
    bench b;
    bench_open(&b, text);
    hpb_text_add(&csv, "20,40\n");
    assert_ok(hpb_file_write(path, csv.data, csv.length, &error), error);
    assert_int_equal(bench_run(&b, 1, 0, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "data changed"));
    bench_close(&b);
    unlink(path);
    rmdir(folder);
    free(path);
    free(text);
    hpb_text_free(&csv);
    assert_no_children();
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    if (argc == 2 && strcmp(argv[1], "--worker") == 0)
        return hpb_worker_main();
    unsetenv("HPBENCH_PLUGIN_PATH");
    unsetenv("HOME");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_and_batches_change_nothing),
        cmocka_unit_test(crashes_are_named),
        cmocka_unit_test(silence_ends),
        cmocka_unit_test(pipes_are_not_trusted),
        cmocka_unit_test(hopeless_cell_is_set_aside),
        cmocka_unit_test(stop_is_prompt_even_when_a_plugin_hangs),
        cmocka_unit_test(an_error_of_the_store_ends_the_run),
        cmocka_unit_test(changed_plugin_file_ends_the_run),
        cmocka_unit_test(another_plan_ends_the_run),
        cmocka_unit_test(changed_data_end_the_run),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
