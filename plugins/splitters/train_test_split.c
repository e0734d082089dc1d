// SPDX-License-Identifier: Apache-2.0
// One split into training and test rows, sized as scikit-learn sizes it.
#include "hpbench/plugin.h"

#include <math.h>
#include <stdio.h>

enum { TEST_SIZE, TRAIN_SIZE, SHUFFLE };

static const hpb_param params[] = {
    {.name = "test_size",
     .doc =
         "Test rows, a share (rounded up) or from 2 on a number; none: what train_size leaves, or "
         "0.25.",
     .unit = "share or rows",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN | HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "train_size",
     .doc = "Training rows, a share (rounded down) or from 2 on a number; none: what test_size "
            "leaves.",
     .unit = "share or rows",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN | HPB_PARAM_OPTIONAL,
     .value = (double)NAN,
     .max = HUGE_VAL},
    {.name = "shuffle",
     .doc = "Whether rows are drawn at random; no: the last ones are for testing.",
     .type = HPB_TYPE_FLAG,
     .value = 1},
};

/// Why `size` rows or shares of n can't be had, in `message`; false where they can. A suite does not tell
/// 1 from 1.0, one row from all of them, so neither is taken.
static int is_refused(const char *name, double size, uint32_t n, char *message, size_t capacity)
{
    if (isnan(size) || (size > 0 && size < 1) ||
        (size > 1 && size < n && size == (double)(uint32_t)size))
        return 0;
    snprintf(message, capacity,
             "%s = %.15g does not fit %u rows; expected a share between 0 and 1 or a whole number "
             "from 2 to %u",
             name, size, n, n > 0 ? n - 1 : 0);
    return 1;
}

/// Sizes as sklearn.model_selection._split._validate_shuffle_split has them.
static int32_t sizes(const hpb_host *host, const hpb_value *values, uint32_t n, uint32_t *out_train,
                     uint32_t *out_test)
{
    double test = values[TEST_SIZE].number, train = values[TRAIN_SIZE].number;
    char message[240];
    if (is_refused("test_size", test, n, message, sizeof message) ||
        is_refused("train_size", train, n, message, sizeof message))
        return host->fail(host->context, message);
    if (isnan(test) && isnan(train))
        test = 0.25;
    if (test < 1 && train < 1 && test + train > 1) {
        snprintf(message, sizeof message,
                 "test_size = %.15g and train_size = %.15g are more than all rows", test, train);
        return host->fail(host->context, message);
    }
    if (train < 1)
        train = (double)(uint32_t)(train * n); // floor
    if (test < 1) {
        const double share = test * n;
        test = (double)(uint32_t)share + ((double)(uint32_t)share < share); // ceil
    }
    if (isnan(train))
        train = n - test;
    if (isnan(test))
        test = n - train;
    if (train + test > n || train < 1 || test < 1) {
        snprintf(message, sizeof message,
                 "%u rows can't give %.0f training and %.0f test rows; expected at least 1 of each "
                 "and %u in all",
                 n, train, test, n);
        return host->fail(host->context, message);
    }
    *out_train = (uint32_t)train;
    *out_test = (uint32_t)test;
    return HPB_OK;
}

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    uint32_t n_train, n_test;
    *out_count = 1;
    return sizes(host, values, rows->n_rows, &n_train, &n_test);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_train = 0, n_test = 0;
    const uint32_t n = rows->n_rows;
    const int32_t status = sizes(host, values, n, &n_train, &n_test);
    if (status != HPB_OK)
        return status;
    uint32_t *order = host->scratch(host->context, n * sizeof *order);
    if (values[SHUFFLE].number != 0) {
        host->random_permutation(host->context, n, order);
        return emit(emit_context, order + n_test, n_train, order, n_test);
    }
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    return emit(emit_context, order, n_train, order + n_train, n_test);
}

static const hpb_splitter_ops ops = {.struct_size = sizeof ops, .count = count, .split = split};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SPLITTER,
        .results_revision = 1,
        .id = "train_test_split",
        .version = "1.0.0",
        .summary = "Holds out some rows for testing, once; a quarter unless told otherwise.",
        .docs = "Of a random order of the rows the first are for testing, the next for training.\n"
                "sklearn.model_selection.train_test_split, row for row.",
        .references = "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
