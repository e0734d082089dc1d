// SPDX-License-Identifier: Apache-2.0
// Whole fits against Keras and scikit-learn: losses, weights, test MSE, fold scores.
#include "engine/support_fits.h"

// All but few agree as they are.
static void assert_few(size_t n_near, size_t n)
{
    printf("%zu of %zu fits agree; the others within rounding\n", n_near, n);
    assert_true(n > 0 && n - n_near <= 1 + n / 20);
}

static void test_fits(void **unused)
{
    (void)unused;
    json_t *root = open_of_article("fits"), *golden;
    size_t index, n_run = 0, n_near = 0;
    const fit_seeds seeds = {0};
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        protocol p;
        if (!protocol_read(&p, golden, golden))
            continue;
        give_kernels(&p, json_object_get(golden, "w0"));
        n_near += check_fit(&p, golden, json_object_get(golden, "split"), &seeds);
        protocol_free(&p);
        n_run++;
    }
    assert_few(n_near, n_run);
    json_decref(root);
}

// The rate of each update, in weight decay as well, is the schedule's: tests/conformance/record_scheduled_fits.py.
static void test_scheduled_fits(void **unused)
{
    (void)unused;
    json_t *root = open_of_article("fits_scheduled"), *golden;
    size_t index, n_near = 0;
    const fit_seeds seeds = {0};
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        protocol p;
        assert_true(protocol_read(&p, golden, golden));
        give_schedule(&p, golden);
        give_kernels(&p, json_object_get(golden, "w0"));
        n_near += check_fit(&p, golden, json_object_get(golden, "split"), &seeds);
        protocol_free(&p);
    }
    assert_few(n_near, index);
    json_decref(root);
}

// Everything from the seed: layers' seeds, weights, row order.
static void test_keras_seeded(void **unused)
{
    (void)unused;
    json_t *root = open_of_article("keras_seeded"), *golden, *fit;
    size_t index, at, n_run = 0, n_near = 0;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        const uint32_t seed = (uint32_t)golden_member(golden, "seed", 0);
        const fit_seeds seeds = set_random_seed(seed);
        json_t *outer = golden_network(golden);
        json_array_foreach(json_object_get(golden, "fits"), at, fit)
        {
            protocol p;
            if (!protocol_read(&p, fit, outer))
                continue;
            p.initializer = plugin_load("initializers", "glorot_uniform");
            use_initializer(&p.config, &p.initializer);
            n_near += check_fit(&p, fit, json_object_get(fit, "split"), &seeds);
            protocol_free(&p);
            n_run++;
        }
        json_decref(outer);
    }
    assert_few(n_near, n_run);
    json_decref(root);
}

// Every kernel from GlorotUniform(seed), the same in all fits.
static void draw_kernels(protocol *p, const json_t *kernel_seeds)
{
    const test_plugin glorot = plugin_load("initializers", "glorot_uniform");
    const hpb_initializer_ops *ops = glorot.plugin->ops;
    hpb_segment segments[2 * HPB_MAX_LAYERS];
    hpb_network_segments(&p->config.network, segments);
    for (uint32_t l = 0; l < p->config.network.n_layers; l++) {
        const hpb_segment *kernel = &segments[2 * l];
        const uint32_t n = kernel->rows * kernel->columns;
        const hpb_philox stream =
            hpb_keras_stream((uint32_t)json_integer_value(json_array_get(kernel_seeds, l)));
        const hpb_tensor tensor = {sizeof tensor, l, kernel->rows, kernel->columns};
        float *drawn = hpb_alloc(n, sizeof *drawn);
        double *list = hpb_alloc(n, sizeof *list);
        hpb_host_context context;
        const hpb_host host = hpb_host_begin(&context, NULL, &stream);
        assert_int_equal(ops->fill(&host, glorot.values, &tensor, drawn), HPB_OK);
        hpb_host_end(&context);
        for (uint32_t i = 0; i < n; i++)
            list[i] = (double)drawn[i];
        free(drawn);
        p->kernels[l] = (hpb_value){.list = list, .count = n};
    }
    p->config.initializer_ops = &given_kernels;
    p->config.initializer_values = p->kernels;
}

static void check_candidate(const json_t *golden, size_t candidate, const hpb_splits *splits,
                            const hpb_table *table)
{
    protocol p;
    const fit_seeds seeds = {0};
    char label[64];
    assert_true(protocol_read(&p, golden, golden));
    draw_kernels(&p, json_object_get(golden, "kernel_seeds"));
    json_t *rates = json_object_get(json_object_get(golden, "grid"), "learning_rate");
    const double rate = golden_number(json_array_get(rates, candidate));
    plugin_set(&p.optimizer, "learning_rate", rate);
    use_optimizer(&p.config, &p.optimizer);
    snprintf(label, sizeof label, "learning rate %g", rate);
    hpb_fit *fits = hpb_alloc(splits->n, sizeof *fits);
    for (uint32_t i = 0; i < splits->n; i++)
        fits[i] = fit_of(&p, table, &splits->splits[i], &seeds, i);
    double sum = 0;
    const json_t *scores = json_array_get(json_object_get(golden, "split_test_mse"), candidate);
    for (uint32_t i = 0; i < splits->n; i++) { // folds differ in size: one run each
        outcome *o = run_engine(&p.config, (fits[i].tag = 0, &fits[i]), 1);
        assert_near(o->result.test_mse, golden_number(json_array_get(scores, i)), SEED_TOLERANCE,
                    "fold score", label);
        sum += o->result.test_mse;
        free_outcomes(o, 1);
    }
    const json_t *means = json_object_get(golden, "mean_test_mse");
    assert_near(sum / splits->n, golden_number(json_array_get(means, candidate)), SEED_TOLERANCE,
                "mean score", label);
    if (rate == golden_member(golden, "best_learning_rate", 0)) { // the refit
        uint32_t *all = hpb_alloc(article.n_rows, sizeof *all);
        for (uint32_t i = 0; i < article.n_rows; i++)
            all[i] = i;
        const hpb_split whole = {all, all, article.n_rows, article.n_rows};
        const hpb_fit refit = fit_of(&p, table, &whole, &seeds, 0);
        outcome *o = run_engine(&p.config, &refit, 1);
        assert_near(o->result.test_mse, golden_member(golden, "refit_mse_on_all_rows", 0),
                    SEED_TOLERANCE, "refit MSE", label);
        free_outcomes(o, 1);
        free(all);
    }
    free(fits);
    protocol_free(&p);
}

static void test_gridsearch(void **unused)
{
    (void)unused;
    json_t *root = open_of_article("gridsearch"), *golden;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        hpb_table table = {0};
        hpb_table_fill(&article, &table);
        hpb_splits splits = split_of(json_object_get(golden, "cv"));
        const json_t *rates = json_object_get(json_object_get(golden, "grid"), "learning_rate");
        for (size_t i = 0; i < json_array_size(rates); i++)
            check_candidate(golden, i, &splits, &table);
        hpb_splits_free(&splits);
        hpb_table_free(&table);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_scheduled_fits),
        cmocka_unit_test(test_keras_seeded),
        cmocka_unit_test(test_gridsearch),
    };
    return cmocka_run_group_tests(tests, read_article, free_article);
}
