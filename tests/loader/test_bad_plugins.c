// SPDX-License-Identifier: Apache-2.0
// Every broken plugin of tests/bad_plugins is refused in the words that its source expects.
#include "bad_plugins.h"

static void test_refusals(void **state)
{
    (void)state;
    check_bad_folder(HPB_TEST_BINARY "/bad_plugins", 50);
}

int main(int argc, char **argv)
{
    PROBE_MAIN(argc, argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
