// SPDX-License-Identifier: Apache-2.0
// Seed policies as typed: what a suite gets under each, beside what Keras got in one script.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_golden.h"
#include "support_process.h"

#include <math.h>

#define TOLERANCE 1e-5 // goldens/README.md: whole fits with the default shuffling

enum { MOST_TRIALS = 16, MOST_FOLDS = 8 };

typedef struct trials {
    uint32_t n;
    hpb_trial_result item[MOST_TRIALS];
    double fold_mse[MOST_TRIALS][MOST_FOLDS];
} trials;

static bool keep(void *context, const hpb_trial_result *result)
{
    trials *all = context;
    assert_true(all->n < MOST_TRIALS && result->n_folds <= MOST_FOLDS);
    for (uint32_t i = 0; i < result->n_folds; i++)
        all->fold_mse[all->n][i] = result->fold_mse[i];
    all->item[all->n++] = *result;
    return true;
}

/// Runs the suite in a folder of its own; the trials of its first n cells.
static void run_suite(const char *text, trials *out, uint32_t n)
{
    char *folder = work_begin(text);
    expect_run("run s.ini --no-report --quiet --jobs 1 --output out", 0, "", "");
    hpb_store *store;
    hpb_stored_run run;
    hpb_error error;
    assert_int_equal(hpb_store_open_read("out", &store, &error), HPB_EXIT_OK);
    assert_int_equal(hpb_store_read_run(store, &run, &error), HPB_EXIT_OK);
    assert_int_equal(run.n_cells, n);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = (trials){0};
        assert_int_equal(hpb_store_each_trial(store, &run, i, keep, &out[i], &error), HPB_EXIT_OK);
        assert_int_equal(out[i].n, run.cells[i].n_planned);
    }
    hpb_stored_run_free(&run);
    hpb_store_close(store, NULL);
    work_end(folder);
}

static void check_mse(double got, double want, const char *suite)
{
    if (!(fabs(got / want - 1) <= TOLERANCE))
        fail_msg("MSE %.17g, Keras %.17g:\n%s", got, want, suite);
}

static uint32_t number(const json_t *golden, const char *key)
{
    return (uint32_t)golden_need(golden, key);
}

// --- beside Keras -------------------------------------------------------------------------------------

/// Several models in one script: the weights of each go on in Python's random, the rows come in one order.
static void fits_one_after_the_other(void **state)
{
    (void)state;
    json_t *root = golden_open("keras_seeded_more"), *golden;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        const json_t *fits = json_object_get(golden, "fits");
        hpb_text text = {0};
        hpb_text_add(
            &text,
            "[suite]\n[data]\ngenerator = article\n[optimizer.adam]\nlearning_rate = 0.01\n"
            "[fit]\nepochs = %u\nbatch_size = %u\n[initializer.%s]\n"
            "[splitter.kfold]\nn_splits = %u\nshuffle = yes\nrandom_state = %u\n"
            "[seeds.one]\npolicy = keras.utils.set_random_seed\nseed = %u\n"
            "[model]\nhidden =",
            number(golden, "epochs"), number(golden, "batch_size"),
            json_string_value(json_object_get(golden, "initializer")), number(golden, "n_splits"),
            number(golden, "random_state"), number(golden, "seed"));
        size_t i;
        json_t *item;
        json_array_foreach(json_object_get(golden, "hidden"), i, item)
            hpb_text_add(&text, " %.0f", golden_number(item));
        hpb_text_add(&text, "\n");
        trials got;
        run_suite(text.data, &got, 1);
        assert_int_equal(got.n, 1); // nothing is fresh
        assert_int_equal(got.item[0].n_folds, json_array_size(fits));
        json_array_foreach(fits, i, item)
            check_mse(got.fold_mse[0][i], golden_need(item, "test_mse"), text.data);
        hpb_text_free(&text);
    }
    json_decref(root);
}

