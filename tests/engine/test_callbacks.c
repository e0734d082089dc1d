// SPDX-License-Identifier: Apache-2.0
// Several rules that watch one fit against Keras' list of callbacks: rates, losses, test MSE.
#include "engine/support_fits.h"

// Keras' list of callbacks: a rule each, in order.
static void give_callbacks(protocol *p, const json_t *callbacks)
{
    size_t index;
    json_t *golden;
    json_array_foreach(callbacks, index, golden)
    {
        const char *name = json_string_value(json_object_get(golden, "callback"));
        assert_in_range(index, 0, HPB_COUNT(p->callbacks) - 1);
        test_plugin *rule = &p->callbacks[index];
        *rule =
            plugin_load("early_stopping",
                        strcmp(name, "EarlyStopping") == 0 ? "patience" : "reduce_lr_on_plateau");
        plugin_values(rule->plugin, json_object_get(golden, "params"), rule->values);
        use_early_stopping(&p->config, rule);
    }
}

// A last rule that writes down the rate which those before it leave: values[0] is [epochs].
static void note_rate(const hpb_value *values, double *state, const hpb_epoch *epoch,
                      hpb_verdict *verdict)
{
    (void)state, (void)verdict;
    ((double *)(uintptr_t)values[0].list)[epoch->epoch] = epoch->learning_rate;
}

static const hpb_early_stopping_ops noting = {.struct_size = sizeof noting, .observe = note_rate};

// ReduceLROnPlateau alone and beside EarlyStopping: tests/conformance/record_reduce_lr_on_plateau.py.
static void test_fits_with_callbacks(void **unused)
{
    (void)unused;
    json_t *root = open_of_article("reduce_lr_on_plateau"), *golden;
    size_t index, n;
    json_array_foreach(json_object_get(root, "fits"), index, golden)
    {
        protocol p;
        const bool is_seeded = json_object_get(golden, "seed") != NULL;
        const uint32_t seed = (uint32_t)golden_member(golden, "seed", 0);
        const fit_seeds seeds = set_random_seed(seed);
        assert_true(protocol_read(&p, golden, golden));
        give_callbacks(&p, json_object_get(golden, "callbacks"));
        double *rates = hpb_alloc(p.config.epochs, sizeof *rates);
        const hpb_value noted = {.list = rates, .count = p.config.epochs};
        p.config.rules[p.config.n_rules++] = (hpb_rule){&noting, &noted};
        p.initializer = plugin_load("initializers", "glorot_uniform");
        if (is_seeded)
            use_initializer(&p.config, &p.initializer);
        else
            give_kernels(&p, json_object_get(golden, "w0"));
        check_fit(&p, golden, json_object_get(golden, "split"), &seeds);
        double *expected = golden_doubles(json_object_get(golden, "rates"), &n);
        for (size_t epoch = 0; epoch < n; epoch++)
            if (rates[epoch] != expected[epoch])
                fail_msg("rate after epoch %zu of %s: %.17g; Keras has %.17g", epoch, p.label,
                         rates[epoch], expected[epoch]);
        free(expected);
        free(rates);
        protocol_free(&p);
    }
    assert_true(index > 0);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits_with_callbacks),
    };
    return cmocka_run_group_tests(tests, read_article, free_article);
}
