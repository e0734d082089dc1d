// SPDX-License-Identifier: Apache-2.0
// Cross-validation with one group a fold.
#include "splitting.h"

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    (void)values;
    const int32_t status = count_groups(host, rows, out_count);
    if (status == HPB_OK && *out_count < 2)
        return refuse(host, "all rows are of one group, which is left out; scikit-learn says \"The "
                            "groups parameter contains fewer than 2 unique groups (...). "
                            "LeaveOneGroupOut expects at least 2.\"\n"
                            "a [data] group of 2 groups or more");
    return status;
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_groups = 0;
    const int32_t status = count(host, values, rows, &n_groups);
    if (status != HPB_OK)
        return status;
    uint32_t *lists = host->scratch(host->context, (size_t)2 * rows->n_rows * sizeof *lists);
    return emit_folds(rows->groups, rows->n_rows, n_groups, lists, emit, emit_context);
}

static const hpb_splitter_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_SPLITTER_FIXED, .count = count, .split = split};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SPLITTER,
        .results_revision = 1,
        .id = "leave_one_group_out",
        .version = "1.0.0",
        .summary = "Tests on each group in turn, trained on all others.",
        .docs = "One split a group, in the order of their names; no random numbers.\n"
                "sklearn.model_selection.LeaveOneGroupOut, row for row.",
        .references = "sklearn/model_selection/_split.py",
        .ops = &ops,
    };
    return &plugin;
}
