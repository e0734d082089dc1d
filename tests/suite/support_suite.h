// SPDX-License-Identifier: Apache-2.0
// Parses and plans a suite for a test, with the built-in plugins of this build and no others.
//
// The test's main must hand `--probe` to hpb_probe_main(): the scan starts this binary again.
#ifndef HPB_TEST_SUPPORT_SUITE_H
#define HPB_TEST_SUPPORT_SUITE_H

#include "loader/probe.h"
#include "suite/plan.h"

#include <stdlib.h>
#include <string.h>

/// A suite under test. Start from {0}.
typedef struct tested {
    hpb_registry registry;
    hpb_probe *probe;
    hpb_suite suite;
    hpb_plan plan;
    hpb_diagnostics diagnostics;
    bool is_good;
} tested;

static inline hpb_exit tested_count(void *context, const hpb_plugin_info *splitter,
                                    const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                                    hpb_error *error)
{
    return hpb_probe_check_values(context, splitter, values, rows, out, error);
}

/// Scans once; keeps all plugins of the build.
static inline void tested_scan_all(tested *t)
{
    setenv("HOME", "/nonexistent", 1);
    unsetenv("HPBENCH_PLUGIN_PATH");
    const char *dirs[] = {HPB_TEST_BINARY "/plugins"};
    const hpb_search search = {dirs, 1, false};
    hpb_error error = {0};
    if (hpb_probe_scan(&search, &t->registry, &error))
        fail_msg("scan: %s", error.text);
}

/// Scans once; keeps the plugins that the expected messages list, whatever else is built.
static inline void tested_scan(tested *t)
{
    static const struct {
        uint32_t kind;
        const char *id;
    } known[] = {
        {HPB_KIND_OPTIMIZER, "adam"},
        {HPB_KIND_OPTIMIZER, "sgd"},
        {HPB_KIND_SCHEDULE, "constant"},
        {HPB_KIND_SCHEDULE, "exponential_decay"},
        {HPB_KIND_SCHEDULE, "piecewise_constant_decay"},
        {HPB_KIND_INITIALIZER, "glorot_uniform"},
        {HPB_KIND_INITIALIZER, "he_normal"},
        {HPB_KIND_INITIALIZER, "zeros"},
        {HPB_KIND_EARLY_STOPPING, "budget"},
        {HPB_KIND_EARLY_STOPPING, "never"},
        {HPB_KIND_EARLY_STOPPING, "patience"},
        {HPB_KIND_EARLY_STOPPING, "reduce_lr_on_plateau"},
        {HPB_KIND_EARLY_STOPPING, "target"},
        {HPB_KIND_SPLITTER, "bootstrap"},
        {HPB_KIND_SPLITTER, "group_kfold"},
        {HPB_KIND_SPLITTER, "group_shuffle_split"},
        {HPB_KIND_SPLITTER, "kfold"},
        {HPB_KIND_SPLITTER, "leave_one_group_out"},
        {HPB_KIND_SPLITTER, "leave_one_out"},
        {HPB_KIND_SPLITTER, "leave_p_out"},
        {HPB_KIND_SPLITTER, "predefined_split"},
        {HPB_KIND_SPLITTER, "repeated_kfold"},
        {HPB_KIND_SPLITTER, "shuffle_split"},
        {HPB_KIND_SPLITTER, "time_series_split"},
        {HPB_KIND_SPLITTER, "train_test_split"},
    };
    tested_scan_all(t);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->registry.n_plugins; i++)
        for (size_t k = 0; k < HPB_COUNT(known); k++)
            if (t->registry.plugins[i].kind == known[k].kind &&
                strcmp(t->registry.plugins[i].id, known[k].id) == 0)
                t->registry.plugins[kept++] = t->registry.plugins[i];
    t->registry.n_plugins = kept;
    assert_int_equal(kept, HPB_COUNT(known));
}

static inline void tested_parse_bytes(tested *t, const char *path, const char *bytes, size_t n,
                                      const char *const *overrides, uint32_t n_overrides)
{
    memset(&t->diagnostics, 0, sizeof t->diagnostics);
    t->is_good = hpb_suite_parse(path, bytes, n, overrides, n_overrides, &t->registry, &t->suite,
                                 &t->diagnostics) &&
                 hpb_plan_make(&t->suite, tested_count, &t->probe, &t->plan, &t->diagnostics);
}

/// Parses text as if it stood in suites/tested.ini.
static inline void tested_parse(tested *t, const char *text)
{
    tested_parse_bytes(t, "suites/tested.ini", text, strlen(text), NULL, 0);
}

/// Fails the test where the suite is refused.
static inline void tested_accept(tested *t, const char *text)
{
    tested_parse(t, text);
    if (!t->is_good)
        fail_msg("%s", t->diagnostics.item[0].text);
}

/// Fails the test unless the first fault has this text in it.
static inline void tested_refuse(tested *t, const char *text, const char *expected)
{
    tested_parse(t, text);
    if (t->is_good)
        fail_msg("accepted: %s", text);
    if (!t->diagnostics.count || !strstr(t->diagnostics.item[0].text, expected))
        fail_msg("expected \"%s\" in \"%s\"", expected, t->diagnostics.item[0].text);
}

static inline void tested_drop(tested *t)
{
    hpb_plan_free(&t->plan);
    hpb_suite_free(&t->suite);
}

static inline void tested_close(tested *t)
{
    hpb_probe_close(t->probe);
    hpb_registry_free(&t->registry);
}

/// What all tests of a file share, and how a group of them begins and ends.
static tested fixture;

static inline int tested_set_up(void **state)
{
    (void)state;
    tested_scan(&fixture);
    return 0;
}

static inline int tested_tear_down(void **state)
{
    (void)state;
    tested_drop(&fixture);
    tested_close(&fixture);
    return 0;
}

#endif // HPB_TEST_SUPPORT_SUITE_H
