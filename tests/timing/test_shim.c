// SPDX-License-Identifier: Apache-2.0
// The shim: every case as often as asked, its JSON the library's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "base/base.h"
#include "timing/plain.h"
#include "timing/shim.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_CASES 3
#define N_REPETITIONS 6

// Work that takes twice as long in one case as in another.
typedef struct work {
    uint32_t n;
    uint64_t n_runs, x;
} work;

static void run(void *context)
{
    work *w = context;
    for (uint32_t i = 0; i < w->n; i++)
        w->x = w->x * 6364136223846793005u + 1442695040888963407u;
    w->n_runs++;
}

typedef struct notes {
    uint32_t begun[N_CASES];
    uint32_t n_changes, last;
} notes;

static void begin(void *context, uint32_t which)
{
    notes *l = context;
    assert_true(which < N_CASES);
    l->begun[which]++;
    l->n_changes += which != l->last;
    l->last = which;
}

static work works[N_CASES] = {{20000, 0, 1}, {40000, 0, 1}, {20000, 0, 1}};

static json_t *time_all(double min_time, notes *l, double *cpu, double *real,
                        uint64_t *n_iterations)
{
    const hpb_timing_case cases[N_CASES] = {{"fit/a & \"b\"", run, &works[0], 10},
                                            {"fit/c", run, &works[1], 20},
                                            {"fit/c", run, &works[2], 1}};
    const hpb_timing_options options = {N_REPETITIONS, min_time, begin, l};
    for (int i = 0; i < N_CASES; i++)
        works[i].n_runs = 0;
    char *text = hpb_timing_run(cases, N_CASES, &options, cpu, real, n_iterations);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static void every_case_has_its_repetitions(void **state)
{
    (void)state;
    double cpu[N_CASES][N_REPETITIONS] = {{0}}, real[N_CASES][N_REPETITIONS] = {{0}};
    uint64_t n[N_CASES];
    notes l = {{0}, 0, 0};
    json_t *json = time_all(0, &l, cpu[0], real[0], n);
    for (int i = 0; i < N_CASES; i++) {
        assert_int_equal(n[i], 1);
        assert_int_equal(works[i].n_runs, 1 + N_REPETITIONS); // one warms up
        assert_int_equal(l.begun[i], 1 + N_REPETITIONS);
        for (int k = 0; k < N_REPETITIONS; k++) {
            assert_true(cpu[i][k] > 0 && cpu[i][k] < 1);
            assert_true(real[i][k] > 0 && real[i][k] < 1);
        }
    }
    assert_true(l.n_changes > N_CASES); // interleaved: not one case after the other
    json_decref(json);
}

static void a_repetition_does_as_much_as_lasts_min_time(void **state)
{
    (void)state;
    double cpu[N_CASES][N_REPETITIONS], real[N_CASES][N_REPETITIONS];
    uint64_t n[N_CASES];
    notes l = {{0}, 0, 0};
    uint32_t n_many = 0;
    for (int tries = 0; tries < 50 && n_many < N_CASES;
         tries++) { // one try may meet a busy machine
        n_many = 0;
        json_decref(time_all(0.002, &l, cpu[0], real[0], n));
        for (int i = 0; i < N_CASES; i++) {
            n_many += n[i] > 1;
            assert_true(works[i].n_runs > n[i] * N_REPETITIONS);
        }
    }
    assert_int_equal(n_many, N_CASES);
    // the items are divided by: seconds of a case are one number, as the JSON has them
    json_t *json = time_all(0, &l, cpu[0], real[0], n), *benchmark;
    size_t at;
    uint32_t seen = 0;
    json_array_foreach(json_object_get(json, "benchmarks"), at, benchmark)
    {
        const char *name = json_string_value(json_object_get(benchmark, "name"));
        const json_t *which = json_object_get(benchmark, "repetition_index");
        if (strcmp(name, "fit/a & \"b\"") != 0 || !which)
            continue;
        const double ns = json_real_value(json_object_get(benchmark, "cpu_time"));
        assert_true(fabs(ns * 1e-9 / 10 - cpu[0][json_integer_value(which)]) < 1e-12);
        seen++;
    }
    assert_int_equal(seen, N_REPETITIONS);
    json_decref(json);
}

static void same_keys(const json_t *ours, const json_t *theirs)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)theirs, key, value)
    {
        const json_t *other = json_object_get(ours, key);
        if (!other || json_typeof(other) != json_typeof(value))
            fail_msg("%s: not there, or of another type", key);
    }
    assert_int_equal(json_object_size(ours), json_object_size(theirs));
}

// The first benchmark of a type ("iteration", "aggregate").
static const json_t *find(const json_t *json, const char *type)
{
    json_t *benchmark;
    size_t i;
    json_array_foreach(
        json_object_get(json, "benchmarks"), i,
        benchmark) if (strcmp(json_string_value(json_object_get(benchmark, "run_type")), type) ==
                       0) return benchmark;
    fail_msg("no %s", type);
    return NULL;
}

static void the_json_is_the_library_s(void **state)
{
    (void)state;
    double cpu[N_CASES][N_REPETITIONS], real[N_CASES][N_REPETITIONS];
    uint64_t n[N_CASES];
    notes l = {{0}, 0, 0};
    json_t *ours = time_all(0, &l, cpu[0], real[0], n);
    char *text = plain_benchmark();
    json_t *theirs = json_loads(text, 0, NULL);
    if (!theirs)
        fail_msg("%s", text);
    same_keys(ours, theirs);
    same_keys(json_object_get(ours, "context"), json_object_get(theirs, "context"));
    same_keys(find(ours, "iteration"), find(theirs, "iteration"));
    same_keys(find(ours, "aggregate"), find(theirs, "aggregate"));
    // six repetitions and four aggregates of each; names without the number of iterations
    assert_int_equal(json_array_size(json_object_get(ours, "benchmarks")),
                     N_CASES * (N_REPETITIONS + 4));
    json_t *benchmark;
    size_t i;
    json_array_foreach(json_object_get(ours, "benchmarks"), i, benchmark)
    {
        const char *name = json_string_value(json_object_get(benchmark, "run_name"));
        assert_true(strcmp(name, "fit/c") == 0 || strcmp(name, "fit/a & \"b\"") == 0);
    }
    json_decref(theirs);
    json_decref(ours);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_has_its_repetitions),
        cmocka_unit_test(a_repetition_does_as_much_as_lasts_min_time),
        cmocka_unit_test(the_json_is_the_library_s),
    };
    return cmocka_run_group_tests_name("timing shim", tests, NULL, NULL);
}
