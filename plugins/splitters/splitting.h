// SPDX-License-Identifier: Apache-2.0
// What splitters have in common: refusing in words, counting groups, sizing a random split, cutting folds.
#ifndef HPB_SPLITTERS_SPLITTING_H
#define HPB_SPLITTERS_SPLITTING_H

#include "hpbench/plugin.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NEVER_TESTED UINT32_MAX // in place of a fold
#define MOST_SPLITS 4294967295.0

// Ranges are wide where scikit-learn has words of its own for what is out of them.
#define PARAM_N_SPLITS(usual, other_names, what, sentence)                                         \
    {                                                                                              \
        .name = "n_splits", .aliases = other_names, .doc = sentence, .unit = what,                 \
        .type = HPB_TYPE_INT, .value = usual, .min = 1, .max = MOST_SPLITS                         \
    }
#define PARAM_SIZE(size_name, what, sentence)                                                      \
    {                                                                                              \
        .name = size_name, .doc = sentence, .unit = "share or " what, .type = HPB_TYPE_REAL,       \
        .flags = HPB_PARAM_OPTIONAL, .value = (double)NAN, .min = -HUGE_VAL, .max = HUGE_VAL       \
    }

/// Says why, printf style, and in a second line the way out; returns what fail() does.
__attribute__((format(printf, 2, 3))) static inline int32_t refuse(const hpb_host *host,
                                                                   const char *format, ...)
{
    char message[512];
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
        return refuse(host, "the data have no groups; scikit-learn says \"The 'groups' parameter "
                            "should not be None.\"\n"
                            "[data] group = COLUMN names the column of a file that has them");
    for (uint32_t row = 0; row < rows->n_rows; row++)
        if (rows->groups[row] >= *out)
            *out = rows->groups[row] + 1;
    return HPB_OK;
}

// --- random splits ---------------------------------------------------------------------------------

/// A number as Python prints it: None where there is none, 1.0 where it is a share.
static inline const char *python_number(double number, char out[32])
{
    snprintf(out, 32,
             isnan(number)                ? "None"
             : number == 1 || number == 0 ? "%.1f"
                                          : "%.15g",
             number);
    return out;
}

/// How a random split is sized: test_size and train_size as the suite has them, NaN: not given.
typedef struct split_sizes {
    double test, train, default_test;
    const char *what; ///< what is split: rows or groups
    const char
        *function; ///< of scikit-learn, where it is one: that checks its arguments in other words
} split_sizes;

/// Refuses `size` rows or shares of n that can't be had. A suite does not tell 1 from 1.0, one row from all of
/// them, so neither is taken.
static inline int32_t check_size(const hpb_host *host, const char *name, double size, uint32_t n,
                                 const split_sizes *sizes)
{
    const bool is_number = size > 1 && (size > MOST_SPLITS || size == (double)(uint32_t)size);
    if (isnan(size) || (size > 0 && size < 1) || (is_number && size < n))
        return HPB_OK;
    char number[32], words[200];
    python_number(size, number);
    if (sizes->function && !is_number)
        snprintf(words, sizeof words,
                 "The '%s' parameter of %s must be a float in the range (0.0, 1.0), an int in the "
                 "range [1, inf) or None. Got %s instead.",
                 name, sizes->function, number);
    else
        snprintf(words, sizeof words,
                 "%s=%s should be either positive and smaller than the number of samples %u or a "
                 "float in the (0, 1) range",
                 name, number, n);
    return refuse(host,
                  "%s: %.15g of %u %s can't be had; scikit-learn says \"%s\"\n"
                  "a share between 0 and 1, or a whole number from 2 to %u",
                  name, size, n, sizes->what, words, n > 0 ? n - 1 : 0);
}

/// How many of n are for training and for testing, as sklearn.model_selection._split._validate_shuffle_split has it.
static inline int32_t shuffle_sizes(const hpb_host *host, const split_sizes *sizes, uint32_t n,
                                    uint32_t *out_train, uint32_t *out_test)
{
    const bool is_default = isnan(sizes->test) && isnan(sizes->train);
    const double given_test = is_default ? sizes->default_test : sizes->test;
    double test = given_test, train = sizes->train;
    int32_t status = check_size(host, "test_size", test, n, sizes);
    if (status == HPB_OK)
        status = check_size(host, "train_size", train, n, sizes);
    if (status != HPB_OK)
        return status;
    if (test < 1 && train < 1 && test + train > 1)
        return refuse(host,
                      "test_size: with train_size more than all %s; scikit-learn says \"The sum of "
                      "test_size and train_size = %.15g, should be in the (0, 1) range. Reduce "
                      "test_size and/or train_size.\"\n"
                      "without one of them it is what the other leaves",
                      sizes->what, test + train);
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
    if (train + test > n)
        return refuse(host,
                      "test_size: with train_size more than the %u %s; scikit-learn says \"The sum "
                      "of train_size and test_size = %.0f, should be smaller than the number of "
                      "samples %u. Reduce test_size and/or train_size.\"\n"
                      "without one of them it is what the other leaves",
                      n, sizes->what, train + test, n);
    char numbers[2][32];
    if (train < 1)
        return refuse(
            host,
            "%s: no %s are left to train on; scikit-learn says \"With n_samples=%u, "
            "test_size=%s and train_size=%s, the resulting train set will be empty. "
            "Adjust any of the aforementioned parameters.\"\n"
            "%s, or more %s",
            isnan(sizes->train) ? "test_size" : "train_size", sizes->what, n,
            python_number(given_test, numbers[0]), python_number(sizes->train, numbers[1]),
            isnan(sizes->train) ? "a smaller test_size" : "a larger train_size", sizes->what);
    *out_train = (uint32_t)train;
    *out_test = (uint32_t)test;
    return HPB_OK;
}

// --- folds -----------------------------------------------------------------------------------------

/// Refuses a single fold.
static inline int32_t check_several(const hpb_host *host, double n_folds)
{
    if (n_folds >= 2)
        return HPB_OK;
    return refuse(host,
                  "n_splits: %.0f fold leaves no row to train on; scikit-learn says \"k-fold "
                  "cross-validation requires at least one train/test split by setting n_splits=2 "
                  "or more, got n_splits=%.0f.\"\n"
                  "2 or more; train_test_split and shuffle_split split once",
                  n_folds, n_folds);
}

/// Refuses a single fold, and more folds than rows.
static inline int32_t check_folds(const hpb_host *host, double n_folds, uint32_t n)
{
    if (n_folds < 2)
        return check_several(host, n_folds);
    if (n_folds <= n)
        return HPB_OK;
    return refuse(
        host,
        "n_splits: each of %.0f folds needs a row; scikit-learn says \"Cannot have number "
        "of splits n_splits=%.0f greater than the number of samples: n_samples=%u.\"\n"
        "n_splits = %u at most, or more rows",
        n_folds, n_folds, n, n);
}

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
