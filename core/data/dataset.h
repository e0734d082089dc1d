// SPDX-License-Identifier: Apache-2.0
// Data sets: generators whose truth is known, CSV files; and standardising what a fit may see.
#ifndef HPB_DATASET_H
#define HPB_DATASET_H

#include "base/base.h"
#include "hpbench/plugin.h"

/// N rows of D features and a target, as they came: float64, row-major.
typedef struct hpb_dataset {
    uint32_t n_rows, n_features; ///< N, D
    double *x;                   ///< [N][D]
    double *y;                   ///< [N]
    double *truth;               ///< [N]: the noiseless target of generated data; else NULL
    char **names;                ///< [D]: column names; NULL for generated data
    uint32_t *groups;            ///< [N]: from 0 in the order of numpy.unique; NULL: there are none
    uint32_t n_groups;
    int32_t *test_fold;    ///< [N]: which fold tests the row, -1: none; NULL: there are none
    uint32_t n_test_folds; ///< different ones, -1 apart
    uint32_t n_left_out;   ///< rows of the file left out for a missing value (`na`)
} hpb_dataset;

void hpb_dataset_free(hpb_dataset *dataset); ///< its members; back to {0}
hpb_rows
hpb_dataset_rows(const hpb_dataset *dataset); ///< what a splitter sees; the data set's memory

// --- generators -----------------------------------------------------------------------------------------------

/// What generated data come from; in the order of the choices of `[data] generator`.
typedef enum hpb_generator {
    HPB_GENERATOR_LINEAR,
    HPB_GENERATOR_ARTICLE,
    HPB_GENERATOR_FRIEDMAN1,
    HPB_GENERATOR_FRIEDMAN2,
    HPB_GENERATOR_FRIEDMAN3,
    HPB_GENERATOR_GAUSSIAN,
} hpb_generator;

/// How many features a generator can have (one number: fewest == most), and has where nobody says.
typedef struct hpb_generator_features {
    uint32_t fewest, most, usual;
} hpb_generator_features;

hpb_generator_features hpb_generator_shape(hpb_generator which);

/// Draws from numpy.random.RandomState(seed), all of X before the noise, as scikit-learn does. `n_features` is moved
/// into what the generator can have.
///   linear     X = rand(N, D); y = 2 x0 + 3 x1 - x2 + 0.5 x3 + 0.1 x4 + noise * randn(N). Columns beyond the fifth do
///              nothing, so the scale of y stays; with fewer, the sum ends early
///   article    linear with 5 features, bit for bit the article's (goldens/article_data.json)
///   friedman1  sklearn.datasets.make_friedman1; columns beyond the fifth do nothing
///   friedman2  make_friedman2, bit for bit: 4 features
///   friedman3  make_friedman3: 4 features
///   gaussian   linear with X = randn(N, D): what least squares does to it can be calculated
/// The sine of friedman1 and the arctangent of friedman3 are SLEEF's; NumPy's may differ in the last place.
void hpb_dataset_generate(hpb_generator which, uint32_t n_rows, uint32_t n_features, double noise,
                          uint32_t seed, hpb_dataset *out);

// --- CSV --------------------------------------------------------------------------------------------------------

#define HPB_CSV_LIMIT ((size_t)256 << 20) ///< bytes of a CSV file: for hpb_file_read
#define HPB_CSV_MAX_COLUMNS 10000
#define HPB_CSV_MAX_FIELD 4096 ///< bytes of one field

/// How to read a CSV file (libcsv, strict).
typedef struct hpb_csv_options {
    const char *target;    ///< name of the target column
    const char *group;     ///< name of the column of groups, any text; NULL: none
    const char *test_fold; ///< name of the column of test folds, integers from -1 on; NULL: none
    char separator;        ///< ',' by default
    const char *na; ///< the text that stands for a missing value; rows with it, or with an empty
                    ///< field, are left out. NULL: a missing value is a fault
} hpb_csv_options;

/// Parses CSV text as RFC 4180 has it: a header line first, then numbers in the C locale; every column but the
/// target, the group and the test fold is a feature, in file order. A byte order mark, CRLF, blank lines and spaces
/// around a field are fine; comment lines, a separator at the end of a line and an unequal number of fields are not.
/// `path` is for messages alone. All faults go to `diagnostics` with FILE:LINE:COL (columns in characters), at most
/// three a column of the table. True when there were none; else `out` is empty. Groups are equal and ordered as
/// numbers where each is one of at most 15 digits (which doubles tell apart), else as bytes.
bool hpb_dataset_read_csv(const char *path, const char *bytes, size_t n,
                          const hpb_csv_options *options, hpb_dataset *out,
                          hpb_diagnostics *diagnostics);

// --- what a fit sees ---------------------------------------------------------------------------------------------

/// Rows padded with zeros to a multiple of 8 floats, so that the engine can load and transpose them.
#define HPB_ROW_MULTIPLE 8

/// Features (float32, [N][stride], 64-byte aligned) and target (float32) for training and prediction.
typedef struct hpb_table {
    uint32_t n_rows, n_features, stride;
    float *x; ///< [N][stride]
    float *y; ///< [N]
} hpb_table;

/// The data as float32, not scaled.
void hpb_table_fill(const hpb_dataset *dataset, hpb_table *out);
/// As scikit-learn's StandardScaler fitted on the rows `fit_rows[n_fit]` (all rows when NULL): (x - mean) /
/// SD, mean and SD in float64, SD with divisor n, 1 where it is 0; then float32. The target stays.
/// `out` may hold an earlier table of the same shape, which is overwritten.
void hpb_table_fill_standardised(const hpb_dataset *dataset, const uint32_t *fit_rows,
                                 uint32_t n_fit, hpb_table *out);
void hpb_table_free(hpb_table *table);
/// The mean[D] and SD[D] by which that scales, one behind the other into scale[2 D].
void hpb_scale_fit(const hpb_dataset *dataset, const uint32_t *fit_rows, uint32_t n_fit,
                   double *scale);
/// Scales rows first ... first + n - 1 of another data set of the same columns by them, into the first n of `out`, which
/// has its shape; the target goes along.
void hpb_scale_rows(const double *scale, const hpb_dataset *dataset, uint32_t first, uint32_t n,
                    hpb_table *out);

#endif // HPB_DATASET_H
