// SPDX-License-Identifier: Apache-2.0
// Early stopping against Keras': the epoch it stops at and the epoch whose weights remain.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/support_plugin.h"

#define NEVER UINT32_MAX
#define UPDATES_AN_EPOCH 3
#define NONE ((double)NAN)

typedef struct outcome {
    uint32_t stopped; ///< after this epoch, or NEVER
    uint32_t weights; ///< of this epoch
} outcome;

/// One fit, as the host runs it. `loss` and `val_loss` are [epochs]; NULL: there is none.
static outcome run(const hpb_plugin *plugin, const hpb_value *values, const double *loss,
                   const double *val_loss, uint32_t epochs)
{
    const hpb_early_stopping_ops *ops = plugin->ops;
    double state[16] = {0};
    uint32_t kept = NEVER, restored = 0;
    assert_true(ops->n_state <= HPB_COUNT(state));
    if (ops->start != NULL)
        ops->start(values, state);
    for (uint32_t epoch = 0; epoch < epochs; epoch++) {
        const hpb_epoch record = {.struct_size = sizeof record,
                                  .epoch = epoch,
                                  .epochs = epochs,
                                  .has_val_loss = val_loss != NULL,
                                  .loss = loss != NULL ? loss[epoch] : 5,
                                  .val_loss = val_loss != NULL ? val_loss[epoch] : 5,
                                  .learning_rate = 0.01,
                                  .updates = (epoch + 1) * UPDATES_AN_EPOCH};
        hpb_verdict verdict = {.struct_size = sizeof verdict};
        ops->observe(values, state, &record, &verdict);
        assert_int_equal(verdict.actions & ~(HPB_STOP | HPB_KEEP | HPB_RESTORE), 0);
        if (verdict.actions & HPB_KEEP)
            kept = epoch;
        // said with the weights, and it holds: another rule may end the fit
        assert_int_equal(!(verdict.actions & HPB_RESTORE), !(verdict.actions & HPB_KEEP));
        restored |= verdict.actions & HPB_RESTORE;
        if (verdict.actions & HPB_STOP || epoch + 1 == epochs)
            return (outcome){verdict.actions & HPB_STOP ? epoch : NEVER, restored ? kept : epoch};
    }
    return (outcome){NEVER, NEVER};
}

static void test_golden(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "patience");
    json_t *root = golden_open("early_stopping");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        hpb_value values[MAX_PARAMS];
        size_t n;
        double *losses = golden_doubles(json_object_get(item, "values"), &n);
        plugin_values(plugin, json_object_get(item, "params"), values);
        const bool is_val = values[plugin_find(plugin, "monitor")].number == 0;
        const outcome got =
            run(plugin, values, is_val ? NULL : losses, is_val ? losses : NULL, (uint32_t)n);
        const double stopped = golden_need(item, "stopped_after_epoch");
        const double weights = golden_need(item, "weights_from_epoch");
        if ((isnan(stopped) ? got.stopped != NEVER : got.stopped != stopped) ||
            got.weights != weights) {
            char *what = golden_describe(item);
            fail_msg("case %zu, %s: stopped after %d, weights from %u", index, what,
                     (int)got.stopped, got.weights);
        }
        free(losses);
    }
    json_decref(root);
}

/// The rate after each epoch, of one fit of a plugin that never stops. `rates` is [epochs].
static void run_rates(const hpb_plugin *plugin, const hpb_value *values, int is_val,
                      const double *losses, double learning_rate, uint32_t epochs, double *rates)
{
    const hpb_early_stopping_ops *ops = plugin->ops;
    double state[16] = {0};
    float rate = (float)learning_rate;
    assert_true(ops->n_state <= HPB_COUNT(state) && ops->start == NULL);
    assert_int_equal(ops->flags, HPB_EARLY_STOPPING_RATE);
    for (uint32_t epoch = 0; epoch < epochs; epoch++) {
        const hpb_epoch record = {.struct_size = sizeof record,
                                  .epoch = epoch,
                                  .epochs = epochs,
                                  .has_val_loss = is_val != 0,
                                  .loss = is_val ? 1.0 / (epoch + 1) : losses[epoch],
                                  .val_loss = is_val ? losses[epoch] : 1.0 / (epoch + 1),
                                  .learning_rate = (double)rate,
                                  .updates = (epoch + 1) * UPDATES_AN_EPOCH};
        hpb_verdict verdict = {.struct_size = sizeof verdict};
        ops->observe(values, state, &record, &verdict);
        assert_int_equal(verdict.actions & ~HPB_RATE, 0);
        if (verdict.actions & HPB_RATE)
            rate = (float)verdict.learning_rate;
        rates[epoch] = (double)rate;
    }
}

