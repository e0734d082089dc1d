// SPDX-License-Identifier: Apache-2.0
// A splitter that breaks its promise is named, with the fold and the row.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/splits.h"

#include <stdlib.h>
#include <string.h>

#undef fail // cmocka's; hpb_host has one too

// Emits splits as a script says: digits are training rows, '|' stands before test rows, ',' between splits;
// '!' fails with words, '?' without, '#' draws a random number.
static const char *script;

static int32_t split(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context)
{
    (void)values;
    assert_int_equal(rows->n_rows, 6);
    uint32_t list[2][16], n[2] = {0, 0}, which = 0;
    for (const char *c = script; *c; c++) {
        if (*c == '!')
            return host->fail(host->context, "six rows are not enough");
        if (*c == '?')
            return HPB_FAILED;
        uint32_t drawn[2];
        if (*c == '#') {
            host->random_permutation(host->context, 2, drawn);
            continue;
        }
        if (*c == '|') {
            which = 1;
        } else if (*c == ',') {
            // what emit returns is not handed on, as a careless plugin would do
            emit(emit_context, list[0], n[0], list[1], n[1]);
            n[0] = n[1] = which = 0;
        } else {
            list[which][n[which]++] = (uint32_t)(*c - '0');
        }
    }
    return HPB_OK;
}

static const hpb_rows six = {.struct_size = sizeof six, .n_rows = 6};
static const hpb_splitter_ops ops = {.struct_size = sizeof ops, .split = split};

static void assert_broken(const char *splits, const char *expected)
{
    hpb_splits out;
    char message[HPB_SPLITS_MESSAGE] = "";
    script = splits;
    assert_false(hpb_splits_make(&ops, "scripted", NULL, &six, 0, 2, &out, message));
    assert_string_equal(message, expected);
    assert_int_equal(out.n, 0);
    assert_null(out.splits);
}

static void test_broken(void **unused)
{
    (void)unused;
    assert_broken("012|345,01|236,",
                  "splitter scripted: fold 2 has index 6 of 6 rows; expected 0 to 5");
    assert_broken("0129|345,01|23,",
                  "splitter scripted: fold 1 has index 9 of 6 rows; expected 0 to 5");
    assert_broken("012|345,011|233,", "splitter scripted: fold 2 has row 3 twice in test");
    assert_broken("0122|345,01|231,",
                  "splitter scripted: fold 2 has row 1 in both training and test");
    assert_broken("012|3453,01|23,", "splitter scripted: fold 1 has row 3 twice in test");
    assert_broken("012|345,01|231,",
                  "splitter scripted: fold 2 has row 1 in both training and test");
    assert_broken("|345,01|23,", "splitter scripted: fold 1 has no training rows");
    assert_broken("012|345,01|,", "splitter scripted: fold 2 has no test rows");
    assert_broken("012|345,", "splitter scripted: emitted 1 of the 2 splits that it had counted");
    assert_broken("", "splitter scripted: emitted 0 of the 2 splits that it had counted");
    assert_broken("0|1,0|1,0|1,",
                  "splitter scripted: emitted more than the 2 splits that it had counted");
    assert_broken("012|345,!", "splitter scripted: six rows are not enough");
    assert_broken("012|345,?", "splitter scripted: failed without saying why");
    // the first fault stands, whatever follows
    assert_broken("00|11,0|9,!", "splitter scripted: fold 1 has row 1 twice in test");
}

static void test_kept_as_emitted(void **unused)
{
    (void)unused;
    hpb_splits out;
    char message[HPB_SPLITS_MESSAGE];
    script = "201|5,3313|04,"; // any order, not every row, and some trained on again
    assert_true(hpb_splits_make(&ops, "scripted", NULL, &six, 0, 2, &out, message));
    assert_int_equal(out.n, 2);
    assert_int_equal(out.splits[0].n_train, 3);
    assert_memory_equal(out.splits[0].train, ((uint32_t[]){2, 0, 1}), 3 * sizeof(uint32_t));
    assert_int_equal(out.splits[1].n_train, 4);
    assert_memory_equal(out.splits[1].train, ((uint32_t[]){3, 3, 1, 3}), 4 * sizeof(uint32_t));
    assert_int_equal(out.splits[1].n_test, 2);
    assert_memory_equal(out.splits[1].test, ((uint32_t[]){0, 4}), 2 * sizeof(uint32_t));
    hpb_splits_free(&out);
}

// A splitter that says it draws nothing gets nothing to draw from, and is told so.
static void test_fixed(void **unused)
{
    (void)unused;
    static const hpb_splitter_ops fixed = {
        .struct_size = sizeof fixed, .flags = HPB_SPLITTER_FIXED, .split = split};
    hpb_splits out;
    char message[HPB_SPLITS_MESSAGE];
    script = "012|345,01|23,";
    assert_true(hpb_splits_make(&fixed, "scripted", NULL, &six, 0, 2, &out, message));
    hpb_splits_free(&out);
    script = "#012|345,01|23,";
    assert_true(hpb_splits_make(&ops, "scripted", NULL, &six, 0, 2, &out, message));
    hpb_splits_free(&out);
    assert_false(hpb_splits_make(&fixed, "scripted", NULL, &six, 0, 2, &out, message));
    assert_string_equal(message, "splitter scripted: drew random numbers in a call that has none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_kept_as_emitted),
        cmocka_unit_test(test_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
