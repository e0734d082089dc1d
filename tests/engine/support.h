// SPDX-License-Identifier: Apache-2.0
// What the tests of the engine share: plugins by name, fits, and results that outlive their call.
#ifndef HPB_TEST_ENGINE_SUPPORT_H
#define HPB_TEST_ENGINE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/engine.h"
#include "engine/reference.h"
#include "plugins/support_plugin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A plugin with a value for each parameter, the defaults to begin with.
typedef struct test_plugin {
    const hpb_plugin *plugin;
    hpb_plugin_info info;
    hpb_value values[MAX_PARAMS];
} test_plugin;

static inline test_plugin plugin_of(const hpb_plugin *plugin)
{
    test_plugin p = {.plugin = plugin};
    p.info.kind = plugin->kind;
    p.info.id = plugin->id;
    p.info.params = plugin->params.items;
    p.info.n_params = plugin->params.count;
    p.info.slots = plugin->slots.items;
    p.info.n_slots = plugin->slots.count;
    assert_in_range(p.info.n_params, 0, MAX_PARAMS);
    for (uint32_t i = 0; i < p.info.n_params; i++)
        p.values[i].number = p.info.params[i].value;
    return p;
}

static inline test_plugin plugin_load(const char *folder, const char *id)
{
    return plugin_of(plugin_open(folder, id));
}

// The value of the plugin's parameter, or NULL where it has none of that name.
static inline double *plugin_get(test_plugin *p, const char *name)
{
    for (uint32_t i = 0; i < p->info.n_params; i++)
        if (strcmp(p->info.params[i].name, name) == 0)
            return &p->values[i].number;
    return NULL;
}

// True where the plugin has such a parameter.
static inline bool plugin_set(test_plugin *p, const char *name, double value)
{
    double *slot = plugin_get(p, name);
    if (slot)
        *slot = value;
    return slot != NULL;
}

static inline hpb_common no_common(void)
{
    return (hpb_common){.weight_decay = (double)NAN,
                        .clipvalue = (double)NAN,
                        .clipnorm = (double)NAN,
                        .global_clipnorm = (double)NAN,
                        .ema_momentum = 0.99,
                        .ema_overwrite_frequency = (double)NAN};
}

static inline double learning_rate_of(const test_plugin *p)
{
    for (uint32_t i = 0; i < p->info.n_params; i++)
        if (strcmp(p->info.params[i].name, "learning_rate") == 0)
            return p->values[i].number;
    fail_msg("%s has no learning_rate", p->info.id);
    return 0;
}

static inline void use_optimizer(hpb_fit_config *config, const test_plugin *p)
{
    config->optimizer = &p->info;
    config->optimizer_ops = p->plugin->ops;
    config->optimizer_values = p->values;
    config->learning_rate = learning_rate_of(p);
}

static inline void use_initializer(hpb_fit_config *config, const test_plugin *p)
{
    config->initializer_ops = p->plugin->ops;
    config->initializer_values = p->values;
}

// Behind the rules that watch already.
static inline void use_early_stopping(hpb_fit_config *config, const test_plugin *p)
{
    assert_in_range(config->n_rules, 0, HPB_MAX_RULES - 1);
    config->rules[config->n_rules++] = (hpb_rule){p->plugin->ops, p->values};
}

// Gives the plugin, or the host around it, what Keras' constructor was given.
static inline void apply_params(const json_t *params, test_plugin *plugin, hpb_common *common)
{
    const char *key;
    json_t *value;
    *common = no_common();
    if (plugin_get(plugin, "weight_decay"))
        common->weight_decay = *plugin_get(plugin, "weight_decay");
    json_object_foreach((json_t *)params, key, value)
    {
        const double number =
            json_is_string(value)
                ? plugin_choice(plugin_param(plugin->plugin, plugin_find(plugin->plugin, key)),
                                json_string_value(value))
                : golden_number(value);
        const bool is_known = plugin_set(plugin, key, number);
        if (strcmp(key, "weight_decay") == 0)
            common->weight_decay = number;
        else if (strcmp(key, "clipnorm") == 0)
            common->clipnorm = number;
        else if (strcmp(key, "clipvalue") == 0)
            common->clipvalue = number;
        else if (strcmp(key, "global_clipnorm") == 0)
            common->global_clipnorm = number;
        else if (strcmp(key, "use_ema") == 0)
            common->use_ema = number != 0;
        else if (strcmp(key, "ema_momentum") == 0)
            common->ema_momentum = number;
        else if (strcmp(key, "ema_overwrite_frequency") == 0)
            common->ema_overwrite_frequency = number;
        else if (!is_known)
            fail_msg("%s has no parameter %s", plugin->info.id, key);
    }
    const hpb_optimizer_ops *ops = plugin->plugin->ops;
    if (ops->flags & HPB_OPTIMIZER_DECAYS)
        common->weight_decay = (double)NAN;
}

// --- results ---------------------------------------------------------------------------------------------

typedef struct outcome {
    uint32_t count; // deliveries
    hpb_fit_result result;
    float *weights, *curve;
    char failure[512];
} outcome;

// A list of fits, handed out in order, and what became of them by tag.
typedef struct fit_list {
    const hpb_fit_config *config;
    const hpb_fit *fits;
    uint32_t n_fits, given;
    outcome *outcomes; // [n_fits]
} fit_list;

static inline bool list_next(void *context, hpb_fit *out)
{
    fit_list *list = context;
    if (list->given == list->n_fits)
        return false;
    *out = list->fits[list->given++];
    return true;
}

static inline void list_done(void *context, const hpb_fit *fit, const hpb_fit_result *result)
{
    fit_list *list = context;
    outcome *o = &list->outcomes[fit->tag];
    o->count++;
    o->result = *result;
    if (result->failure) {
        snprintf(o->failure, sizeof o->failure, "%s", result->failure);
        return;
    }
    const size_t n = hpb_network_parameters(&list->config->network);
    o->weights = malloc(n * sizeof(float));
    memcpy(o->weights, result->weights, n * sizeof(float));
    if (result->curve) {
        o->curve = malloc(2 * result->epochs * sizeof(float));
        memcpy(o->curve, result->curve, 2 * result->epochs * sizeof(float));
    }
}

static inline outcome *run_engine(const hpb_fit_config *config, const hpb_fit *fits, uint32_t n)
{
    fit_list list = {config, fits, n, 0, calloc(n + 1, sizeof(outcome))};
    hpb_engine_run(config, list_next, list_done, &list);
    return list.outcomes;
}

static inline outcome *run_reference(const hpb_fit_config *config, const hpb_fit *fits, uint32_t n)
{
    fit_list list = {config, fits, n, 0, calloc(n + 1, sizeof(outcome))};
    for (uint32_t i = 0; i < n; i++)
        hpb_reference_run(config, &fits[i], list_done, &list);
    return list.outcomes;
}

static inline void free_outcomes(outcome *outcomes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        free(outcomes[i].weights);
        free(outcomes[i].curve);
    }
    free(outcomes);
}

#endif
