// SPDX-License-Identifier: Apache-2.0
// Trials of planned cells: each is what its own settings say, however many are run together.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/material.h"
#include "engine/reference.h"
#include "engine/splits.h"
#include "engine/support.h"
#include "engine/support_trials.h"

// Folds of 14 and 15 rows, early stops, three ways to scale, data fixed and fresh.
static const char crossed[] = "[suite]\n"
                              "replicates = 40\n"
                              "[data]\n"
                              "seed = fresh, 3\n"
                              "rows = 100\n"
                              "standardise = none, train, all\n"
                              "[model]\n"
                              "hidden = 6 4\n"
                              "activation = tanh\n"
                              "[fit]\n"
                              "epochs = 6\n"
                              "batch_size = 16\n"
                              "validation_split = 0.25\n"
                              "[optimizer.adam]\n"
                              "learning_rate = 0.05\n"
                              "[early_stopping.patience]\n"
                              "patience = 1\n"
                              "restore_best_weights = yes\n"
                              "[splitter.kfold]\n"
                              "n_splits = 7\n"
                              "shuffle = yes\n"
                              "[report]\n"
                              "curves = yes\n";

static void test_together_or_alone(void **unused)
{
    (void)unused;
    tested_accept(&fixture, crossed);
    assert_int_equal(fixture.plan.n_cells, 6);
    for (uint32_t cell = 0; cell < fixture.plan.n_cells; cell++) {
        const keeper together = run(&fixture, hpb_isa_best(), cell, 40, 40);
        const keeper alone = run(&fixture, HPB_ISA_BASELINE, cell, 40, 1);
        const keeper some = run(&fixture, hpb_isa_best(), cell, 40, 17);
        assert_same_trials(&together, &alone);
        assert_same_trials(&together, &some);
        drop(together);
        drop(alone);
        drop(some);
    }
    tested_drop(&fixture);
}

// --- one trial, by hand ----------------------------------------------------------------------------------------

typedef struct by_hand {
    double mse, loss, val_loss;
    uint32_t epochs, updates;
    float curve[64];
} by_hand;

static void take(void *context, const hpb_fit *fit, const hpb_fit_result *result)
{
    by_hand *h = context;
    (void)fit;
    assert_null(result->failure);
    *h = (by_hand){
        .mse = result->test_mse,
        .loss = result->loss,
        .val_loss = result->val_loss,
        .epochs = result->epochs,
        .updates = result->updates,
    };
    memcpy(h->curve, result->curve, 2 * result->epochs * sizeof(float));
}

static hpb_fit_config config_by_hand(test_plugin *adam, test_plugin *glorot, test_plugin *patience)
{
    *adam = plugin_load("optimizers", "adam");
    *glorot = plugin_load("initializers", "glorot_uniform");
    *patience = plugin_load("early_stopping", "patience");
    plugin_set(adam, "learning_rate", 0.05);
    plugin_set(patience, "patience", 1);
    plugin_set(patience, "restore_best_weights", 1);
    hpb_fit_config config = {
        .network = {5, 3, {6, 4, 1}, HPB_ACTIVATION_TANH},
        .epochs = 6,
        .batch_size = 16,
        .shuffle = true,
        .curves = true,
        .common = no_common(),
    };
    use_optimizer(&config, adam);
    use_initializer(&config, glorot);
    use_early_stopping(&config, patience);
    return config;
}

