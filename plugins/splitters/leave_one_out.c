// SPDX-License-Identifier: Apache-2.0
// Cross-validation with one row a fold.
#include "splitting.h"

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    (void)values;
    *out_count = rows->n_rows;
    return rows->n_rows > 1
               ? HPB_OK
               : refuse(host,
                        "the only row is left out; scikit-learn says \"Cannot perform LeaveOneOut "
                        "with n_samples=%u.\"\nmore rows",
                        rows->n_rows);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n = 0;
    const int32_t status = count(host, values, rows, &n);
    if (status != HPB_OK)
        return status;
    uint32_t *fold_of = host->scratch(host->context, n * sizeof *fold_of);
    for (uint32_t row = 0; row < n; row++)
        fold_of[row] = row;
    uint32_t *lists = host->scratch(host->context, (size_t)2 * n * sizeof *lists);
    return emit_folds(fold_of, n, n, lists, emit, emit_context);
}

static const hpb_splitter_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_SPLITTER_FIXED, .count = count, .split = split};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SPLITTER,
        .results_revision = 1,
        .id = "leave_one_out",
        .version = "1.0.0",
        .summary = "Tests on each row alone, trained on all others.",
        .docs = "One split a row, in order; no random numbers. As many fits as rows.\n"
                "sklearn.model_selection.LeaveOneOut, row for row.",
        .references = "Stone 1974, Cross-validatory choice and assessment of statistical "
                      "predictions, JRSS B 36; "
                      "sklearn/model_selection/_split.py",
        .ops = &ops,
    };
    return &plugin;
}