static void test_reduce_lr_on_plateau_golden(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "reduce_lr_on_plateau");
    json_t *root = golden_open("reduce_lr_on_plateau");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        hpb_value values[MAX_PARAMS];
        size_t n, n_rates;
        double *losses = golden_doubles(json_object_get(item, "values"), &n);
        double *rates = golden_doubles(json_object_get(item, "rates"), &n_rates);
        double *got = calloc(n + 1, sizeof *got);
        assert_int_equal(n, n_rates);
        plugin_values(plugin, json_object_get(item, "params"), values);
        run_rates(plugin, values, values[plugin_find(plugin, "monitor")].number == 0, losses,
                  golden_need(item, "learning_rate"), (uint32_t)n, got);
        for (size_t epoch = 0; epoch < n; epoch++)
            if (got[epoch] != rates[epoch]) {
                char *what = golden_describe(item);
                fail_msg("case %zu, %s: rate after epoch %zu is %.17g; Keras has %.17g", index,
                         what, epoch, got[epoch], rates[epoch]);
            }
        free(got);
        free(rates);
        free(losses);
    }
    json_decref(root);
}

/// A val_loss that is not there changes nothing.
static void test_reduce_lr_on_plateau_without_validation(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "reduce_lr_on_plateau");
    const hpb_early_stopping_ops *ops = plugin->ops;
    double memory[16] = {0};
    hpb_value values[MAX_PARAMS];
    plugin_defaults(plugin, values);
    values[plugin_find(plugin, "patience")].number = 0;
    for (uint32_t epoch = 0; epoch < 5; epoch++) {
        const hpb_epoch record = {.struct_size = sizeof record,
                                  .epoch = epoch,
                                  .epochs = 5,
                                  .loss = epoch,
                                  .val_loss = NONE,
                                  .learning_rate = 0.1};
        hpb_verdict verdict = {.struct_size = sizeof verdict};
        ops->observe(values, memory, &record, &verdict);
        assert_int_equal(verdict.actions, 0);
    }
}

static void set(const hpb_plugin *plugin, hpb_value *values, const char *name, double number)
{
    values[plugin_find(plugin, name)].number = number;
}

static void test_corners(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "patience");
    hpb_value values[MAX_PARAMS];
    const double rising[] = {1, 2, 3, 4, 5, 6}, nan[] = {NONE, NONE, NONE, NONE, NONE, NONE};
    const double falling[] = {6, 5, 4, 3, 2, 1};
    // Keras' defaults: patience 0, so the first epoch without improvement is the last
    plugin_defaults(plugin, values);
    outcome got = run(plugin, values, NULL, rising, 6);
    assert_int_equal(got.stopped, 1);
    assert_int_equal(got.weights, 1);
    got = run(plugin, values, NULL, falling, 6);
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 5);
    // nothing is watched where the monitored loss is absent
    set(plugin, values, "restore_best_weights", 1);
    got = run(plugin, values, rising, NULL, 6);
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 5);
    set(plugin, values, "monitor", 1);
    got = run(plugin, values, rising, NULL, 6);
    assert_int_equal(got.stopped, 1);
    assert_int_equal(got.weights, 0);
    // NaN improves nothing, and the first epoch watched is what is restored
    got = run(plugin, values, nan, NULL, 6);
    assert_int_equal(got.stopped, 1);
    assert_int_equal(got.weights, 0);
    // Keras takes the first value watched as best whatever it is, and nothing beats NaN
    const double nan_first[] = {NONE, 5, 4, 3, 2, 1};
    set(plugin, values, "patience", 2);
    got = run(plugin, values, nan_first, NULL, 6);
    assert_int_equal(got.stopped, 2);
    assert_int_equal(got.weights, 0);
    // the first epoch watched is the best yet, infinite too: it does not stop
    const double large[] = {1, HUGE_VAL, 5, 4, 5, 6};
    set(plugin, values, "patience", 0);
    set(plugin, values, "start_from_epoch", 1);
    got = run(plugin, values, large, NULL, 6);
    assert_int_equal(got.stopped, 4);
    assert_int_equal(got.weights, 3);
    set(plugin, values, "start_from_epoch", 0);
    // a fit that is never stopped ends with its best weights too
    set(plugin, values, "patience", 100);
    got = run(plugin, values, rising, NULL, 6);
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 0);
    // one that ends before it is watched keeps its last
    set(plugin, values, "start_from_epoch", 6);
    got = run(plugin, values, rising, NULL, 6);
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 5);
}

