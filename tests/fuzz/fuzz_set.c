// SPDX-License-Identifier: Apache-2.0
// Any text as --set options of a good suite, one a line.
#include "fuzz/fuzz.h"

#define MAX_OPTIONS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char suite[] =
        "[data]\nrows = 40\n[model]\nhidden = 4, 8 4\n[fit]\nepochs = 3\n"
        "[optimizer.adam]\nlr = 0.1, 0.2\n[optimizer.sgd]\n[splitter.cv]\nplugin = kfold\n"
        "n_splits = 4\n[splitter.holdout]\nplugin = train_test_split\n"
        "[seeds.random]\nsplit = fresh\nweights = fresh\n[seeds.fixed]\n"
        "[cross]\noptimizer = *\nexclude = sgd & fixed\n[report]\nreference = adam & random\n";
    char *text = hpb_alloc(size + 1, 1);
    memcpy(text, data, size);
    const char *options[MAX_OPTIONS];
    const uint32_t n = fuzz_lines(text, options, MAX_OPTIONS);
    parse_and_plan(suite, sizeof suite - 1, options, n);
    free(text);
    return 0;
}
