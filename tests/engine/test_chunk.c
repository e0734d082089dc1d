// SPDX-License-Identifier: Apache-2.0
// Trials that search: every fit is what its candidate, split and number say, and so are the choice and the report,
// however many are run together.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/material.h"
#include "engine/private.h"
#include "engine/search.h"
#include "engine/support.h"
#include "engine/support_trials.h"

enum { OUTER = 3, CANDIDATES = 4, SPLITS = 2, ROWS = 60, EPOCHS = 5, MOST_WEIGHTS = 37 };

// Candidates in ParameterGrid's order: hidden 3, learning rates 0.001 and 0.05; hidden 4 2, the same.
#define SEARCH                                                                                     \
    "[suite]\nreplicates = 8\n[data]\nseed = fresh\nrows = 60\nstandardise = train\n"              \
    "[fit]\nbatch_size = 16\nvalidation_split = 0.25\n[splitter.outer]\nplugin = kfold\n"          \
    "n_splits = 3\nshuffle = yes\n[splitter.inner]\nplugin = kfold\nn_splits = 2\n"                \
    "shuffle = yes\n[early_stopping.patience]\npatience = 1\nrestore_best_weights = yes\n"         \
    "[report]\ncurves = yes\n[seeds.a]\n[seeds.b]\npolicy = keras.utils.set_random_seed\n"         \
    "[protocol.search]\nsplitter = inner\nouter = outer\noptimizer = adam\nepochs = 5\n"           \
    "early_stopping = patience\nactivation = tanh\ngrid.learning_rate = 0.001, 0.05\n"             \
    "grid.hidden = 3, 4 2\n"

typedef struct variant {
    const char *text;
    hpb_select select;
    hpb_scoring scoring;
    bool refits;
} variant;

static const variant variants[] = {
    {SEARCH "select = cv\n", HPB_SELECT_CV, HPB_SCORING_NEG_MSE, false},
    {SEARCH "select = test\nscoring = r2\nreport = refit\n", HPB_SELECT_TEST, HPB_SCORING_R2, true},
    {SEARCH "select = validation\nreport = refit\n", HPB_SELECT_VALIDATION, HPB_SCORING_NEG_MSE,
     true},
    {SEARCH "select = train\n", HPB_SELECT_TRAIN, HPB_SCORING_NEG_MSE, false},
};

static void test_together_or_alone(void **unused)
{
    (void)unused;
    for (size_t v = 0; v < HPB_COUNT(variants); v++) {
        tested_accept(&fixture, variants[v].text);
        for (uint32_t cell = 0; cell < 2; cell++) {
            const keeper together = run(&fixture, hpb_isa_best(), cell, 8, 8);
            const keeper alone = run(&fixture, HPB_ISA_BASELINE, cell, 8, 1);
            const keeper some = run(&fixture, hpb_isa_best(), cell, 8, 3);
            assert_same_trials(&together, &alone);
            assert_same_trials(&together, &some);
            drop(together), drop(alone), drop(some);
        }
        tested_drop(&fixture);
    }
}

// --- a search by hand -----------------------------------------------------------------------------------------

typedef struct by_hand {
    hpb_fit_scores scores;
    uint32_t epochs, updates;
    float curve[2 * EPOCHS], start[MOST_WEIGHTS];
} by_hand;

// One trial by hand: its splits, and its fits by their number.
typedef struct hand {
    test_plugin adam, glorot, patience, kfold;
    hpb_trial_seeds seeds;
    hpb_dataset data;
    by_hand fits[OUTER * (CANDIDATES * SPLITS + 1)];
    hpb_fold_scale scales[OUTER * (CANDIDATES * SPLITS + 1)];
    uint32_t n_fits;
    uint32_t layer_seeds[3 * OUTER * (CANDIDATES * SPLITS + 1)], n_drawn;
    uint64_t epochs, updates;
} hand;

static void take(void *context, const hpb_fit *fit, const hpb_fit_result *result)
{
    by_hand *h = context;
    (void)fit;
    assert_null(result->failure);
    *h = (by_hand){.scores = {result->test_mse, 0, result->loss, result->val_loss},
                   .epochs = result->epochs,
                   .updates = result->updates};
    memcpy(h->curve, result->curve, 2 * result->epochs * sizeof(float));
}

