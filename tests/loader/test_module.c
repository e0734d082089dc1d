// SPDX-License-Identifier: Apache-2.0
// Opening a plugin in this process, and choosing an instruction set.
#include "support.h"

#include "loader/module.h"

#include <xmmintrin.h>

static void test_open(void **state)
{
    (void)state;
    hpb_module module, again;
    hpb_plugin_info info;
    hpb_error error = {0};
    hpb_arena *arena = hpb_arena_create();
    const char *path = HPB_TEST_BINARY "/good_plugins/good_optimizer.so";
    if (hpb_module_open(path, HPB_KIND_OPTIMIZER, arena, &module, &info, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    assert_string_equal(info.id, "good_optimizer");
    assert_string_equal(info.path, path);
    assert_int_equal(strlen(info.sha256), 64);
    assert_ptr_equal(module.ops, module.plugin->ops);
    const hpb_optimizer_ops *ops = module.ops;
    assert_true(hpb_optimizer_update(ops, HPB_ISA_BASELINE) == ops->update[HPB_ISA_BASELINE]);
    assert_true(hpb_optimizer_update(ops, HPB_ISA_V3) == ops->update[HPB_ISA_V3]);
    assert_true(hpb_optimizer_update(ops, HPB_ISA_V4) == ops->update[HPB_ISA_V3]); // it has no v4

    assert_int_equal(hpb_module_open(path, 0, NULL, &again, NULL, &error), HPB_EXIT_OK);
    assert_ptr_equal(again.plugin, module.plugin);
    assert_int_equal(hpb_module_open(path, HPB_KIND_SPLITTER, NULL, &again, NULL, &error),
                     HPB_EXIT_PLUGIN);
    assert_contains(error.text, "good_optimizer.so: its kind is optimizer; expected splitter");
    assert_null(again.plugin);
    hpb_arena_destroy(arena);
}

static void test_absolute_path_only(void **state)
{
    (void)state;
    hpb_module module;
    hpb_error error = {0};
    assert_int_equal(hpb_module_open("libm.so.6", 0, NULL, &module, NULL, &error), HPB_EXIT_PLUGIN);
    assert_string_equal(error.text, "libm.so.6: not an absolute path");
}

// The thread that loaded a -ffast-math plugin computes as before.
static void test_control_register_restored(void **state)
{
    (void)state;
    hpb_module module;
    hpb_error error = {0};
    const unsigned before = _mm_getcsr();
    assert_int_equal(hpb_module_open(HPB_TEST_BINARY "/bad_plugins/fast_math_linked.so", 0, NULL,
                                     &module, NULL, &error),
                     HPB_EXIT_PLUGIN);
    assert_contains(error.text, "flush-to-zero");
    assert_int_equal(_mm_getcsr() & ~0x3fu, before & ~0x3fu);
}

static void test_isa(void **state)
{
    (void)state;
    hpb_error error = {0};
    uint32_t isa = 99;
    const uint32_t best = hpb_isa_best();
    assert_true(best < HPB_ISA_COUNT);
    assert_int_equal(hpb_isa_parse("auto", &isa, &error), HPB_EXIT_OK);
    assert_int_equal(isa, best);
    for (uint32_t i = 0; i < HPB_ISA_COUNT; i++) {
        const hpb_exit result = hpb_isa_parse(hpb_isa_name(i), &isa, &error);
        assert_int_equal(result, i <= best ? HPB_EXIT_OK : HPB_EXIT_USAGE);
        if (i <= best)
            assert_int_equal(isa, i);
    }
    assert_int_equal(hpb_isa_parse("x86-64-v5", &isa, &error), HPB_EXIT_USAGE);
    assert_contains(error.text, "got x86-64-v5");
    assert_contains(error.hint, "did you mean x86-64-v");
    assert_int_equal(hpb_isa_parse("", &isa, &error), HPB_EXIT_USAGE);
    assert_null(hpb_isa_name(HPB_ISA_COUNT));
}

// What the kernel lists in /proc/cpuinfo is what the machine can run.
static void test_isa_agrees_with_kernel(void **state)
{
    (void)state;
    static const char *const v3[] = {" avx2", " fma", " bmi1", " bmi2", " f16c", " movbe", " abm"};
    static const char *const v4[] = {" avx512f", " avx512bw", " avx512cd", " avx512dq",
                                     " avx512vl"};
    FILE *file = fopen("/proc/cpuinfo", "r");
    char *line = NULL;
    size_t capacity = 0;
    bool is_found = false;
    while (file && !is_found && getline(&line, &capacity, file) > 0)
        is_found = strncmp(line, "flags", 5) == 0;
    if (file)
        fclose(file);
    if (!is_found) {
        free(line);
        skip();
    }
    bool has_v3 = true, has_v4 = true;
    for (size_t i = 0; i < HPB_COUNT(v3); i++)
        has_v3 = has_v3 && strstr(line, v3[i]);
    for (size_t i = 0; i < HPB_COUNT(v4); i++)
        has_v4 = has_v4 && strstr(line, v4[i]);
    free(line);
    assert_int_equal(hpb_isa_best(), !has_v3 ? HPB_ISA_BASELINE : has_v4 ? HPB_ISA_V4 : HPB_ISA_V3);
}

int main(int argc, char **argv)
{
    PROBE_MAIN(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_absolute_path_only),
        cmocka_unit_test(test_control_register_restored),
        cmocka_unit_test(test_isa),
        cmocka_unit_test(test_isa_agrees_with_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
