// SPDX-License-Identifier: Apache-2.0
// Opens a built plugin for a test, and gives its parameters their defaults or what a golden says.
// Include after cmocka.h.
#ifndef HPB_TEST_SUPPORT_PLUGIN_H
#define HPB_TEST_SUPPORT_PLUGIN_H

#include "base/base.h"
#include "hpbench/plugin.h"
#include "loader/module.h"
#include "random/random.h"
#include "support_golden.h"

#define MAX_PARAMS 32

/// The plugin `id` of the folder `kind` in the build directory, opened as a worker does. It stays loaded until the test ends.
static inline const hpb_plugin *plugin_open(const char *kind, const char *id)
{
    const char *build = getenv("BUILD");
    char *path =
        hpb_format("%s/plugins/%s/%s.so", build != NULL ? build : HPB_TEST_BINARY, kind, id);
    hpb_module module;
    hpb_error error;
    if (hpb_module_open(path, 0, NULL, &module, NULL, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    assert_string_equal(module.plugin->id, id);
    assert_true(module.plugin->params.count <= MAX_PARAMS);
    free(path);
    return module.plugin;
}

static inline const hpb_param *plugin_param(const hpb_plugin *plugin, uint32_t i)
{
    return (const hpb_param *)(const void *)((const char *)plugin->params.items +
                                             (size_t)i * plugin->params.stride);
}

static inline uint32_t plugin_find(const hpb_plugin *plugin, const char *name)
{
    for (uint32_t i = 0; i < plugin->params.count; i++)
        if (strcmp(plugin_param(plugin, i)->name, name) == 0)
            return i;
    fail_msg("%s has no parameter %s", plugin->id, name);
    return 0;
}

static inline void plugin_defaults(const hpb_plugin *plugin, hpb_value values[MAX_PARAMS])
{
    memset(values, 0, MAX_PARAMS * sizeof *values);
    for (uint32_t i = 0; i < plugin->params.count; i++)
        values[i].number = plugin_param(plugin, i)->value;
}

/// The index of `word` among comma-separated choices.
static inline double plugin_choice(const hpb_param *param, const char *word)
{
    const size_t length = strlen(word);
    double index = 0;
    for (const char *at = param->choices; at != NULL; index++) {
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return index;
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    fail_msg("%s is no choice of %s: %s", word, param->name, param->choices);
    return 0;
}

/// Defaults, then each member of a golden's `params`, which must lie in the range that is declared.
/// `random_state` is passed over: seeds are the host's.
static inline void plugin_values(const hpb_plugin *plugin, const json_t *golden_params,
                                 hpb_value values[MAX_PARAMS])
{
    plugin_defaults(plugin, values);
    const char *key;
    json_t *json;
    json_object_foreach((json_t *)golden_params, key, json)
    {
        if (strcmp(key, "random_state") == 0)
            continue;
        const uint32_t i = plugin_find(plugin, key);
        const hpb_param *param = plugin_param(plugin, i);
        values[i].number = json_is_string(json) ? plugin_choice(param, json_string_value(json))
                                                : golden_number(json);
        if (isnan(values[i].number))
            assert_true(param->flags & HPB_PARAM_OPTIONAL);
        else if (param->type == HPB_TYPE_FLAG)
            assert_true(values[i].number == 0 || values[i].number == 1);
        else if (param->type != HPB_TYPE_CHOICE)
            assert_true(values[i].number >= param->min && values[i].number <= param->max);
    }
}

/// What every descriptor of ours must satisfy beyond what the loader asks of any: sentences, and docs.
static inline void plugin_check_params(const hpb_plugin *plugin)
{
    for (uint32_t i = 0; i < plugin->params.count; i++) {
        const hpb_param *param = plugin_param(plugin, i);
        const size_t length = strlen(param->doc);
        assert_true(length > 0 && param->doc[length - 1] == '.');
    }
    assert_true(plugin->summary != NULL && *plugin->summary != '\0');
    assert_true(plugin->docs != NULL && *plugin->docs != '\0');
}

#endif // HPB_TEST_SUPPORT_PLUGIN_H
