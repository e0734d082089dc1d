// SPDX-License-Identifier: Apache-2.0
// The presets of protocols as tables: scikit-learn 1.9, scikeras 0.13, Keras 3.15.
#include "suite/presets.h"

#include "base/base.h"

#include <string.h>

// sklearn.model_selection.GridSearchCV(estimator, param_grid): its own defaults.
#define SEARCH                                                                                     \
    {"select", "cv", "scikit-learn", "GridSearchCV chooses by the mean over its folds", false},    \
    {                                                                                              \
        "splitter", "kfold", "scikit-learn", "GridSearchCV: cv=None is KFold(5), not shuffled",    \
            false                                                                                  \
    }

static const hpb_preset_row gridsearchcv[] = {SEARCH};

// scikeras.wrappers.KerasRegressor.__init__. Its optimizer is for a model that is not compiled; a compiled one keeps its own.
static const hpb_preset_row gridsearchcv_scikeras[] = {
    SEARCH,
    {"scoring", "r2", "scikeras", "scikeras: KerasRegressor.score() is R2, you set no scoring",
     false},
    {"optimizer", "rmsprop", "scikeras", "scikeras: model not compiled", false},
    {"epochs", "1", "scikeras", "scikeras: default, you did not set it", false},
    {"batch_size", "32", "scikeras", "scikeras: default, you did not set it", false},
    {"validation_split", "0", "scikeras", "scikeras: default, you did not set it", false},
    {"shuffle", "yes", "scikeras", "scikeras: default, you did not set it", false},
    {"early_stopping", "none", "scikeras", "scikeras: callbacks=None", false},
};

// keras.wrappers.SKLearnRegressor: sklearn.base.clone() makes it anew without its fit_kwargs, so fit() has its defaults.
// What a grid lists is set after that, and is there.
#define LOST "Keras: SKLearnRegressor loses fit_kwargs when scikit-learn clones it"
static const hpb_preset_row gridsearchcv_keras[] = {
    SEARCH,
    {"scoring", "r2", "Keras", "Keras: SKLearnRegressor.score() is R2, you set no scoring", false},
    {"epochs", "1", "Keras", LOST, true},
    {"batch_size", "32", "Keras", LOST, true},
    {"validation_split", "0", "Keras", LOST, true},
    {"shuffle", "yes", "Keras", LOST, true},
    {"early_stopping", "none", "Keras", LOST, true},
};

const hpb_preset_row *hpb_preset_rows(const char *preset, uint32_t *n)
{
    static const struct {
        const char *name;
        const hpb_preset_row *rows;
        uint32_t n;
    } presets[] = {
        {"gridsearchcv", gridsearchcv, (uint32_t)HPB_COUNT(gridsearchcv)},
        {"gridsearchcv_scikeras", gridsearchcv_scikeras,
         (uint32_t)HPB_COUNT(gridsearchcv_scikeras)},
        {"gridsearchcv_keras", gridsearchcv_keras, (uint32_t)HPB_COUNT(gridsearchcv_keras)},
    };
    *n = 0;
    for (size_t i = 0; i < HPB_COUNT(presets); i++)
        if (strcmp(presets[i].name, preset) == 0) {
            *n = presets[i].n;
            return presets[i].rows;
        }
    return NULL; // manual_search has hpbench's defaults
}

const hpb_preset_row *hpb_preset_find(const char *preset, const char *key)
{
    uint32_t n;
    const hpb_preset_row *rows = hpb_preset_rows(preset, &n);
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    return NULL;
}
