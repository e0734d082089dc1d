// SPDX-License-Identifier: Apache-2.0
// The ways of averaging over folds, as a report has them, against scikit-learn's cross_val_score and cross_val_predict of
// its LinearRegression (goldens/averages.json): folds of one size and of several, and of one row each.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/support_conformance.h"

#define TOLERANCE 1e-7 // least squares of features that are float32

static void check_case(const json_t *golden)
{
    hpb_text suite = {0};
    hpb_text_add(&suite,
                 "[suite]\nreplicates = 1\n[data]\ngenerator = article\nrows = %.0f\nseed = %.0f\n"
                 "[model]\nhidden = none\n[fit]\nsolver = least_squares\n",
                 golden_need(golden, "n"), golden_need(golden, "seed"));
    suite_splitter(&suite, json_object_get(golden, "split"));
    char *folder = work_begin(suite.data);
    expect_run("run s.ini --quiet --no-report --output out " OUR_PLUGINS, 0, NULL, NULL);
    ran r = run_hpbench("report out --json");
    json_t *report = json_loads(r.out, 0, NULL);
    const json_t *cell = json_array_get(json_object_get(report, "cells"), 0);
    const json_t *got = json_object_get(cell, "averages"), *expected;
    const char *way;
    json_object_foreach(json_object_get(golden, "averages"), way, expected)
    {
        const json_t *value = json_object_get(json_object_get(got, way), "value");
        if (json_is_null(expected)
                ? !json_is_null(value)
                : !is_near(golden_number(value), golden_number(expected), TOLERANCE))
            fail_msg("%s: %.17g; expected %.17g\n%s", way, json_number_value(value),
                     json_number_value(expected), suite.data);
    }
    json_decref(report);
    ran_free(&r);
    hpb_text_free(&suite);
    work_end(folder);
}

static void test_ways(void **state)
{
    (void)state;
    json_t *root = golden_open("averages");
    size_t i;
    const json_t *golden;
    json_array_foreach(json_object_get(root, "cases"), i, golden) check_case(golden);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ways)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
