// SPDX-License-Identifier: Apache-2.0
// Models on new rows: bit for bit what the reference predicts there, and on average what can be calculated.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/reference.h"
#include "engine/splits.h"
#include "engine/support.h"
#include "engine/support_trials.h"

// The cell of a side with fresh seeds.
static uint32_t cell_of(uint32_t side)
{
    return fixture.plan.compared[0].corners[side ? fixture.suite.explain.n_masks - 1 : 0];
}

// --- against the reference -----------------------------------------------------------------------------------------

enum { ROWS = 40, FOLDS = 3, RATES = 2, N = 3, LAYERS = 2 };

#define SEARCHES(standardise, policy)                                                              \
    "[suite]\nreplicates = 3\nseed = 5\n[explain]\ntruth = yes\ncorners = yes\n"                   \
    "[data]\nrows = 40\nseed = fresh\n"                                                            \
    "noise = 0.2\nstandardise = " standardise "\n[model]\nhidden = 4\nactivation = tanh\n"         \
    "[fit]\nepochs = 6\nbatch_size = 16\nvalidation_split = 0.25\n[optimizer.adam]\n"              \
    "[early_stopping.patience]\npatience = 1\n[splitter.kfold]\nn_splits = 3\nshuffle = yes\n"     \
    "[seeds.s]\n" policy "\n"                                                                      \
    "[protocol.folds]\noptimizer = adam\ngrid.learning_rate = 0.05, 0.2\nsplitter = kfold\n"       \
    "early_stopping = patience\n[protocol.holdout]\noptimizer = adam\n"                            \
    "grid.learning_rate = 0.05, 0.2\nsplitter = train_test_split\nearly_stopping = patience\n"

#define KERAS "policy = keras.utils.set_random_seed\nseed = fresh"

typedef struct by_hand {
    test_plugin adam, glorot, patience, splitter;
    hpb_fit_config config;
    hpb_dataset all; // the user's rows, then the new ones
    hpb_rows rows;   // the user's
    uint32_t *numbers;
} by_hand;

static void append(hpb_dataset *to, const hpb_dataset *from, uint32_t at)
{
    memcpy(to->x + (size_t)at * 5, from->x, (size_t)from->n_rows * 5 * sizeof(double));
    memcpy(to->y + at, from->y, from->n_rows * sizeof(double));
}

static by_hand begin(const hpb_trial_seeds *seeds, bool is_folds)
{
    by_hand h = {.adam = plugin_load("optimizers", "adam"),
                 .glorot = plugin_load("initializers", "glorot_uniform"),
                 .patience = plugin_load("early_stopping", "patience"),
                 .splitter = plugin_load("splitters", is_folds ? "kfold" : "train_test_split")};
    plugin_set(&h.patience, "patience", 1);
    plugin_set(&h.splitter, "n_splits", FOLDS);
    if (is_folds)
        plugin_set(&h.splitter, "shuffle", 1);
    hpb_dataset given, fresh;
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, ROWS, 5, 0.2, seeds->seed[HPB_STREAM_DATA], &given);
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, HPB_NEW_ROWS, 5, 0.2, hpb_seed_new_rows(5), &fresh);
    h.all = (hpb_dataset){.n_rows = ROWS + HPB_NEW_ROWS, .n_features = 5};
    h.all.x = hpb_alloc((size_t)h.all.n_rows * 5, sizeof(double));
    h.all.y = hpb_alloc(h.all.n_rows, sizeof(double));
    append(&h.all, &given, 0);
    append(&h.all, &fresh, ROWS);
    hpb_dataset_free(&given);
    hpb_dataset_free(&fresh);
    h.rows = (hpb_rows){.struct_size = sizeof h.rows, .n_rows = ROWS};
    h.numbers = hpb_alloc(h.all.n_rows, sizeof *h.numbers);
    for (uint32_t i = 0; i < h.all.n_rows; i++)
        h.numbers[i] = i;
    return h;
}

static void end(by_hand *h)
{
    hpb_dataset_free(&h->all);
    free(h->numbers);
}

static void take(void *context, const hpb_fit *fit, const hpb_fit_result *result)
{
    (void)fit;
    assert_null(result->failure);
    *(double *)context = result->test_mse;
}

