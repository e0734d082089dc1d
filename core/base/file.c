// SPDX-License-Identifier: Apache-2.0
// Whole files, read without hanging and written whole or not at all; and their hashes.
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *hpb_hex_text(const void *bytes, size_t n, char *out)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", byte[i]);
    return out;
}

char *hpb_sha256(const void *bytes, size_t n, char out[HPB_SHA256_TEXT])
{
    SHA256_CTX context;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, n);
    SHA256_Final(digest, &context);
    return hpb_hex_text(digest, sizeof digest, out);
}

static hpb_exit too_large(const char *path, size_t limit, hpb_exit code, hpb_error *error)
{
    char most[HPB_NUMBER_SIZE];
    return hpb_error_set(error, code, "%s: too large; expected at most %s bytes", path,
                         hpb_count_text(limit, most));
}

// `size` is what the file claims to hold; files under /proc claim 0, and others may grow.
static hpb_exit read_all(int fd, const char *path, size_t size, size_t limit, hpb_exit code,
                         char **out, size_t *out_size, hpb_error *error)
{
    if (size > limit)
        return too_large(path, limit, code, error);
    hpb_text text = {0};
    text.data = hpb_grow(NULL, &text.capacity, size + 4096, 1);
    for (;;) {
        text.data = hpb_grow(text.data, &text.capacity, text.length + 2, 1);
        const ssize_t n = read(fd, text.data + text.length, text.capacity - text.length - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            hpb_text_free(&text);
            return hpb_error_set(error, code, "%s: can't be read: %s", path, strerror(errno));
        }
        text.length += (size_t)n;
        if (text.length > limit) {
            hpb_text_free(&text);
            return too_large(path, limit, code, error);
        }
        if (n == 0)
            break;
    }
    text.data[text.length] = '\0';
    *out = text.data;
    *out_size = text.length;
    return HPB_EXIT_OK;
}

hpb_exit hpb_file_read(const char *path, size_t limit, hpb_exit code, char **out, size_t *out_size,
                       hpb_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return hpb_error_set(error, code, "%s: can't be opened: %s", path, strerror(errno));
    struct stat status;
    hpb_exit result;
    if (fstat(fd, &status) != 0)
        result = hpb_error_set(error, code, "%s: can't be read: %s", path, strerror(errno));
    else if (!S_ISREG(status.st_mode))
        result = hpb_error_set(error, code, "%s: not a regular file; got %s", path,
                               S_ISDIR(status.st_mode)    ? "a folder"
                               : S_ISFIFO(status.st_mode) ? "a fifo"
                               : S_ISCHR(status.st_mode)  ? "a device"
                                                          : "something else");
    else
        result = read_all(fd, path, (size_t)status.st_size, limit, code, out, out_size, error);
    close(fd);
    return result;
}

// The rename is durable only when the folder that holds the name is.
static void sync_folder_of(const char *path)
{
    char *folder = hpb_strdup(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    const int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

// mkostemp() makes private files; a result is as readable as the user's umask lets any file be.
static mode_t default_mode(void)
{
    const mode_t mask = umask(022);
    umask(mask);
    return 0666 & ~mask;
}

static hpb_exit cannot_write(const char *path, int fault, hpb_error *error)
{
    hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be written: %s", path, strerror(fault));
    hpb_error_hint_limit(error, fault);
    return HPB_EXIT_STORE;
}

hpb_exit hpb_new_file_open(const char *path, hpb_new_file *out, hpb_error *error)
{
    *out = (hpb_new_file){0};
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be written: not a regular file",
                             path);
    hpb_new_file file = {.path = hpb_strdup(path), .temporary = hpb_format("%s.XXXXXX", path)};
    const int fd = mkostemp(file.temporary, O_CLOEXEC);
    int fault = fd < 0 ? errno : 0;
    if (!fault && fchmod(fd, default_mode()) != 0)
        fault = errno;
    if (!fault && !(file.stream = fdopen(fd, "w")))
        fault = errno;
    if (!fault) {
        *out = file;
        return HPB_EXIT_OK;
    }
    if (fd >= 0) {
        close(fd);
        unlink(file.temporary);
    }
    free(file.path);
    free(file.temporary);
    return cannot_write(path, fault, error);
}

void hpb_new_file_discard(hpb_new_file *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    free(file->path);
    free(file->temporary);
    *file = (hpb_new_file){0};
}

hpb_exit hpb_new_file_commit(hpb_new_file *file, hpb_error *error)
{
    int fault = 0; // the first thing that went wrong
    const int fd = fileno(file->stream);
    // a stream remembers that it failed, not why: a byte more to what is given up says it again
    if (ferror(file->stream))
        fault = write(fd, "\n", 1) == 1 ? EIO : errno;
    else if (fflush(file->stream) != 0 || fsync(fd) != 0)
        fault = errno;
    if (fclose(file->stream) != 0 && !fault)
        fault = errno;
    file->stream = NULL;
    if (!fault && rename(file->temporary, file->path) != 0)
        fault = errno;
    hpb_exit result = HPB_EXIT_OK;
    if (fault) {
        result = cannot_write(file->path, fault, error);
    } else {
        sync_folder_of(file->path);
        free(file->temporary); // the name is gone
        file->temporary = NULL;
    }
    hpb_new_file_discard(file);
    return result;
}

hpb_exit hpb_file_write(const char *path, const void *bytes, size_t n, hpb_error *error)
{
    hpb_new_file file;
    const hpb_exit result = hpb_new_file_open(path, &file, error);
    if (result != HPB_EXIT_OK)
        return result;
    if (n && fwrite(bytes, 1, n, file.stream) != n) {
        const int fault = errno;
        hpb_new_file_discard(&file);
        return cannot_write(path, fault, error);
    }
    return hpb_new_file_commit(&file, error);
}

hpb_exit hpb_folder_create(const char *path, hpb_error *error)
{
    if (!*path)
        return hpb_error_set(error, HPB_EXIT_STORE, "a folder without a name; expected a path");
    char *copy = hpb_strdup(path);
    hpb_exit result = HPB_EXIT_OK;
    for (char *at = copy + 1; result == HPB_EXIT_OK; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        const char kept = *at;
        *at = '\0';
        struct stat status;
        if ((mkdir(copy, 0777) != 0 && errno != EEXIST) || stat(copy, &status) != 0)
            result = hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be made: %s", copy,
                                   strerror(errno));
        else if (!S_ISDIR(status.st_mode))
            result = hpb_error_set(error, HPB_EXIT_STORE, "%s: not a folder", copy);
        *at = kept;
        if (!kept)
            break;
    }
    free(copy);
    return result;
}
