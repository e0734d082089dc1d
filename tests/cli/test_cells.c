// SPDX-License-Identifier: Apache-2.0
// Which cells are run: [cross] mode and --filter through workers, store and report.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

static const char suite[] = "[suite]\nreplicates = 30\n[data]\nnoise = 0.5\n[fit]\nepochs = 4, 8\n"
                            "[model]\nhidden = 4, 6\n[optimizer.sgd]\nlearning_rate = 0.001, 0.1\n";

static char *page_of(const char *folder)
{
    char *path = hpb_format("%s/report.html", folder), *page;
    size_t n;
    hpb_error error = {0};
    if (hpb_file_read(path, (size_t)1 << 24, HPB_EXIT_STORE, &page, &n, &error))
        fail_msg("%s", error.text);
    free(path);
    return page;
}

static void expect_page(const char *page, const char *part, bool is_there)
{
    if (!strstr(page, part) == is_there)
        fail_msg("the page %s \"%s\"", is_there ? "lacks" : "has", part);
}

// An effect is the difference to the reference; averaged where there are several pairs, and none where no factor moves
// alone.
static void each_mode_has_its_report(void **state)
{
    (void)state;
    static const struct {
        const char *mode, *counts, *answer;
        bool has_effects, is_averaged;
    } cases[] = {
        {"product", "8 cells, 240 trials", "sgd learning_rate 0.1 is better here: median MSE ",
         true, true},
        {"one_at_a_time", "4 cells, 120 trials",
         "sgd learning_rate 0.1 is better here: median MSE ", true, false},
        {"paired", "2 cells, 60 trials",
         "With hidden 4 & epochs 4 & sgd learning_rate 0.001 the median MSE is ", false, false},
    };
    char *folder = work_begin(suite);
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char *arguments = hpb_format("run s.ini --jobs 2 --set cross.mode=%s --output %s",
                                     cases[i].mode, cases[i].mode);
        expect_run(arguments, 0, cases[i].counts, "");
        char *page = page_of(cases[i].mode);
        expect_page(page, "instead of", cases[i].has_effects);
        expect_page(page, "averaged over the other levels", cases[i].is_averaged);
        expect_page(page, "The lowest of all that was run: hidden 6 &amp; epochs 8 &amp; ",
                    !cases[i].has_effects);
        free(arguments);
        free(page);
    }
    work_end(folder);
}

static void a_filter_runs_some_and_keeps_all(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run(
        "run s.ini --output all --filter 'optimizer=*0.1' --filter model=*6", 0,
        "s.ini: 2 cells, 60 trials, 60 fits",
        "hpbench: note: --filter leaves out the reference, \"hidden 4 & epochs 4 & sgd "
        "learning_rate 0.001\"; compared with \"hidden 6 & epochs 4 & sgd learning_rate 0.1\"\n");
    char *page = page_of("all");
    expect_page(page,
                "hpbench run s.ini --filter &#39;optimizer=*0.1&#39; --filter &#39;model=*6&#39;",
                true);
    free(page);
    expect_run("run s.ini --no-report --output all", 0, "60 of 240 trials are there already",
               "240 of 240 trials");
    expect_run("run s.ini --no-report --output all --filter 'fit=*8'", 0,
               "0 cells new, 4 already there, 4 left out\nnothing to do: all 120 trials are stored",
               "");
    expect_run("status all", 0, "120 of 120 trials stored", "");
    expect_run("run s.ini --no-report --output all", 0, "nothing to do: all 240 trials are stored",
               "");
    expect_run("run s.ini --no-report --output half --filter 'fit=*8'", 0, "", "120 of 120 trials");
    expect_run("plan s.ini --json --filter 'fit=*8'", 0, "\"fit\": [\n      \"epochs 8\"\n    ]",
               "");
    expect_run("validate s.ini --quiet --filter model=*4", 0, "", "");
    expect_run("run s.ini --output none --filter fit=9", 2, "",
               "hpbench: error: --filter fit=9: no level of fit is \"9\"\n");
    assert_int_equal(access("none", F_OK), -1);
    work_end(folder);
}

// Every effective value of a rule that stands beside another, though it is no level.
static void test_rules_beside(void **state)
{
    (void)state;
    char *folder = work_begin("[suite]\n[fit]\nvalidation_split = 0.2\n[optimizer.sgd]\n"
                              "[early_stopping.both]\nplugin = patience\npatience = 3, 4\n"
                              "also = reduce_lr_on_plateau\n");
    ran r = run_hpbench("plan s.ini");
    const char *also =
        strstr(r.out, "\n  [early_stopping.both] also [early_stopping.reduce_lr_on_plateau] "
                      "reduce_lr_on_plateau 1.0.0\n    monitor ");
    if (r.code != 0 || !also || !strstr(also, "\n    factor                   0.1 ") ||
        strstr(also + 40, "] also ["))
        fail_msg("%s%s", r.out, r.err);
    ran_free(&r);
    expect_run("plan s.ini --json", 0, "\"also.factor\": \"0.1\"", NULL);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mode_has_its_report),
        cmocka_unit_test(a_filter_runs_some_and_keeps_all),
        cmocka_unit_test(test_rules_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