static void train(hand *h, uint32_t candidate, const hpb_split *split)
{
    const hpb_network networks[] = {{5, 2, {3, 1}, HPB_ACTIVATION_TANH},
                                    {5, 3, {4, 2, 1}, HPB_ACTIVATION_TANH}};
    hpb_fit_config config = {.network = networks[candidate / 2],
                             .epochs = EPOCHS,
                             .batch_size = 16,
                             .shuffle = true,
                             .curves = true,
                             .common = no_common()};
    plugin_set(&h->adam, "learning_rate", candidate % 2 ? 0.05 : 0.001);
    use_optimizer(&config, &h->adam);
    use_initializer(&config, &h->glorot);
    use_early_stopping(&config, &h->patience);
    hpb_table table = {0};
    hpb_table_fill_standardised(&h->data, split->train, split->n_train, &table);
    const uint32_t n_train = (uint32_t)floor(split->n_train * 0.75);
    const hpb_fit fit = {
        .table = &table,
        .target = h->data.y,
        .train_rows = split->train,
        .n_train = n_train,
        .validation_rows = split->train + n_train,
        .n_validation = split->n_train - n_train,
        .test_rows = split->test,
        .n_test = split->n_test,
        .seeds = &h->seeds,
        .fit = h->n_fits,
        .layer_seeds = h->seeds.policy == HPB_POLICY_KERAS ? h->layer_seeds + h->n_drawn : NULL};
    by_hand *out = &h->fits[h->n_fits];
    hpb_reference_run(&config, &fit, take, out);
    char message[HPB_FIT_MESSAGE];
    assert_true(hpb_network_parameters(&config.network) <= MOST_WEIGHTS);
    assert_true(hpb_fit_initialise(&config, &fit, out->start, message));
    double centre = 0;
    hpb_fold_scale *scale = &h->scales[h->n_fits++];
    for (uint32_t i = 0; i < split->n_test; i++)
        centre += h->data.y[split->test[i]] / split->n_test;
    for (uint32_t i = 0; i < split->n_test; i++)
        scale->variance += pow(h->data.y[split->test[i]] - centre, 2) / split->n_test;
    out->scores.r2 = 1 - out->scores.mse / scale->variance;
    h->epochs += out->epochs;
    h->updates += out->updates;
    hpb_table_free(&table);
}

