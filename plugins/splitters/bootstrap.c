// SPDX-License-Identifier: Apache-2.0
// Trains on rows drawn with replacement, tests on those that were not drawn.
#include "splitting.h"

#include <string.h>

enum { N_SPLITS };

static const hpb_param params[] = {
    PARAM_N_SPLITS(1, NULL, "splits", "Number of resamples."),
};

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    *out_count = (uint32_t)values[N_SPLITS].number;
    return rows->n_rows > 1 ? HPB_OK
                            : refuse(host, "a bootstrap needs 2 rows; got %u", rows->n_rows);
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    uint32_t n_splits = 0;
    const uint32_t n = rows->n_rows;
    int32_t status = count(host, values, rows, &n_splits);
    if (status != HPB_OK)
        return status;
    int64_t *drawn = host->scratch(host->context, n * sizeof *drawn);
    unsigned char *is_drawn = host->scratch(host->context, n);
    uint32_t *train = host->scratch(host->context, n * sizeof *train);
    uint32_t *test = host->scratch(host->context, n * sizeof *test);
    for (uint32_t i = 0; i < n_splits && status == HPB_OK; i++) {
        uint32_t n_test = 0;
        memset(is_drawn, 0, n);
        host->random_integers(host->context, n, 0, n, drawn);
        for (uint32_t k = 0; k < n; k++) {
            train[k] = (uint32_t)drawn[k];
            is_drawn[train[k]] = 1;
        }
        for (uint32_t row = 0; row < n; row++)
            if (!is_drawn[row])
                test[n_test++] = row;
        status = n_test > 0
                     ? emit(emit_context, train, n, test, n_test)
                     : refuse(host, "resample %u drew all of the %u rows: none is left to test",
                              i + 1, n);
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
        .id = "bootstrap",
        .version = "1.0.0",
        .summary =
            "Trains on as many rows as there are, drawn with replacement, and tests on the rest.",
        .docs = "train = RandomState.randint(0, n, n), in the order of drawing; test = the rows "
                "not drawn, ascending: (1 - 1/n)^n of them, 37 % of many. "
                "With validation_split the last rows drawn are kept back, and most of those are "
                "trained on as well: its loss is too good.\n"
                "Of few rows all may be drawn; such a trial fails.",
        .references = "Efron 1983, Estimating the error rate of a prediction rule: improvement on "
                      "cross-validation, JASA 78",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
