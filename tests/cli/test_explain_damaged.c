// SPDX-License-Identifier: Apache-2.0
// hpbench explain and report of a store that someone has changed: refused in a line, or read as far as it goes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"
#include "cli/support_store.h"

#define SUITE                                                                                      \
    "[suite]\nreplicates = 20\n[data]\ngenerator = linear\nrows = 60\nseed = 0\n"                  \
    "[model]\nhidden = none\n[fit]\nsolver = least_squares\n"                                      \
    "[splitter.small]\nplugin = train_test_split\ntest_size = 0.8\n"                               \
    "[splitter.large]\nplugin = train_test_split\ntest_size = 0.2\n"                               \
    "[protocol.a]\nsplitter = small\n[protocol.b]\nsplitter = large\n"                             \
    "[explain]\nprecision = 50%\n"

// Numbers of runs that are none, or others than its cells plan.
static void test_replicates(void **state)
{
    (void)state;
    static const char *const replicates[] = {"-1", "0", "19", "4294967316", "'twenty'"};
    char *folder = work_begin(SUITE);
    expect_run("explain s.ini --no-report", 0, NULL, NULL);
    for (size_t i = 0; i < HPB_COUNT(replicates); i++) {
        char *sql =
            hpb_format("UPDATE about SET value = %s WHERE key = 'replicates'", replicates[i]);
        store_alter(sql);
        free(sql);
        static const char said[] = "damaged: the corners of comparison 1 are not all there";
        expect_run("explain s --no-report", 5, "", said);
        expect_run("report s", 5, "", said);
    }
    work_end(folder);
}

// What is no text, or no look, is left out.
static void test_no_text(void **state)
{
    (void)state;
    static const char *const changes[] = {"'$.sides[0].title', 5",
                                          "'$.factors[0].name', NULL",
                                          "'$.factors[0].values', json('[1, {}]')",
                                          "'$.settings[0].label', json('[]')",
                                          "'$.settings[0].shared', json('[7]')",
                                          "'$.settings[0].luck', 3",
                                          "'$.settings[0].longer', json('[\"x\", \"y\"]')",
                                          "'$.settings[0].nested', json('{}')"};
    char *folder = work_begin(SUITE);
    expect_run("explain s.ini --no-report", 0, NULL, NULL);
    for (size_t i = 0; i < HPB_COUNT(changes); i++) {
        char *sql = hpb_format("UPDATE about SET value = json_set(value, %s) WHERE key = 'explain'",
                               changes[i]);
        store_alter(sql);
        free(sql);
        expect_run("explain s", 0, NULL, "");
    }
    store_alter("UPDATE about SET value = json_set(value, '$.looks', json('[1, {\"runs\": -5}]')) "
                "WHERE key = 'looks'");
    expect_run("explain s", 0, NULL, "");
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replicates),
        cmocka_unit_test(test_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
