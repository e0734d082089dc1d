// SPDX-License-Identifier: Apache-2.0
// What splitters have in common: refusing in words, counting groups, sizing a random split, cutting folds.
#ifndef HPB_SPLITTERS_SPLITTING_H
#define HPB_SPLITTERS_SPLITTING_H

#include "hpbench/plugin.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NEVER_TESTED UINT32_MAX // in place of a fold
#define MOST_SPLITS 4294967295.0

#define PARAM_N_SPLITS(usual, least, other_names, what, sentence)                                  \
    {                                                                                              \
        .name = "n_splits", .aliases = other_names, .doc = sentence, .unit = what,                 \
        .type = HPB_TYPE_INT, .value = usual, .min = least, .max = MOST_SPLITS                     \
    }
#define PARAM_SIZE(size_name, what, sentence)                                                      \
    {                                                                                              \
        .name = size_name, .doc = sentence, .unit = "share or " what, .type = HPB_TYPE_REAL,       \
        .flags = HPB_PARAM_MIN_OPEN | HPB_PARAM_OPTIONAL, .value = (double)NAN, .max = HUGE_VAL    \
    }

/// Says why in one line, printf style, and returns what fail() does.
__attribute__((format(printf, 2, 3))) static inline int32_t refuse(const hpb_host *host,
                                                                   const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return host->fail(host->context, message);
}

// --- groups ----------------------------------------------------------------------------------------

/// How many groups the rows have; refuses rows without.
static inline int32_t count_groups(const hpb_host *host, const hpb_rows *rows, uint32_t *out)
{
    *out = 0;
    if (!rows->groups)
        return refuse(host, "the data have no groups; expected [data] group = COLUMN");
    for (uint32_t row = 0; row < rows->n_rows; row++)
        if (rows->groups[row] >= *out)
            *out = rows->groups[row] + 1;
    return HPB_OK;
}

// --- random splits ---------------------------------------------------------------------------------

/// Refuses `size` rows or shares of n that can't be had. A suite does not tell 1 from 1.0, one row from all of
/// them, so neither is taken.
static inline int32_t check_size(const hpb_host *host, const char *name, double size, uint32_t n,
                                 const char *what)
{
    if (isnan(size) || (size > 0 && size < 1) ||
        (size > 1 && size < n && size == (double)(uint32_t)size))
        return HPB_OK;
    return refuse(
        host,
        "%s = %.15g does not fit %u %s; expected a share between 0 and 1 or a whole number "
        "from 2 to %u",
        name, size, n, what, n > 0 ? n - 1 : 0);
}

/// How many of n rows or groups (`what`) are for training and for testing, sized as
/// sklearn.model_selection._split._validate_shuffle_split has them; NaN: not given.
static inline int32_t shuffle_sizes(const hpb_host *host, double test, double train,
                                    double default_test, uint32_t n, const char *what,
                                    uint32_t *out_train, uint32_t *out_test)
{
    int32_t status = check_size(host, "test_size", test, n, what);
    if (status == HPB_OK)
        status = check_size(host, "train_size", train, n, what);
    if (status != HPB_OK)
        return status;
    if (isnan(test) && isnan(train))
        test = default_test;
    if (test < 1 && train < 1 && test + train > 1)
        return refuse(host, "test_size = %.15g and train_size = %.15g are more than all %s", test,
                      train, what);
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
    if (train + test > n || train < 1 || test < 1)
        return refuse(
            host,
            "%u %.*s can't give %.0f training and %.0f test %s; expected at least 1 of each "
            "and %u in all",
            n, (int)strlen(what) - (n == 1), what, train, test, what, n);
    *out_train = (uint32_t)train;
    *out_test = (uint32_t)test;
    return HPB_OK;
}

// --- folds -----------------------------------------------------------------------------------------

/// Cuts `order[n]` into folds, of which the first n % n_folds have one more: fold_of[n], as numpy.array_split has it.
static inline void cut_folds(const uint32_t *order, uint32_t n, uint32_t n_folds, uint32_t *fold_of)
{
    for (uint32_t fold = 0, i = 0; fold < n_folds; fold++)
        for (uint32_t left = n / n_folds + (fold < n % n_folds); left > 0; left--)
            fold_of[order[i++]] = fold;
}

/// Emits folds 0 ... n_folds-1: tests on the rows of each, trains on all others, both ascending. fold_of[n]; lists[2 n]
/// is for the rows.
static inline int32_t emit_folds(const uint32_t *fold_of, uint32_t n, uint32_t n_folds,
                                 uint32_t *lists, hpb_emit_function emit, void *emit_context)
{
    uint32_t *train = lists, *test = lists + n;
    int32_t status = HPB_OK;
    for (uint32_t fold = 0; fold < n_folds && status == HPB_OK; fold++) {
        uint32_t n_train = 0, n_test = 0;
        for (uint32_t row = 0; row < n; row++)
            if (fold_of[row] == fold)
                test[n_test++] = row;
            else
                train[n_train++] = row;
        status = emit(emit_context, train, n_train, test, n_test);
    }
    return status;
}

#endif