// Fit number `number`, of one candidate: trained on `train`, scored on the new rows.
static double worth_by_hand(by_hand *h, double rate, const uint32_t *train, uint32_t n_train,
                            const char *standardise, const hpb_trial_seeds *seeds, uint32_t number)
{
    hpb_table table = {0};
    if (strcmp(standardise, "none") == 0)
        hpb_table_fill(&h->all, &table);
    else
        hpb_table_fill_standardised(&h->all, strcmp(standardise, "all") == 0 ? h->numbers : train,
                                    strcmp(standardise, "all") == 0 ? ROWS : n_train, &table);
    plugin_set(&h->adam, "learning_rate", rate);
    hpb_fit_config config = {.network = {5, 2, {4, 1}, HPB_ACTIVATION_TANH},
                             .epochs = 6,
                             .batch_size = 16,
                             .shuffle = true,
                             .common = no_common()};
    use_optimizer(&config, &h->adam);
    use_initializer(&config, &h->glorot);
    use_early_stopping(&config, &h->patience);
    uint32_t layers[LAYERS * (FOLDS * RATES + 1)];
    hpb_layer_seeds(seeds, HPB_COUNT(layers), layers);
    const uint32_t n = (uint32_t)floor(n_train * 0.75);
    const hpb_fit fit = {.table = &table,
                         .target = h->all.y,
                         .train_rows = train,
                         .n_train = n,
                         .validation_rows = train + n,
                         .n_validation = n_train - n,
                         .test_rows = h->numbers + ROWS,
                         .n_test = HPB_NEW_ROWS,
                         .seeds = seeds,
                         .layer_seeds =
                             seeds->policy == HPB_POLICY_KERAS ? layers + LAYERS * number : NULL,
                         .fit = number};
    double mse = 0;
    hpb_reference_run(&config, &fit, take, &mse);
    hpb_table_free(&table);
    return mse;
}

// Every model, and the one at the end: of folds fitted to all rows, of a holdout as it stands.
static void check_trial(const kept *t, bool is_folds, const char *standardise, hpb_policy policy)
{
    hpb_trial_seeds seeds = {.policy = policy};
    memcpy(seeds.seed, t->result.seed, sizeof seeds.seed);
    by_hand h = begin(&seeds, is_folds);
    const uint32_t n_folds = is_folds ? FOLDS : 1, chosen = t->chosen[0];
    hpb_splits splits;
    char message[HPB_SPLITS_MESSAGE];
    assert_true(hpb_splits_make(h.splitter.plugin->ops, "splitter", h.splitter.values, &h.rows,
                                seeds.seed[HPB_STREAM_SPLIT], n_folds, &splits, message));
    assert_int_equal(t->result.n_worth, RATES * n_folds + 1);
    for (uint32_t i = 0; i < RATES * n_folds; i++) {
        const hpb_split *split = &splits.splits[i % n_folds];
        assert_true(same(t->worth[i], worth_by_hand(&h, i / n_folds ? 0.2 : 0.05, split->train,
                                                    split->n_train, standardise, &seeds, i)));
    }
    const double last = t->worth[RATES * n_folds];
    assert_true(same(last, is_folds ? worth_by_hand(&h, chosen ? 0.2 : 0.05, h.numbers, ROWS,
                                                    standardise, &seeds, RATES * FOLDS)
                                    : t->worth[chosen]));
    assert_true(last > 0.04); // the noise alone
    hpb_splits_free(&splits);
    end(&h);
}

static void check_suite(const char *text, const char *standardise, hpb_policy policy)
{
    tested_accept(&fixture, text);
    for (int is_folds = 0; is_folds < 2; is_folds++) {
        const uint32_t cell = cell_of(!is_folds);
        const keeper k = run(&fixture, hpb_isa_best(), cell, N, N);
        check_trial(&k.trials[N - 1], is_folds, standardise, policy);
        drop(k);
    }
    tested_drop(&fixture);
}

static void the_reference_scores_the_same(void **unused)
{
    (void)unused;
    check_suite(SEARCHES("none", "policy = hpbench"), "none", HPB_POLICY_HPBENCH);
    check_suite(SEARCHES("train", KERAS), "train", HPB_POLICY_KERAS);
    check_suite(SEARCHES("all", "policy = hpbench"), "all", HPB_POLICY_HPBENCH);
}

static void lanes_and_instructions_change_nothing(void **unused)
{
    (void)unused;
    tested_accept(&fixture, SEARCHES("train", KERAS));
    const keeper together = run(&fixture, hpb_isa_best(), cell_of(0), N, N);
    const keeper alone = run(&fixture, HPB_ISA_BASELINE, cell_of(0), 1, 1);
    assert_memory_equal(together.trials[0].worth, alone.trials[0].worth,
                        sizeof alone.trials[0].worth);
    drop(together);
    drop(alone);
    tested_drop(&fixture);
}

// Nothing that is reported depends on whether models are scored.
static void the_rest_stays(void **unused)
{
    (void)unused;
    static const char text[] = SEARCHES("train", KERAS);
    char *without = hpb_strdup(text);
    char *yes = strstr(without, "yes"); // the first is that of truth
    yes[0] = 'n', yes[1] = 'o', yes[2] = ' ';
    tested_accept(&fixture, text);
    keeper scored = run(&fixture, hpb_isa_best(), cell_of(0), N, N);
    tested_drop(&fixture);
    tested_accept(&fixture, without);
    const keeper plain = run(&fixture, hpb_isa_best(), cell_of(0), N, N);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(plain.trials[i].result.n_worth, 0);
        scored.trials[i].result.n_worth = 0;
        memset(scored.trials[i].worth, 0, sizeof scored.trials[i].worth);
    }
    assert_same_trials(&scored, &plain);
    tested_drop(&fixture);
    drop(scored);
    drop(plain);
    free(without);
}

