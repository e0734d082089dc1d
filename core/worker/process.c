// SPDX-License-Identifier: Apache-2.0
// Starting and ending worker processes.
#include "worker/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// After fork(), in the child.
static _Noreturn void become_worker(pid_t parent, int request, int result, int output)
{
    setpgid(0, 0); // Ctrl-C is for the parent, and the group goes as one
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core); // a crash is a result here
    // first out of the way of 0 to 3, then into place
    request = fcntl(request, F_DUPFD_CLOEXEC, 10);
    result = fcntl(result, F_DUPFD_CLOEXEC, 10);
    output = fcntl(output, F_DUPFD_CLOEXEC, 10);
    if (dup2(request, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 || dup2(result, 3) < 0)
        _exit(127);
    setenv("HPBENCH_WORKER_PROCESS", "1", 1);
    execl("/proc/self/exe", "hpbench", "--worker", (char *)NULL);
    _exit(127);
}

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

hpb_exit hpb_process_start(process *out, hpb_error *error)
{
    memset(out, 0, sizeof *out);
    int request[2] = {-1, -1}, result[2] = {-1, -1}, output[2] = {-1, -1};
    pid_t pid = -1;
    const pid_t parent = getpid();
    if (pipe2(request, O_CLOEXEC) == 0 && pipe2(result, O_CLOEXEC) == 0 &&
        pipe2(output, O_CLOEXEC) == 0 && (pid = fork()) == 0)
        become_worker(parent, request[0], result[1], output[1]);
    const int fault = errno;
    const int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pidfd < 0) {
        hpb_error_set(error, HPB_EXIT_STORE, "a worker process can't be started: %s",
                      strerror(pid > 0 ? errno : fault));
        hpb_error_hint_limit(error, pid > 0 ? errno : fault);
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        close_pair(request);
        close_pair(result);
        close_pair(output);
        return HPB_EXIT_STORE;
    }
    setpgid(pid, pid); // whichever of the two is first
    close(request[0]);
    close(result[1]);
    close(output[1]);
    fcntl(result[0], F_SETFL, O_NONBLOCK);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    *out = (process){.pid = pid,
                     .pidfd = pidfd,
                     .request = request[1],
                     .result = result[0],
                     .output = output[0]};
    return HPB_EXIT_OK;
}

static void keep_last_line(process *worker, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r') {
            worker->line_ended = true;
            continue;
        }
        if (worker->line_ended)
            worker->line_length = 0;
        worker->line_ended = false;
        if (worker->line_length + 1 < sizeof worker->line)
            worker->line[worker->line_length++] = (unsigned char)bytes[i] < 0x20 ? ' ' : bytes[i];
    }
    worker->line[worker->line_length] = '\0';
    worker->line[hpb_utf8_valid(worker->line, worker->line_length)] = '\0';
}

void hpb_process_read_output(process *worker)
{
    char bytes[16384];
    // a plugin that prints without end gets no more than this at a time, and nothing of it is kept
    for (int i = 0; i < 64; i++) {
        const ssize_t n = read(worker->output, bytes, sizeof bytes);
        if (n == 0) { // closed: no more to poll for
            close(worker->output);
            worker->output = -1;
        }
        if (n <= 0)
            return;
        keep_last_line(worker, bytes, (size_t)n);
    }
}

bool hpb_process_wait(const process *worker, int milliseconds)
{
    struct pollfd poll_fd = {.fd = worker->pidfd, .events = POLLIN};
    return poll(&poll_fd, 1, milliseconds) > 0;
}

// Whether the system ended it for its limit of processor time. The signal alone does not say so: a plugin may raise it.
static bool is_out_of_time(int status, const struct rusage *used)
{
    struct rlimit limit;
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const double seconds = (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
                           1e-6 * (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
    return (number == SIGXCPU || number == SIGKILL) && getrlimit(RLIMIT_CPU, &limit) == 0 &&
           limit.rlim_cur != RLIM_INFINITY && seconds > (double)limit.rlim_cur - 0.2;
}

int hpb_process_end(process *worker)
{
    int status = 0;
    if (!worker->pid)
        return status;
    // its own end, if it has come, is kept in the status: the signal then finds only what it left behind
    if (!hpb_process_wait(worker, 0))
        kill(worker->pid, SIGKILL);
    kill(-worker->pid, SIGKILL);
    struct rusage used = {0};
    while (wait4(worker->pid, &status, 0, &used) < 0 && errno == EINTR)
        ;
    worker->is_out_of_time = is_out_of_time(status, &used);
    close(worker->pidfd);
    close(worker->request);
    close(worker->result);
    if (worker->output >= 0)
        close(worker->output);
    worker->pid = 0;
    return status;
}

// --- strays -------------------------------------------------------------------------------------------

static void list_children(pid_t **out, size_t *out_n)
{
    *out = NULL;
    *out_n = 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "re");
    if (!file)
        return; // a kernel without it: groups are ended all the same
    size_t capacity = 0, size = 0;
    char *line = NULL;
    if (getline(&line, &size, file) > 0) {
        char *end = line;
        for (long pid = strtol(line, &end, 10); pid > 0; pid = strtol(end, &end, 10)) {
            *out = hpb_grow(*out, &capacity, *out_n + 1, sizeof **out);
            (*out)[(*out_n)++] = (pid_t)pid;
        }
    }
    free(line);
    fclose(file);
}

void hpb_process_adopt(pid_t **out_before, size_t *out_n)
{
    list_children(out_before, out_n);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void hpb_process_disown(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

void hpb_process_end_strays(const pid_t *keep, size_t n_keep, const process *const *workers,
                            size_t n_workers)
{
    pid_t *children;
    size_t n;
    list_children(&children, &n);
    for (size_t i = 0; i < n; i++) {
        bool is_known = false;
        for (size_t k = 0; k < n_keep; k++)
            is_known |= keep[k] == children[i];
        for (size_t k = 0; k < n_workers; k++)
            is_known |= workers[k]->pid == children[i];
        if (is_known)
            continue;
        kill(children[i], SIGKILL);
        while (waitpid(children[i], NULL, 0) < 0 && errno == EINTR)
            ;
    }
    free(children);
}
