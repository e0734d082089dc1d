// SPDX-License-Identifier: Apache-2.0
// K-fold cross-validation: every row is tested once.
#include "hpbench/plugin.h"

#include <math.h>
#include <stdio.h>

enum { N_SPLITS, SHUFFLE };

static const hpb_param params[] = {
    {.name = "n_splits",
     .aliases = "n_folds,k",
     .doc = "Number of folds; each is the test set once.",
     .unit = "folds",
     .type = HPB_TYPE_INT,
     .value = 5,
     .min = 2,
     .max = HUGE_VAL},
    {.name = "shuffle",
     .doc = "Whether rows are shuffled before they are cut into folds.",
     .type = HPB_TYPE_FLAG},
};

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    const double folds = values[N_SPLITS].number;
    char message[160];
    if (folds <= rows->n_rows) {
        *out_count = (uint32_t)folds;
        return HPB_OK;
    }
    snprintf(message, sizeof message,
             "n_splits = %.0f is more than the number of rows, %u: each fold needs a row", folds,
             rows->n_rows);
    return host->fail(host->context, message);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_folds = 0;
    const uint32_t n = rows->n_rows;
    int32_t status = count(host, values, rows, &n_folds);
    if (status != HPB_OK)
        return status;
    uint32_t *order = host->scratch(host->context, n * sizeof *order);
    uint32_t *fold_of = host->scratch(host->context, n * sizeof *fold_of);
    uint32_t *train = host->scratch(host->context, n * sizeof *train);
    uint32_t *test = host->scratch(host->context, n * sizeof *test);

    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (values[SHUFFLE].number != 0)
        host->random_permutation(host->context, n, order);
    // the first n % n_folds folds have one row more
    for (uint32_t fold = 0, i = 0; fold < n_folds; fold++)
        for (uint32_t left = n / n_folds + (fold < n % n_folds); left > 0; left--)
            fold_of[order[i++]] = fold;

    for (uint32_t fold = 0; fold < n_folds && status == HPB_OK; fold++) {
        uint32_t n_train = 0, n_test = 0;
        for (uint32_t row = 0; row < n; row++) // ascending, shuffled or not
            if (fold_of[row] == fold)
                test[n_test++] = row;
            else
                train[n_train++] = row;
        status = emit(emit_context, train, n_train, test, n_test);
    }
    return status;
}

static const hpb_splitter_ops ops = {.struct_size = sizeof ops, .count = count, .split = split};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SPLITTER,
        .results_revision = 1,
        .id = "kfold",
        .version = "1.0.0",
        .summary = "Cuts the rows into folds and tests on each in turn.",
        .docs = "Of n rows the first n mod n_splits folds hold one more than the others. Rows keep "
                "their order inside "
                "a fold, shuffled or not. sklearn.model_selection.KFold, row for row.",
        .references = "Stone 1974, Cross-validatory choice and assessment of statistical "
                      "predictions, JRSS B 36; "
                      "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