static void test_by_hand(void **unused)
{
    (void)unused;
    enum { REPLICATE = 5, FOLDS = 7, STANDARDISE_TRAIN = 1 };
    tested_accept(&fixture, crossed);
    test_plugin adam, glorot, patience, kfold = plugin_load("splitters", "kfold");
    plugin_set(&kfold, "n_splits", FOLDS);
    plugin_set(&kfold, "shuffle", 1);
    const hpb_fit_config config = config_by_hand(&adam, &glorot, &patience);
    for (uint32_t cell = 0; cell < fixture.plan.n_cells; cell++) {
        const hpb_choice *data_choice = fixture.plan.cells[cell].choice[HPB_AXIS_DATA];
        if (hpb_choice_number(data_choice, "standardise") != STANDARDISE_TRAIN ||
            !hpb_choice_setting(data_choice, "seed")->is_fresh)
            continue;
        const keeper k = run(&fixture, hpb_isa_best(), cell, REPLICATE + 1, 3);
        const kept *t = &k.trials[REPLICATE];
        hpb_trial_seeds seeds = {.policy = HPB_POLICY_HPBENCH};
        for (int s = 0; s < HPB_STREAM_COUNT; s++)
            seeds.seed[s] = hpb_seed_fresh(0, (hpb_stream)s, REPLICATE);
        assert_memory_equal(seeds.seed, t->result.seed, sizeof seeds.seed);
        hpb_dataset data;
        hpb_splits splits;
        hpb_table table = {0};
        char message[HPB_SPLITS_MESSAGE];
        hpb_dataset_generate(HPB_GENERATOR_LINEAR, 100, 5, 0.1, seeds.seed[HPB_STREAM_DATA], &data);
        const hpb_rows rows = hpb_dataset_rows(&data);
        assert_true(hpb_splits_make(kfold.plugin->ops, "kfold", kfold.values, &rows,
                                    seeds.seed[HPB_STREAM_SPLIT], FOLDS, &splits, message));
        double mse = 0, loss = 0, val_loss = 0;
        uint64_t epochs = 0, updates = 0;
        const float *curve = t->curves;
        for (uint32_t fold = 0; fold < FOLDS; fold++) {
            const hpb_split *s = &splits.splits[fold];
            const uint32_t n_train = (uint32_t)floor(s->n_train * 0.75);
            hpb_table_fill_standardised(&data, s->train, s->n_train, &table);
            const hpb_fit fit = {.table = &table,
                                 .target = data.y,
                                 .train_rows = s->train,
                                 .n_train = n_train,
                                 .validation_rows = s->train + n_train,
                                 .n_validation = s->n_train - n_train,
                                 .test_rows = s->test,
                                 .n_test = s->n_test,
                                 .seeds = &seeds,
                                 .fit = fold};
            by_hand h;
            hpb_reference_run(&config, &fit, take, &h);
            assert_true(same(h.mse, t->fold_mse[fold]));
            assert_true(*curve++ == (float)h.epochs);
            assert_memory_equal(curve, h.curve, 2 * h.epochs * sizeof(float));
            curve += 2 * h.epochs;
            mse += h.mse;
            loss += h.loss;
            val_loss += h.val_loss;
            epochs += h.epochs;
            updates += h.updates;
        }
        assert_true(same(mse / FOLDS, t->result.mse) && same(loss / FOLDS, t->result.loss) &&
                    same(val_loss / FOLDS, t->result.val_loss));
        assert_int_equal(epochs, t->result.epochs);
        assert_int_equal(updates, t->result.updates);
        assert_int_equal(curve - t->curves, t->result.n_curve_floats);
        hpb_table_free(&table);
        hpb_splits_free(&splits);
        hpb_dataset_free(&data);
        drop(k);
    }
    tested_drop(&fixture);
}

// --- the scale of an MSE ------------------------------------------------------------------------------------------

// The mean and the true function as predictions on the test rows, by the definition, over three folds of 11, 10 and 10
// rows, and all of these together.
static void test_scale(void **unused)
{
    (void)unused;
    tested_accept(&fixture, "[suite]\nreplicates = 2\n[data]\nrows = 31\nseed = fresh\n[model]\n"
                            "hidden = 2\n[fit]\nepochs = 1\nvalidation_split = 0.25\n"
                            "[optimizer.sgd]\n[splitter.kfold]\nn_splits = 3\nshuffle = yes\n");
    test_plugin kfold = plugin_load("splitters", "kfold");
    plugin_set(&kfold, "n_splits", 3);
    plugin_set(&kfold, "shuffle", 1);
    const keeper k = run(&fixture, hpb_isa_best(), 0, 2, 2);
    for (uint32_t i = 0; i < k.n; i++) {
        const hpb_trial_result *r = &k.trials[i].result;
        hpb_dataset data;
        hpb_splits splits;
        char message[HPB_SPLITS_MESSAGE];
        hpb_dataset_generate(HPB_GENERATOR_LINEAR, 31, 5, 0.1, r->seed[HPB_STREAM_DATA], &data);
        const hpb_rows rows = hpb_dataset_rows(&data);
        assert_true(hpb_splits_make(kfold.plugin->ops, "kfold", kfold.values, &rows,
                                    r->seed[HPB_STREAM_SPLIT], 3, &splits, message));
        double baseline = 0, truth = 0, r2 = 0, errors = 0, sum = 0, squares = 0;
        for (int fold = 0; fold < 3; fold++) {
            const hpb_split *s = &splits.splits[fold];
            double mean = 0, centre = 0, total = 0;
            for (uint32_t row = 0; row < s->n_train; row++)
                mean += data.y[s->train[row]] / s->n_train;
            for (uint32_t row = 0; row < s->n_test; row++)
                centre += data.y[s->test[row]] / s->n_test;
            for (uint32_t row = 0; row < s->n_test; row++) {
                const uint32_t at = s->test[row];
                baseline += pow(data.y[at] - mean, 2) / s->n_test / 3;
                truth += pow(data.y[at] - data.truth[at], 2) / s->n_test / 3;
                total += pow(data.y[at] - centre, 2);
                sum += data.y[at];
                squares += data.y[at] * data.y[at];
            }
            errors += k.trials[i].fold_mse[fold] * s->n_test;
            r2 += (1 - k.trials[i].fold_mse[fold] * s->n_test / total) / 3;
        }
        assert_true(fabs(r->baseline_mse - baseline) <= 1e-12);
        assert_true(fabs(r->truth_mse - truth) <= 1e-12);
        assert_true(fabs(r->r2 - r2) <= 1e-12);
        assert_true(fabs(r->pooled_mse - errors / 31) <= 1e-12);
        assert_true(fabs(r->pooled_r2 - (1 - errors / (squares - sum * sum / 31))) <= 1e-12);
        assert_true(fabs(r->pooled_mse - r->mse) > 1e-6); // the folds are not of one size
        assert_true(truth > 0 && truth < 0.05 && baseline > 0.5);
        hpb_splits_free(&splits);
        hpb_dataset_free(&data);
    }
    drop(k);
    tested_drop(&fixture);
}

