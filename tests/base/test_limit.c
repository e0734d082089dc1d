// SPDX-License-Identifier: Apache-2.0
// Limits of the shell in words: named where they are set, and where what failed is theirs.
#include "base/base.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include <cmocka.h>

static void set_limit(int resource, rlim_t most)
{
    struct rlimit limit;
    assert_int_equal(getrlimit((__rlimit_resource_t)resource, &limit), 0);
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    assert_int_equal(setrlimit((__rlimit_resource_t)resource, &limit), 0);
}

static void named_where_they_are_set(void **state)
{
    (void)state;
    set_limit(RLIMIT_FSIZE, RLIM_INFINITY);
    assert_null(hpb_limit_text(RLIMIT_FSIZE));
    set_limit(RLIMIT_FSIZE, (rlim_t)1 << 40);
    assert_string_equal(hpb_limit_text(RLIMIT_FSIZE), "the size of files is limited (ulimit -f)");
    set_limit(RLIMIT_STACK, (rlim_t)8 << 20); // as much as anyone has
    assert_null(hpb_limit_text(RLIMIT_STACK));
    set_limit(RLIMIT_STACK, (rlim_t)512 << 10);
    assert_string_equal(hpb_limit_text(RLIMIT_STACK), "the stack is limited (ulimit -s)");
    assert_null(hpb_limit_text(RLIMIT_CORE)); // nobody's business here
}

static void a_hint_where_the_fault_is_theirs(void **state)
{
    (void)state;
    hpb_error error;
    set_limit(RLIMIT_FSIZE, (rlim_t)1 << 40);
    hpb_error_set(&error, HPB_EXIT_STORE, "x: can't be written");
    hpb_error_hint_limit(&error, ENOSPC);
    assert_string_equal(error.hint, "");
    hpb_error_hint_limit(&error, 0);
    assert_string_equal(error.hint, "");
    hpb_error_hint_limit(&error, EFBIG);
    assert_string_equal(error.hint, "the size of files is limited (ulimit -f)");
    hpb_error_hint_limit(NULL, EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_where_they_are_set),
        cmocka_unit_test(a_hint_where_the_fault_is_theirs),
    };
    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
