// SPDX-License-Identifier: Apache-2.0
// hpbench plugins list and show: what is printed where, and the exit code.
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define GOOD "--plugin-dir '" HPB_TEST_BINARY "/good_plugins'"
#define BAD "--plugin-dir '" HPB_TEST_BINARY "/bad_plugins'"

static hpb_text output; // of the last command

// Runs `hpbench ARGUMENTS` in a shell; returns its exit code.
static int run(const char *arguments)
{
    const char *program = getenv("HPBENCH");
    assert_non_null(program);
    char *command = hpb_format("unset HPBENCH_PLUGIN_PATH HOME; '%s' %s", program, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char chunk[4096];
    size_t n;
    hpb_text_free(&output);
    hpb_text_add(&output, "%s", "");
    while ((n = fread(chunk, 1, sizeof chunk, pipe)) > 0)
        hpb_text_add_bytes(&output, chunk, n);
    const int status = pclose(pipe);
    free(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(const char *part)
{
    if (!strstr(output.data, part))
        fail_msg("expected \"%s\" in:\n%s", part, output.data);
}

static void expect_not(const char *part)
{
    if (strstr(output.data, part))
        fail_msg("unexpected \"%s\" in:\n%s", part, output.data);
}

static void test_list(void **state)
{
    (void)state;
    assert_int_equal(run("plugins list " GOOD " 2>&1"), 0);
    expect(
        "optimizer       good_optimizer            1.0"); // wide enough for piecewise_constant_decay
    expect("splitter        good_splitter             1.0");
    expect_not("error");
    assert_int_equal(run("plugins list --kind splitter " GOOD " 2>&1"), 0);
    expect("good_splitter");
    expect_not("good_optimizer");
}

static void test_list_refusals(void **state)
{
    (void)state;
    assert_int_equal(run("plugins list " BAD " 2>/dev/null"), 4);
    expect("kind            id"); // the table alone: errors go to stderr
    expect_not("no_entry.so");
    assert_int_equal(run("plugins list " BAD " 2>&1 >/dev/null"), 4);
    expect("hpbench: error: " HPB_TEST_BINARY "/bad_plugins/no_entry.so: not an hpbench plugin: it "
           "exports no function hpbench_plugin\n");
    // found by way of the environment, refusals are told, and the rest is fine
    assert_int_equal(run("plugins list 2>&1; HPBENCH_PLUGIN_PATH='" HPB_TEST_BINARY
                         "/bad_plugins' \"$HPBENCH\" plugins list 2>&1"),
                     0);
    expect("no_entry.so: not an hpbench plugin");
}

static void test_show(void **state)
{
    (void)state;
    assert_int_equal(run("plugins show good_optimizer " GOOD " 2>&1"), 0);
    expect("optimizer good_optimizer 1.0, results revision 1\n"
           "A plugin for the loader's tests.\n"
           "\n"
           "  w -= learning_rate g.\n"
           "  Two lines; \"quotes\".\n"
           "\n");
    expect("  beta           real    0.1      >= 0, < 1             Decay; 0.1 has no exact binary "
           "form. Also: b, momentum_share.\n");
    expect("  every          int     none     > 0 or none   steps   Steps");
    expect("\n  momentum    4 bytes a parameter  The mean gradient.\n");
    expect("Instruction sets: baseline, x86-64-v3\n");
    expect("In a suite:\n"
           "  [optimizer.good_optimizer]\n"
           "  learning_rate = 0.01\n"
           "  beta = 0.1\n"
           "  every = none\n"
           "  centered = yes\n"
           "  form = torch\n");
    assert_int_equal(run("plugins show splitter/good_splitter " GOOD " 2>&1"), 0);
    expect("[splitter.good_splitter]");
    assert_int_equal(run("plugins show patience"), 0);
    expect("  The first epoch never stops training. With no validation rows val_loss is absent and "
           "nothing\n  happens.\n");
    expect("\n  mode                  choice  auto      auto, min, max          Whether");
    expect_not(" \n");
}

static void test_json(void **state)
{
    (void)state;
    assert_int_equal(run("plugins show good_optimizer --json " GOOD), 0);
    json_t *json = json_loads(output.data, 0, NULL);
    assert_non_null(json);
    const json_t *plugins = json_object_get(json, "plugins");
    assert_int_equal(json_array_size(plugins), 1);
    const json_t *plugin = json_array_get(plugins, 0);
    assert_string_equal(json_string_value(json_object_get(plugin, "kind")), "optimizer");
    const json_t *beta = json_array_get(json_object_get(plugin, "params"), 1);
    assert_true(json_number_value(json_object_get(beta, "default")) == 0.1);
    assert_true(json_is_true(json_object_get(beta, "max_open")));
    json_decref(json);
    assert_int_equal(run("plugins list --json --kind splitter " GOOD), 0);
    json = json_loads(output.data, 0, NULL);
    const json_t *listed = json_object_get(json, "plugins");
    assert_true(json_array_size(listed) >= 1);
    for (size_t i = 0; i < json_array_size(listed); i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(listed, i), "kind")),
                            "splitter");
    json_decref(json);
}

static void test_markdown(void **state)
{
    (void)state;
    assert_int_equal(run("plugins show good_optimizer --markdown " GOOD " 2>&1"), 0);
    expect("### optimizer good_optimizer\n\nA plugin for the loader's tests.\n\n"
           "    w -= learning_rate g.\n    Two lines; \"quotes\".\n\n"
           "| parameter | takes | default | meaning |\n|---|---|---|---|\n");
    expect("\n| `beta` | a number of at least 0 and less than 1 | `0.1` | Decay; 0.1 has no exact "
           "binary form. Also: b, momentum_share. |\n");
    expect("\n| `momentum` | 4 bytes a parameter | The mean gradient. |\n");
    expect_not(".so");
    assert_int_equal(run("plugins list --markdown --kind splitter " GOOD " 2>&1"), 0);
    expect("\n- [Splitters](#splitters): ");
    expect(" [good_splitter](#splitter-good_splitter), ");
    expect("\n### splitter good_splitter\n");
    expect_not("### optimizer");
    assert_int_equal(run("plugins list --markdown --json 2>&1"), 2);
    expect("--markdown and --json exclude each other");
}

// The page that is committed is what the plugins of this build say of themselves.
static void test_the_page_is_up_to_date(void **state)
{
    (void)state;
    char *page;
    size_t n;
    assert_int_equal(hpb_file_read(HPB_TEST_SOURCE "/../docs/plugins.md", (size_t)1 << 20,
                                   HPB_EXIT_STORE, &page, &n, NULL),
                     0);
    assert_int_equal(run("plugins list --markdown"), 0);
    size_t at = 0, line = 1;
    for (; page[at] && page[at] == output.data[at]; at++)
        line += page[at] == '\n';
    const bool is_same = page[at] == output.data[at];
    free(page);
    if (!is_same)
        fail_msg("docs/plugins.md:%zu is not what the plugins say. Renew it with\n"
                 "env -i build/dev/hpbench plugins list --markdown > docs/plugins.md",
                 line);
}

static void test_unknown(void **state)
{
    (void)state;
    assert_int_equal(run("plugins show good_optimiser " GOOD " 2>&1"), 2);
    expect("hpbench: error: no plugin is called \"good_optimiser\"\n"
           "hint: did you mean good_optimizer?\n");
    assert_int_equal(run("plugins show splitter/good_optimizer " GOOD " 2>&1"), 2);
    expect("hpbench: error: no splitter is called \"good_optimizer\"\n"
           "hint: it is of another kind: optimizer\n");
    assert_int_equal(run("plugins show revision_zero " BAD " 2>&1"), 4);
    expect("revision_zero.so: results_revision is 0; expected 1 or more\n");
}

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(run("plugins 2>&1"), 2);
    expect("hpbench: error: expected list or show ID\n");
    assert_int_equal(run("plugins shwo adam 2>&1"), 2);
    assert_int_equal(run("plugins show 2>&1"), 2);
    assert_int_equal(run("plugins show a b 2>&1"), 2);
    assert_int_equal(run("plugins list --kind optimiser 2>&1"), 2);
    expect("got \"optimiser\"");
    assert_int_equal(run("plugins list --plugin-dir /does/not/exist 2>&1"), 4);
    expect("hpbench: error: --plugin-dir /does/not/exist: can't be read: No such file or "
           "directory\n");
    assert_int_equal(run("plugins --help 2>&1"), 0);
    expect("--plugin-dir=DIR");
    expect("HPBENCH_PLUGIN_PATH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),     cmocka_unit_test(test_list_refusals),
        cmocka_unit_test(test_show),     cmocka_unit_test(test_json),
        cmocka_unit_test(test_markdown), cmocka_unit_test(test_the_page_is_up_to_date),
        cmocka_unit_test(test_unknown),  cmocka_unit_test(test_usage),
    };
    const int failures = cmocka_run_group_tests(tests, NULL, NULL);
    hpb_text_free(&output);
    return failures;
}
