// SPDX-License-Identifier: Apache-2.0
// hpbench explain: the ways of averaging over folds are those of the stored trials, and are said in report and terminal.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_json.h"
#include "cli/support_process.h"

#include <math.h>

// 20 rows in folds of 7, 7 and 6; what is searched is chosen by R2.
#define SUITE                                                                                      \
    "[suite]\nreplicates = 25\n[data]\ngenerator = linear\nrows = 20\nseed = 0\n"                  \
    "[model]\nhidden = none\n[fit]\nepochs = 4\n[splitter.half]\nplugin = train_test_split\n"      \
    "[splitter.folds]\nplugin = kfold\nn_splits = 3\nshuffle = yes\n"                              \
    "[protocol.manual]\noptimizer = sgd\nsplitter = half\n"                                        \
    "[protocol.grid]\noptimizer = sgd\nsplitter = folds\nscoring = r2\n"                           \
    "grid.learning_rate = 0.1, 0.2\n"

static double value_of(const json_t *averages, const char *way)
{
    return json_number_value(json_object_get(json_object_get(averages, way), "value"));
}

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%.17g; expected %.17g", got, expected);
}

static void test_averages(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    json_t *explained = json_of("explain s.ini --json --no-report --output out"),
           *exported = json_of("export out --format json");
    const json_t *e = explanation_of(explained), *trial;
    const json_t *sides = json_object_get(e, "sides"), *grid = json_array_get(sides, 1);
    assert_true(json_is_null(json_object_get(json_array_get(sides, 0), "averages")));
    const json_t *averages = json_object_get(grid, "averages");
    assert_int_equal(json_integer_value(json_object_get(averages, "folds")), 3);
    assert_int_equal(json_integer_value(json_object_get(averages, "runs")), 25);
    assert_near(value_of(averages, "mse_mean"), number_at(grid, "mean"));
    // nothing is fixed, so the side as it is written is the one of fresh seeds
    double pooled = 0, roots = 0, r2 = 0, pooled_r2 = 0;
    size_t i, n = 0;
    json_array_foreach(json_object_get(exported, "trials"), i, trial)
    {
        const json_t *folds = json_object_get(trial, "fold_mse");
        const char *label = json_string_value(json_object_get(trial, "label"));
        if (strcmp(label, "grid") != 0)
            continue;
        double root = 0, mean = 0;
        assert_int_equal(json_array_size(folds), 3);
        for (size_t f = 0; f < 3; f++) {
            const double mse = json_number_value(json_array_get(folds, f));
            root += sqrt(mse) / 3;
            mean += (f == 2 ? 6 : 7) * mse / 20;
        }
        assert_near(number_at(trial, "pooled_mse"), mean);
        pooled += mean / 25;
        roots += root / 25;
        r2 += number_at(trial, "r2") / 25;
        pooled_r2 += number_at(trial, "pooled_r2") / 25;
        n++;
    }
    assert_int_equal(n, 25);
    assert_near(value_of(averages, "mse_pooled"), pooled);
    assert_near(value_of(averages, "rmse_mean"), roots);
    assert_near(value_of(averages, "r2_mean"), r2);
    assert_near(value_of(averages, "r2_pooled"), pooled_r2);
    json_decref(explained);
    json_decref(exported);
    work_end(folder);
}

// 2 candidates on 3 folds, each for 4 epochs.
static void test_fits_of_a_run(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    expect_run("run s.ini --no-timing --output out", 0, NULL, NULL);
    json_t *json = json_load_file("out/report.json", 0, NULL);
    const json_t *cell = json_array_get(json_object_get(json, "cells"), 1);
    assert_string_equal(json_string_value(json_object_get(cell, "cell")), "grid");
    assert_int_equal(json_integer_value(json_object_get(cell, "fits_a_run")), 6);
    assert_near(json_number_value(json_object_get(cell, "epochs_a_fit")), 4);
    json_decref(json);
    work_end(folder);
}

static void test_is_said(void **state)
{
    (void)state;
    char *folder = work_begin(SUITE);
    ran r = run_hpbench("explain s.ini --output out");
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "How folds are averaged moves the number of grid by "));
    assert_non_null(strstr(r.out, "choosing by the test rows instead of R2 on the test rows"));
    ran_free(&r);
    char *page = NULL;
    size_t n = 0;
    assert_int_equal(
        hpb_file_read("out/report.html", (size_t)1 << 24, HPB_EXIT_STORE, &page, &n, NULL), 0);
    assert_non_null(strstr(page, "A run of manual scores one fold"));
    assert_non_null(strstr(page, "<b>grid</b>: 3 folds a run, 25 runs"));
    free(page);
    // as protocols, each with the suite's own seeds, and nothing to explain
    expect_run("run s.ini --output plain --quiet", 0, NULL, NULL);
    assert_int_equal(
        hpb_file_read("plain/report.html", (size_t)1 << 24, HPB_EXIT_STORE, &page, &n, NULL), 0);
    assert_non_null(strstr(page, "<b>grid</b>: 3 folds a run, 25 runs"));
    free(page);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_averages),
        cmocka_unit_test(test_fits_of_a_run),
        cmocka_unit_test(test_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