/// Keras compares float32: a change too small for it is no improvement.
static void test_compares_in_single_precision(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "patience");
    hpb_value values[MAX_PARAMS];
    plugin_defaults(plugin, values);
    const double barely[] = {1.0, 1.0 - 1e-9, 1.0 - 2e-9};
    assert_true(barely[1] < barely[0]);
    const outcome got = run(plugin, values, NULL, barely, 3);
    assert_int_equal(got.stopped, 1);
}

static void test_never(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "never");
    const double rising[] = {1, 2, NONE, 4};
    hpb_value values[MAX_PARAMS];
    plugin_defaults(plugin, values);
    const outcome got = run(plugin, values, rising, rising, 4);
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 3);
}

static void test_target(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "target");
    hpb_value values[MAX_PARAMS];
    const double loss[] = {9, 4, 3, 2, 1, 0}, val_loss[] = {9, 3, 5, NONE, 2, 4};
    plugin_defaults(plugin, values);
    set(plugin, values, "value", 3); // at the value is enough
    outcome got = run(plugin, values, loss, val_loss, 6);
    assert_int_equal(got.stopped, 1);
    assert_int_equal(got.weights, 1);
    set(plugin, values, "value", 2.5); // NaN is no success
    got = run(plugin, values, loss, val_loss, 6);
    assert_int_equal(got.stopped, 4);
    got = run(plugin, values, loss, NULL, 6); // nothing to watch
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 5);
    set(plugin, values, "monitor", 1);
    got = run(plugin, values, loss, NULL, 6);
    assert_int_equal(got.stopped, 3);
    set(plugin, values, "value", 0);
    got = run(plugin, values, loss, NULL, 6); // the last epoch gets there
    assert_int_equal(got.stopped, 5);
}

static void test_target_restores_where_it_is_not_reached(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "target");
    hpb_value values[MAX_PARAMS];
    const double val_loss[] = {9, 3, 5, NONE, 2, 4}, nan[] = {NONE, NONE};
    plugin_defaults(plugin, values);
    set(plugin, values, "value", 1);
    outcome got = run(plugin, values, NULL, val_loss, 6);
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 5);
    set(plugin, values, "restore_best_weights", 1);
    got = run(plugin, values, NULL, val_loss, 6);
    assert_int_equal(got.stopped, NEVER);
    assert_int_equal(got.weights, 4);
    got = run(plugin, values, NULL, nan, 2); // no epoch is best: the last stands
    assert_int_equal(got.weights, 1);
    set(plugin, values, "value", 5); // reached: its own weights
    got = run(plugin, values, NULL, val_loss, 6);
    assert_int_equal(got.stopped, 1);
    assert_int_equal(got.weights, 1);
}

static void test_budget(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("early_stopping", "budget");
    hpb_value values[MAX_PARAMS];
    static const struct {
        double epochs, updates;
        uint32_t stopped;
    } cases[] = {
        {NONE, NONE, NEVER}, {1, NONE, 0}, {4, NONE, 3}, {9, NONE, NEVER},
        {NONE, 1, 0},        {NONE, 3, 0}, {NONE, 4, 1}, {NONE, 12, 3},
        {NONE, 1e18, NEVER}, {2, 12, 1},   {5, 4, 1},
    };
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        plugin_defaults(plugin, values);
        set(plugin, values, "epochs", cases[i].epochs);
        set(plugin, values, "updates", cases[i].updates);
        const outcome got = run(plugin, values, NULL, NULL, 6);
        assert_int_equal(got.stopped, cases[i].stopped);
        assert_int_equal(got.weights, got.stopped == NEVER ? 5 : got.stopped);
    }
}

static void test_descriptors(void **state)
{
    (void)state;
    static const char *const ids[] = {"budget", "never", "patience", "reduce_lr_on_plateau",
                                      "target"};
    for (size_t k = 0; k < HPB_COUNT(ids); k++) {
        const hpb_plugin *plugin = plugin_open("early_stopping", ids[k]);
        assert_int_equal(plugin->kind, HPB_KIND_EARLY_STOPPING);
        plugin_check_params(plugin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_corners),
        cmocka_unit_test(test_reduce_lr_on_plateau_golden),
        cmocka_unit_test(test_reduce_lr_on_plateau_without_validation),
        cmocka_unit_test(test_compares_in_single_precision),
        cmocka_unit_test(test_never),
        cmocka_unit_test(test_target),
        cmocka_unit_test(test_target_restores_where_it_is_not_reached),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
