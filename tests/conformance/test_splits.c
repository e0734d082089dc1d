// SPDX-License-Identifier: Apache-2.0
// hpbench splits: every case of scikit-learn's, from a suite and a data file, row for row.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/support_conformance.h"

static double column(const json_t *item, const char *key, size_t i)
{
    const json_t *list = json_object_get(item, key);
    return list ? golden_number(json_array_get(list, i)) : 0;
}

// n rows: a feature, a target, and the groups and folds of the case.
static void write_data(const json_t *item)
{
    hpb_text csv = {0};
    const size_t n = (size_t)golden_need(item, "n");
    hpb_text_add(&csv, "x,y,group,fold\n");
    for (size_t i = 0; i < n; i++)
        hpb_text_add(&csv, "%zu,1,%.0f,%.0f\n", i, column(item, "groups", i),
                     column(item, "test_fold", i));
    hpb_error error;
    assert_int_equal(hpb_file_write("d.csv", csv.data, csv.length, &error), HPB_EXIT_OK);
    hpb_text_free(&csv);
}

// The lines that hpbench prints for these rows.
static void expect_side(hpb_text *csv, size_t fold, const char *side, const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        hpb_text_add(csv, "s,0,%zu,%s,%zu,%.0f\r\n", fold, side, i,
                     golden_number(json_array_get(rows, i)));
}

static void check_case(const json_t *item)
{
    hpb_text suite = {0}, want = {0};
    json_t *split = json_copy(json_object_get(item, "params"));
    json_object_del(split, "test"); // of the bootstrap: a remark
    json_object_set(split, "splitter", json_object_get(item, "splitter"));
    hpb_text_add(&suite, "[suite]\n[data]\nfile = d.csv\ntarget = y\n%s%s[optimizer.sgd]\n",
                 json_object_get(item, "groups") ? "group = group\n" : "",
                 json_object_get(item, "test_fold") ? "test_fold = fold\n" : "");
    suite_splitter(&suite, split);
    hpb_text_add(&want, "cell,replicate,fold,part,position,row\r\n");
    const json_t *splits = json_object_get(item, "splits");
    for (size_t fold = 0; fold < json_array_size(splits); fold++) {
        expect_side(&want, fold, "train", json_object_get(json_array_get(splits, fold), "train"));
        expect_side(&want, fold, "test", json_object_get(json_array_get(splits, fold), "test"));
    }
    char *folder = work_begin(suite.data);
    write_data(item);
    ran r = run_hpbench("splits s.ini");
    if (r.code)
        fail_msg("exit %d: %s\n%s", r.code, r.err, suite.data);
    if (strcmp(r.out, want.data) != 0)
        fail_msg("other rows than scikit-learn's:\n%s", suite.data);
    ran_free(&r);
    work_end(folder);
    json_decref(split);
    hpb_text_free(&suite);
    hpb_text_free(&want);
}

static void check_file(const char *name)
{
    json_t *root = golden_open(name), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        check_case(item);
    }
    json_decref(root);
}

static void test_splits(void **state)
{
    (void)state;
    check_file("splits");
}

static void test_splits_more(void **state)
{
    (void)state;
    check_file("splits_more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_splits_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
