// SPDX-License-Identifier: Apache-2.0
// LD_PRELOAD: makes the Nth allocation of a process fail, as where memory has run out.
//
//   HPB_FAIL_AT=N        the Nth call of malloc, calloc, realloc or an aligned one returns NULL; 0: none does
//   HPB_FAIL_MODE=on     and all after it; else that one alone
//   HPB_FAIL_CHILDREN=1  counts in every process that is started as well, each for itself
//   HPB_FAIL_COUNT=FILE  writes how many calls the first process made, where it ends by exit()
//
// Spared: libiniparser, which does not look at what it gets (core/suite/ini.c sees to it that there is enough).
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

#define EXPORT __attribute__((__visibility__("default")))

static atomic_ulong n_calls;
static unsigned long fail_at;
static bool fail_on;
static const char *count_path;

static bool is_spared(const void *caller)
{
    Dl_info info;
    return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "/libiniparser.");
}

static bool must_fail(const void *caller)
{
    const unsigned long call = atomic_fetch_add(&n_calls, 1) + 1;
    if (!fail_at || call < fail_at || (call > fail_at && !fail_on))
        return false;
    if (is_spared(caller))
        return false;
    errno = ENOMEM;
    return true;
}

EXPORT void *malloc(size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *memory, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = must_fail(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
    if (!memory)
        return ENOMEM;
    *out = memory;
    return 0;
}

__attribute__((__constructor__)) static void read_environment(void)
{
    const char *at = getenv("HPB_FAIL_AT"), *mode = getenv("HPB_FAIL_MODE");
    const char *children = getenv("HPB_FAIL_CHILDREN");
    count_path = getenv("HPB_FAIL_COUNT");
    if (count_path)
        count_path = strdup(count_path);
    unsetenv("HPB_FAIL_COUNT");
    if (!children)
        unsetenv("LD_PRELOAD");
    fail_on = mode && strcmp(mode, "on") == 0;
    atomic_store(&n_calls, 0);
    fail_at = at ? strtoul(at, NULL, 10) : 0;
}

__attribute__((__destructor__)) static void write_count(void)
{
    const unsigned long n = atomic_load(&n_calls);
    fail_at = 0;
    FILE *file = count_path ? fopen(count_path, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%lu\n", n);
    fclose(file);
}
