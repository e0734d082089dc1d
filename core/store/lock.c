// SPDX-License-Identifier: Apache-2.0
// The lock of a run's folder: held by the kernel, so it ends with its process and nobody has to delete it.
#include "store/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static hpb_exit busy(int fd, const char *folder, hpb_error *error)
{
    char owner[256];
    const ssize_t n = pread(fd, owner, sizeof owner - 1, 0);
    owner[n > 0 ? n : 0] = '\0';
    owner[strcspn(owner, "\n")] = '\0';
    hpb_error_set(error, HPB_EXIT_BUSY, "%s: in use by %s", folder,
                  owner[0] ? owner : "another run that has just begun");
    hpb_error_hint(error, "wait for it, or give this run a folder of its own with --output");
    return HPB_EXIT_BUSY;
}

// Says who we are to whoever finds the lock taken.
static int write_owner(int fd)
{
    char host[65] = "this machine";
    gethostname(host, sizeof host - 1);
    const time_t now = time(NULL);
    struct tm local;
    char since[32] = "";
    if (localtime_r(&now, &local))
        strftime(since, sizeof since, "%H:%M", &local);
    char owner[160];
    const int n =
        snprintf(owner, sizeof owner, "pid %ld on %s since %s\n", (long)getpid(), host, since);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, owner, (size_t)n, 0) != n)
        return errno ? errno : EIO;
    return 0;
}

// The last holder may have unlinked the name between our open and our lock: then it is another file.
static bool is_named(int fd, const char *path)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

hpb_exit hpb_store_lock(const char *lock_path, const char *folder, int *out, hpb_error *error)
{
    for (;;) {
        const int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
            return hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be opened: %s", lock_path,
                                 strerror(errno));
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
            const int fault = errno;
            if (fault == EAGAIN || fault == EACCES)
                busy(fd, folder, error);
            else
                hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be locked: %s", lock_path,
                              strerror(fault));
            close(fd);
            return fault == EAGAIN || fault == EACCES ? HPB_EXIT_BUSY : HPB_EXIT_STORE;
        }
        if (!is_named(fd, lock_path)) {
            close(fd);
            continue;
        }
        const int fault = write_owner(fd);
        if (fault) {
            close(fd);
            return hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be written: %s", lock_path,
                                 strerror(fault));
        }
        *out = fd;
        return HPB_EXIT_OK;
    }
}

void hpb_store_unlock(const char *lock_path, int lock)
{
    if (lock < 0)
        return;
    unlink(lock_path); // while it is held, so that nobody's lock is taken away
    close(lock);
}

bool hpb_store_owner(const char *folder, char *out, size_t size)
{
    char *path = hpb_format("%s/" STORE_LOCK_FILE, folder);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    free(path);
    if (fd < 0)
        return false;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const bool is_held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    const ssize_t n = is_held ? pread(fd, out, size - 1, 0) : 0;
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    close(fd);
    return is_held;
}
