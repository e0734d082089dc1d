// SPDX-License-Identifier: Apache-2.0
// The report of explain, from a store: one row a side, its own seeds in its settings, figures and tables of corners.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#include <jansson.h>

#define SUITE                                                                                      \
    "[suite]\nreplicates = 25\n[data]\ngenerator = linear\nrows = 40\nseed = 0\n"                  \
    "[model]\nhidden = 4\n[fit]\nepochs = 8\n[splitter.half]\nplugin = train_test_split\n"         \
    "test_size = 0.5\nrandom_state = 42\n[splitter.folds]\nplugin = kfold\nn_splits = 2\n"         \
    "[seeds.mine]\npolicy = keras.utils.set_random_seed\nseed = 7\n[seeds.none]\n"                 \
    "policy = unseeded\n"                                                                          \
    "[protocol.manual]\noptimizer = sgd\nsplitter = half\nseeds = mine\nreported = 0.9\n"          \
    "[protocol.grid]\noptimizer = adam\nsplitter = folds\nseeds = none\n"

static char *page_of(const char *path)
{
    char *page = NULL;
    size_t n = 0;
    assert_int_equal(hpb_file_read(path, (size_t)1 << 24, HPB_EXIT_STORE, &page, &n, NULL), 0);
    return page;
}

static void test_page(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    expect_run("explain s.ini --quiet --output out", 0, "out/report.html\n", "");
    char *page = page_of("out/report.html"), *json = page_of("out/report.json");
    static const char *const words[] = {"s · manual against grid · 284 of 284 runs",
                                        "adds to manual’s MSE",
                                        "<b>Luck by source.</b> The run of manual with its own ",
                                        "<b>The noise floor.</b>",
                                        "<summary>All 8 combinations",
                                        "<summary>How the settings act together",
                                        "<summary>What each side really did",
                                        "<td>42</td>",
                                        "<code>hpbench explain s.ini"};
    for (size_t i = 0; i < HPB_COUNT(words); i++)
        if (!strstr(page, words[i]))
            fail_msg("the page doesn't say: %s", words[i]);
    json_t *report = json_loads(json, 0, NULL);
    const json_t *cells = json_object_get(report, "cells");
    assert_int_equal(json_array_size(cells), 3); // both sides, and manual with its seed
    assert_int_equal(json_array_size(json_object_get(report, "effects")), 0);
    assert_null(json_object_get(report, "ranking"));
    static const char *const files[] = {"distribution", "waterfall", "specification",
                                        "luck-by-source"};
    for (size_t i = 0; i < HPB_COUNT(files); i++) {
        char *path = hpb_format("out/figures/%s.csv", files[i]);
        char *csv = page_of(path);
        assert_null(strstr(csv, "nan"));
        if (i == 0) // typed, on the row of fresh seeds
            assert_non_null(strstr(csv, ",0.9\n"));
        free(csv);
        free(path);
    }
    json_decref(report);
    free(json);
    free(page);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
