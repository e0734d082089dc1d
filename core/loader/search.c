// SPDX-License-Identifier: Apache-2.0
// Search directories in order, and who else may write to them: a plugin runs with the user's rights.
#include "loader/search.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct listing {
    const hpb_search *search;
    hpb_arena *arena;
    hpb_error *error;
    hpb_candidate *items;
    struct stat *files; // of each item, to find one file under two names
    size_t n, items_capacity, files_capacity;
} listing;

// --- who may write? ----------------------------------------------------------------------------------------

// Root, this user, and whoever owns the program itself, who could change it anyway.
static bool is_trusted_owner(uid_t owner)
{
    struct stat program;
    return owner == 0 || owner == geteuid() ||
           (stat("/proc/self/exe", &program) == 0 && program.st_uid == owner);
}

// Why nobody should load what lies at `path`, or NULL.
static const char *insecure(hpb_arena *arena, const char *what, const char *path,
                            const struct stat *status)
{
    if (status->st_mode & S_IWOTH)
        return hpb_arena_format(arena,
                                "%s may be written by anyone: chmod o-w %s, or "
                                "--allow-insecure-plugin",
                                what, path);
    if (!is_trusted_owner(status->st_uid))
        return hpb_arena_format(arena,
                                "%s belongs to another user (uid %u): take it over with chown, or "
                                "--allow-insecure-plugin",
                                what, (unsigned)status->st_uid);
    return NULL;
}

// The file itself, the folder that holds it, and what a symbolic link leads to.
static const char *file_insecure(hpb_arena *arena, const char *path, const struct stat *status)
{
    char *real = realpath(path, NULL);
    if (!real)
        return NULL; // opening it will say why
    const char *reason = insecure(arena, "the file", real, status);
    char *slash = strrchr(real, '/');
    struct stat folder;
    if (!reason && slash > real) {
        *slash = '\0';
        if (stat(real, &folder) == 0)
            reason = insecure(arena, "its folder", real, &folder);
    }
    free(real);
    return reason;
}

// --- folders -----------------------------------------------------------------------------------------------

static int is_plugin_name(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n > 3 && strcmp(entry->d_name + n - 3, ".so") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); // not alphasort: it asks the locale
}

static void add_file(listing *list, const char *folder, const char *folder_reason, uint32_t kind,
                     const char *name)
{
    hpb_candidate item = {hpb_arena_format(list->arena, "%s/%s", folder, name), kind,
                          folder_reason};
    struct stat status = {0};
    const bool exists = stat(item.path, &status) == 0;
    for (size_t i = 0; i < list->n && exists; i++)
        if (list->files[i].st_ino == status.st_ino && list->files[i].st_dev == status.st_dev)
            return;
    if (hpb_utf8_valid(item.path, strlen(item.path)) != strlen(item.path))
        item.reason = "its path is not UTF-8: rename it";
    if (!item.reason && exists && !list->search->allow_insecure)
        item.reason = file_insecure(list->arena, item.path, &status);
    list->items = hpb_grow(list->items, &list->items_capacity, list->n + 1, sizeof *list->items);
    list->files = hpb_grow(list->files, &list->files_capacity, list->n + 1, sizeof *list->files);
    list->items[list->n] = item;
    list->files[list->n++] = status;
}