/// One call of set_random_seed() before all of the script: split, weights and order follow its number.
static void one_seed_for_the_whole_script(void **state)
{
    (void)state;
    json_t *root = golden_open("keras_seeded_more"), *golden;
    size_t index;
    json_array_foreach(json_object_get(root, "holdouts"), index, golden)
    {
        char *text = hpb_format(
            "[suite]\n[data]\ngenerator = article\n[optimizer.%s]\nlearning_rate = 0.01\n"
            "[fit]\nepochs = %u\n[splitter.train_test_split]\ntest_size = 0.2\n"
            "[seeds.one]\npolicy = keras.utils.set_random_seed\nseed = %u\n",
            json_string_value(json_object_get(golden, "optimizer")), number(golden, "epochs"),
            number(golden, "seed"));
        trials got;
        run_suite(text, &got, 1);
        assert_int_equal(got.n, 1);
        check_mse(got.item[0].mse, golden_need(golden, "test_mse"), text);
        free(text);
    }
    assert_true(index > 0);
    json_decref(root);
}

// --- side by side ---------------------------------------------------------------------------------------

#define POLICIES                                                                                   \
    "[suite]\nreplicates = 4\n[data]\nrows = 20\n[optimizer.sgd]\n[fit]\nepochs = 3\n"             \
    "[seeds.keras]\npolicy = keras.utils.set_random_seed\nseed = 123\n"                            \
    "[seeds.tensorflow]\npolicy = tf.random.set_seed\nseed = 123\n"                                \
    "[seeds.unseeded]\npolicy = unseeded\n"                                                        \
    "[seeds.fixed]\nsplit = 1\nweights = 2\norder = 3\n"

static bool all_differ(const trials *of, hpb_stream stream)
{
    for (uint32_t i = 0; i < of->n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (of->item[i].seed[stream] == of->item[k].seed[stream])
                return false;
    return true;
}

/// Policies are levels of one factor: each has what it says, and what is fresh in two is the same in both.
static void policies_are_crossed(void **state)
{
    (void)state;
    trials got[4];
    run_suite(POLICIES, got, 4);
    const trials *keras = &got[0], *tensorflow = &got[1], *unseeded = &got[2], *fixed = &got[3];
    assert_int_equal(keras->n, 1);
    assert_int_equal(fixed->n, 1);
    for (int stream = HPB_STREAM_SPLIT; stream < HPB_STREAM_COUNT; stream++) {
        assert_int_equal(keras->item[0].seed[stream], 123);
        assert_int_equal(fixed->item[0].seed[stream], stream);
        assert_true(all_differ(unseeded, (hpb_stream)stream));
    }
    assert_int_equal(tensorflow->n, 4); // its weights are unseeded
    assert_int_equal(unseeded->n, 4);
    assert_true(all_differ(tensorflow, HPB_STREAM_WEIGHTS));
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(tensorflow->item[i].seed[HPB_STREAM_ORDER], 123);
        for (int stream = HPB_STREAM_SPLIT; stream <= HPB_STREAM_WEIGHTS; stream++)
            assert_int_equal(tensorflow->item[i].seed[stream], unseeded->item[i].seed[stream]);
    }
}

/// A seeded TensorFlow visits the rows in one order, an unseeded one in a new order each epoch.
static void orders_of_the_epochs(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        bool is_constant;
    } cases[] = {{"keras", true}, {"tensorflow", true}, {"unseeded", false}, {"fixed", false}};
    char *folder = work_begin(POLICIES);
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char *command = hpb_format("keras s.ini --cell %s --no-run --exact start-%s --output k.py",
                                   cases[i].cell, cases[i].cell);
        expect_run(command, 0, NULL, "");
        char *path = hpb_format("start-%s/fold0_order.npy", cases[i].cell), *bytes;
        size_t n;
        assert_int_equal(hpb_file_read(path, 1 << 20, HPB_EXIT_STORE, &bytes, &n, NULL), 0);
        // [epochs, rows] behind the header; one row stands for all epochs
        const char *shape = cases[i].is_constant ? "'shape': (1, 15)" : "'shape': (3, 15)";
        const uint32_t *rows =
            (const uint32_t *)(const void *)(bytes + n) - (cases[i].is_constant ? 15 : 45);
        assert_non_null(strstr(bytes + 10, shape));
        if (!cases[i].is_constant)
            assert_memory_not_equal(rows, rows + 15, 15 * sizeof *rows);
        free(bytes);
        free(path);
        free(command);
    }
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_one_after_the_other),
        cmocka_unit_test(one_seed_for_the_whole_script),
        cmocka_unit_test(policies_are_crossed),
        cmocka_unit_test(orders_of_the_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
