// SPDX-License-Identifier: Apache-2.0
// The plugin ABI's structs lie in memory as layout.def says: C and C++ (layout_cxx.cc) alike.
#include "hpbench/plugin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct layout_line {
    const char *name;
    size_t actual, expected;
} layout_line;

#define ABI(major, minor)                                                                          \
    {"HPB_ABI_MAJOR", HPB_ABI_MAJOR, major}, {"HPB_ABI_MINOR", HPB_ABI_MINOR, minor},
#define STRUCT(type, size) {"sizeof " #type, sizeof(type), size},
#define FIELD(type, field, offset) {"offset of " #type "." #field, offsetof(type, field), offset},
static const layout_line layout[] = {
#include "layout.def"
};

static void test_layout(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
        if (layout[i].actual == layout[i].expected)
            continue;
        print_error("%s is %zu, was %zu\n", layout[i].name, layout[i].actual, layout[i].expected);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

// The preamble is read before anything is known of who wrote it: it never moves, in any major.
static void test_preamble_is_frozen(void **state)
{
    (void)state;
    assert_int_equal(offsetof(hpb_plugin, magic), 0);
    assert_int_equal(offsetof(hpb_plugin, abi_major), 4);
    assert_int_equal(offsetof(hpb_plugin, abi_minor), 6);
    assert_int_equal(offsetof(hpb_plugin, struct_size), 8);
    assert_int_equal(offsetof(hpb_plugin, pointer_size), 12);
    assert_int_equal(offsetof(hpb_plugin, fast_math), 14);
    assert_int_equal(HPB_MAGIC, 0x4e425048);
}

// The numbers of the kinds are stored and compared: they never change.
static void test_kinds_are_frozen(void **state)
{
    (void)state;
    assert_int_equal(HPB_KIND_OPTIMIZER, 1);
    assert_int_equal(HPB_KIND_INITIALIZER, 2);
    assert_int_equal(HPB_KIND_SPLITTER, 3);
    assert_int_equal(HPB_KIND_EARLY_STOPPING, 4);
    assert_int_equal(HPB_KIND_SCHEDULE, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_preamble_is_frozen),
        cmocka_unit_test(test_kinds_are_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
