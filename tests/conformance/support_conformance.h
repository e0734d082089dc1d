// SPDX-License-Identifier: Apache-2.0
// Goldens as suites: written as a person would, run by the hpbench of this build. Include after cmocka.h.
#ifndef HPB_TEST_SUPPORT_CONFORMANCE_H
#define HPB_TEST_SUPPORT_CONFORMANCE_H

#include "cli/support_cli.h"
#include "cli/support_process.h"
#include "support_golden.h"

#define OUR_PLUGINS "--plugin-dir " HPB_TEST_BINARY "/conformance_plugins"

/// A value as a suite has it: yes, none, 0.1, "8 16" for a list.
static inline void suite_value(hpb_text *suite, const json_t *value)
{
    size_t i;
    const json_t *part;
    if (json_is_string(value))
        hpb_text_add(suite, "%s", json_string_value(value));
    else if (json_is_null(value))
        hpb_text_add(suite, "none");
    else if (json_is_boolean(value))
        hpb_text_add(suite, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_array(value))
        json_array_foreach((json_t *)value, i, part)
        {
            hpb_text_add(suite, "%s", i ? " " : "");
            suite_value(suite, part);
        }
    else
        hpb_text_add(suite, "%.17g", golden_number(value));
}

/// `key = value`; nothing where the value is NULL.
static inline void suite_key(hpb_text *suite, const char *key, const json_t *value)
{
    if (!value)
        return;
    hpb_text_add(suite, "%s = ", key);
    suite_value(suite, value);
    hpb_text_add(suite, "\n");
}

/// All members of `params` but `without` (NULL: none).
static inline void suite_keys(hpb_text *suite, const json_t *params, const char *without)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)params, key, value)
    {
        if (!without || strcmp(key, without) != 0)
            suite_key(suite, key, value);
    }
}

/// The section of a splitter with its parameters, `split` being {"splitter": NAME, ...}.
static inline void suite_splitter(hpb_text *suite, const json_t *split)
{
    char *id = golden_id(json_string_value(json_object_get(split, "splitter")));
    hpb_text_add(suite, "[splitter.%s]\n", id);
    suite_keys(suite, split, "splitter");
    free(id);
}

/// [data], drawn anew from the seed of the first case of article_data.json; the test is skipped where that is not there.
static inline void suite_article(hpb_text *suite)
{
    json_t *root = golden_open("article_data");
    const json_t *first = json_array_get(json_object_get(root, "cases"), 0);
    hpb_text_add(suite, "[data]\ngenerator = article\nrows = %.0f\nseed = %.0f\n",
                 golden_need(first, "n"), golden_need(first, "seed"));
    json_decref(root);
}

/// Model, fit, optimizer, schedule and stopping rule of a case; what it lacks is in `outer`. False where the build has no
/// such optimizer.
static inline bool suite_fit(hpb_text *suite, const json_t *fit, const json_t *outer)
{
    static const char *const keys[] = {"epochs", "batch_size", "shuffle", "validation_split"};
    char *id = golden_lower(json_string_value(json_object_get(fit, "optimizer")));
    const bool is_built = golden_is_built("optimizers", id);
    hpb_text_add(suite, "[model]\n");
    suite_key(suite, "hidden", json_object_get(outer, "hidden"));
    suite_key(suite, "activation", json_object_get(outer, "activation"));
    hpb_text_add(suite, "[fit]\n");
    for (size_t i = 0; i < HPB_COUNT(keys); i++)
        suite_key(suite, keys[i], json_object_get(fit, keys[i]));
    hpb_text_add(suite, "[optimizer.%s]\n", id);
    suite_keys(suite, json_object_get(fit, "optimizer_params"), NULL);
    suite_key(suite, "learning_rate", json_object_get(fit, "learning_rate"));
    if (!json_is_null(json_object_get(fit, "weight_decay")))
        suite_key(suite, "weight_decay", json_object_get(fit, "weight_decay"));
    free(id);
    if (json_object_get(fit, "schedule")) {
        id = golden_id(json_string_value(json_object_get(fit, "schedule")));
        hpb_text_add(suite, "[schedule.%s]\n", id);
        suite_keys(suite, json_object_get(fit, "schedule_params"), NULL);
        free(id);
    }
    if (json_is_object(json_object_get(fit, "early_stopping"))) {
        hpb_text_add(suite, "[early_stopping.patience]\n");
        suite_keys(suite, json_object_get(fit, "early_stopping"), NULL);
    } else if (json_object_get(fit, "patience")) {
        hpb_text_add(suite, "[early_stopping.patience]\n");
        suite_key(suite, "patience", json_object_get(fit, "patience"));
    }
    return is_built;
}

/// Runs the suite and exports the run, both by command: what `export --format FORMAT` prints; free() it.
static inline char *suite_export(const char *suite, const char *format)
{
    char *folder = work_begin(suite), *export = hpb_format("export out --format %s", format);
    ran r = run_hpbench("run s.ini --quiet --no-report --output out " OUR_PLUGINS);
    if (r.code)
        fail_msg("exit %d: %s\n%s", r.code, r.err, suite);
    ran_free(&r);
    r = run_hpbench(export);
    if (r.code)
        fail_msg("exit %d: %s\n%s", r.code, r.err, suite);
    free(r.err);
    free(export);
    work_end(folder);
    return r.out;
}

/// What `export --format json` says; json_decref() it.
static inline json_t *suite_run(const char *suite)
{
    char *text = suite_export(suite, "json");
    json_t *root = json_loads(text, 0, NULL);
    if (!root)
        fail_msg("no JSON: %s\n%s", text, suite);
    free(text);
    return root;
}

/// Within `tolerance`, relative.
static inline bool is_near(double got, double expected, double tolerance)
{
    return fabs(got - expected) <= tolerance * fabs(expected);
}

#endif // HPB_TEST_SUPPORT_CONFORMANCE_H
