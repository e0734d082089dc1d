// SPDX-License-Identifier: Apache-2.0
// K-fold cross-validation several times, each with another shuffle.
#include "splitting.h"

enum { N_SPLITS, N_REPEATS };

static const hpb_param params[] = {
    PARAM_N_SPLITS(5, "n_folds,k", "folds", "Number of folds of one repeat, from 2 on."),
    {.name = "n_repeats",
     .doc = "How often the rows are shuffled and cut into folds.",
     .unit = "repeats",
     .type = HPB_TYPE_INT,
     .value = 10,
     .min = 1,
     .max = MOST_SPLITS},
};

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    const double folds = values[N_SPLITS].number, repeats = values[N_REPEATS].number;
    if (folds * repeats > MOST_SPLITS)
        return refuse(host,
                      "n_repeats: %.0f times %.0f folds are too many; expected at most %.0f in all",
                      repeats, folds, MOST_SPLITS);
    *out_count = (uint32_t)(folds * repeats);
    return check_folds(host, folds, rows->n_rows);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_splits = 0;
    const uint32_t n = rows->n_rows;
    int32_t status = count(host, values, rows, &n_splits);
    if (status != HPB_OK)
        return status;
    const uint32_t n_folds = (uint32_t)values[N_SPLITS].number;
    uint32_t *order = host->scratch(host->context, n * sizeof *order);
    uint32_t *fold_of = host->scratch(host->context, n * sizeof *fold_of);
    uint32_t *lists = host->scratch(host->context, (size_t)2 * n * sizeof *lists);
    for (uint32_t done = 0; done < n_splits && status == HPB_OK; done += n_folds) {
        host->random_permutation(host->context, n, order);
        cut_folds(order, n, n_folds, fold_of);
        status = emit_folds(fold_of, n, n_folds, lists, emit, emit_context);
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
        .id = "repeated_kfold",
        .version = "1.0.0",
        .summary = "Cuts the rows into folds and tests on each in turn, several times over.",
        .docs = "As kfold with shuffle = yes, n_repeats times with a new order each; all draw from "
                "one generator.\n"
                "sklearn.model_selection.RepeatedKFold, row for row.",
        .references = "Kim 2009, Estimating classification error rate: repeated cross-validation, "
                      "repeated hold-out and bootstrap, CSDA 53; "
                      "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
