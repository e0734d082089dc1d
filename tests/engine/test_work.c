// SPDX-License-Identifier: Apache-2.0
// Work that is timed is the work that trials do, however often it is done.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/work.h"
#include "suite/support_suite.h"

static void alive(void *context)
{
    ++*(uint32_t *)context;
}

static hpb_trial_runner *runner_of(const char *text)
{
    hpb_trial_runner *runner;
    hpb_error error;
    tested_drop(&fixture);
    tested_accept(&fixture, text);
    if (hpb_trial_runner_create(&fixture.plan, HPB_ISA_BASELINE, &runner, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    return runner;
}

static void fits_of_a_cell(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[suite]\n[optimizer.adam]\n[model]\nhidden = 3\n[splitter]\nplugin = train_test_split\n",
        "[suite]\n[optimizer.sgd]\n[data]\nseed = fresh\nrows = 23\n[model]\nhidden = 3\n"
        "[splitter.cv5]\nplugin = kfold\nn_splits = 5\n",
        "[suite]\n[optimizer.sgd]\n[data]\nrows = 40\nstandardise = train\n[model]\nhidden = 3\n"
        "[splitter.cv20]\nplugin = kfold\nn_splits = 20\n[fit]\nvalidation_split = 0.2\n"
        "[early_stopping]\nplugin = patience\n[report]\ncurves = yes\n",
    };
    static const uint32_t expected[] = {16, 5 * 16, 16 * 16};
    for (size_t i = 0; i < HPB_COUNT(texts); i++) {
        uint32_t n_alive = 0;
        char message[HPB_SPLITS_MESSAGE];
        hpb_trial_runner *runner = runner_of(texts[i]);
        hpb_workload *w = hpb_workload_create(runner, 0, alive, &n_alive, message);
        assert_non_null(w);
        assert_int_equal(hpb_workload_fits(w), expected[i]);
        n_alive = 0;
        hpb_workload_run_next(w); // an epoch each
        assert_int_equal(n_alive, 1);
        n_alive = 0;
        hpb_workload_run_all(w);
        // all lanes of a shape at once
        assert_int_equal(n_alive, expected[i] / 16);
        for (uint32_t k = 0; k <= expected[i]; k++)
            hpb_workload_run_next(w); // around
        hpb_workload_free(w);
        hpb_trial_runner_destroy(runner);
    }
}

static void chores_of_plugins(void **state)
{
    (void)state;
    static const hpb_axis axes[] = {HPB_AXIS_OPTIMIZER, HPB_AXIS_INITIALIZER, HPB_AXIS_SPLITTER,
                                    HPB_AXIS_EARLY_STOPPING, HPB_AXIS_SCHEDULE};
    // 5-3-1: 22 parameters, of which 18 are weights
    static const uint32_t item[] = {22 * 16, 18, 100, 1, 1};
    hpb_trial_runner *runner = runner_of(
        "[suite]\n[optimizer.adam]\nweight_decay = 0.1\nuse_ema = yes\n[model]\nhidden = 3\n"
        "[splitter]\nplugin = train_test_split\n[early_stopping]\nplugin = patience\n"
        "[fit]\nvalidation_split = 0.2\n[initializer]\nplugin = he_normal\n"
        "[schedule]\nplugin = exponential_decay\ndecay_steps = 10\ndecay_rate = 0.9\n");
    for (size_t i = 0; i < HPB_COUNT(axes); i++) {
        uint32_t n_alive = 0;
        char message[HPB_SPLITS_MESSAGE] = "";
        hpb_chore *chore = hpb_chore_create(runner, 0, axes[i], alive, &n_alive, message);
        if (!chore)
            fail_msg("%s", message);
        assert_int_equal(hpb_chore_items(chore) % item[i], 0);
        assert_true(hpb_chore_items(chore) >= 5000);
        for (int k = 0; k < 3; k++)
            hpb_chore_run(chore);
        assert_int_equal(n_alive, 3);
        hpb_chore_free(chore);
    }
    hpb_trial_runner_destroy(runner);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {cmocka_unit_test(fits_of_a_cell),
                                       cmocka_unit_test(chores_of_plugins)};
    return cmocka_run_group_tests_name("engine work", tests, tested_set_up, tested_tear_down);
}
