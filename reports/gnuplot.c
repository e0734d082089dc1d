// SPDX-License-Identifier: Apache-2.0
// gnuplot as a process. It exits 0 on a full disk and leaves half a picture: so the result is checked.
#include "gnuplot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIME_LIMIT_S 10
#define PICTURE_LIMIT ((size_t)16 << 20)
#define SMALLEST_PICTURE 500 // bytes; even an empty frame has more

char *hpb_gnuplot_find(void)
{
    const char *path = getenv("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        const size_t n = strcspn(at, ":");
        if (n && *at == '/') { // never the current directory
            char *candidate = hpb_format("%.*s/gnuplot", (int)n, at);
            struct stat status;
            if (stat(candidate, &status) == 0 && S_ISREG(status.st_mode) &&
                access(candidate, X_OK) == 0)
                return candidate;
            free(candidate);
        }
        at += n + (at[n] == ':');
    }
    return NULL;
}

hpb_exit hpb_private_folder_make(char **out, hpb_error *error)
{
    const char *parent = getenv("TMPDIR");
    char *folder = hpb_format("%s/hpbench-XXXXXX", parent && *parent == '/' ? parent : "/tmp");
    if (!mkdtemp(folder)) { // mode 0700
        const int fault = errno;
        const hpb_exit code =
            hpb_error_set(error, HPB_EXIT_STORE, "%s: a private folder can't be made: %s", folder,
                          strerror(fault));
        free(folder);
        return code;
    }
    *out = folder;
    return HPB_EXIT_OK;
}

void hpb_private_folder_remove(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory) {
        for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
            unlinkat(dirfd(directory), entry->d_name, 0); // fails for "." and "..", as it should
        closedir(directory);
    }
    rmdir(folder);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// In the child: nothing but async-signal-safe calls.
