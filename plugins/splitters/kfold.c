// SPDX-License-Identifier: Apache-2.0
// K-fold cross-validation: every row is tested once.
#include "splitting.h"

enum { N_SPLITS, SHUFFLE };

static const hpb_param params[] = {
    PARAM_N_SPLITS(5, "n_folds,k", "folds",
                   "Number of folds, from 2 on; each is the test set once."),
    {.name = "shuffle",
     .doc = "Whether rows are shuffled before they are cut into folds.",
     .type = HPB_TYPE_FLAG},
};

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    const double folds = values[N_SPLITS].number;
    const int32_t status = check_folds(host, folds, rows->n_rows);
    if (status == HPB_OK)
        *out_count = (uint32_t)folds;
    return status;
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_folds = 0;
    const uint32_t n = rows->n_rows;
    const int32_t status = count(host, values, rows, &n_folds);
    if (status != HPB_OK)
        return status;
    uint32_t *order = host->scratch(host->context, n * sizeof *order);
    uint32_t *fold_of = host->scratch(host->context, n * sizeof *fold_of);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (values[SHUFFLE].number != 0)
        host->random_permutation(host->context, n, order);
    cut_folds(order, n, n_folds, fold_of);
    uint32_t *lists = host->scratch(host->context, (size_t)2 * n * sizeof *lists);
    return emit_folds(fold_of, n, n_folds, lists, emit, emit_context);
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
