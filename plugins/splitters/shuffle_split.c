// SPDX-License-Identifier: Apache-2.0
// Several random splits into training and test rows, drawn independently of each other.
#include "splitting.h"

enum { N_SPLITS, TEST_SIZE, TRAIN_SIZE };

static const hpb_param params[] = {
    PARAM_N_SPLITS(10, NULL, "splits", "Number of splits."),
    PARAM_SIZE(
        "test_size", "rows",
        "Test rows, a share (rounded up) or from 2 on a number; none: what train_size leaves, "
        "or 0.1."),
    PARAM_SIZE("train_size", "rows",
               "Training rows, a share (rounded down) or from 2 on a number; none: what test_size "
               "leaves."),
};

static int32_t count_rows(const hpb_host *host, const hpb_value *values, uint32_t n,
                          uint32_t *out_train, uint32_t *out_test)
{
    const split_sizes sizes = {values[TEST_SIZE].number, values[TRAIN_SIZE].number, 0.1, "rows",
                               NULL};
    return shuffle_sizes(host, &sizes, n, out_train, out_test);
}

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    uint32_t n_train, n_test;
    *out_count = (uint32_t)values[N_SPLITS].number;
    return count_rows(host, values, rows->n_rows, &n_train, &n_test);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_train = 0, n_test = 0;
    const uint32_t n = rows->n_rows;
    int32_t status = count_rows(host, values, n, &n_train, &n_test);
    if (status != HPB_OK)
        return status;
    uint32_t *order = host->scratch(host->context, n * sizeof *order);
    for (uint32_t left = (uint32_t)values[N_SPLITS].number; left > 0 && status == HPB_OK; left--) {
        host->random_permutation(host->context, n, order);
        status = emit(emit_context, order + n_test, n_train, order, n_test);
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
        .id = "shuffle_split",
        .version = "1.0.0",
        .summary =
            "Holds out some rows for testing, again and again; a tenth unless told otherwise.",
        .docs = "Each split has a random order of the rows: the first are for testing, the next "
                "for training. Test sets may overlap.\n"
                "sklearn.model_selection.ShuffleSplit, row for row.",
        .references = "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
