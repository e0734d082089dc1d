// SPDX-License-Identifier: Apache-2.0
// Where plugins are found, what is reported of them, and how splits are counted from outside.
#include "support.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>

static int set_up(void **state)
{
    *state = folder_make();
    return 0;
}

static int tear_down(void **state)
{
    folder_remove(*state);
    unsetenv("HPBENCH_PLUGIN_PATH");
    unsetenv("HOME");
    return 0;
}

static void expect_scan(const hpb_search *search, uint32_t n_plugins, uint32_t n_refusals)
{
    hpb_registry registry;
    hpb_error error = {0};
    if (hpb_probe_scan(search, &registry, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    for (uint32_t i = 0; i < registry.n_refusals && n_refusals == 0; i++)
        print_error("%s: %s\n", registry.refusals[i].path, registry.refusals[i].reason);
    assert_int_equal(registry.n_plugins, n_plugins);
    assert_int_equal(registry.n_refusals, n_refusals);
    hpb_registry_free(&registry);
}

static void expect_error(const hpb_search *search, const char *text)
{
    hpb_registry registry;
    hpb_error error = {0};
    assert_int_equal(hpb_probe_scan(search, &registry, &error), HPB_EXIT_PLUGIN);
    assert_contains(error.text, text);
    assert_null(registry.arena);
}

static void test_descriptor(void **state)
{
    const char *folder = *state;
    hpb_registry registry;
    hpb_error error;
    good_copy("good_optimizer", folder, "good_optimizer.so");
    assert_int_equal(scan_folder(folder, false, &registry, &error), HPB_EXIT_OK);
    const hpb_plugin_info *plugin =
        hpb_registry_find(&registry, HPB_KIND_OPTIMIZER, "good_optimizer");
    assert_non_null(plugin);
    assert_null(hpb_registry_find(&registry, HPB_KIND_SPLITTER, "good_optimizer"));
    assert_string_equal(plugin->version, "1.0");
    assert_string_equal(plugin->docs, "w -= learning_rate g.\nTwo lines; \"quotes\".");
    assert_int_equal(plugin->results_revision, 1);
    assert_int_equal(plugin->abi_major, HPB_ABI_MAJOR);
    assert_int_equal(plugin->abi_minor, HPB_ABI_MINOR);
    assert_int_equal(plugin->flags, HPB_OPTIMIZER_ELEMENTWISE);
    assert_int_equal(plugin->isa, 1u << HPB_ISA_BASELINE | 1u << HPB_ISA_V3);

    assert_int_equal(plugin->n_params, 6);
    const hpb_param *p = plugin->params;
    assert_string_equal(p[0].name, "learning_rate");
    assert_true(p[0].max == HUGE_VAL && p[0].min == 0);
    assert_true(p[1].value == 0.1); // to the last bit
    assert_string_equal(p[1].aliases, "b,momentum_share");
    assert_int_equal(p[1].flags, HPB_PARAM_MAX_OPEN);
    assert_true(isnan(p[2].value));
    assert_int_equal(p[2].flags, HPB_PARAM_MIN_OPEN | HPB_PARAM_OPTIONAL);
    assert_string_equal(p[2].unit, "steps");
    assert_int_equal(p[3].type, HPB_TYPE_FLAG);
    assert_int_equal(p[4].type, HPB_TYPE_CHOICE);
    assert_string_equal(p[4].choices, "keras,torch");           // as a suite types them
    assert_true(p[3].max == HUGE_VAL && p[4].min == -HUGE_VAL); // flags and choices have no bounds
    assert_true(p[5].type == HPB_TYPE_REALS && p[5].min == -HUGE_VAL && p[5].max == 9);
    assert_int_equal(plugin->n_slots, 2);
    assert_string_equal(plugin->slots[0].name, "momentum");
    assert_int_equal(plugin->slots[1].scope, HPB_SLOT_LANE);
    assert_null(plugin->slots[1].doc);

    char *bytes, *path = path_in(folder, "good_optimizer.so"), sha256[HPB_SHA256_TEXT];
    size_t n;
    file_read(path, &bytes, &n);
    assert_string_equal(plugin->path, path);
    assert_string_equal(plugin->sha256, hpb_sha256(bytes, n, sha256));
    free(bytes);
    free(path);
    hpb_registry_free(&registry);
}

static void test_json_round_trip(void **state)
{
    const char *folder = *state;
    hpb_registry registry, again;
    hpb_error error;
    good_copy("good_optimizer", folder, "good_optimizer.so");
    good_copy("good_splitter", folder, "good_splitter.so");
    file_write(folder, "empty.so", "", 0);
    assert_int_equal(scan_folder(folder, false, &registry, &error), HPB_EXIT_OK);
    json_t *json = hpb_registry_to_json(&registry);
    assert_int_equal(hpb_registry_from_json(json, &again, &error), HPB_EXIT_OK);
    json_t *json_again = hpb_registry_to_json(&again);
    assert_true(json_equal(json, json_again));
    assert_int_equal(again.n_plugins, 2);
    assert_int_equal(again.n_refusals, 1);
    hpb_registry_free(&again);

    // whatever is missing or of another type is an error, never a crash
    json_t *plugin = json_array_get(json_object_get(json, "plugins"), 0);
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(plugin, next, key, value)
    {
        char *name = hpb_strdup(key);
        json_incref(value);
        json_object_set_new(plugin, name, json_integer(-1));
        if (hpb_registry_from_json(json, &again, &error) != HPB_EXIT_INTERNAL)
            fail_msg("%s: -1 was accepted", name);
        json_object_set_new(plugin, name, value);
        free(name);
    }
    json_decref(json);
    json_decref(json_again);
    hpb_registry_free(&registry);
}

static void test_search_order(void **state)
{
    const char *folder = *state;
    char *first = path_in(folder, "first"), *second = path_in(folder, "second");
    char *home = path_in(folder, "home");
    char *local = path_in(folder, "home/.local/lib/hpbench/plugins/splitters");
    hpb_error error;
    assert_int_equal(hpb_folder_create(first, &error), HPB_EXIT_OK);
    assert_int_equal(hpb_folder_create(second, &error), HPB_EXIT_OK);
    assert_int_equal(hpb_folder_create(local, &error), HPB_EXIT_OK);
    const hpb_search none = {0}, named = {(const char *const[]){first, first}, 2, false};
    expect_scan(&none, 0, 0);
    good_copy("good_splitter", local, "good_splitter.so");
    setenv("HOME", home, 1);
    expect_scan(&none, 1, 0);
    unsetenv("HOME");
    good_copy("good_optimizer", second, "good_optimizer.so");
    setenv("HPBENCH_PLUGIN_PATH", second, 1);
    expect_scan(&none, 1, 0);

    // one file under two names and in two folders is one plugin
    char *link_path = path_in(first, "good_optimizer.so");
    char *target = path_in(second, "good_optimizer.so");
    assert_int_equal(symlink(target, link_path), 0);
    expect_scan(&named, 1, 0);
    // hidden files and other names are not looked at
    file_write(first, ".hidden.so", "", 0);
    file_write(first, "notes.txt", "", 0);
    file_write(first, "x.so.1", "", 0);
    expect_scan(&named, 1, 0);
    // two files of one kind and id are an error, and it names both
    assert_int_equal(unlink(link_path), 0);
    good_copy("good_optimizer", first, "good_optimizer.so");
    char *both =
        hpb_format("two plugins are the optimizer good_optimizer: %s and %s", link_path, target);
    expect_error(&named, both);
    free(both);
    free(link_path);
    free(target);
    free(first);
    free(second);
    free(home);
    free(local);
}

static void test_folder_of_kind(void **state)
{
    const char *folder = *state;
    hpb_registry registry;
    hpb_error error;
    char *wrong = path_in(folder, "initializers");
    assert_int_equal(hpb_folder_create(wrong, &error), HPB_EXIT_OK);
    good_copy("good_optimizer", wrong, "good_optimizer.so");
    assert_int_equal(scan_folder(folder, false, &registry, &error), HPB_EXIT_OK);
    assert_string_equal(reason_of(&registry, "good_optimizer.so"),
                        "its kind is optimizer, but it lies in the folder initializers: move it to "
                        "optimizers");
    hpb_registry_free(&registry);
    free(wrong);
}

static void test_wrong_folders(void **state)
{
    const char *folder = *state;
    char *missing = path_in(folder, "missing"), *file = path_in(folder, "file");
    file_write(folder, "file", "", 0);
    expect_error(&(hpb_search){(const char *const[]){missing}, 1, false},
                 "missing: can't be read: No such file or directory");
    expect_error(&(hpb_search){(const char *const[]){file}, 1, false}, "file: not a folder");
    const hpb_search none = {0};
    setenv("HPBENCH_PLUGIN_PATH", missing, 1);
    expect_error(&none, "HPBENCH_PLUGIN_PATH: element 1 (");
    setenv("HPBENCH_PLUGIN_PATH", "/usr:", 1);
    expect_error(&none, "HPBENCH_PLUGIN_PATH: element 2 is empty; expected absolute folders");
    setenv("HPBENCH_PLUGIN_PATH", "/usr:plugins", 1);
    expect_error(&none, "HPBENCH_PLUGIN_PATH: element 2 is relative; expected an absolute folder; "
                        "got plugins");
    setenv("HPBENCH_PLUGIN_PATH", "", 1);
    expect_scan(&none, 0, 0);
    free(missing);
    free(file);
}

// A relative --plugin-dir is the user's word at the command line; what is stored is absolute.
static void test_relative_plugin_dir(void **state)
{
    const char *folder = *state;
    good_copy("good_optimizer", folder, "good_optimizer.so");
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(folder), 0);
    hpb_registry registry;
    hpb_error error;
    const hpb_exit result = scan_folder(".", false, &registry, &error);
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_int_equal(result, HPB_EXIT_OK);
    char *expected = path_in(folder, "good_optimizer.so");
    assert_string_equal(registry.plugins[0].path, expected);
    free(expected);
    hpb_registry_free(&registry);
}

// Files that kill the process stand before, between and after good ones; each is named, none is lost.
static void test_survives_deaths(void **state)
{
    const char *folder = *state;
    static const char *const deadly[] = {"ends_with_exit", "ends_with_abort", "closes_files"};
    for (size_t i = 0; i < HPB_COUNT(deadly); i++) {
        char *from = hpb_format("%s/bad_plugins/%s.so", HPB_TEST_BINARY, deadly[i]);
        char *name = hpb_format("%s.so", deadly[i]), *bytes;
        size_t n;
        file_read(from, &bytes, &n);
        file_write(folder, name, bytes, n);
        free(bytes);
        free(name);
        free(from);
    }
    good_copy("good_optimizer", folder, "good_optimizer.so");
    good_copy("good_splitter", folder, "good_splitter.so");
    const hpb_search search = {(const char *const[]){folder}, 1, false};
    expect_scan(&search, 2, HPB_COUNT(deadly));
    int status;
    assert_int_equal(waitpid(-1, &status, WNOHANG), -1); // no child is left
}

static void expect_count(hpb_probe **probe, const hpb_plugin_info *splitter,
                         const hpb_value *values, uint32_t n_rows, uint32_t expected)
{
    const hpb_rows rows = {.struct_size = sizeof rows, .n_rows = n_rows};
    uint32_t count = 0;
    hpb_error error = {0};
    if (hpb_probe_check_values(probe, splitter, values, &rows, &count, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    assert_int_equal(count, expected);
}

static void expect_no_count(hpb_probe **probe, const hpb_plugin_info *splitter,
                            const hpb_value *values, uint32_t n_rows, hpb_exit code,
                            const char *text)
{
    const hpb_rows rows = {.struct_size = sizeof rows, .n_rows = n_rows};
    uint32_t count = 0;
    hpb_error error = {0};
    assert_int_equal(hpb_probe_check_values(probe, splitter, values, &rows, &count, &error), code);
    assert_contains(error.text, text);
}

static void test_count_splits(void **state)
{
    const char *folder = *state;
    hpb_registry registry;
    hpb_error error;
    good_copy("good_splitter", folder, "good_splitter.so");
    assert_int_equal(scan_folder(folder, false, &registry, &error), HPB_EXIT_OK);
    const hpb_plugin_info *splitter =
        hpb_registry_find(&registry, HPB_KIND_SPLITTER, "good_splitter");
    const double sizes[] = {1, 2.5, 0.5};
    hpb_value values[2] = {{.number = 5}, {.list = NULL}};
    hpb_probe *probe = NULL;
    expect_count(&probe, splitter, values, 80, 5);
    values[1] = (hpb_value){.list = sizes, .count = 3};
    expect_count(&probe, splitter, values, 80, 9);
    values[0].number = (double)NAN; // none
    expect_count(&probe, splitter, values, 80, 84);
    expect_no_count(&probe, splitter, values, 4, HPB_EXIT_SUITE, "n_splits: 5 splits of 4 rows");
    values[0].number = 0;
    values[1] = (hpb_value){0};
    expect_no_count(&probe, splitter, values, 80, HPB_EXIT_PLUGIN,
                    "answers 0 as the number of splits");
    // a splitter that dies is named, and the next question goes to a new process
    expect_no_count(&probe, splitter, values, 13, HPB_EXIT_PLUGIN,
                    "good_splitter.so: ended the process while counting its splits (signal 6, "
                    "Aborted)");
    expect_no_count(&probe, splitter, values, 14, HPB_EXIT_PLUGIN,
                    "ended the process while counting its splits (exit 0)");
    values[0].number = 3;
    expect_no_count(&probe, splitter, values, 15, HPB_EXIT_PLUGIN, "random");
    expect_count(&probe, splitter, values, 80, 3);
    hpb_probe_close(probe);
    hpb_probe_close(NULL);
    hpb_registry_free(&registry);
}

// More groups than a message could hold reach the plugin, and the next question is understood.
static void test_count_splits_of_groups(void **state)
{
    const char *folder = *state;
    hpb_registry registry;
    hpb_error error;
    good_copy("good_splitter", folder, "good_splitter.so");
    assert_int_equal(scan_folder(folder, false, &registry, &error), HPB_EXIT_OK);
    const hpb_plugin_info *splitter =
        hpb_registry_find(&registry, HPB_KIND_SPLITTER, "good_splitter");
    const hpb_value values[2] = {{.number = 5}, {.list = NULL}};
    const uint32_t n = 1500000;
    uint32_t *groups = hpb_alloc(n, sizeof *groups), count;
    int32_t *test_fold = hpb_alloc(n, sizeof *test_fold);
    for (uint32_t i = 0; i < n; i++) {
        groups[i] = i;
        test_fold[i] = (int32_t)(i % 2) - 1;
    }
    test_fold[n - 1] = 4000000;
    hpb_rows rows = {sizeof rows, n, groups, test_fold};
    hpb_probe *probe = NULL;
    for (int i = 0; i < 4; i++) {
        rows.groups = i & 1 ? groups : NULL;
        rows.test_fold = i & 2 ? test_fold : NULL;
        assert_int_equal(hpb_probe_check_values(&probe, splitter, values, &rows, &count, &error),
                         HPB_EXIT_OK);
        assert_int_equal(count, 5 + (i & 1 ? n - 1 : 0) + (i & 2 ? 4000000 : 0));
        expect_count(&probe, splitter, values, 80, 5);
    }
    // one that dies leaves the rest of the columns unread, and the next process starts afresh
    rows.n_rows = 13;
    assert_int_equal(hpb_probe_check_values(&probe, splitter, values, &rows, &count, &error),
                     HPB_EXIT_PLUGIN);
    expect_count(&probe, splitter, values, 80, 5);
    hpb_probe_close(probe);
    hpb_registry_free(&registry);
    free(test_fold);
    free(groups);
}

// A program that hands on to hpb_probe_scan() instead of answering must not start processes for ever.
static void test_no_probe_inside_probe(void **state)
{
    const char *folder = *state;
    hpb_registry registry;
    hpb_error error;
    good_copy("good_splitter", folder, "good_splitter.so");
    setenv("HPBENCH_PROBE_PROCESS", "1", 1);
    assert_int_equal(scan_folder(folder, false, &registry, &error), HPB_EXIT_INTERNAL);
    unsetenv("HPBENCH_PROBE_PROCESS");
}

int main(int argc, char **argv)
{
    PROBE_MAIN(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder_of_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_relative_plugin_dir, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_survives_deaths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_count_splits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_count_splits_of_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_probe_inside_probe, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
