// SPDX-License-Identifier: Apache-2.0
// Any bytes as a CSV file, with each separator: numbers in every place, or refused in words.
#include "fuzz/fuzz.h"

#include <math.h>

static void check_dataset(const hpb_dataset *dataset, const hpb_csv_options *options)
{
    HOLDS(dataset->n_rows && dataset->n_features && dataset->n_features < HPB_CSV_MAX_COLUMNS);
    HOLDS(options->na || !dataset->n_left_out);
    for (uint32_t i = 0; i < dataset->n_rows; i++)
        HOLDS(isfinite(dataset->y[i]));
    for (size_t i = 0; i < (size_t)dataset->n_rows * dataset->n_features; i++)
        HOLDS(isfinite(dataset->x[i]));
    HOLDS(!options->group == !dataset->groups && !options->test_fold == !dataset->test_fold);
    for (uint32_t i = 0; i < dataset->n_rows; i++) {
        HOLDS(!dataset->groups || dataset->groups[i] < dataset->n_groups);
        HOLDS(!dataset->test_fold || dataset->test_fold[i] >= -1);
    }
    for (uint32_t i = 0; i < dataset->n_features; i++)
        HOLDS(hpb_utf8_valid(dataset->names[i], strlen(dataset->names[i])) ==
              strlen(dataset->names[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const hpb_csv_options options[] = {
        {.target = "y", .separator = ','},
        {.target = "y", .separator = ';', .na = "NA"},
        {.target = "y", .separator = '\t', .na = ""},
        {.target = "y", .separator = ',', .group = "a", .test_fold = "b"},
        {.target = "y", .separator = ',', .group = "a", .na = "NA"},
    };
    hpb_diagnostics *diagnostics = hpb_alloc(1, sizeof *diagnostics);
    for (size_t i = 0; i < HPB_COUNT(options); i++) {
        hpb_dataset dataset = {0};
        memset(diagnostics, 0, sizeof *diagnostics);
        const bool is_good = hpb_dataset_read_csv("data.csv", (const char *)data, size, &options[i],
                                                  &dataset, diagnostics);
        check_diagnostics(diagnostics, is_good);
        if (is_good)
            check_dataset(&dataset, &options[i]);
        else
            HOLDS(!dataset.x && !dataset.y && !dataset.names && !dataset.groups &&
                  !dataset.test_fold);
        hpb_dataset_free(&dataset);
    }
    free(diagnostics);
    return 0;
}
