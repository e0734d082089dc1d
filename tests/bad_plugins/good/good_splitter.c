// SPDX-License-Identifier: Apache-2.0
// A splitter that counts, refuses, crashes or draws as the number of rows tells it, for the probe's tests.
#include "../bad.h"

#include <stdlib.h>

enum { N_SPLITS, SIZES };

static const hpb_param params[] = {
    {"n_splits", NULL, "How many splits.", NULL, NULL, HPB_TYPE_INT, HPB_PARAM_OPTIONAL, 5, 0, 1e9},
    {"sizes", NULL, "A list.", NULL, NULL, HPB_TYPE_REALS, 0, 0, -HUGE_VAL, HUGE_VAL},
};

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    float drawn;
    switch (rows->n_rows) {
    case 4:
        return host->fail(host->context, "n_splits: 5 splits of 4 rows");
    case 13:
        abort();
    case 14:
        exit(0);
    case 15:
        host->random_uniform(host->context, 1, 0, 1, &drawn);
    }
    double total = isnan(values[N_SPLITS].number) ? rows->n_rows : values[N_SPLITS].number;
    for (uint32_t i = 0; i < values[SIZES].count; i++)
        total += values[SIZES].list[i];
    *out_count = (uint32_t)total;
    return HPB_OK;
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    (void)values;
    (void)rows;
    (void)emit;
    (void)emit_context;
    return host->fail(host->context, "this splitter only counts");
}

static const hpb_splitter_ops ops = {sizeof ops, 0, count, split};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SPLITTER, .params = HPB_ARRAY(params),
                                  .ops = &ops};
ENTRY(&plugin)
