// SPDX-License-Identifier: Apache-2.0
// Several random splits that keep groups whole.
#include "splitting.h"

enum { N_SPLITS, TEST_SIZE, TRAIN_SIZE };
enum { NOWHERE, TEST, TRAIN };

static const hpb_param params[] = {
    PARAM_N_SPLITS(5, NULL, "splits", "Number of splits."),
    PARAM_SIZE("test_size", "groups",
               "Test groups, a share (rounded up) or from 2 on a number; none: what train_size "
               "leaves, or 0.2."),
    PARAM_SIZE(
        "train_size", "groups",
        "Training groups, a share (rounded down) or from 2 on a number; none: what test_size "
        "leaves."),
};

static int32_t sizes(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_groups, uint32_t *out_train, uint32_t *out_test)
{
    const int32_t status = count_groups(host, rows, out_groups);
    if (status != HPB_OK)
        return status;
    const split_sizes sizes = {values[TEST_SIZE].number, values[TRAIN_SIZE].number, 0.2, "groups",
                               NULL};
    return shuffle_sizes(host, &sizes, *out_groups, out_train, out_test);
}

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    uint32_t n_groups, n_train, n_test;
    *out_count = (uint32_t)values[N_SPLITS].number;
    return sizes(host, values, rows, &n_groups, &n_train, &n_test);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_groups = 0, n_train = 0, n_test = 0;
    const uint32_t n = rows->n_rows;
    int32_t status = sizes(host, values, rows, &n_groups, &n_train, &n_test);
    if (status != HPB_OK)
        return status;
    uint32_t *order = host->scratch(host->context, n_groups * sizeof *order);
    unsigned char *side = host->scratch(host->context, n_groups);
    uint32_t *lists[3], length[3];
    for (int i = NOWHERE; i <= TRAIN; i++)
        lists[i] = host->scratch(host->context, n * sizeof *lists[i]);
    for (uint32_t left = (uint32_t)values[N_SPLITS].number; left > 0 && status == HPB_OK; left--) {
        host->random_permutation(host->context, n_groups, order);
        for (uint32_t g = 0; g < n_groups; g++)
            side[order[g]] = g < n_test ? TEST : g < n_test + n_train ? TRAIN : NOWHERE;
        length[NOWHERE] = length[TEST] = length[TRAIN] = 0;
        for (uint32_t row = 0; row < n; row++) {
            const int at = side[rows->groups[row]];
            lists[at][length[at]++] = row;
        }
        status = emit(emit_context, lists[TRAIN], length[TRAIN], lists[TEST], length[TEST]);
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
        .id = "group_shuffle_split",
        .version = "1.0.0",
        .summary =
            "Holds out some groups for testing, again and again; a fifth unless told otherwise.",
        .docs = "Each split has a random order of the groups: the first are for testing, the next "
                "for training. Sizes count groups, not rows.\n"
                "sklearn.model_selection.GroupShuffleSplit, row for row.",
        .references = "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
