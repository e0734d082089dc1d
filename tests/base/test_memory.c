// SPDX-License-Identifier: Apache-2.0
// Memory: zeroed, aligned, never NULL; and what happens when there is none.
#include "base/base.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t n = 0; n < 300; n += 7) {
        unsigned char *plain = hpb_alloc(n, 3), *aligned = hpb_alloc_aligned(n);
        assert_non_null(plain);
        assert_int_equal((uintptr_t)aligned % 64, 0);
        for (size_t i = 0; i < 3 * n; i++)
            assert_int_equal(plain[i], 0);
        for (size_t i = 0; i < (n + 63) / 64 * 64; i++)
            assert_int_equal(aligned[i], 0);
        free(plain);
        free(aligned);
    }
}

static void test_grow_keeps_what_is_there(void **state)
{
    (void)state;
    size_t capacity = 0;
    uint32_t *items = NULL;
    for (uint32_t i = 0; i < 5000; i++) {
        items = hpb_grow(items, &capacity, i + 1, sizeof *items);
        items[i] = i * 3;
    }
    assert_true(capacity >= 5000 && capacity < 10001);
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(items[i], i * 3);
    assert_ptr_equal(hpb_grow(items, &capacity, 17, sizeof *items), items);
    free(items);
}

static void test_strings(void **state)
{
    (void)state;
    char *copy = hpb_strdup("abc"), *text = hpb_format("%s-%03d", "x", 7);
    char *empty = hpb_format("%s", "");
    assert_string_equal(copy, "abc");
    assert_string_equal(text, "x-007");
    assert_string_equal(empty, "");
    free(copy);
    free(text);
    free(empty);
}

static void test_arena(void **state)
{
    (void)state;
    hpb_arena *arena = hpb_arena_create();
    unsigned char *blocks[400];
    size_t sizes[400];
    for (size_t i = 0; i < 400; i++) { // small, larger than a block, and empty
        sizes[i] = i % 50 == 49 ? 40000 + i : i % 50;
        blocks[i] = hpb_arena_alloc(arena, sizes[i], 1);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < 400; i++) // nobody wrote into anybody else's
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(blocks[i][k], i % 251);
    assert_string_equal(hpb_arena_strdup(arena, "whole"), "whole");
    assert_string_equal(hpb_arena_strndup(arena, "cut off", 3), "cut");
    assert_string_equal(hpb_arena_strndup(arena, "", 0), "");
    assert_string_equal(hpb_arena_format(arena, "%d %s", 4, "two"), "4 two");
    hpb_arena_destroy(arena);
    hpb_arena_destroy(NULL);
}

// The address sanitizer would end the program itself where malloc() returns NULL.
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void take_too_much(void)
{
    hpb_alloc(SIZE_MAX / 2, 4);
}

static void take_too_much_aligned(void)
{
    hpb_alloc_aligned(SIZE_MAX - 10);
}

static void grow_too_much(void)
{
    size_t capacity = 0;
    hpb_grow(NULL, &capacity, SIZE_MAX / 4, 16);
}

static void grow_beyond_doubling(void)
{
    size_t capacity = 0;
    hpb_grow(NULL, &capacity, SIZE_MAX, 1);
}

static void take_too_much_of_an_arena(void)
{
    hpb_arena_alloc(hpb_arena_create(), SIZE_MAX / 2, 4);
}

// Sizes that wrap round must end the program in order, not give little memory for much.
static void test_no_memory_is_exit_70(void **state)
{
    (void)state;
    void (*const takers[])(void) = {take_too_much, take_too_much_aligned, grow_too_much,
                                    grow_beyond_doubling, take_too_much_of_an_arena};
    for (size_t i = 0; i < HPB_COUNT(takers); i++) {
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            dup2(ends[1], STDERR_FILENO);
            takers[i]();
            _exit(0);
        }
        close(ends[1]);
        char said[512] = "";
        size_t n = 0;
        for (ssize_t got;
             n < sizeof said - 1 && (got = read(ends[0], said + n, sizeof said - 1 - n)) > 0;)
            n += (size_t)got;
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), HPB_EXIT_INTERNAL);
        assert_non_null(strstr(said, "hpbench: error: out of memory\n"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_grow_keeps_what_is_there),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_no_memory_is_exit_70),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
