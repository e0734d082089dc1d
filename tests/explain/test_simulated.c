// SPDX-License-Identifier: Apache-2.0
// Are intervals and verdicts honest? hpbench runs a suite whose answer is known, often enough for many explanations of a few
// runs each; every one of them is made and judged as `hpbench explain` does. Prints the table of docs/explain.md. An argument
// is the number of explanations; `ctest -C slow -L benchmark` makes 1,000 of each.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "explain/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t n_simulated = 30;

#define LEAST_SQUARES                                                                              \
    "[data]\ngenerator = gaussian\nrows = 100\nfeatures = 10\nnoise = 1\nseed = fresh\n"           \
    "[model]\nhidden = none\n[fit]\nsolver = least_squares\n"
#define NETWORK                                                                                    \
    "[data]\ngenerator = linear\nrows = 100\nnoise = 0.1\nseed = fresh\n"                          \
    "[model]\nhidden = 10\nactivation = relu\n[fit]\nepochs = 20\nbatch_size = 32\n"               \
    "[optimizer.adam]\nlearning_rate = 0.01\n[optimizer.sgd]\nlearning_rate = 0.01\n"

typedef struct simulated {
    const char *name, *suite;
    double truth; ///< of the difference; NaN: the mean over all runs
} simulated;

static const uint32_t sizes[] = {20, 100}; // runs of an explanation

static const simulated cases[] = {
    {"KFold(5), holdout: 0.012783",
     LEAST_SQUARES "[protocol.a]\nsplitter = train_test_split\n[protocol.b]\nsplitter = kfold\n",
     0.012783},
    {"KFold(5), shuffled or not: 0",
     LEAST_SQUARES "[splitter.mixed]\nplugin = kfold\nshuffle = yes\n"
                   "[protocol.a]\nsplitter = mixed\n[protocol.b]\nsplitter = kfold\n",
     0},
    {"Adam, seeds by two policies: 0",
     NETWORK
     "[splitter]\nplugin = train_test_split\n[seeds.keras]\npolicy = keras.utils.set_random_seed\n"
     "[seeds.none]\npolicy = unseeded\n"
     "[protocol.a]\noptimizer = adam\nseeds = keras\n[protocol.b]\noptimizer = adam\nseeds = "
     "none\n",
     0},
    {"SGD, Adam; 20 % kept back, none",
     NETWORK "[splitter]\nplugin = train_test_split\n"
             "[protocol.a]\noptimizer = sgd\nvalidation_split = 0.2\n"
             "[protocol.b]\noptimizer = adam\nvalidation_split = 0\n",
     (double)NAN},
};

// Of a suite, as many replicates as all explanations take.
typedef struct runs {
    char *folder;
    hpb_store *store;
    hpb_stored_run run;
    hpb_arena *arena;
    hpb_explanation e;
    double **mse; ///< [2^k][all replicates]
} runs;

static bool take(void *context, const hpb_trial_result *result)
{
    double *mse = context;
    assert_int_equal(result->status, HPB_STATUS_OK);
    mse[result->replicate] = result->mse;
    return true;
}

static void run(const char *suite, uint32_t n, runs *out)
{
    char folder[] = "/tmp/hpbench-simulated-XXXXXX";
    assert_non_null(mkdtemp(folder));
    out->folder = hpb_format("%s", folder);
    char *path = hpb_format("%s/suite.ini", folder);
    FILE *file = fopen(path, "w");
    fputs(suite, file);
    fclose(file);
    char *command =
        hpb_format("explain %s --no-report --quiet --output %s/out --set suite.replicates=%u "
                   "--set suite.max_trials=10000000",
                   path, folder, n);
    expect_run(command, 0, NULL, NULL);
    free(command);
    free(path);
    path = hpb_format("%s/out", folder);
    hpb_error error = {0};
    bool is_there = false;
    assert_int_equal(hpb_store_open_read(path, &out->store, &error), HPB_EXIT_OK);
    assert_int_equal(hpb_store_read_run(out->store, &out->run, &error), HPB_EXIT_OK);
    out->arena = hpb_arena_create();
    assert_int_equal(
        hpb_explanation_read(out->store, &out->run, 0, out->arena, &out->e, &is_there, &error),
        HPB_EXIT_OK);
    assert_true(is_there);
    free(path);
    const uint32_t n_corners = 1u << out->e.n_causes;
    out->mse = hpb_alloc(n_corners, sizeof *out->mse);
    for (uint32_t c = 0; c < n_corners; c++) {
        out->mse[c] = hpb_alloc(n, sizeof **out->mse);
        assert_int_equal(hpb_store_each_trial(out->store, &out->run, out->e.cells->corners[c], take,
                                              out->mse[c], &error),
                         HPB_EXIT_OK);
    }
}