// --- schedules ---------------------------------------------------------------------------------------------------

#define SCHEDULED                                                                                  \
    "[suite]\nreplicates = 20\n[data]\nrows = 40\n[fit]\nepochs = 8\n"                             \
    "[optimizer.sgd]\nweight_decay = 0.01\n"

static void test_schedule(void **unused)
{
    (void)unused;
    tested_accept(&fixture, SCHEDULED);
    const keeper plain = run(&fixture, hpb_isa_best(), 0, 20, 20);
    tested_drop(&fixture);
    tested_accept(&fixture, SCHEDULED "[schedule.constant]\n[schedule.exponential_decay]\n"
                                      "decay_steps = 3\ndecay_rate = 1, 0.5\n");
    assert_int_equal(fixture.plan.n_cells, 3);
    const keeper constant = run(&fixture, hpb_isa_best(), 0, 20, 20),
                 flat = run(&fixture, hpb_isa_best(), 1, 20, 20);
    const keeper falling = run(&fixture, hpb_isa_best(), 2, 20, 20);
    assert_same_trials(&plain, &constant);
    assert_same_trials(&plain, &flat); // a factor of 1 in float32 changes no bit
    for (uint32_t i = 0; i < 20; i++)
        assert_false(same(plain.trials[i].result.mse, falling.trials[i].result.mse));
    drop(plain), drop(constant), drop(flat), drop(falling);
    tested_drop(&fixture);
}

// --- results that are no plain number -----------------------------------------------------------------------------

static void test_diverged(void **unused)
{
    (void)unused;
    tested_accept(&fixture,
                  "[suite]\nreplicates = 3\n[data]\nrows = 40\n[model]\nactivation = linear\n"
                  "[fit]\nepochs = 200\n[optimizer.sgd]\nlearning_rate = 1e6\n");
    const keeper k = run(&fixture, hpb_isa_best(), 0, 3, 3);
    const double not_a_number = (double)NAN;
    for (uint32_t i = 0; i < k.n; i++) {
        const hpb_trial_result *r = &k.trials[i].result;
        assert_int_equal(r->status, HPB_STATUS_DIVERGED);
        assert_true(same(r->mse, not_a_number)); // the one canonical NaN
        assert_true(same(r->loss, not_a_number));
        assert_true(same(r->val_loss, not_a_number));
        assert_true(same(r->r2, not_a_number) && r->baseline_mse > 0 && r->truth_mse > 0);
        assert_int_equal(r->epochs, 200);
        assert_null(k.trials[i].cause);
    }
    drop(k);
    tested_drop(&fixture);
}

static void assert_contract(uint32_t n, const char *cause)
{
    const keeper k = run(&fixture, hpb_isa_best(), 0, n, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(k.trials[i].result.status, HPB_STATUS_CONTRACT);
        assert_int_equal(k.trials[i].result.n_folds, 0);
        assert_true(isnan(k.trials[i].result.mse));
        assert_non_null(k.trials[i].cause);
        assert_string_equal(k.trials[i].cause, cause);
    }
    drop(k);
}

static void test_contract(void **unused)
{
    (void)unused;
    static const char text[] = "[suite]\nreplicates = 20\n[data]\nrows = 20\n[fit]\nepochs = 2\n"
                               "[optimizer.sgd]\n[splitter.kfold]\nn_splits = 4\n";
    tested_accept(&fixture, text);
    fixture.plan.cells[0].n_splits = 5; // as if the plugin had counted one more
    assert_contract(20, "splitter kfold: emitted 4 of the 5 splits that it had counted");
    tested_drop(&fixture);
}

static void test_too_deep(void **unused)
{
    (void)unused;
    tested_parse(&fixture, "[suite]\nreplicates = 1\n[optimizer.sgd]\n[model]\n"
                           "hidden = 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2\n");
    if (!fixture.is_good) { // the plan may refuse it first, for that reason
        assert_non_null(strstr(fixture.diagnostics.item[0].text, "hidden"));
        return;
    }
    hpb_trial_runner *runner;
    hpb_error error;
    assert_int_equal(hpb_trial_runner_create(&fixture.plan, 0, &runner, &error), HPB_EXIT_SUITE);
    assert_non_null(strstr(error.text, "[model] hidden"));
    tested_drop(&fixture);
}

static void test_status_names(void **unused)
{
    (void)unused;
    for (hpb_status s = HPB_STATUS_OK; s <= HPB_STATUS_SET_ASIDE; s++)
        assert_non_null(hpb_status_name(s));
    assert_string_equal(hpb_status_name(HPB_STATUS_DIVERGED), "diverged");
    assert_null(hpb_status_name((hpb_status)6));
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_together_or_alone),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_diverged),
        cmocka_unit_test(test_contract),
        cmocka_unit_test(test_too_deep),
        cmocka_unit_test(test_status_names),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