// --- against the closed form ---------------------------------------------------------------------------------------

// (1 + 1/n) (n - 2) / (n - p - 2): the error of least squares on n rows of p standard normal features, with noise of
// variance 1, on new rows.
static double error_of_rows(double n, double p)
{
    return (1 + 1 / n) * (n - 2) / (n - p - 2);
}

static void assert_mean(const double *x, uint32_t n, double expected)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i];
    for (uint32_t i = 0; i < n; i++)
        squares += pow(x[i] - sum / n, 2);
    // of one sample of new rows all means are off alike: 2 / sqrt(2 HPB_NEW_ROWS)
    const double error = 4 * sqrt(squares / (n - 1) / n) + 4 * sqrt(2.0 / HPB_NEW_ROWS);
    if (!(fabs(sum / n - expected) <= error))
        fail_msg("mean %.6g; expected %.6g within %.2g", sum / n, expected, error);
    assert_true(error < 0.15);
}

static void least_squares_is_worth_what_can_be_calculated(void **unused)
{
    (void)unused;
    enum { REPLICATES = 100, FEATURES = 3 };
    tested_accept(&fixture,
                  "[suite]\nreplicates = 100\n[explain]\ntruth = yes\ncorners = yes\n[data]\nrows "
                  "= 30\nfeatures = 3\n"
                  "generator = gaussian\nnoise = 1\nseed = fresh\n[model]\nhidden = none\n[fit]\n"
                  "solver = least_squares\n[splitter.folds]\nplugin = kfold\nn_splits = 2\n"
                  "[protocol.folds]\nsplitter = folds\n[protocol.holdout]\n"
                  "splitter = train_test_split\n");
    const keeper folds = run(&fixture, hpb_isa_best(), cell_of(0), REPLICATES, REPLICATES);
    double at_half[REPLICATES], at_all[REPLICATES];
    for (uint32_t i = 0; i < REPLICATES; i++) {
        assert_int_equal(folds.trials[i].result.n_worth, 3);
        at_half[i] = (folds.trials[i].worth[0] + folds.trials[i].worth[1]) / 2;
        at_all[i] = folds.trials[i].worth[2];
    }
    assert_mean(at_half, REPLICATES, error_of_rows(15, FEATURES));
    assert_mean(at_all, REPLICATES, error_of_rows(30, FEATURES));
    drop(folds);
    tested_drop(&fixture);
}

// --- odd cases -----------------------------------------------------------------------------------------------------

static void what_diverges_is_worth_no_number(void **unused)
{
    (void)unused;
    tested_accept(&fixture,
                  "[suite]\nreplicates = 2\n[explain]\ntruth = yes\ncorners = yes\n[data]\nrows = "
                  "20\n[model]\n"
                  "activation = linear\n[fit]\nepochs = 200\n[optimizer.wild]\nplugin = sgd\n"
                  "learning_rate = 1e6\n[protocol.a]\noptimizer = wild\n[protocol.b]\noptimizer = "
                  "adam\n");
    const keeper k = run(&fixture, hpb_isa_best(), cell_of(0), 2, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(k.trials[i].result.status, HPB_STATUS_DIVERGED);
        assert_true(same(k.trials[i].worth[0], (double)NAN) &&
                    same(k.trials[i].worth[1], (double)NAN));
    }
    drop(k);
    tested_drop(&fixture);
}

// A search within outer splits is worth what its refits are, on average.
static void outer_splits_have_models_of_their_own(void **unused)
{
    (void)unused;
    tested_accept(
        &fixture,
        "[suite]\nreplicates = 2\n[explain]\ntruth = yes\ncorners = yes\n[data]\nrows = 30\n"
        "[fit]\nepochs = 3\n[protocol.a]\noptimizer = adam\nsplitter = kfold\n"
        "outer = kfold\nreport = refit\n[protocol.b]\noptimizer = adam\n"
        "splitter = kfold\n");
    const keeper k = run(&fixture, hpb_isa_best(), cell_of(0), 2, 2);
    for (uint32_t i = 0; i < 2; i++) {
        const double *worth = k.trials[i].worth;
        assert_int_equal(k.trials[i].result.n_worth, 6);
        assert_true(same(worth[5], (worth[0] + worth[1] + worth[2] + worth[3] + worth[4]) / 5));
    }
    drop(k);
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_scores_the_same),
        cmocka_unit_test(lanes_and_instructions_change_nothing),
        cmocka_unit_test(the_rest_stays),
        cmocka_unit_test(least_squares_is_worth_what_can_be_calculated),
        cmocka_unit_test(what_diverges_is_worth_no_number),
        cmocka_unit_test(outer_splits_have_models_of_their_own),
    };
    return cmocka_run_group_tests_name("worth", tests, tested_set_up, tested_tear_down);
}
