// SPDX-License-Identifier: Apache-2.0
// Searches under keras.utils.set_random_seed whose candidates draw different numbers of kernels: every fit begins with
// Keras' weights, and so the scores, the choices and the refits are Keras'.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/support.h"
#include "engine/support_trials.h"

#define TOLERANCE 1e-5

// --- a case as a suite ------------------------------------------------------------------------------------------

static void add_value(hpb_text *text, const json_t *value)
{
    size_t i;
    const json_t *part;
    if (json_is_string(value))
        hpb_text_add(text, "%s", json_string_value(value));
    else if (json_is_array(value))
        json_array_foreach((json_t *)value, i, part)
        {
            hpb_text_add(text, "%s%.0f", i ? " " : "", golden_number(part));
        }
    else
        hpb_text_add(text, "%.17g", golden_number(value));
}

static void add_grid(hpb_text *text, const json_t *grid)
{
    const char *key;
    json_t *values, *value;
    size_t i;
    json_object_foreach((json_t *)grid, key, values)
    {
        hpb_text_add(text, "grid.%s = ", key);
        json_array_foreach(values, i, value)
        {
            hpb_text_add(text, "%s", i ? ", " : "");
            add_value(text, value);
        }
        hpb_text_add(text, "\n");
    }
}

static void plan_search(const json_t *item)
{
    hpb_text text = {0};
    const json_t *outer = json_object_get(item, "outer"), *grid = json_object_get(item, "grid");
    hpb_text_add(&text, "[suite]\n[data]\ngenerator = article\nrows = %.0f\nseed = 0\n",
                 golden_need(item, "rows"));
    hpb_text_add(&text, "[fit]\nepochs = %.0f\nbatch_size = %.0f\n", golden_need(item, "epochs"),
                 golden_need(item, "batch_size"));
    hpb_text_add(&text, "[initializer.constant]\nvalue = %.17g\n", golden_need(item, "constant"));
    hpb_text_add(&text, "[splitter.inner]\nplugin = kfold\nn_splits = %.0f\n",
                 golden_need(item, "inner"));
    if (!json_is_null(outer))
        hpb_text_add(&text, "[splitter.outer]\nplugin = kfold\nn_splits = %.0f\n",
                     golden_number(outer));
    hpb_text_add(&text, "[seeds.keras]\npolicy = keras.utils.set_random_seed\nseed = %.0f\n",
                 golden_need(item, "seed"));
    hpb_text_add(&text, "[protocol.search]\nselect = cv\nsplitter = inner\noptimizer = adam\n");
    if (!json_is_null(outer))
        hpb_text_add(&text, "outer = outer\nreport = refit\n");
    if (!json_object_get(grid, "hidden"))
        hpb_text_add(&text, "hidden = 6\n");
    if (!json_object_get(grid, "initializer"))
        hpb_text_add(&text, "initializer = glorot_uniform\n");
    if (!json_object_get(grid, "learning_rate"))
        hpb_text_add(&text, "learning_rate = %.17g\n", golden_need(item, "learning_rate"));
    add_grid(&text, grid);
    tested_accept(&fixture, text.data);
    assert_int_equal(fixture.plan.n_cells, 1);
    hpb_text_free(&text);
}

// --- what fits begin with ---------------------------------------------------------------------------------------

typedef struct starts {
    const json_t *kernel_seeds; // by fit: by layer, null where Keras' initializer has none
    uint32_t n;
} starts;

