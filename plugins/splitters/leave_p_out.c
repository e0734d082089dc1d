// SPDX-License-Identifier: Apache-2.0
// Cross-validation on every possible test set of p rows.
#include "splitting.h"

enum { P };

static const hpb_param params[] = {
    {.name = "p",
     .doc = "Rows of each test set.",
     .unit = "rows",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_REQUIRED,
     .min = 1,
     .max = HUGE_VAL},
};

/// The number of subsets of p out of n, p < n; UINT64_MAX where it is that or more.
static uint64_t choose(uint32_t n, uint32_t p)
{
    uint64_t subsets = 1;
    if (p > n - p)
        p = n - p;
    for (uint32_t i = 1; i <= p; i++) { // each product is i times a binomial: the division is exact
        if (subsets > UINT64_MAX / (n - p + i))
            return UINT64_MAX;
        subsets = subsets * (n - p + i) / i;
    }
    return subsets;
}

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    const double p = values[P].number;
    const uint32_t n = rows->n_rows;
    if (p >= n)
        return refuse(host,
                      "p: none of the %u rows is left to train on; scikit-learn says \"p=%.0f must "
                      "be strictly less than the number of samples=%u\"\n"
                      "p = %u at most, or more rows",
                      n, p, n, n - 1);
    const uint64_t subsets = choose(n, (uint32_t)p);
    if (subsets > UINT32_MAX)
        return refuse(host,
                      "p: there are %s%llu ways to leave %.0f of %u rows out; expected at most %u\n"
                      "shuffle_split with test_size = %.0f tries some of them",
                      subsets == UINT64_MAX ? "more than " : "", (unsigned long long)subsets, p, n,
                      UINT32_MAX, p);
    *out_count = (uint32_t)subsets;
    return HPB_OK;
}

/// The next subset of 0 ... n-1 in lexicographic order, ascending in test[p]; 0 after the last.
static int next_subset(uint32_t *test, uint32_t p, uint32_t n)
{
    uint32_t i = p;
    while (i > 0 && test[i - 1] == n - p + i - 1)
        i--;
    if (i == 0)
        return 0;
    test[i - 1]++;
    for (; i < p; i++)
        test[i] = test[i - 1] + 1;
    return 1;
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_splits = 0;
    const uint32_t n = rows->n_rows;
    int32_t status = count(host, values, rows, &n_splits);
    if (status != HPB_OK)
        return status;
    const uint32_t p = (uint32_t)values[P].number;
    uint32_t *test = host->scratch(host->context, p * sizeof *test);
    uint32_t *train = host->scratch(host->context, n * sizeof *train);
    for (uint32_t i = 0; i < p; i++)
        test[i] = i;
    do {
        uint32_t n_train = 0, passed = 0; // members of test below `row`
        for (uint32_t row = 0; row < n; row++)
            if (passed < p && test[passed] == row)
                passed++;
            else
                train[n_train++] = row;
        status = emit(emit_context, train, n_train, test, p);
    } while (status == HPB_OK && next_subset(test, p, n));
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
        .id = "leave_p_out",
        .version = "1.0.0",
        .summary = "Tests on every set of p rows, trained on all others.",
        .docs = "All n! / (p! (n - p)!) test sets in lexicographic order; no random numbers. Their "
                "number explodes: 4,950 pairs of 100 rows.\n"
                "sklearn.model_selection.LeavePOut, row for row.",
        .references = "Shao 1993, Linear model selection by cross-validation, JASA 88; "
                      "sklearn/model_selection/_split.py",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
