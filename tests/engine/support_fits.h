// SPDX-License-Identifier: Apache-2.0
// Whole fits as golden files describe them: what was configured, and how the engine's fit is held against Keras'.
#ifndef HPB_TEST_ENGINE_SUPPORT_FITS_H
#define HPB_TEST_ENGINE_SUPPORT_FITS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/splits.h"
#include "engine/support.h"
#include "random/philox.h"

#include <ctype.h>
#include <sys/stat.h>

#define LOSS_TOLERANCE 1e-5
#define SEED_TOLERANCE 1e-4

static hpb_dataset article; // article_data.json

static inline char *lower(const char *name)
{
    char *id = hpb_strdup(name);
    for (char *c = id; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return id;
}

static inline bool is_built(const char *id)
{
    char path[4096];
    struct stat status;
    snprintf(path, sizeof path, "%s/plugins/optimizers/%s.so", HPB_TEST_BINARY, id);
    return stat(path, &status) == 0;
}

static inline void assert_near(double got, double expected, double tolerance, const char *what,
                               const char *of)
{
    if (!(fabs(got - expected) <= tolerance * fabs(expected)))
        fail_msg("%s %.9g; Keras has %.9g (%.2g off): %s", what, got, expected,
                 fabs(got / expected - 1), of);
}

// --- what a case describes --------------------------------------------------------------------------------------

// Kernels that were given: layer l's are in list l.
static inline int32_t fill_given(const hpb_host *host, const hpb_value *values,
                                 const hpb_tensor *tensor, float *out)
{
    (void)host;
    assert_int_equal(values[tensor->layer].count, tensor->rows * tensor->columns);
    for (uint32_t i = 0; i < tensor->rows * tensor->columns; i++)
        out[i] = (float)values[tensor->layer].list[i];
    return HPB_OK;
}

static const hpb_initializer_ops given_kernels = {sizeof given_kernels, 0, fill_given};

typedef struct protocol {
    hpb_fit_config config;
    test_plugin optimizer, schedule, early_stopping, initializer, callbacks[HPB_MAX_RULES];
    hpb_value kernels[HPB_MAX_LAYERS];
    double validation_split;
    char *label;
} protocol;

static inline hpb_network network_of(const json_t *hidden, const char *activation)
{
    static const char *const names[] = {"relu", "tanh", "sigmoid", "elu", "linear"};
    hpb_network network = {.n_inputs = article.n_features, .activation = HPB_ACTIVATION_RELU};
    for (size_t i = 0; i < json_array_size(hidden); i++)
        network.width[network.n_layers++] = (uint32_t)json_integer_value(json_array_get(hidden, i));
    network.width[network.n_layers++] = 1;
    for (size_t i = 0; activation && i < HPB_COUNT(names); i++)
        if (strcmp(names[i], activation) == 0)
            network.activation = (hpb_activation)i;
    return network;
}

// Reads a case; false where there is no such optimizer yet. `outer` has what the case itself does not.
static inline bool protocol_read(protocol *p, const json_t *fit, const json_t *outer)
{
    memset(p, 0, sizeof *p);
    char *id = lower(json_string_value(json_object_get(fit, "optimizer")));
    const bool is_there = is_built(id);
    if (is_there) {
        p->optimizer = plugin_load("optimizers", id);
        json_t *params = json_object_get(fit, "optimizer_params");
        if (params)
            plugin_values(p->optimizer.plugin, params, p->optimizer.values);
        plugin_set(&p->optimizer, "learning_rate",
                   golden_member(fit, "learning_rate", learning_rate_of(&p->optimizer)));
    }
    free(id);
    if (!is_there)
        return false;
    p->label = golden_describe(fit);
    p->config.network = network_of(json_object_get(outer, "hidden"),
                                   json_string_value(json_object_get(outer, "activation")));
    p->config.epochs = (uint32_t)golden_member(fit, "epochs", 0);
    p->config.batch_size = (uint32_t)golden_member(fit, "batch_size", 32);
    p->config.shuffle = golden_member(fit, "shuffle", 1) != 0;
    p->config.curves = true;
    p->config.isa = hpb_isa_best();
    p->config.common = no_common();
    const double *decay = plugin_get(&p->optimizer, "weight_decay");
    p->config.common.weight_decay =
        golden_member(fit, "weight_decay", decay ? *decay : (double)NAN);
    use_optimizer(&p->config, &p->optimizer);
    p->validation_split = golden_member(fit, "validation_split", 0);
    json_t *stopping = json_object_get(fit, "early_stopping");
    if (json_is_object(stopping) || json_object_get(fit, "patience")) {
        p->early_stopping = plugin_load("early_stopping", "patience");
        if (json_is_object(stopping))
            plugin_values(p->early_stopping.plugin, stopping, p->early_stopping.values);
        else
            plugin_set(&p->early_stopping, "patience", golden_member(fit, "patience", 0));
        use_early_stopping(&p->config, &p->early_stopping);
    }
    return true;
}

// "CosineDecay" is the plugin cosine_decay.
static inline void give_schedule(protocol *p, const json_t *golden)
{
    hpb_text id = {0};
    for (const char *c = json_string_value(json_object_get(golden, "schedule")); *c; c++)
        hpb_text_add(&id, "%s%c", isupper((unsigned char)*c) && id.length ? "_" : "",
                     tolower((unsigned char)*c));
    p->schedule = plugin_load("schedules", id.data);
    plugin_values(p->schedule.plugin, json_object_get(golden, "schedule_params"),
                  p->schedule.values);
    p->config.schedule_ops = p->schedule.plugin->ops;
    p->config.schedule_values = p->schedule.values;
    hpb_text_free(&id);
}

static inline void give_kernels(protocol *p, const json_t *w0)
{
    p->config.initializer_ops = &given_kernels;
    p->config.initializer_values = p->kernels;
    for (uint32_t l = 0; l < p->config.network.n_layers; l++) {
        size_t n;
        p->kernels[l].list = golden_doubles(json_array_get(w0, 2 * l), &n);
        p->kernels[l].count = (uint32_t)n;
    }
}

static inline void protocol_free(protocol *p)
{
    for (uint32_t l = 0; l < p->config.network.n_layers; l++)
        free((void *)(uintptr_t)p->kernels[l].list);
    free(p->label);
}

static inline hpb_splits split_of(const json_t *split)
{
    const char *name = json_string_value(json_object_get(split, "splitter"));
    test_plugin plugin =
        plugin_load("splitters", strcmp(name, "KFold") == 0 ? "kfold" : "train_test_split");
    json_t *params = json_copy((json_t *)split);
    json_object_del(params, "splitter");
    plugin_values(plugin.plugin, params, plugin.values);
    json_decref(params);
    const hpb_splitter_ops *ops = plugin.plugin->ops;
    const hpb_rows rows = hpb_dataset_rows(&article);
    hpb_host_context context;
    const hpb_host host = hpb_host_begin(&context, NULL, NULL);
    uint32_t n = 0;
    assert_int_equal(ops->count(&host, plugin.values, &rows, &n), HPB_OK);
    hpb_host_end(&context);
    hpb_splits splits;
    char message[HPB_SPLITS_MESSAGE];
    const double seed = golden_member(split, "random_state", 0);
    if (!hpb_splits_make(ops, name, plugin.values, &rows, (uint32_t)seed, n, &splits, message))
        fail_msg("%s", message);
    return splits;
}

static inline hpb_fit fit_of(const protocol *p, const hpb_table *table, const hpb_split *split,
                             const hpb_trial_seeds *seeds, uint64_t tag)
{
    const uint32_t n_train = (uint32_t)floor(split->n_train * (1.0 - p->validation_split));
    assert_in_range(n_train, 1, split->n_train);
    return (hpb_fit){
        .table = table,
        .target = article.y,
        .train_rows = split->train,
        .n_train = n_train,
        .validation_rows = split->train + n_train,
        .n_validation = split->n_train - n_train,
        .test_rows = split->test,
        .n_test = split->n_test,
        .seeds = seeds,
        .tag = tag,
    };
}

static inline void assert_losses(const outcome *o, const json_t *losses, int column,
                                 const char *label)
{
    size_t n;
    double *expected = golden_doubles(losses, &n);
    if (n > 0 && n != o->result.epochs)
        fail_msg("%s: %u epochs; Keras ran %zu", label, o->result.epochs, n);
    for (size_t epoch = 0; epoch < n; epoch++)
        assert_near((double)o->curve[2 * epoch + (size_t)column], expected[epoch], LOSS_TOLERANCE,
                    column ? "val_loss" : "loss", label);
    free(expected);
}

// Weights lie around 1: absolute, as the small ones among them carry the rounding of all.
static inline void assert_weights(const outcome *o, const json_t *tensors, const char *label)
{
    size_t n, at = 0;
    for (size_t i = 0; i < json_array_size(tensors); i++) {
        double *expected = golden_doubles(json_array_get(tensors, i), &n);
        for (size_t k = 0; k < n; k++, at++)
            if (!(fabs((double)o->weights[at] - expected[k]) <= LOSS_TOLERANCE))
                fail_msg("weight %zu of %s: %.9g; Keras has %.9g", at, label,
                         (double)o->weights[at], expected[k]);
        free(expected);
    }
}

static inline void check_fit(protocol *p, const json_t *golden, const json_t *split,
                             const hpb_trial_seeds *seeds)
{
    hpb_table table = {0};
    hpb_table_fill(&article, &table);
    hpb_splits splits = split_of(split);
    const hpb_fit fit = fit_of(p, &table, splits.splits, seeds, 0);
    outcome *o = run_engine(&p->config, &fit, 1);
    assert_losses(o, json_object_get(golden, "loss"), 0, p->label);
    assert_losses(o, json_object_get(golden, "val_loss"), 1, p->label);
    assert_weights(o, json_object_get(golden, "weights"), p->label);
    assert_near(o->result.test_mse, golden_member(golden, "test_mse", (double)NAN), LOSS_TOLERANCE,
                "test MSE", p->label);
    free_outcomes(o, 1);
    hpb_splits_free(&splits);
    hpb_table_free(&table);
}

static inline int read_article(void **unused)
{
    (void)unused;
    json_t *root = golden_open("article_data");
    json_t *golden = json_array_get(json_object_get(root, "cases"), 0);
    size_t n_x, n;
    article.x = golden_doubles(json_object_get(golden, "X"), &n_x);
    article.y = golden_doubles(json_object_get(golden, "y"), &n);
    article.n_rows = (uint32_t)n;
    article.n_features = (uint32_t)(n_x / n);
    json_decref(root);
    return 0;
}

static inline int free_article(void **unused)
{
    (void)unused;
    hpb_dataset_free(&article);
    return 0;
}

#endif