static hpb_splits split_rows(hand *h, uint32_t n_splits, uint32_t n_rows)
{
    hpb_splits out;
    char message[HPB_SPLITS_MESSAGE];
    const hpb_rows rows = {.struct_size = sizeof rows, .n_rows = n_rows};
    plugin_set(&h->kfold, "n_splits", n_splits);
    plugin_set(&h->kfold, "shuffle", 1);
    assert_true(hpb_splits_make(h->kfold.plugin->ops, "kfold", h->kfold.values, &rows,
                                h->seeds.seed[HPB_STREAM_SPLIT], n_splits, &out, message));
    return out;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

// Checks the scores of one outer split, and says which candidate they choose.
static uint32_t check_scores(const hand *h, const variant *v, uint32_t first, const double *scores)
{
    hpb_search_row rows[CANDIDATES];
    for (uint32_t i = 0; i < CANDIDATES * SPLITS; i++)
        assert_true(
            near(scores[i], hpb_search_score(v->select, v->scoring, &h->fits[first + i].scores)));
    hpb_search_rank(scores, CANDIDATES, SPLITS, rows);
    return hpb_search_best(rows, CANDIDATES);
}

// Checks the fit of number `from` as fold `fold` of the report.
static const float *check_fold(const hand *h, const kept *t, uint32_t from, uint32_t fold,
                               const float *curve, hpb_fit_scores *sum)
{
    const by_hand *f = &h->fits[from];
    assert_true(same(f->scores.mse, t->fold_mse[fold]));
    assert_true(*curve++ == (float)f->epochs);
    assert_memory_equal(curve, f->curve, 2 * f->epochs * sizeof(float));
    sum->mse += f->scores.mse;
    sum->r2 += f->scores.r2;
    sum->loss += f->scores.loss;
    sum->val_loss += f->scores.val_loss;
    return curve + 2 * f->epochs;
}

static void check_trial(hand *h, const variant *v, const kept *t)
{
    const hpb_splits outer = split_rows(h, OUTER, ROWS);
    const float *curve = t->curves;
    hpb_fit_scores sum = {0};
    uint32_t n_folds = 0;
    for (uint32_t o = 0; o < OUTER; o++) {
        const uint32_t first = h->n_fits;
        hpb_splits inner = split_rows(h, SPLITS, outer.splits[o].n_train);
        for (uint32_t f = 0; f < SPLITS; f++) {
            hpb_split *s = &inner.splits[f];
            for (uint32_t i = 0; i < s->n_train; i++)
                s->train[i] = outer.splits[o].train[s->train[i]];
            for (uint32_t i = 0; i < s->n_test; i++)
                s->test[i] = outer.splits[o].train[s->test[i]];
        }
        for (uint32_t c = 0; c < CANDIDATES; c++)
            for (uint32_t f = 0; f < SPLITS; f++) {
                train(h, c, &inner.splits[f]);
                h->n_drawn += c < 2 ? 2 : 3;
            }
        const uint32_t best =
            check_scores(h, v, first, t->scores + o * (size_t)CANDIDATES * SPLITS);
        assert_int_equal(t->chosen[o], best);
        if (v->refits) {
            train(h, best, &outer.splits[o]);
            h->n_drawn += best < 2 ? 2 : 3;
            curve = check_fold(h, t, first + CANDIDATES * SPLITS, n_folds++, curve, &sum);
        } else {
            for (uint32_t f = 0; f < SPLITS; f++)
                curve = check_fold(h, t, first + best * SPLITS + f, n_folds++, curve, &sum);
        }
        hpb_splits_free(&inner);
    }
    const hpb_trial_result *r = &t->result;
    assert_int_equal(r->n_folds, n_folds);
    assert_true(near(r->mse, sum.mse / n_folds) && near(r->loss, sum.loss / n_folds));
    assert_true(near(r->val_loss, sum.val_loss / n_folds) && near(r->r2, sum.r2 / n_folds));
    assert_int_equal(r->epochs, h->epochs);
    assert_int_equal(r->updates, h->updates);
    assert_int_equal(r->n_scores, OUTER * CANDIDATES * SPLITS);
    assert_int_equal(r->n_chosen, OUTER);
    assert_int_equal(curve - t->curves, r->n_curve_floats);
    hpb_splits_free((hpb_splits *)&outer);
}

// What `keras --exact` writes down: the same start, without the run.
static void check_start(void *context, const hpb_fold *fold)
{
    const hand *h = context;
    assert_true(fold->fold < h->n_fits);
    assert_memory_equal(fold->weights, h->fits[fold->fold].start, fold->n_weights * sizeof(float));
}

static void stay(void *context)
{
    (void)context;
}

static void take_prepared(void *context, const hpb_trial_result *result)
{
    (void)context;
    assert_int_equal(result->status, HPB_STATUS_OK);
}

static void test_by_hand(void **unused)
{
    (void)unused;
    enum { REPLICATE = 3 };
    uint32_t seen[CANDIDATES] = {0};
    for (size_t v = 0; v < HPB_COUNT(variants); v++) {
        tested_accept(&fixture, variants[v].text);
        for (uint32_t cell = 0; cell < 2; cell++) {
            const keeper k = run(&fixture, hpb_isa_best(), cell, REPLICATE + 1, 4);
            hand *h = hpb_alloc(1, sizeof *h);
            h->adam = plugin_load("optimizers", "adam");
            h->glorot = plugin_load("initializers", "glorot_uniform");
            h->patience = plugin_load("early_stopping", "patience");
            h->kfold = plugin_load("splitters", "kfold");
            plugin_set(&h->patience, "patience", 1);
            plugin_set(&h->patience, "restore_best_weights", 1);
            h->seeds = hpb_cell_seeds(&fixture.plan, &fixture.plan.cells[cell], REPLICATE);
            hpb_layer_seeds(&h->seeds, HPB_COUNT(h->layer_seeds), h->layer_seeds);
            assert_int_equal(h->seeds.policy, cell ? HPB_POLICY_KERAS : HPB_POLICY_HPBENCH);
            hpb_dataset_generate(HPB_GENERATOR_LINEAR, ROWS, 5, 0.1, h->seeds.seed[HPB_STREAM_DATA],
                                 &h->data);
            check_trial(h, &variants[v], &k.trials[REPLICATE]);
            hpb_trial_runner *runner = runner_of(&fixture, HPB_ISA_BASELINE);
            hpb_trial_runner_prepare(runner, cell, REPLICATE, HPB_HANDED_WEIGHTS, check_start,
                                     take_prepared, stay, h);
            hpb_trial_runner_destroy(runner);
            for (int o = 0; o < OUTER; o++)
                seen[k.trials[REPLICATE].chosen[o]]++;
            hpb_dataset_free(&h->data);
            free(h);
            drop(k);
        }
        tested_drop(&fixture);
    }
    assert_true(seen[1] && seen[3]); // more than one is ever chosen
}

// --- what is chosen ---------------------------------------------------------------------------------------------

#define HEAD                                                                                       \
    "[suite]\nreplicates = 4\n[data]\nrows = 40\n[splitter.cv3]\nplugin = kfold\nn_splits = 3\n"   \
    "[protocol.a]\nsplitter = cv3\noptimizer = sgd\nepochs = 60\nactivation = linear\n"

static void test_what_diverged_is_not_chosen(void **unused)
{
    (void)unused;
    tested_accept(&fixture, HEAD "grid.learning_rate = 1e6, 0.01, 1e7, 0.0001\n");
    const keeper k = run(&fixture, hpb_isa_best(), 0, 4, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const kept *t = &k.trials[i];
        assert_int_equal(t->result.status, HPB_STATUS_OK);
        assert_int_equal(t->chosen[0], 1);
        for (int s = 0; s < 12; s++)
            assert_true((s / 3 % 2 == 0) == isnan(t->scores[s]));
        for (int f = 0; f < 3; f++)
            assert_true(t->scores[3 + f] == -t->fold_mse[f]);
        assert_int_equal(t->result.epochs, 4 * 3 * 60);
    }
    drop(k);
    tested_drop(&fixture);
}

static void test_all_diverged(void **unused)
{
    (void)unused;
    const double not_a_number = (double)NAN;
    tested_accept(&fixture, HEAD "grid.learning_rate = 1e6, 1e7\n");
    const keeper k = run(&fixture, hpb_isa_best(), 0, 4, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(k.trials[i].result.status, HPB_STATUS_DIVERGED);
        assert_int_equal(k.trials[i].chosen[0], 0);
        for (int s = 0; s < 6; s++)
            assert_true(same(k.trials[i].scores[s], not_a_number)); // the one canonical NaN
    }
    drop(k);
    tested_drop(&fixture);
}

// From zeros, the rows in order, in batches larger than the data: the second and third candidate are one.
static void test_the_first_of_equals_is_chosen(void **unused)
{
    (void)unused;
    tested_accept(&fixture, HEAD "initializer = zeros\nshuffle = no\nlearning_rate = 0.5\n"
                                 "grid.batch_size = 1, 90, 80\n");
    const keeper k = run(&fixture, hpb_isa_best(), 0, 1, 1);
    const double *scores = k.trials[0].scores;
    for (int f = 0; f < 3; f++) {
        assert_false(scores[f] == scores[3 + f]);
        assert_true(scores[3 + f] == scores[6 + f]);
    }
    assert_int_equal(k.trials[0].chosen[0], 1);
    drop(k);
    tested_drop(&fixture);
}

// One candidate on all rows: the crossed cell's bits, and nothing beside.
static void test_one_candidate_is_the_crossed_cell(void **unused)
{
    (void)unused;
    tested_accept(&fixture, "[suite]\nreplicates = 4\n[data]\nrows = 40\n[fit]\nepochs = 60\n"
                            "[model]\nactivation = linear\n[optimizer.sgd]\n[splitter.cv3]\n"
                            "plugin = kfold\nn_splits = 3\n");
    const keeper crossed = run(&fixture, hpb_isa_best(), 0, 4, 4);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "select = cv\n");
    const keeper one = run(&fixture, hpb_isa_best(), 0, 4, 4);
    assert_same_trials(&crossed, &one);
    assert_int_equal(one.trials[0].result.n_scores, 0);
    assert_int_equal(one.trials[0].result.n_chosen, 0);
    drop(crossed), drop(one);
    tested_drop(&fixture);
}

