// SPDX-License-Identifier: Apache-2.0
// Scans a folder of broken plugins and compares each refusal with the "expected:" line of its source.
#ifndef LOADER_BAD_PLUGINS_H
#define LOADER_BAD_PLUGINS_H

#include "support.h"

/// The text after "// expected: " in tests/bad_plugins/NAME.c, to be freed.
static inline char *expected_of(const char *name)
{
    char *path = hpb_format("%s/bad_plugins/%s.c", HPB_TEST_SOURCE, name);
    char *bytes;
    size_t n;
    file_read(path, &bytes, &n);
    const char *mark = "\n// expected: ";
    char *start = strstr(bytes, mark);
    if (!start)
        fail_msg("%s has no \"// expected:\" line", path);
    start += strlen(mark);
    start[strcspn(start, "\n")] = '\0';
    char *expected = hpb_strdup(start);
    free(bytes);
    free(path);
    return expected;
}

static inline bool is_as_expected(const char *reason, const char *expected)
{
    if (strcmp(reason, expected) == 0)
        return true;
    // the address sanitizer turns signal 11 into an exit of its own
    const char *signal = strstr(expected, "(signal 11");
    return HAS_ASAN && signal && strncmp(reason, expected, (size_t)(signal - expected)) == 0;
}

/// Every plugin in the folder is refused, for the reason that its source gives.
static inline void check_bad_folder(const char *folder, uint32_t at_least)
{
    hpb_registry registry;
    hpb_error error;
    if (scan_folder(folder, false, &registry, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    for (uint32_t i = 0; i < registry.n_plugins; i++)
        print_error("%s was accepted\n", registry.plugins[i].path);
    uint32_t wrong = registry.n_plugins;
    for (uint32_t i = 0; i < registry.n_refusals; i++) {
        char *name = hpb_strdup(strrchr(registry.refusals[i].path, '/') + 1);
        name[strlen(name) - 3] = '\0';
        char *expected = expected_of(name);
        if (!is_as_expected(registry.refusals[i].reason, expected)) {
            print_error("%s\n  expected: %s\n  got:      %s\n", name, expected,
                        registry.refusals[i].reason);
            wrong++;
        }
        free(expected);
        free(name);
    }
    assert_int_equal(wrong, 0);
    assert_true(registry.n_refusals >= at_least);
    hpb_registry_free(&registry);
}

#endif // LOADER_BAD_PLUGINS_H