static _Noreturn void become_gnuplot(const char *gnuplot, const char *folder, const char *script)
{
    static const struct {
        int what;
        rlim_t most;
    } limits[] = {{RLIMIT_CPU, TIME_LIMIT_S},
                  {RLIMIT_FSIZE, PICTURE_LIMIT},
                  {RLIMIT_AS, (rlim_t)2 << 30},
                  {RLIMIT_CORE, 0}};
    char *const arguments[] = {(char *)"gnuplot", (char *)"-d", (char *)script, NULL};
    char *const environment[] = {(char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C.UTF-8",
                                 (char *)"HOME=/nonexistent", NULL};
    for (size_t i = 0; i < HPB_COUNT(limits); i++) {
        const struct rlimit limit = {limits[i].most, limits[i].most};
        setrlimit(limits[i].what, &limit);
    }
    if (chdir(folder) != 0)
        _exit(126);
    char name[32] = "messages-";
    size_t at = strlen(name);
    for (long pid = getpid(); pid; pid /= 10)
        name[at++] = (char)('0' + pid % 10);
    name[at] = '\0';
    const int in = open("/dev/null", O_RDWR);
    const int messages = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (in < 0 || messages < 0 || dup2(in, 0) < 0 || dup2(in, 1) < 0 || dup2(messages, 2) < 0)
        _exit(126);
    close_range(3, ~0u, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(gnuplot, arguments, environment);
    _exit(127);
}

hpb_exit hpb_gnuplot_start(const char *gnuplot, const char *folder, const char *script,
                           const char *output, hpb_gnuplot *out, hpb_error *error)
{
    const pid_t pid = fork();
    if (pid < 0)
        return hpb_error_set(error, HPB_EXIT_STORE, "gnuplot can't be started: %s",
                             strerror(errno));
    if (pid == 0)
        become_gnuplot(gnuplot, folder, script);
    *out = (hpb_gnuplot){.pid = pid,
                         .deadline_ns = now_ns() + (int64_t)TIME_LIMIT_S * 1000000000,
                         .folder = hpb_strdup(folder),
                         .script = hpb_strdup(script),
                         .output = hpb_strdup(output)};
    return HPB_EXIT_OK;
}

// False when it had to be killed.
static bool wait_until(pid_t pid, int64_t deadline_ns, int *status)
{
    for (;;) {
        const pid_t done = waitpid(pid, status, WNOHANG);
        if (done == pid)
            return true;
        if (done < 0 && errno != EINTR) {
            *status = -1;
            return true;
        }
        if (now_ns() > deadline_ns)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        ;
    return false;
}

static uint32_t big_endian(const unsigned char *s)
{
    return (uint32_t)s[0] << 24 | (uint32_t)s[1] << 16 | (uint32_t)s[2] << 8 | s[3];
}

static bool png_is_whole(const unsigned char *s, size_t n)
{
    static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (n < sizeof signature || memcmp(s, signature, sizeof signature) != 0)
        return false;
    for (size_t at = sizeof signature; n - at >= 12;) { // length, type, data, check
        const size_t length = big_endian(s + at);
        if (length > n - at - 12)
            return false;
        const size_t next = at + 12 + length;
        if (memcmp(s + at + 4, "IEND", 4) == 0)
            return next == n && length == 0;
        at = next;
    }
    return false;
}

bool hpb_picture_is_whole(const void *bytes, size_t n)
{
    const unsigned char *s = bytes;
    if (n < SMALLEST_PICTURE)
        return false;
    if (s[0] == 0x89)
        return png_is_whole(s, n);
    static const char last[] = "</svg>";
    size_t end = n;
    while (end && (s[end - 1] == '\n' || s[end - 1] == '\r' || s[end - 1] == ' '))
        end--;
    return end > sizeof last && memcmp(s, "<?xml", 5) == 0 &&
           memcmp(s + end - (sizeof last - 1), last, sizeof last - 1) == 0;
}

// What gnuplot said on stderr, on one line; "" if it was silent.
static char *messages_of(const hpb_gnuplot *gnuplot)
{
    char digits[24];
    size_t n = 0;
    for (long pid = gnuplot->pid; pid; pid /= 10)
        digits[n++] = (char)('0' + pid % 10);
    digits[n] = '\0';
    char *path = hpb_format("%s/messages-%s", gnuplot->folder, digits), *text = NULL;
    size_t size = 0;
    if (hpb_file_read(path, PICTURE_LIMIT, HPB_EXIT_STORE, &text, &size, NULL) != HPB_EXIT_OK)
        text = hpb_strdup("no messages file");
    free(path);
    // of a user without a home; the fonts are found all the same
    static const char harmless[] = "Fontconfig error: No writable cache directories\n";
    for (char *at = strstr(text, harmless); at; at = strstr(text, harmless))
        memmove(at, at + sizeof harmless - 1, strlen(at + sizeof harmless - 1) + 1);
    for (char *at = text; *at; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    return text;
}

hpb_exit hpb_gnuplot_finish(hpb_gnuplot *gnuplot, char **bytes, size_t *n, hpb_error *error)
{
    int status = 0;
    const bool in_time = wait_until(gnuplot->pid, gnuplot->deadline_ns, &status);
    char *messages = messages_of(gnuplot);
    char *path = hpb_format("%s/%s", gnuplot->folder, gnuplot->output);
    hpb_exit code;
    static const int resources[] = {RLIMIT_AS, RLIMIT_STACK, RLIMIT_CPU, RLIMIT_FSIZE};
    const char *limit = NULL; // of ours, that it has as well
    for (size_t i = 0; i < HPB_COUNT(resources) && !limit; i++)
        limit = hpb_limit_text(resources[i]);
    if (!in_time)
        code = hpb_error_set(error, HPB_EXIT_STORE, "gnuplot took more than %d s for %s",
                             TIME_LIMIT_S, gnuplot->output);
    else if (status != 0 || *messages)
        code = hpb_error_set(
            error, HPB_EXIT_STORE, "gnuplot failed on %s (exit code %d)%s%s%s%.300s",
            gnuplot->output, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            limit ? "; " : "", limit ? limit : "", *messages ? ": " : "", messages);
    else
        code = hpb_file_read(path, PICTURE_LIMIT, HPB_EXIT_STORE, bytes, n, error);
    if (code == HPB_EXIT_OK && !hpb_picture_is_whole(*bytes, *n)) {
        free(*bytes);
        *bytes = NULL;
        code = hpb_error_set(error, HPB_EXIT_STORE,
                             "gnuplot left an incomplete picture: %s; is the disk full?",
                             gnuplot->output);
    }
    free(path);
    free(messages);
    free(gnuplot->folder);
    free(gnuplot->script);
    free(gnuplot->output);
    *gnuplot = (hpb_gnuplot){0};
    return code;
}
