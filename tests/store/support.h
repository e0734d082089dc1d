// SPDX-License-Identifier: Apache-2.0
// What the store's tests share: private folders, and plans made by hand, so that no plugin is needed.
#ifndef STORE_SUPPORT_H
#define STORE_SUPPORT_H

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline char *folder_make(void)
{
    char *path = hpb_strdup("/tmp/hpbench-store-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline int remove_entry(const char *path, const struct stat *status, int type,
                               struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static inline void folder_remove(char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

/// Fails with the error's own words.
#define assert_ok(call, error)                                                                     \
    do {                                                                                           \
        if ((call) != HPB_EXIT_OK)                                                                 \
            fail_msg("%s: %s", #call, (error).text);                                               \
    } while (0)

/// A plan of one factor, the optimizer, whose cells differ in their learning rate.
typedef struct made_plan {
    hpb_plugin_info plugins[5];
    hpb_registry registry;
    hpb_suite suite;
    hpb_plan plan;
} made_plan;

static inline void plan_free(made_plan *m)
{
    hpb_plan_free(&m->plan);
    hpb_suite_free(&m->suite);
}

#define MADE_PLAN(name) made_plan name __attribute__((cleanup(plan_free))) = {0}

static inline hpb_exit two_splits(void *context, const hpb_plugin_info *splitter,
                                  const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                                  hpb_error *error)
{
    (void)context, (void)splitter, (void)values, (void)rows, (void)error;
    *out = 2;
    return HPB_EXIT_OK;
}

/// `rates`: a learning rate for each cell, ended by NULL; cell i has the label "opt<i>". `sha256`, `version`: of adam.
static inline void plan_make_with(made_plan *m, const char *const *rates, uint32_t replicates,
                                  const char *sha256, const char *version)
{
    static const hpb_param rate = {.name = "learning_rate",
                                   .doc = "Step size.",
                                   .type = HPB_TYPE_REAL,
                                   .value = 0.01,
                                   .min = 0,
                                   .max = HUGE_VAL};
    static const struct {
        uint32_t kind;
        const char *id;
    } plugins[] = {{HPB_KIND_OPTIMIZER, "adam"},
                   {HPB_KIND_SCHEDULE, "constant"},
                   {HPB_KIND_INITIALIZER, "glorot_uniform"},
                   {HPB_KIND_SPLITTER, "train_test_split"},
                   {HPB_KIND_EARLY_STOPPING, "never"}};
    plan_free(m);
    for (size_t i = 0; i < HPB_COUNT(plugins); i++)
        m->plugins[i] = (hpb_plugin_info){.kind = plugins[i].kind,
                                          .id = plugins[i].id,
                                          .version = "1.0",
                                          .summary = "",
                                          .results_revision = 1,
                                          .path = "/x/plugin.so",
                                          .sha256 = "aa"};
    m->plugins[0].params = &rate;
    m->plugins[0].n_params = 1;
    m->plugins[0].sha256 = sha256;
    m->plugins[0].version = version;
    m->registry = (hpb_registry){.plugins = m->plugins, .n_plugins = HPB_COUNT(plugins)};
    hpb_text text = {0};
    hpb_text_add(&text,
                 "[suite]\nquestion = Which?\nreplicates = %u\n[data]\ngenerator = linear\n"
                 "[splitter]\nplugin = train_test_split\n",
                 replicates);
    for (uint32_t i = 0; rates[i]; i++)
        hpb_text_add(&text, "[optimizer.opt%u]\nplugin = adam\nlearning_rate = %s\n", i, rates[i]);
    hpb_diagnostics *faults = hpb_alloc(1, sizeof *faults);
    if (!hpb_suite_parse("made.ini", text.data, text.length, NULL, 0, &m->registry, &m->suite,
                         faults) ||
        !hpb_plan_make(&m->suite, two_splits, NULL, &m->plan, faults))
        fail_msg("%s", faults->item[0].text);
    free(faults);
    hpb_text_free(&text);
}

static inline void plan_make(made_plan *m, const char *const *rates, uint32_t replicates)
{
    plan_make_with(m, rates, replicates, "aa", "1.0");
}

/// A trial whose numbers follow from its cell and replicate.
static inline hpb_trial_result trial_make(uint32_t cell, uint32_t replicate, double folds[2])
{
    folds[0] = 0.1 * (cell + 1) + 1e-3 * replicate;
    folds[1] = folds[0] / 3;
    return (hpb_trial_result){.cell = cell,
                              .replicate = replicate,
                              .mse = (folds[0] + folds[1]) / 2,
                              .n_folds = 2,
                              .fold_mse = folds,
                              .epochs = 100,
                              .updates = 300,
                              .loss = 0.25,
                              .val_loss = (double)NAN,
                              .seed = {0, replicate, 4294967295u, 7},
                              .fit_ns = 1000};
}

/// Opens a folder's store for writing and has it describe the plan. `changes` may be NULL.
static inline hpb_store *store_open(const char *folder, const made_plan *m, hpb_text *changes)
{
    hpb_store *store;
    hpb_error error;
    hpb_text dropped = {0};
    assert_ok(hpb_store_open(folder, &store, &error), error);
    assert_ok(hpb_store_describe(store, &m->plan, &m->registry, "baseline",
                                 changes ? changes : &dropped, &error),
              error);
    hpb_text_free(&dropped);
    return store;
}

static inline void store_fill(hpb_store *store, uint32_t cell, uint32_t first, uint32_t n)
{
    hpb_error error;
    for (uint32_t i = first; i < first + n; i++) {
        double folds[2];
        const hpb_trial_result result = trial_make(cell, i, folds);
        assert_ok(hpb_store_add(store, &result, &error), error);
    }
}

static inline void store_shut(hpb_store *store)
{
    hpb_error error;
    assert_ok(hpb_store_close(store, &error), error);
}

static inline void store_digest_of(const char *folder, char out[HPB_SHA256_TEXT])
{
    hpb_store *store;
    hpb_error error;
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    assert_ok(hpb_store_digest(store, out, &error), error);
    store_shut(store);
}

#endif // STORE_SUPPORT_H
