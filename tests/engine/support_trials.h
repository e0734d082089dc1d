// SPDX-License-Identifier: Apache-2.0
// Runs trials of a planned suite for a test, and keeps what they report. Include after cmocka.h.
#ifndef HPB_TEST_ENGINE_SUPPORT_TRIALS_H
#define HPB_TEST_ENGINE_SUPPORT_TRIALS_H

#include "engine/trial.h"
#include "suite/support_suite.h"

typedef struct kept {
    hpb_trial_result result;
    uint32_t count;
    double fold_mse[16], scores[64], worth[17];
    uint32_t chosen[8];
    float *curves;
    char *cause;
} kept;

typedef struct keeper {
    kept *trials; // by replicate
    uint32_t n, n_alive;
} keeper;

static inline void keep(void *context, const hpb_trial_result *result)
{
    keeper *k = context;
    assert_true(result->replicate < k->n && result->n_folds <= 16);
    assert_true(result->n_scores <= 64 && result->n_chosen <= 8);
    kept *t = &k->trials[result->replicate];
    t->count++;
    t->result = *result;
    if (result->n_folds)
        memcpy(t->fold_mse, result->fold_mse, result->n_folds * sizeof(double));
    if (result->n_scores)
        memcpy(t->scores, result->scores, result->n_scores * sizeof(double));
    if (result->n_worth)
        memcpy(t->worth, result->worth, result->n_worth * sizeof(double));
    if (result->n_chosen)
        memcpy(t->chosen, result->chosen, result->n_chosen * sizeof(uint32_t));
    if (result->curves) {
        t->curves = malloc(result->n_curve_floats * sizeof(float));
        memcpy(t->curves, result->curves, result->n_curve_floats * sizeof(float));
    }
    t->cause = result->cause ? hpb_strdup(result->cause) : NULL;
}

static inline void alive(void *context)
{
    ((keeper *)context)->n_alive++;
}

static inline keeper run_with(hpb_trial_runner *runner, uint32_t cell, uint32_t n,
                              uint32_t at_a_time)
{
    keeper k = {calloc(n, sizeof(kept)), n, 0};
    for (uint32_t first = 0; first < n; first += at_a_time)
        hpb_trial_runner_run(runner, cell, first, n - first < at_a_time ? n - first : at_a_time,
                             keep, alive, &k);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(k.trials[i].count, 1);
    assert_true(k.n_alive > 0);
    return k;
}

static inline hpb_trial_runner *runner_of(tested *t, uint32_t isa)
{
    hpb_trial_runner *runner;
    hpb_error error;
    if (hpb_trial_runner_create(&t->plan, isa, &runner, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    return runner;
}

static inline keeper run(tested *t, uint32_t isa, uint32_t cell, uint32_t n, uint32_t at_a_time)
{
    hpb_trial_runner *runner = runner_of(t, isa);
    const keeper k = run_with(runner, cell, n, at_a_time);
    hpb_trial_runner_destroy(runner);
    return k;
}

static inline void drop(keeper k)
{
    for (uint32_t i = 0; i < k.n; i++) {
        free(k.trials[i].curves);
        free(k.trials[i].cause);
    }
    free(k.trials);
}

static inline bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static inline void assert_same_trials(const keeper *a, const keeper *b)
{
    for (uint32_t i = 0; i < a->n; i++) {
        const hpb_trial_result *x = &a->trials[i].result, *y = &b->trials[i].result;
        assert_true(x->status == y->status && x->epochs == y->epochs && x->updates == y->updates);
        assert_true(same(x->mse, y->mse) && same(x->loss, y->loss) &&
                    same(x->val_loss, y->val_loss));
        assert_true(same(x->baseline_mse, y->baseline_mse) && same(x->truth_mse, y->truth_mse) &&
                    same(x->r2, y->r2) && same(x->pooled_mse, y->pooled_mse) &&
                    same(x->pooled_r2, y->pooled_r2));
        assert_memory_equal(a->trials[i].fold_mse, b->trials[i].fold_mse,
                            sizeof a->trials[i].fold_mse);
        assert_true(x->n_scores == y->n_scores && x->n_chosen == y->n_chosen);
        assert_memory_equal(a->trials[i].scores, b->trials[i].scores, sizeof a->trials[i].scores);
        assert_memory_equal(a->trials[i].chosen, b->trials[i].chosen, sizeof a->trials[i].chosen);
        assert_int_equal(x->n_worth, y->n_worth);
        assert_memory_equal(a->trials[i].worth, b->trials[i].worth, sizeof a->trials[i].worth);
        assert_memory_equal(x->seed, y->seed, sizeof x->seed);
        assert_int_equal(x->n_curve_floats, y->n_curve_floats);
        if (x->n_curve_floats)
            assert_memory_equal(a->trials[i].curves, b->trials[i].curves,
                                x->n_curve_floats * sizeof(float));
    }
}

#endif
