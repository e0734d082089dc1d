// SPDX-License-Identifier: Apache-2.0
// Splits of rows that follow each other in time: tests on what comes after the training rows.
#include "splitting.h"

enum { N_SPLITS, MAX_TRAIN_SIZE, TEST_SIZE, GAP };

static const hpb_param params[] = {
    PARAM_N_SPLITS(5, NULL, "splits",
                   "Number of splits, from 2 on; each tests later rows than the one before."),
    {.name = "max_train_size",
     .doc = "Training rows at most, the latest ones; none: all that come before.",
     .unit = "rows",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "test_size",
     .doc = "Rows of each test set; none: the rows divided by n_splits + 1, rounded down.",
     .unit = "rows",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .min = 1,
     .max = HUGE_VAL},
    {.name = "gap",
     .doc = "Rows left out between training and test.",
     .unit = "rows",
     .type = HPB_TYPE_INT,
     .max = HUGE_VAL},
};

/// Rows of each test set.
static double test_size(const hpb_value *values, uint32_t n)
{
    const double size = values[TEST_SIZE].number, folds = values[N_SPLITS].number + 1;
    return isnan(size) ? (folds > n ? 0 : n / (uint32_t)folds) : size;
}

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    const double n_splits = values[N_SPLITS].number, gap = values[GAP].number;
    const uint32_t n = rows->n_rows;
    const double size = test_size(values, n);
    const int32_t status = check_several(host, n_splits);
    if (status != HPB_OK)
        return status;
    if (n_splits + 1 > n)
        return refuse(
            host,
            "n_splits: %.0f test sets and what comes before them need a row each; "
            "scikit-learn says \"Cannot have number of folds=%.0f greater than the number "
            "of samples=%u.\"\n"
            "n_splits = %u at most, or more rows",
            n_splits, n_splits + 1, n, n - 1);
    if (n - gap - size * n_splits <= 0)
        return refuse(
            host,
            "n_splits: %.0f test sets of %.0f rows and a gap of %.0f leave no row to train on; "
            "scikit-learn says \"Too many splits=%.0f for number of samples=%u with test_size=%.0f "
            "and gap=%.0f.\"\n"
            "a smaller n_splits, test_size or gap, or %.0f rows",
            n_splits, size, gap, n_splits, n, size, gap, size * n_splits + gap + 1);
    *out_count = (uint32_t)n_splits;
    return HPB_OK;
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_splits = 0;
    const uint32_t n = rows->n_rows;
    int32_t status = count(host, values, rows, &n_splits);
    if (status != HPB_OK)
        return status;
    const uint32_t size = (uint32_t)test_size(values, n), gap = (uint32_t)values[GAP].number;
    const double most = values[MAX_TRAIN_SIZE].number;
    uint32_t *order = host->scratch(host->context, n * sizeof *order);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = 0; i < n_splits && status == HPB_OK; i++) {
        const uint32_t test = n - (n_splits - i) * size, end = test - gap;
        const uint32_t begin = most < end ? end - (uint32_t)most : 0;
        status = emit(emit_context, order + begin, end - begin, order + test, size);
    }
    return status;
}

static const hpb_splitter_ops ops = {
    .struct_size = sizeof ops, .flags = HPB_SPLITTER_FIXED, .count = count, .split = split};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SPLITTER,
        .results_revision = 1,
        .id = "time_series_split",
        .version = "1.0.0",
        .summary = "Tests on the rows that come next, trained on those before.",
        .docs = "The last n_splits * test_size rows are cut into test sets, earliest first; each "
                "split trains on all rows before its test set but the gap. "
                "Rows stand in the order of time; no random numbers.\n"
                "sklearn.model_selection.TimeSeriesSplit, row for row.",
        .references =
            "Tashman 2000, Out-of-sample tests of forecasting accuracy, Int. J. Forecasting 16; "
            "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