// Kernel by kernel from Keras' seed, biases 0.
static void check_start(void *context, const hpb_fold *fold)
{
    starts *s = context;
    assert_int_equal(fold->fold, s->n++);
    if (fold->candidate == fixture.plan.cells[0].n_candidates)
        return; // a refit
    const hpb_choice *const *choice = fixture.plan.cells[0].candidates[fold->candidate].choice;
    const hpb_choice *initializer = choice[HPB_AXIS_INITIALIZER];
    const hpb_initializer_ops *ops = plugin_open("initializers", initializer->plugin->id)->ops;
    const hpb_value hidden = hpb_choice_setting(choice[HPB_AXIS_MODEL], "hidden")->value;
    const json_t *seeds = json_array_get(s->kernel_seeds, fold->fold);
    assert_int_equal(json_array_size(seeds), hidden.count + 1);
    float *want = hpb_alloc(fold->n_weights, sizeof *want);
    uint32_t rows = 5, at = 0;
    for (uint32_t l = 0; l <= hidden.count; l++) {
        const uint32_t columns = l < hidden.count ? (uint32_t)hidden.list[l] : 1;
        const json_t *seed = json_array_get(seeds, l);
        assert_int_equal((ops->flags & HPB_INITIALIZER_FIXED) != 0, json_is_null(seed));
        const hpb_philox stream = hpb_keras_stream((uint32_t)json_integer_value(seed));
        const hpb_tensor tensor = {sizeof tensor, l, rows, columns};
        assert_true(at + rows * columns + columns <= fold->n_weights);
        hpb_host_context of_call;
        const hpb_host host = hpb_host_begin(&of_call, NULL, json_is_null(seed) ? NULL : &stream);
        assert_int_equal(ops->fill(&host, initializer->values, &tensor, want + at), HPB_OK);
        hpb_host_end(&of_call);
        assert_string_equal(of_call.message, "");
        at += rows * columns + columns;
        rows = columns;
    }
    assert_int_equal(at, fold->n_weights);
    assert_memory_equal(fold->weights, want, at * sizeof *want);
    free(want);
}

static void stay(void *context)
{
    (void)context;
}

static void prepared(void *context, const hpb_trial_result *result)
{
    (void)context;
    assert_int_equal(result->status, HPB_STATUS_OK);
}

// --- what comes of them -----------------------------------------------------------------------------------------

static void assert_near(const char *label, const char *what, double got, const json_t *expected)
{
    const double want = golden_number(expected);
    if (!(fabs(got - want) <= TOLERANCE * fabs(want)))
        fail_msg("%s: %s is %.9g; Keras has %.9g", label, what, got, want);
}

static void check_trial(const json_t *item, const kept *t)
{
    const char *label = json_string_value(json_object_get(item, "label"));
    const hpb_cell *cell = &fixture.plan.cells[0];
    size_t o, c, f, at = 0;
    json_t *candidates, *folds, *value;
    assert_int_equal(t->result.status, HPB_STATUS_OK);
    json_array_foreach(json_object_get(item, "split_test_score"), o, candidates)
    {
        json_array_foreach(candidates, c, folds)
        {
            json_array_foreach(folds, f, value)
            {
                assert_near(label, "a score", t->scores[at++], value);
            }
        }
    }
    assert_int_equal(at, cell->n_outer * cell->n_candidates * cell->n_splits);
    json_array_foreach(json_object_get(item, "best_index"), o, value)
    {
        assert_int_equal(t->chosen[o], golden_number(value));
    }
    assert_int_equal(o, cell->n_outer);
    json_array_foreach(json_object_get(item, "refit_test_mse"), o, value)
    {
        assert_near(label, "a refit's test MSE", t->fold_mse[o], value);
    }
    assert_int_equal(o, cell->outer ? cell->n_outer : 0);
}

static void test_searches(void **unused)
{
    (void)unused;
    json_t *root = golden_open("keras_searches"), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        plan_search(item);
        hpb_trial_runner *runner = runner_of(&fixture, hpb_isa_best());
        starts s = {json_object_get(item, "kernel_seeds"), 0};
        hpb_trial_runner_prepare(runner, 0, 0, HPB_HANDED_WEIGHTS, check_start, prepared, stay, &s);
        assert_int_equal(s.n, json_array_size(s.kernel_seeds));
        const keeper k = run_with(runner, 0, 1, 1);
        check_trial(item, &k.trials[0]);
        drop(k);
        hpb_trial_runner_destroy(runner);
        tested_drop(&fixture);
    }
    assert_true(index > 0);
    json_decref(root);
}

// HPB_INITIALIZER_FIXED says of which Keras takes no number of Python's random.
static void test_draws(void **unused)
{
    (void)unused;
    json_t *root = golden_open("keras_searches"), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "draws"), index, item)
    {
        const char *id = json_string_value(json_object_get(item, "initializer"));
        const hpb_initializer_ops *ops = plugin_open("initializers", id)->ops;
        if ((ops->flags & HPB_INITIALIZER_FIXED) != (golden_need(item, "n") == 0))
            fail_msg("%s: flags 0x%x; Keras draws %.0f", id, ops->flags, golden_need(item, "n"));
    }
    assert_true(index > 0);
    json_decref(root);
}

static int scan(void **unused)
{
    (void)unused;
    tested_scan_all(&fixture);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_searches),
        cmocka_unit_test(test_draws),
    };
    return cmocka_run_group_tests(tests, scan, tested_tear_down);
}
