// SPDX-License-Identifier: Apache-2.0
// What the loader's tests share: private folders, copies of plugins, scans, and the probe's own entry.
#ifndef LOADER_SUPPORT_H
#define LOADER_SUPPORT_H

#include "loader/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifndef HAS_ASAN
#define HAS_ASAN 0
#endif

/// The test program is its own probe: every test's main() starts with this.
#define PROBE_MAIN(argc, argv)                                                                     \
    do {                                                                                           \
        if ((argc) == 2 && strcmp((argv)[1], "--probe") == 0)                                      \
            return hpb_probe_main();                                                               \
        unsetenv("HPBENCH_PLUGIN_PATH");                                                           \
        unsetenv("HOME");                                                                          \
    } while (0)

/// A new private folder, as folder_remove() takes it away again.
static inline char *folder_make(void)
{
    char *path = hpb_strdup("/tmp/hpbench-loader-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline int remove_entry(const char *path, const struct stat *status, int type,
                               struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static inline void folder_remove(char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

/// "FOLDER/NAME", to be freed.
static inline char *path_in(const char *folder, const char *name)
{
    return hpb_format("%s/%s", folder, name);
}

static inline void file_read(const char *path, char **bytes, size_t *n)
{
    hpb_error error = {0};
    if (hpb_file_read(path, (size_t)1 << 28, HPB_EXIT_STORE, bytes, n, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
}

static inline void file_write(const char *folder, const char *name, const void *bytes, size_t n)
{
    hpb_error error = {0};
    char *path = path_in(folder, name);
    if (hpb_file_write(path, bytes, n, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    free(path);
}

/// Bytes of a plugin without fault.
static inline void good_read(const char *name, char **bytes, size_t *n)
{
    char *path = hpb_format("%s/good_plugins/%s.so", HPB_TEST_BINARY, name);
    file_read(path, bytes, n);
    free(path);
}

static inline void good_copy(const char *good, const char *folder, const char *name)
{
    char *bytes;
    size_t n;
    good_read(good, &bytes, &n);
    file_write(folder, name, bytes, n);
    free(bytes);
}

static inline hpb_exit scan_folder(const char *folder, bool allow_insecure, hpb_registry *out,
                                   hpb_error *error)
{
    const hpb_search search = {&folder, 1, allow_insecure};
    *error = (hpb_error){0};
    return hpb_probe_scan(&search, out, error);
}

/// Why FOLDER/NAME was refused; fails the test if it was not.
static inline const char *reason_of(const hpb_registry *registry, const char *name)
{
    for (uint32_t i = 0; i < registry->n_refusals; i++) {
        const char *slash = strrchr(registry->refusals[i].path, '/');
        if (strcmp(slash + 1, name) == 0)
            return registry->refusals[i].reason;
    }
    fail_msg("%s was not refused", name);
    return "";
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("expected \"%s\" in \"%s\"", part, text);
}

#endif // LOADER_SUPPORT_H
