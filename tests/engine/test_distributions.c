// SPDX-License-Identifier: Apache-2.0
// Many Keras fits that differ in their seed alone, seed by seed.
#include "engine/support_fits.h"

static void check_distribution(protocol *p, const json_t *golden)
{
    size_t n, n_mse, n_epochs;
    double *seed = golden_doubles(json_object_get(golden, "seeds"), &n);
    double *mse = golden_doubles(json_object_get(golden, "test_mse"), &n_mse);
    double *epochs = golden_doubles(json_object_get(golden, "epochs_run"), &n_epochs);
    assert_true(n == n_mse && n == n_epochs);
    hpb_table table = {0};
    hpb_table_fill(&article, &table);
    hpb_splits splits = split_of(json_object_get(golden, "split"));
    fit_seeds *seeds = hpb_alloc(n, sizeof *seeds);
    hpb_fit *fits = hpb_alloc(n, sizeof *fits);
    for (size_t i = 0; i < n; i++) {
        seeds[i] = set_random_seed((uint32_t)seed[i]);
        fits[i] = fit_of(p, &table, splits.splits, &seeds[i], i);
    }
    outcome *o = run_engine(&p->config, fits, (uint32_t)n);
    uint32_t n_rounding = 0;
    for (size_t i = 0; i < n; i++) {
        char what[64];
        snprintf(what, sizeof what, "test MSE with seed %.0f", seed[i]);
        if (!(fabs(o[i].result.test_mse - mse[i]) <= SEED_TOLERANCE * mse[i])) {
            outcome *neighbours = run_neighbours(p, &fits[i]);
            const bool is_there = has_neighbour(neighbours, mse[i]);
            free_outcomes(neighbours, N_NEIGHBOURS);
            if (is_there) {
                print_message("%s, seed %.0f: %.9g, Keras has %.9g; within rounding\n", p->label,
                              seed[i], o[i].result.test_mse, mse[i]);
                n_rounding++;
                continue;
            }
        }
        assert_near(o[i].result.test_mse, mse[i], SEED_TOLERANCE, what, p->label);
        assert_int_equal(o[i].result.epochs, (uint32_t)epochs[i]);
    }
    printf("%zu fits, of which %u within rounding\n", n, n_rounding);
    assert_true(n_rounding <= n / 20); // at least 95 % as they are
    free_outcomes(o, (uint32_t)n);
    hpb_splits_free(&splits);
    hpb_table_free(&table);
    free(fits);
    free(seeds);
    free(epochs);
    free(mse);
    free(seed);
}

static void test_keras_distributions(void **unused)
{
    (void)unused;
    json_t *root = open_of_article("keras_distributions"), *golden;
    size_t index, n_run = 0;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        protocol p;
        if (!protocol_read(&p, golden, golden))
            continue;
        p.initializer = plugin_load("initializers", "glorot_uniform");
        use_initializer(&p.config, &p.initializer);
        check_distribution(&p, golden);
        protocol_free(&p);
        n_run++;
    }
    assert_true(n_run > 0);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keras_distributions)};
    return cmocka_run_group_tests(tests, read_article, free_article);
}
