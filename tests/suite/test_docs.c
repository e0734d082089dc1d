// SPDX-License-Identifier: Apache-2.0
// docs/suites.md has every key of the host's tables, with the type, default and meaning that they give.
#include "random/random.h"
#include "suite/tables.h"
#include "suite/values.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_row(hpb_text *out, const hpb_param *param, hpb_arena *arena)
{
    char *expected = hpb_param_expected(param);
    const hpb_setting setting = hpb_setting_default(param, arena);
    hpb_text_add(out, "| `%s` | %s%s%s%s | %s%s%s | %s |\n", param->name, expected,
                 param->unit ? " (" : "", param->unit ? param->unit : "", param->unit ? ")" : "",
                 *setting.text ? "`" : "", setting.text, *setting.text ? "`" : "", param->doc);
    free(expected);
}

// The table of a section as it must stand in the page.
static char *table_of(const char *name, hpb_params params)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_text text = {0};
    hpb_text_add(&text,
                 "<!-- keys of %s -->\n| key | takes | default | meaning |\n|---|---|---|---|\n",
                 name);
    for (uint32_t i = 0; i < params.n; i++)
        add_row(&text, &params.items[i], arena);
    hpb_text_add(&text, "<!-- end -->\n");
    hpb_arena_destroy(arena);
    return text.data;
}

static void check(const char *page, const char *name, hpb_params params, size_t *wrong)
{
    if (!params.n)
        return;
    char *table = table_of(name, params);
    if (!strstr(page, table)) {
        fprintf(stderr, "docs/suites.md lacks this:\n%s", table); // print_error() cuts it
        ++*wrong;
    }
    free(table);
}

static void test_the_page_has_every_key(void **state)
{
    (void)state;
    char *page;
    size_t n, wrong = 0;
    assert_int_equal(hpb_file_read(HPB_TEST_SOURCE "/../docs/suites.md", (size_t)1 << 20,
                                   HPB_EXIT_STORE, &page, &n, NULL),
                     0);
    for (int i = 0; i < HPB_SECTION_COUNT; i++)
        check(page, hpb_section_name((hpb_section)i), hpb_section_params((hpb_section)i), &wrong);
    for (int i = 0; i < HPB_AXIS_COUNT; i++)
        check(page, hpb_axis_name((hpb_axis)i), hpb_axis_params((hpb_axis)i), &wrong);
    free(page);
    assert_int_equal(wrong, 0);
}

// Whose numbers the four streams are under each policy: a row for each, from the table that draws them.
static void test_the_page_has_every_source(void **state)
{
    (void)state;
    const hpb_params seeds = hpb_axis_params(HPB_AXIS_SEEDS);
    hpb_text table = {0};
    hpb_text_add(&table, "<!-- sources -->\n| policy |");
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
        hpb_text_add(&table, " %s |", hpb_stream_name((hpb_stream)stream));
    hpb_text_add(&table, "\n|---|---|---|---|---|\n");
    for (int policy = HPB_POLICY_HPBENCH; policy <= HPB_POLICY_UNSEEDED; policy++) {
        size_t n = 0;
        const char *word = hpb_choice_word(seeds.items[0].choices, (uint32_t)policy, &n);
        hpb_text_add(&table, "| `%.*s` |", (int)n, word);
        for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
            hpb_text_add(
                &table, " %s |",
                hpb_source_name(hpb_stream_source((hpb_policy)policy, (hpb_stream)stream)));
        hpb_text_add(&table, "\n");
    }
    hpb_text_add(&table, "<!-- end -->\n");
    char *page;
    size_t n;
    assert_int_equal(hpb_file_read(HPB_TEST_SOURCE "/../docs/suites.md", (size_t)1 << 20,
                                   HPB_EXIT_STORE, &page, &n, NULL),
                     0);
    const bool has_it = strstr(page, table.data);
    if (!has_it)
        fprintf(stderr, "docs/suites.md lacks this:\n%s", table.data);
    hpb_text_free(&table);
    free(page);
    assert_true(has_it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_page_has_every_key),
                                       cmocka_unit_test(test_the_page_has_every_source)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