static void test_a_fault_fails_the_whole_search(void **unused)
{
    (void)unused;
    tested_accept(&fixture, HEAD "grid.learning_rate = 0.1, 0.2\n");
    fixture.plan.cells[0].n_splits = 4; // as if the plugin had counted one more
    const keeper k = run(&fixture, hpb_isa_best(), 0, 4, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(k.trials[i].result.status, HPB_STATUS_CONTRACT);
        assert_int_equal(k.trials[i].result.n_folds, 0);
        assert_int_equal(k.trials[i].result.n_scores, 0);
        assert_string_equal(k.trials[i].cause,
                            "splitter kfold: emitted 3 of the 4 splits that it had counted");
    }
    drop(k);
    tested_drop(&fixture);
}

// --- the seeds of two splitters ---------------------------------------------------------------------------------

// A splitter's own random_state is its own alone; the trial's number is that of the one that has none.
static void test_two_splitters_have_a_seed_each(void **unused)
{
    (void)unused;
#define TWO(outer, inner)                                                                          \
    "[suite]\nreplicates = 3\n[seeds.x]\nweights = 1\norder = 1\n[splitter.o]\nplugin = kfold\n"   \
    "n_splits = 2\nshuffle = yes\n" outer "[splitter.i]\nplugin = kfold\nn_splits = 2\n"           \
    "shuffle = yes\n" inner "[protocol.a]\nseeds = x\noptimizer = sgd\nsplitter = i\nouter = o\n"
    static const struct {
        const char *text;
        bool is_outer_fixed, is_inner_fixed;
    } cases[] = {{TWO("", ""), false, false},
                 {TWO("", "random_state = 7\n"), false, true},
                 {TWO("random_state = 9\n", ""), true, false},
                 {TWO("random_state = 9\n", "random_state = 7\n"), true, true}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        tested_accept(&fixture, cases[i].text);
        const hpb_cell *cell = &fixture.plan.cells[0];
        const bool is_fixed = cases[i].is_outer_fixed && cases[i].is_inner_fixed;
        assert_int_equal(cell->n_replicates, is_fixed ? 1 : 3);
        const hpb_trial_seeds seeds = hpb_cell_seeds(&fixture.plan, cell, 2);
        const uint32_t fresh = hpb_seed_fresh(0, HPB_STREAM_SPLIT, 2);
        assert_int_equal(hpb_splitter_seed(cell->outer, &seeds),
                         cases[i].is_outer_fixed ? 9 : fresh);
        assert_int_equal(hpb_splitter_seed(cell->choice[HPB_AXIS_SPLITTER], &seeds),
                         cases[i].is_inner_fixed ? 7 : fresh);
        assert_int_equal(seeds.seed[HPB_STREAM_SPLIT], is_fixed ? 7 : fresh);
        tested_drop(&fixture);
    }
}

