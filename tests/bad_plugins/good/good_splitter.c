// SPDX-License-Identifier: Apache-2.0
// A splitter that counts (with the last row's group and test fold), refuses, crashes or draws as the number of rows tells it, for the probe's tests.
#include "../bad.h"

#include <stdlib.h>

enum { N_SPLITS, SIZES };

static const hpb_param params[] = {
    {.name = "n_splits",
     .doc = "How many splits.",
     .type = HPB_TYPE_INT,
     .flags = HPB_PARAM_OPTIONAL,
     .value = 5,
     .max = 1e9},
    {.name = "sizes", .doc = "A list.", .type = HPB_TYPE_REALS, .min = -HUGE_VAL, .max = HUGE_VAL},
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
    if (rows->groups)
        total += rows->groups[rows->n_rows - 1];
    if (rows->test_fold)
        total += rows->test_fold[rows->n_rows - 1];
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

static const hpb_splitter_ops ops = {.struct_size = sizeof ops, .count = count, .split = split};
static const hpb_plugin plugin = {GOOD, .kind = HPB_KIND_SPLITTER, .params = HPB_ARRAY(params),
                                  .ops = &ops};
ENTRY(&plugin)
