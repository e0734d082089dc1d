// SPDX-License-Identifier: Apache-2.0
// Opens one plugin. What goes on inside dlopen() is the plugin's: callers are processes that may die.
#include "loader/module.h"

#include "loader/descriptor.h"
#include "loader/elf.h"
#include "random/random.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <xmmintrin.h>

#define LARGEST_FILE ((size_t)256 << 20)
#define CONTROL_BITS (~0x3fu) // of MXCSR: the lowest six are sticky exception flags

static hpb_exit refuse(hpb_error *error, const char *path, const char *reason)
{
    return hpb_error_set(error, HPB_EXIT_PLUGIN, "%s: %s", path, reason);
}

// Restores the control register that the process had. True if the plugin had changed it.
static bool restore_control(unsigned before)
{
    const bool is_changed = (_mm_getcsr() & CONTROL_BITS) != (before & CONTROL_BITS);
    if (is_changed)
        _mm_setcsr(before);
    return is_changed;
}

// --- is it code? -----------------------------------------------------------------------------------------

typedef struct code_search {
    uintptr_t address;
    bool is_code;
} code_search;

static int look_for_code(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    code_search *search = context;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && search->address - start < segment->p_memsz)
            search->is_code = segment->p_flags & PF_X;
    }
    return search->is_code;
}

static bool is_function(const void *address)
{
    code_search search = {(uintptr_t)address, false};
    dl_iterate_phdr(look_for_code, &search);
    // Constants may share a segment with code: the symbol's own type tells.
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    if (search.is_code && dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
        info.dli_saddr == address && ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT)
        return false;
    return search.is_code;
}

// --- opening ---------------------------------------------------------------------------------------------

static hpb_exit refuse_dlopen(const char *path, hpb_error *error)
{
    const char *reason = dlerror();
    if (!reason)
        reason = "the dynamic linker gave no reason";
    const size_t n = strlen(path);
    if (strncmp(reason, path, n) == 0 && strncmp(reason + n, ": ", 2) == 0)
        reason += n + 2; // the linker mostly starts with the path, as we do
    struct statvfs file_system;
    if (statvfs(path, &file_system) == 0 && (file_system.f_flag & ST_NOEXEC))
        return refuse(error, path, "on a file system that is mounted noexec: move it elsewhere");
    hpb_error_set(error, HPB_EXIT_PLUGIN, "%s: can't be loaded: %s", path, reason);
    if (strstr(reason, "__asan_") || strstr(reason, "__ubsan_") || strstr(reason, "__tsan_"))
        hpb_error_hint(error, "it was built with a sanitizer, this hpbench was not");
    return HPB_EXIT_PLUGIN;
}

// The descriptor, from the plugin's entry, called twice: it must not make a new one each time.
static hpb_exit call_entry(void *handle, const char *path, const hpb_plugin **out, hpb_error *error)
{
    void *address = dlsym(handle, "hpbench_plugin");
    if (!address)
        return refuse(error, path, "not an hpbench plugin: it exports no function hpbench_plugin");
    if (!is_function(address))
        return refuse(error, path, "not an hpbench plugin: hpbench_plugin is data, not a function");
    hpb_plugin_function entry;
    memcpy(&entry, &address, sizeof entry); // C has no cast from object to function pointer
    const hpb_plugin *plugin = entry();
    if (!plugin)
        return refuse(error, path, "not an hpbench plugin: hpbench_plugin() returned NULL");
    if (entry() != plugin)
        return refuse(error, path,
                      "hpbench_plugin() returned another pointer when called again; "
                      "expected the same static descriptor");
    *out = plugin;
    return HPB_EXIT_OK;
}

static hpb_exit load(const char *path, const hpb_plugin **plugin, hpb_error *error)
{
    const unsigned control = _mm_getcsr();
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    hpb_exit result = handle ? HPB_EXIT_OK : refuse_dlopen(path, error);
    const bool is_bent = restore_control(control);
    if (result != HPB_EXIT_OK)
        return result;
    if (is_bent)
        return refuse(error, path,
                      "linked with -ffast-math: loading it switches the processor to "
                      "flush-to-zero; link it without -ffast-math and -Ofast");
    result = call_entry(handle, path, plugin, error);
    if (restore_control(control) && result == HPB_EXIT_OK)
        result =
            refuse(error, path, "hpbench_plugin() changes the processor's floating-point mode");
    return result;
}

