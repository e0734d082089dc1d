// SPDX-License-Identifier: Apache-2.0
// Starts hpbench and lets the test kill it; private folders with a suite in them; digests of what was stored.
//
// Include after cmocka.h and support_cli.h.
#ifndef HPB_TEST_SUPPORT_PROCESS_H
#define HPB_TEST_SUPPORT_PROCESS_H

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define PLUGINS "--plugin-dir " HPB_TEST_BINARY "/worker_plugins"

static inline double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline void sleep_seconds(double seconds)
{
    const struct timespec pause = {(time_t)seconds,
                                   (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&pause, NULL);
}

// --- folders ------------------------------------------------------------------------------------------

/// A new folder that holds `text` as s.ini; the working directory is changed to it.
static inline char *work_begin(const char *text)
{
    char *folder = hpb_strdup("/tmp/hpbench-run-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    hpb_error error;
    assert_int_equal(hpb_file_write("s.ini", text, strlen(text), &error), HPB_EXIT_OK);
    return folder;
}

static inline int work_remove(const char *path, const struct stat *status, int type,
                              struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static inline void work_end(char *folder)
{
    assert_int_equal(chdir("/"), 0);
    nftw(folder, work_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

// --- processes ----------------------------------------------------------------------------------------

/// Starts `hpbench ARGUMENTS` (shell words) as the leader of a process group; prints into out.txt and err.txt.
/// `file_limit`: bytes of any file that it writes; 0: none.
static inline pid_t start_hpbench(const char *arguments, rlim_t file_limit)
{
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("exec '%s' %s >out.txt 2>err.txt </dev/null",
                               binary ? binary : HPB_TEST_BINARY "/hpbench", arguments);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setpgid(0, 0);
        const struct rlimit limit = {file_limit, file_limit};
        if (file_limit)
            setrlimit(RLIMIT_FSIZE, &limit);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    setpgid(pid, pid);
    free(command);
    return pid;
}

/// Waits for its end: the exit code, or 128 + n for signal n. Kills it and fails after `seconds`.
static inline int wait_hpbench(pid_t pid, double seconds)
{
    const double end = seconds_now() + seconds;
    int status;
    for (;;) {
        const pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (seconds_now() > end) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            fail_msg("hpbench did not end within %g s", seconds);
        }
        sleep_seconds(0.002);
    }
}

/// Its children, at most `n`: the workers and the probe.
static inline size_t children_of(pid_t pid, pid_t *out, size_t n)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
    FILE *file = fopen(path, "r");
    size_t found = 0;
    long child;
    while (file && found < n && fscanf(file, "%ld", &child) == 1)
        out[found++] = (pid_t)child;
    if (file)
        fclose(file);
    return found;
}

/// Whether a process runs; one that only waits to be reaped does not.
static inline bool is_running(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    const size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    const char *state = strrchr(text, ')');
    return state && state[1] && state[2] != 'Z' && state[2] != 'X';
}

static inline void expect_gone(const pid_t *pids, size_t n)
{
    const double end = seconds_now() + 5;
    for (size_t i = 0; i < n; i++)
        while (is_running(pids[i])) {
            if (seconds_now() > end)
                fail_msg("process %ld outlived its parent", (long)pids[i]);
            sleep_seconds(0.005);
        }
}

static inline void expect_in_file(const char *path, const char *words)
{
    char *text;
    size_t n;
    hpb_error error;
    if (hpb_file_read(path, (size_t)1 << 28, HPB_EXIT_STORE, &text, &n, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    if (!strstr(text, words))
        fail_msg("expected \"%s\" in %s; got\n%s", words, path, text);
    free(text);
}

// --- what is stored -----------------------------------------------------------------------------------

/// Trials in a folder's store; 0 where there is no store yet. The digest, where it is wanted.
static inline uint64_t stored_in(const char *folder, char *digest)
{
    char *path = hpb_format("%s/" HPB_STORE_FILE, folder);
    const bool is_there = access(path, F_OK) == 0;
    free(path);
    if (!is_there)
        return 0;
    hpb_store *store = NULL;
    hpb_stored_run run = {0};
    hpb_error error = {0};
    uint64_t stored = 0;
    if (hpb_store_open_read(folder, &store, &error) != HPB_EXIT_OK ||
        hpb_store_read_run(store, &run, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    for (uint32_t i = 0; i < run.n_cells; i++) {
        uint64_t count[6];
        if (hpb_store_count(store, &run, i, count, &error) != HPB_EXIT_OK)
            fail_msg("%s", error.text);
        for (int s = 0; s < 6; s++)
            stored += count[s];
    }
    if (digest && hpb_store_digest(store, digest, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    hpb_stored_run_free(&run);
    hpb_store_close(store, NULL);
    return stored;
}

static inline void expect_same_results(const char *folder, const char *other)
{
    char one[HPB_SHA256_TEXT], two[HPB_SHA256_TEXT];
    const uint64_t n = stored_in(folder, one), n_other = stored_in(other, two);
    assert_true(n > 0);
    assert_int_equal(n, n_other);
    assert_string_equal(one, two);
}

#endif // HPB_TEST_SUPPORT_PROCESS_H