// Adds what lies directly in `folder`. False: it can't be read (errno).
static bool add_folder(listing *list, const char *folder, uint32_t kind)
{
    struct stat status;
    struct dirent **names = NULL;
    if (stat(folder, &status) != 0)
        return false;
    const int n = scandir(folder, &names, is_plugin_name, by_name);
    if (n < 0)
        return false;
    const char *reason =
        list->search->allow_insecure ? NULL : insecure(list->arena, "its folder", folder, &status);
    for (int i = 0; i < n; i++) {
        add_file(list, folder, reason, kind, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return true;
}

// A search directory and its folders of one kind each.
static bool add_tree(listing *list, const char *folder)
{
    if (!add_folder(list, folder, 0))
        return false;
    for (uint32_t kind = 1; hpb_kind_folder(kind); kind++) {
        char *path = hpb_format("%s/%s", folder, hpb_kind_folder(kind));
        const bool is_read = add_folder(list, path, kind) || errno == ENOENT || errno == ENOTDIR;
        free(path);
        if (!is_read)
            return false;
    }
    return true;
}

// A directory that the user named, as `named` says ("--plugin-dir x"): it must be there and safe.
static hpb_exit add_named(listing *list, const char *named, const char *folder)
{
    char *real = realpath(folder, NULL);
    struct stat status;
    if (!real || stat(real, &status) != 0) {
        free(real);
        return hpb_error_set(list->error, HPB_EXIT_PLUGIN, "%s: can't be read: %s", named,
                             strerror(errno));
    }
    hpb_exit result = HPB_EXIT_OK;
    const char *reason =
        list->search->allow_insecure ? NULL : insecure(list->arena, "the folder", real, &status);
    if (!S_ISDIR(status.st_mode))
        result = hpb_error_set(list->error, HPB_EXIT_PLUGIN, "%s: not a folder", named);
    else if (reason)
        result = hpb_error_set(list->error, HPB_EXIT_PLUGIN, "%s: %s", named, reason);
    else if (!add_tree(list, real))
        result = hpb_error_set(list->error, HPB_EXIT_PLUGIN, "%s: can't be read: %s", named,
                               strerror(errno));
    free(real);
    return result;
}

static hpb_exit add_environment(listing *list)
{
    const char *path = getenv("HPBENCH_PLUGIN_PATH");
    if (!path || !*path)
        return HPB_EXIT_OK;
    hpb_exit result = HPB_EXIT_OK;
    uint32_t element = 1;
    for (const char *at = path; at && result == HPB_EXIT_OK; element++) {
        const size_t n = strcspn(at, ":");
        char *folder = hpb_format("%.*s", (int)n, at);
        char *named = hpb_format("HPBENCH_PLUGIN_PATH: element %u (%s)", element, folder);
        if (!n)
            result = hpb_error_set(list->error, HPB_EXIT_PLUGIN,
                                   "HPBENCH_PLUGIN_PATH: element %u is empty; expected absolute "
                                   "folders with ':' between them",
                                   element);
        else if (*folder != '/')
            result = hpb_error_set(list->error, HPB_EXIT_PLUGIN,
                                   "HPBENCH_PLUGIN_PATH: element %u is relative; expected an "
                                   "absolute folder; got %s",
                                   element, folder);
        else
            result = add_named(list, named, folder);
        at = at[n] ? at + n + 1 : NULL;
        free(named);
        free(folder);
    }
    return result;
}

// The user's own directory, then the build's or the installation's. Those that are not there are passed over.
static void add_defaults(listing *list)
{
    const char *home = getenv("HOME");
    if (home && *home == '/') {
        char *folder = hpb_format("%s/.local/lib/hpbench/plugins", home);
        add_tree(list, folder);
        free(folder);
    }
    char *program = realpath("/proc/self/exe", NULL);
    char *slash = program ? strrchr(program, '/') : NULL;
    static const char *const beside[] = {"plugins", HPB_PLUGINS_FROM_BIN};
    for (size_t i = 0; i < HPB_COUNT(beside) && slash; i++) {
        char *folder = hpb_format("%.*s/%s", (int)(slash - program), program, beside[i]);
        char *real = realpath(folder, NULL); // paths are stored: without "bin/.."
        if (real)
            add_tree(list, real);
        free(real);
        free(folder);
    }
    free(program);
}

hpb_exit hpb_search_list(const hpb_search *search, hpb_arena *arena, hpb_candidate **out,
                         uint32_t *out_count, hpb_error *error)
{
    listing list = {.search = search, .arena = arena, .error = error};
    hpb_exit result = HPB_EXIT_OK;
    for (uint32_t i = 0; i < search->n_plugin_dirs && result == HPB_EXIT_OK; i++) {
        char *named = hpb_format("--plugin-dir %s", search->plugin_dirs[i]);
        result = add_named(&list, named, search->plugin_dirs[i]);
        free(named);
    }
    if (result == HPB_EXIT_OK)
        result = add_environment(&list);
    if (result == HPB_EXIT_OK)
        add_defaults(&list);
    *out = hpb_arena_alloc(arena, list.n, sizeof **out);
    if (list.n)
        memcpy(*out, list.items, list.n * sizeof **out);
    *out_count = (uint32_t)list.n;
    free(list.items);
    free(list.files);
    return result;
}
