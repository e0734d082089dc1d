// SPDX-License-Identifier: Apache-2.0
// Tests on the first row, until its parameter `action` says otherwise.
#include <hpbench/plugin.h>

#include <signal.h>
#include <unistd.h>

enum { NONE, SEGFAULT, SPIN, TWICE };

static const hpb_param params[] = {
    {"action", NULL, "What to do.", NULL, "none,segfault,spin,twice", HPB_TYPE_CHOICE, 0, NONE,
     NONE, TWICE},
};

static int32_t count(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count)
{
    (void)host, (void)values, (void)rows;
    *out_count = 1;
    return HPB_OK;
}

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    const int action = (int)values[0].number;
    uint32_t *order = host->scratch(host->context, rows->n_rows * sizeof *order);
    for (uint32_t i = 0; i < rows->n_rows; i++)
        order[i] = i;
    if (action == SEGFAULT) {
        signal(SIGSEGV, SIG_DFL); // a sanitizer's own handler would make an exit of it
        raise(SIGSEGV);
    }
    while (action == SPIN)
        pause();
    if (action == TWICE)
        order[0] = 1;
    return emit(emit_context, order + 2, rows->n_rows - 2, order, 2);
}

static const hpb_splitter_ops ops = {.struct_size = sizeof ops, .count = count, .split = split};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_SPLITTER,
        .results_revision = 1,
        .id = "hostile_splitter",
        .version = "1.0.0",
        .summary = "Holds out two rows, or harms its process.",
        .params = HPB_ARRAY(params),
        .ops = &ops,
    };
    return &plugin;
}