static void end(runs *r)
{
    hpb_error error = {0};
    for (uint32_t c = 0; c < 1u << r->e.n_causes; c++)
        free(r->mse[c]);
    free(r->mse);
    hpb_arena_destroy(r->arena);
    hpb_stored_run_free(&r->run);
    hpb_store_close(r->store, &error);
    char *command = hpb_format("rm -r %s", r->folder);
    assert_int_equal(system(command), 0);
    free(command);
    free(r->folder);
}

// The truth of each cause by its bit, and of the difference behind them: from all runs at once, but where it is known.
static void find_truths(const runs *r, const simulated *of, double *truth)
{
    hpb_explanation all = r->e;
    for (uint32_t i = 0; i < all.n_causes; i++)
        truth[all.causes[i].bit] =
            all.n_causes == 1 && isfinite(of->truth) ? of->truth : all.causes[i].effect.value;
    truth[all.n_causes] = isfinite(of->truth) ? of->truth : all.difference.value;
}

static bool holds(const hpb_estimate *estimate, double truth)
{
    return estimate->low <= truth && truth <= estimate->high;
}

// 1,000 explanations tell 93 from 95; fewer are given four standard errors.
static void check(const char *what, double share, double low, double high)
{
    const double slack = n_simulated < 1000 ? 400 * sqrt(0.05 * 0.95 / n_simulated) : 0;
    if (share < low - slack || share > high + slack)
        fail_msg("%s: %.1f %%, expected %.0f to %.0f", what, share, low, high);
}

// Returns the share that is called different, in %.
static double simulate(const runs *r, const simulated *of, uint32_t n)
{
    uint32_t n_whole = 0, n_all = 0, n_different = 0;
    double truth[HPB_MAX_CAUSES + 1] = {0};
    const double *corners[1u << 4];
    find_truths(r, of, truth);
    for (uint32_t i = 0; i < n_simulated; i++) {
        hpb_explanation e = r->e;
        hpb_explain_words words;
        e.arena = hpb_arena_create();
        e.n_replicates = n;
        for (uint32_t c = 0; c < 1u << e.n_causes; c++)
            corners[c] = r->mse[c] + (size_t)i * n;
        hpb_explanation_attribute(&e, corners);
        hpb_explain_say(&e, e.arena, &words);
        bool is_all = true;
        for (uint32_t k = 0; k < e.n_causes; k++)
            is_all &= holds(&e.causes[k].effect, truth[e.causes[k].bit]);
        n_all += is_all;
        n_whole += holds(&e.difference, truth[e.n_causes]);
        n_different += words.verdict != HPB_VERDICT_LUCK;
        hpb_arena_destroy(e.arena);
    }
    const double share = 100.0 / n_simulated;
    print_message("| %-31s | %4u | %15.1f | %15.1f | %16.1f |\n", of->name, n, share * n_whole,
                  share * n_all, share * n_different);
    check("the difference is held", share * n_whole, 93, 97);
    check("all causes are held", share * n_all, 93, 97);
    return share * n_different;
}

static void test_simulated(void **state)
{
    (void)state;
    double different = 0;
    uint32_t n_same = 0; // cases of A against A
    print_message("%u explanations each, in %%\n", n_simulated);
    print_message("| what differs, and the answer    | runs | difference held | all causes held "
                  "| called different |\n");
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        runs r;
        run(cases[i].suite, sizes[1] * n_simulated, &r);
        for (size_t k = 0; k < HPB_COUNT(sizes); k++) {
            const double share = simulate(&r, &cases[i], sizes[k]);
            different += cases[i].truth == 0 ? share : 0;
            n_same += cases[i].truth == 0;
        }
        end(&r);
    }
    print_message("A against A is called different in %.1f %%\n", different / n_same);
    check("A against A is called different", different / n_same, 0, 5);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_simulated = (uint32_t)strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_simulated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