hpb_exit hpb_module_open(const char *path, uint32_t kind, hpb_arena *arena, hpb_module *out,
                         hpb_plugin_info *info, hpb_error *error)
{
    *out = (hpb_module){0};
    if (path[0] != '/') // dlopen would search for a name without a slash
        return refuse(error, path, "not an absolute path");
    char *bytes = NULL;
    size_t n = 0;
    char sha256[HPB_SHA256_TEXT];
    hpb_exit result = hpb_file_read(path, LARGEST_FILE, HPB_EXIT_PLUGIN, &bytes, &n, error);
    if (result != HPB_EXIT_OK)
        return result;
    result = hpb_elf_check(path, bytes, n, error);
    hpb_sha256(bytes, n, sha256);
    free(bytes);
    const hpb_plugin *plugin = NULL;
    if (result == HPB_EXIT_OK)
        result = load(path, &plugin, error);
    if (result != HPB_EXIT_OK)
        return result;

    hpb_arena *own = arena ? NULL : hpb_arena_create();
    hpb_plugin_info found = {0};
    const void *ops = NULL;
    result = hpb_descriptor_check(path, plugin, arena ? arena : own, &found, &ops, error);
    if (result == HPB_EXIT_OK && kind && found.kind != kind)
        result = hpb_error_set(error, HPB_EXIT_PLUGIN, "%s: its kind is %s; expected %s", path,
                               hpb_kind_name(found.kind), hpb_kind_name(kind));
    if (result == HPB_EXIT_OK) {
        *out = (hpb_module){plugin, ops};
        if (info && arena) {
            found.path = hpb_arena_strdup(arena, path);
            found.sha256 = hpb_arena_strdup(arena, sha256);
            *info = found;
        }
    }
    hpb_arena_destroy(own);
    return result;
}

// --- asking about values -------------------------------------------------------------------------------------

static int32_t ask_schedule(const hpb_host *host, const void *ops, const hpb_value *values,
                            uint32_t *out)
{
    const hpb_schedule_ops *schedule = ops;
    *out = 1;
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a module that opened has its functions
    return schedule->check ? schedule->check(host, values) : HPB_OK;
}

static int32_t ask_splitter(const hpb_host *host, const void *ops, const hpb_value *values,
                            const hpb_rows *rows, uint32_t *out)
{
    const hpb_splitter_ops *splitter = ops;
    *out = 0;
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a module that opened has its functions
    return splitter->count(host, values, rows, out);
}

hpb_exit hpb_module_check_values(void *context, const hpb_plugin_info *plugin,
                                 const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                                 hpb_error *error)
{
    (void)context;
    hpb_module module;
    const hpb_exit status = hpb_module_open(plugin->path, plugin->kind, NULL, &module, NULL, error);
    if (status != HPB_EXIT_OK)
        return status;
    hpb_host_context call;
    const hpb_host host = hpb_host_begin(&call, NULL, NULL);
    const int32_t result = plugin->kind == HPB_KIND_SCHEDULE
                               ? ask_schedule(&host, module.ops, values, out)
                               : ask_splitter(&host, module.ops, values, rows, out);
    hpb_host_end(&call);
    if (result != HPB_OK) {
        hpb_error_set(error, HPB_EXIT_SUITE, "%s", hpb_host_reason(&call));
        if (*hpb_host_hint(&call))
            hpb_error_hint(error, "%s", hpb_host_hint(&call));
        return HPB_EXIT_SUITE;
    }
    if (*call.message) // it drew random numbers
        return refuse(error, plugin->path, call.message);
    if (*out == 0)
        return refuse(error, plugin->path,
                      "answers 0 as the number of splits; expected at least 1");
    return HPB_EXIT_OK;
}
