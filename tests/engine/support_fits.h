// SPDX-License-Identifier: Apache-2.0
// What the tests of whole fits share: a golden's case as a fit of the engine, and what rounding can do to it.
#ifndef HPB_TEST_ENGINE_SUPPORT_FITS_H
#define HPB_TEST_ENGINE_SUPPORT_FITS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/splits.h"
#include "engine/support.h"
#include "random/philox.h"

#define LOSS_TOLERANCE 1e-5
#define SEED_TOLERANCE 1e-4

static hpb_dataset article; // article_data.json

// A file of fits of the article's data: its first case, where there are several.
static inline json_t *open_of_article(const char *name)
{
    if (article.n_rows == 0)
        skip();
    return golden_open(name);
}

static inline void assert_near(double got, double expected, double tolerance, const char *what,
                               const char *of)
{
    if (!(fabs(got - expected) <= tolerance * fabs(expected)))
        fail_msg("%s of %s: %.9g; Keras has %.9g (%.2g off)", what, of, got, expected,
                 fabs(got / expected - 1));
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
    char *id = golden_lower(json_string_value(json_object_get(fit, "optimizer")));
    const bool is_there = golden_is_built("optimizers", id);
    if (is_there) {
        p->optimizer = plugin_load("optimizers", id);
        apply_params(json_object_get(fit, "optimizer_params"), &p->optimizer, &p->config.common);
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
    p->config.common.weight_decay =
        golden_member(fit, "weight_decay", p->config.common.weight_decay);
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

static inline void give_schedule(protocol *p, const json_t *golden)
{
    char *id = golden_id(json_string_value(json_object_get(golden, "schedule")));
    p->schedule = plugin_load("schedules", id);
    plugin_values(p->schedule.plugin, json_object_get(golden, "schedule_params"),
                  p->schedule.values);
    p->config.schedule_ops = p->schedule.plugin->ops;
    p->config.schedule_values = p->schedule.values;
    free(id);
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
    char *id = golden_id(name);
    test_plugin plugin = plugin_load("splitters", id);
    free(id);
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

// The seeds of a fit; those of its kernels under Keras' policy.
typedef struct fit_seeds {
    hpb_trial_seeds trial;
    uint32_t layer[HPB_MAX_LAYERS];
} fit_seeds;

// Of the first fit after keras.utils.set_random_seed(seed).
static inline fit_seeds set_random_seed(uint32_t seed)
{
    fit_seeds seeds = {.trial = {HPB_POLICY_KERAS, {seed, seed, seed, seed}, false}};
    hpb_layer_seeds(&seeds.trial, HPB_MAX_LAYERS, seeds.layer);
    return seeds;
}

static inline hpb_fit fit_of(const protocol *p, const hpb_table *table, const hpb_split *split,
                             const fit_seeds *seeds, uint64_t tag)
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
        .seeds = &seeds->trial,
        .layer_seeds = seeds->trial.policy == HPB_POLICY_KERAS ? seeds->layer : NULL,
        .tag = tag,
    };
}

// --- rounding ---------------------------------------------------------------------------------------------------

#define N_NEIGHBOURS 64

static struct {
    const hpb_initializer_ops *ops; // whose weights are nudged
    const hpb_value *values;
    uint32_t bits;
} nudge;

// Initial weights as they are, but for the last digit of half of them.
static inline int32_t fill_nudged(const hpb_host *host, const hpb_value *values,
                                  const hpb_tensor *tensor, float *out)
{
    (void)values;
    const int32_t status = nudge.ops->fill(host, nudge.values, tensor, out);
    for (uint32_t i = 0; i < tensor->rows * tensor->columns; i++) {
        nudge.bits = nudge.bits * 1664525u + 1013904223u;
        out[i] = nudge.bits >> 30 == 0   ? nextafterf(out[i], -HUGE_VALF)
                 : nudge.bits >> 30 == 1 ? nextafterf(out[i], HUGE_VALF)
                                         : out[i];
    }
    return status;
}

// The same fit from weights that differ in their last digit; free_outcomes(, N_NEIGHBOURS). Where Keras' is among them,
// rounding alone explains a miss: a unit of relu that crosses 0 within it changes what is learned, ours and Keras'.
static inline outcome *run_neighbours(const protocol *p, const hpb_fit *fit)
{
    static const hpb_initializer_ops nudged = {sizeof nudged, 0, fill_nudged};
    hpb_fit_config config = p->config;
    hpb_fit one = *fit;
    outcome *all = hpb_alloc(N_NEIGHBOURS, sizeof *all);
    nudge.ops = config.initializer_ops;
    nudge.values = config.initializer_values;
    config.initializer_ops = &nudged;
    one.tag = 0;
    for (uint32_t i = 0; i < N_NEIGHBOURS; i++) {
        nudge.bits = i + 1;
        outcome *o = run_engine(&config, &one, 1);
        all[i] = *o;
        free(o);
    }
    return all;
}

// Whether a neighbour has that test MSE.
static inline bool has_neighbour(const outcome *neighbours, double test_mse)
{
    for (uint32_t i = 0; i < N_NEIGHBOURS; i++)
        if (fabs(neighbours[i].result.test_mse - test_mse) <= SEED_TOLERANCE * test_mse)
            return true;
    return false;
}

// --- beside Keras ---------------------------------------------------------------------------------------------------

#define MOST_UNITS 256 // of a layer, at most

// Whether each epoch's loss is Keras', or, of `neighbours`, one is above it and one below.
static inline bool are_losses_near(const outcome *o, const json_t *losses, size_t column,
                                   const outcome *neighbours)
{
    size_t n, n_near = 0;
    double *expected = golden_doubles(losses, &n);
    for (size_t epoch = 0; epoch < n && n == o->result.epochs; epoch++) {
        double low = (double)o->curve[2 * epoch + column], high = low;
        for (uint32_t i = 0; neighbours && i < N_NEIGHBOURS; i++) {
            if (neighbours[i].result.epochs <= epoch)
                continue;
            low = fmin(low, (double)neighbours[i].curve[2 * epoch + column]);
            high = fmax(high, (double)neighbours[i].curve[2 * epoch + column]);
        }
        const double room = LOSS_TOLERANCE * fabs(expected[epoch]);
        n_near += low - room <= expected[epoch] && expected[epoch] <= high + room;
    }
    free(expected);
    return n == n_near;
}

static inline bool is_fit_near(const outcome *o, const json_t *golden, const outcome *neighbours)
{
    const double mse = golden_need(golden, "test_mse");
    return are_losses_near(o, json_object_get(golden, "loss"), 0, neighbours) &&
           are_losses_near(o, json_object_get(golden, "val_loss"), 1, neighbours) &&
           (neighbours ? has_neighbour(neighbours, mse)
                       : fabs(o->result.test_mse - mse) <= LOSS_TOLERANCE * mse);
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

// The network's answers on the test rows, in float64 from its float32 weights: rounding apart, what Keras predicts.
static inline double answer(const hpb_network *network, const float *weights, const double *row)
{
    double in[MOST_UNITS], out[MOST_UNITS];
    uint32_t n_in = network->n_inputs;
    assert_in_range(n_in, 1, MOST_UNITS);
    memcpy(in, row, n_in * sizeof *in);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const uint32_t n_out = network->width[l];
        const float *bias = weights + n_in * n_out;
        assert_in_range(n_out, 1, MOST_UNITS);
        for (uint32_t j = 0; j < n_out; j++) {
            double sum = (double)bias[j];
            for (uint32_t i = 0; i < n_in; i++)
                sum += (double)weights[i * n_out + j] * in[i];
            out[j] = l + 1 == network->n_layers                             ? sum
                     : network->activation == HPB_ACTIVATION_RELU           ? fmax(sum, 0)
                     : network->activation == HPB_ACTIVATION_TANH           ? tanh(sum)
                     : network->activation == HPB_ACTIVATION_SIGMOID        ? 1 / (1 + exp(-sum))
                     : network->activation == HPB_ACTIVATION_ELU && sum < 0 ? expm1(sum)
                                                                            : sum;
        }
        weights = bias + n_out;
        n_in = n_out;
        memcpy(in, out, n_in * sizeof *in);
    }
    return in[0];
}

static inline void assert_predictions(const protocol *p, const outcome *o, const hpb_split *split,
                                      const json_t *predictions)
{
    size_t n;
    if (!predictions)
        return;
    double *expected = golden_doubles(predictions, &n);
    assert_int_equal(n, split->n_test);
    for (size_t i = 0; i < n; i++) {
        const double *row = article.x + (size_t)split->test[i] * article.n_features;
        const double got = answer(&p->config.network, o->weights, row);
        if (!(fabs(got - expected[i]) <= LOSS_TOLERANCE * fmax(1, fabs(expected[i]))))
            fail_msg("prediction %zu of %s: %.9g; Keras has %.9g", i, p->label, got, expected[i]);
    }
    free(expected);
}

// True where the fit itself agrees, false where its neighbours alone do.
static inline bool check_fit(protocol *p, const json_t *golden, const json_t *split,
                             const fit_seeds *seeds)
{
    hpb_table table = {0};
    hpb_table_fill(&article, &table);
    hpb_splits splits = split_of(split);
    const hpb_fit fit = fit_of(p, &table, splits.splits, seeds, 0);
    outcome *o = run_engine(&p->config, &fit, 1);
    const bool is_near = is_fit_near(o, golden, NULL);
    if (is_near) {
        assert_weights(o, json_object_get(golden, "weights"), p->label);
        assert_predictions(p, o, splits.splits, json_object_get(golden, "test_prediction"));
    } else {
        outcome *neighbours = run_neighbours(p, &fit);
        if (!is_fit_near(o, golden, neighbours))
            fail_msg("%s: test MSE %.9g and last loss %.9g after %u epochs", p->label,
                     o->result.test_mse, (double)o->curve[2 * o->result.epochs - 2],
                     o->result.epochs);
        print_message("%s: within rounding\n", p->label);
        free_outcomes(neighbours, N_NEIGHBOURS);
    }
    free_outcomes(o, 1);
    hpb_splits_free(&splits);
    hpb_table_free(&table);
    return is_near;
}

static inline int read_article(void **unused)
{
    (void)unused;
    if (!golden_exists("article_data"))
        return 0; // and every test is skipped
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
