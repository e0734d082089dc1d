// SPDX-License-Identifier: Apache-2.0
// K-fold cross-validation that keeps groups whole.
#include "splitting.h"

#include <stdlib.h>

enum { N_SPLITS, SHUFFLE };

static const hpb_param params[] = {
    PARAM_N_SPLITS(5, "n_folds,k", "folds",
                   "Number of folds, from 2 on; each is the test set once."),
    {.name = "shuffle",
     .doc = "Whether groups are drawn at random for the folds; no: folds of nearly equal size.",
     .type = HPB_TYPE_FLAG},
};

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    const double folds = values[N_SPLITS].number;
    uint32_t n_groups;
    int32_t status = count_groups(host, rows, &n_groups);
    if (status == HPB_OK)
        status = check_several(host, folds);
    if (status != HPB_OK)
        return status;
    if (folds > n_groups)
        return refuse(host,
                      "n_splits: each of %.0f folds needs a group; scikit-learn says \"Cannot have "
                      "number of splits n_splits=%.0f greater than the number of groups: %u.\"\n"
                      "fewer folds, or a [data] group of %.0f groups",
                      folds, folds, n_groups, folds);
    *out_count = (uint32_t)folds;
    return HPB_OK;
}

typedef struct group {
    uint32_t size, id;
} group;

// The largest first; of equal ones the one with the higher number, as numpy.argsort(kind="stable")[::-1].
static int by_size(const void *a, const void *b)
{
    const group *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->id > y->id ? -1 : x->id < y->id;
}

/// Puts each group, the largest first, into the fold that has the fewest rows so far: fold_of_group[n_groups].
static void balance(const hpb_host *host, const hpb_rows *rows, uint32_t n_groups, uint32_t n_folds,
                    uint32_t *fold_of_group)
{
    group *groups = host->scratch(host->context, n_groups * sizeof *groups);
    uint32_t *fold_size = host->scratch(host->context, n_folds * sizeof *fold_size);
    for (uint32_t g = 0; g < n_groups; g++)
        groups[g].id = g;
    for (uint32_t row = 0; row < rows->n_rows; row++)
        groups[rows->groups[row]].size++;
    qsort(groups, n_groups, sizeof *groups, by_size);
    for (uint32_t g = 0; g < n_groups; g++) {
        uint32_t lightest = 0;
        for (uint32_t fold = 1; fold < n_folds; fold++)
            if (fold_size[fold] < fold_size[lightest])
                lightest = fold;
        fold_size[lightest] += groups[g].size;
        fold_of_group[groups[g].id] = lightest;
    }
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_folds = 0, n_groups = 0;
    const uint32_t n = rows->n_rows;
    const int32_t status = count(host, values, rows, &n_folds);
    if (status != HPB_OK)
        return status;
    count_groups(host, rows, &n_groups);
    uint32_t *fold_of_group = host->scratch(host->context, n_groups * sizeof *fold_of_group);
    uint32_t *fold_of = host->scratch(host->context, n * sizeof *fold_of);
    if (values[SHUFFLE].number != 0) {
        uint32_t *order = host->scratch(host->context, n_groups * sizeof *order);
        host->random_permutation(host->context, n_groups, order);
        cut_folds(order, n_groups, n_folds, fold_of_group);
    } else {
        balance(host, rows, n_groups, n_folds, fold_of_group);
    }
    for (uint32_t row = 0; row < n; row++)
        fold_of[row] = fold_of_group[rows->groups[row]];
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
        .id = "group_kfold",
        .version = "1.0.0",
        .summary =
            "Cuts the groups into folds and tests on each in turn; no group is on both sides.",
        .docs = "Without shuffle the groups, the largest first, go to the fold with the fewest "
                "rows so far; with it a random order of the groups is cut.\n"
                "sklearn.model_selection.GroupKFold, row for row.",
        .references = "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
