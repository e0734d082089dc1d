// SPDX-License-Identifier: Apache-2.0
// Any text as --filter options of a good suite, one a line.
#include "fuzz/fuzz.h"

#define MAX_OPTIONS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char suite_text[] =
        "[suite]\nreplicates = 3\n[fit]\nepochs = 3, 4\n[optimizer.adam]\nlabel = A [dam]\n"
        "lr = 0.1, 0.2\n[optimizer.sgd]\n[seeds.random]\n[seeds.fixed]\nsplit = 1\n"
        "weights = 1\norder = 1\n[report]\nreference = adam\n";
    char *text = hpb_alloc(size + 1, 1);
    memcpy(text, data, size);
    const char *options[MAX_OPTIONS];
    const uint32_t n = fuzz_lines(text, options, MAX_OPTIONS);
    hpb_diagnostics *diagnostics = hpb_alloc(1, sizeof *diagnostics);
    hpb_suite suite = {0};
    hpb_plan plan = {0};
    hpb_error error = {0};
    HOLDS(hpb_suite_parse(HPB_TEST_SOURCE "/../suites/fuzz.ini", suite_text, sizeof suite_text - 1,
                          NULL, 0, known_plugins(), &suite, diagnostics));
    const hpb_exit code = hpb_suite_filter(&suite, options, n, &error);
    HOLDS(code == HPB_EXIT_OK || (code == HPB_EXIT_USAGE && error.text[0] && !suite.n_filters));
    if (!code && hpb_plan_make(&suite, count_from_n_splits, NULL, &plan, diagnostics)) {
        HOLDS(plan.n_cells && plan.n_cells <= 12 && plan.reference < plan.n_cells);
    } else if (!code) {
        HOLDS(diagnostics->count == 1 && diagnostics->item[0].code == HPB_EXIT_USAGE);
    }
    hpb_plan_free(&plan);
    hpb_suite_free(&suite);
    free(diagnostics);
    free(text);
    return 0;
}