// --- untrained --------------------------------------------------------------------------------------------------

typedef struct prepared {
    uint32_t n;
    uint32_t rows[SPLITS][2]; // first training and test row of the first candidate's splits
} prepared;

static void take_fold(void *context, const hpb_fold *fold)
{
    prepared *p = context;
    const uint32_t per_outer = CANDIDATES * SPLITS + 1, number = p->n % per_outer;
    const bool is_refit = number == CANDIDATES * SPLITS;
    assert_int_equal(fold->fold, p->n);
    assert_int_equal(fold->outer, p->n / per_outer);
    assert_int_equal(fold->candidate, number / SPLITS);
    assert_int_equal(fold->split, number % SPLITS);
    assert_int_equal(fold->n_train + fold->n_validation, is_refit ? 40 : 20);
    assert_int_equal(fold->n_test, 20);
    assert_int_equal(fold->n_validation, is_refit ? 0 : 5);
    static const uint32_t n_weights[] = {6 * 3 + 4, 6 * 4 + 5 * 2 + 3};
    assert_int_equal(fold->n_weights, is_refit ? 0 : n_weights[fold->candidate / 2]);
    if (fold->candidate == 0) {
        p->rows[fold->split][0] = fold->train[0];
        p->rows[fold->split][1] = fold->test[0];
    } else if (!is_refit) { // all candidates have the same splits
        assert_int_equal(p->rows[fold->split][0], fold->train[0]);
        assert_int_equal(p->rows[fold->split][1], fold->test[0]);
    }
    p->n++;
}

static void count_split(void *context, const hpb_fold *fold)
{
    uint32_t *n = context;
    assert_int_equal(fold->fold, *n);
    assert_int_equal(fold->outer + fold->candidate, 0);
    assert_int_equal(fold->split, (*n)++);
    assert_int_equal(fold->n_train + fold->n_validation + fold->n_test, 40);
    assert_int_equal(fold->n_weights, 0);
}

static void test_every_fit_is_handed_out(void **unused)
{
    (void)unused;
    tested_accept(&fixture, SEARCH "report = refit\n");
    hpb_trial_runner *runner = runner_of(&fixture, HPB_ISA_BASELINE);
    prepared p = {0};
    hpb_trial_runner_prepare(runner, 0, 1, HPB_HANDED_WEIGHTS, take_fold, take_prepared, stay, &p);
    assert_int_equal(p.n, OUTER * (CANDIDATES * SPLITS + 1));
    uint32_t n = 0;
    hpb_trial_runner_prepare(runner, 0, 1, HPB_HANDED_SPLITS, count_split, take_prepared, stay, &n);
    assert_int_equal(n, SPLITS);
    hpb_trial_runner_destroy(runner);
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_together_or_alone),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_what_diverged_is_not_chosen),
        cmocka_unit_test(test_all_diverged),
        cmocka_unit_test(test_the_first_of_equals_is_chosen),
        cmocka_unit_test(test_one_candidate_is_the_crossed_cell),
        cmocka_unit_test(test_a_fault_fails_the_whole_search),
        cmocka_unit_test(test_two_splitters_have_a_seed_each),
        cmocka_unit_test(test_every_fit_is_handed_out),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
