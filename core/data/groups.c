// SPDX-License-Identifier: Apache-2.0
// Groups are numbered in the order in which numpy.unique sorts their names.
#include "data/groups.h"

#include <stdlib.h>
#include <string.h>

#define EXACT_DIGITS 15 // of a decimal number: two that differ are different doubles

typedef struct named_row {
    const char *name;
    double number; // 0 for all where some are no numbers
    uint32_t row;
} named_row;

static bool is_number(const char *name, double *out)
{
    size_t digits = 0;
    for (const char *c = name; *c; c++)
        digits += *c >= '0' && *c <= '9';
    return digits <= EXACT_DIGITS && hpb_parse_double(name, out);
}

static int by_number(const void *a, const void *b)
{
    const named_row *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int by_name(const void *a, const void *b)
{
    const named_row *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void number_groups(const char *names, hpb_dataset *dataset)
{
    const uint32_t n = dataset->n_rows;
    named_row *rows = hpb_alloc(n, sizeof *rows);
    bool are_numbers = true;
    for (uint32_t i = 0; i < n; i++) {
        rows[i] = (named_row){.name = names, .row = i};
        are_numbers = are_numbers && is_number(names, &rows[i].number);
        names += strlen(names) + 1;
    }
    int (*const order)(const void *, const void *) = are_numbers ? by_number : by_name;
    qsort(rows, n, sizeof *rows, order);
    dataset->groups = hpb_alloc(n, sizeof *dataset->groups);
    for (uint32_t i = 0; i < n; i++) {
        dataset->n_groups += i == 0 || order(&rows[i - 1], &rows[i]) != 0;
        dataset->groups[rows[i].row] = dataset->n_groups - 1;
    }
    free(rows);
}

static int by_fold(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static void count_test_folds(hpb_dataset *dataset)
{
    const uint32_t n = dataset->n_rows;
    int32_t *sorted = hpb_alloc(n, sizeof *sorted);
    memcpy(sorted, dataset->test_fold, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_fold);
    for (uint32_t i = 0; i < n; i++)
        dataset->n_test_folds += sorted[i] >= 0 && (i == 0 || sorted[i - 1] != sorted[i]);
    free(sorted);
}

void hpb_dataset_number_groups(const char *names, hpb_dataset *dataset)
{
    if (names)
        number_groups(names, dataset);
    if (dataset->test_fold)
        count_test_folds(dataset);
}
