// SPDX-License-Identifier: Apache-2.0
// The folds that the data name.
#include "splitting.h"

#include <stdlib.h>

static int by_fold(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

/// The folds that occur, ascending, in the first *n_folds of folds[n_rows].
static int32_t list_folds(const hpb_host *host, const hpb_rows *rows, int32_t *folds,
                          uint32_t *n_folds)
{
    uint32_t n_tested = 0;
    *n_folds = 0;
    if (!rows->test_fold)
        return refuse(host, "the data have no test folds; Python says "
                            "\"PredefinedSplit.__init__() missing 1 required positional argument: "
                            "'test_fold'\"\n"
                            "[data] test_fold = COLUMN names the column of a file that has them");
    for (uint32_t row = 0; row < rows->n_rows; row++)
        if (rows->test_fold[row] >= 0)
            folds[n_tested++] = rows->test_fold[row];
    if (n_tested == 0)
        return refuse(host, "the test fold of every row is -1: none is ever tested; scikit-learn "
                            "makes no split of them and says nothing\n"
                            "folds count from 0; -1 is for rows that are always trained on");
    qsort(folds, n_tested, sizeof *folds, by_fold);
    for (uint32_t i = 0; i < n_tested; i++)
        if (i == 0 || folds[i] != folds[*n_folds - 1])
            folds[(*n_folds)++] = folds[i];
    if (*n_folds == 1 && n_tested == rows->n_rows)
        return refuse(host,
                      "every row is in test fold %d: none is left to train on; scikit-learn makes "
                      "a split without training rows and says nothing\n"
                      "another fold, or -1 for rows that are always trained on",
                      folds[0]);
    return HPB_OK;
}

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    (void)values;
    int32_t *folds = host->scratch(host->context, rows->n_rows * sizeof *folds);
    return list_folds(host, rows, folds, out_count);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    (void)values;
    uint32_t n_folds = 0;
    const uint32_t n = rows->n_rows;
    int32_t *folds = host->scratch(host->context, n * sizeof *folds);
    const int32_t status = list_folds(host, rows, folds, &n_folds);
    if (status != HPB_OK)
        return status;
    uint32_t *fold_of = host->scratch(host->context, n * sizeof *fold_of);
    for (uint32_t row = 0; row < n; row++) {
        const int32_t *found =
            bsearch(&rows->test_fold[row], folds, n_folds, sizeof *folds, by_fold);
        fold_of[row] = found ? (uint32_t)(found - folds) : NEVER_TESTED;
    }
    uint32_t *lists = host->scratch(host->context, (size_t)2 * n * sizeof *lists);
    return emit_folds(fold_of, n, n_folds, lists, emit, emit_context);
}

static const hpb_splitter_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_SPLITTER_FIXED, .count = count, .split = split};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SPLITTER,
        .results_revision = 1,
        .id = "predefined_split",
        .version = "1.0.0",
        .summary = "Tests on the folds that a column of the data names.",
        .docs = "One split for each different number of [data] test_fold, ascending; rows of -1 "
                "are always trained on. No random numbers.\n"
                "sklearn.model_selection.PredefinedSplit, row for row.",
        .references = "sklearn/model_selection/_split.py",
        .ops = &ops,
    };
    return &plugin;
}
