// SPDX-License-Identifier: Apache-2.0
// The parent's side of the probe process: one request at a time, so that whatever goes wrong is the
// doing of the file that was asked about.
#include "loader/probe.h"

#include "loader/frame.h"
#include "loader/json.h"
#include "loader/search.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 5 // seconds that a plugin may take to load
#define MARK "HPBENCH_PROBE_PROCESS=1"

struct hpb_probe {
    int fd;
    pid_t pid;
    uint32_t answered; // requests; 0: whatever goes wrong is not the fault of an earlier plugin
};

// --- the process --------------------------------------------------------------------------------------------

// After fork(): only calls that are safe there.
static _Noreturn void become_probe(int fd, pid_t parent, char *const *environment)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_IGN); // Ctrl-C is the parent's to handle
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core); // a crash is an answer here
    fd = fcntl(fd, F_DUPFD, 10);      // out of the way of 0 to 3, which may be closed in the parent
    const int nothing = fcntl(open("/dev/null", O_RDWR), F_DUPFD, 10);
    if (fd < 0 || nothing < 0 || dup2(fd, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0 ||
        dup2(fd, 3) < 0)
        _exit(127);
    close(fd);
    close(nothing);
    char *const arguments[] = {(char[]){"hpbench"}, (char[]){"--probe"}, NULL};
    execve("/proc/self/exe", arguments, environment);
    _exit(127);
}

static hpb_exit probe_start(hpb_probe *probe, hpb_error *error)
{
    int pair[2];
    // A program that does not know --probe would start probes of its own, without end.
    if (getenv("HPBENCH_PROBE_PROCESS"))
        return hpb_error_set(error, HPB_EXIT_INTERNAL, "a probe process can't start another one");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return hpb_error_set(error, HPB_EXIT_STORE, "the probe process can't be started: %s",
                             strerror(errno));
    size_t n = 0;
    while (environ[n])
        n++;
    char **environment = hpb_alloc(n + 2, sizeof *environment);
    memcpy(environment, environ, n * sizeof *environment);
    environment[n] = (char[]){MARK};
    const pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become_probe(pair[1], parent, environment);
    const int fault = errno;
    free(environment);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        hpb_error_set(error, HPB_EXIT_STORE, "the probe process can't be started: %s",
                      strerror(fault));
        hpb_error_hint_limit(error, fault);
        return HPB_EXIT_STORE;
    }
    *probe = (hpb_probe){pair[0], pid, 0};
    return HPB_EXIT_OK;
}

// Ends the process, if it has not ended by itself, and returns its wait status.
static int probe_stop(hpb_probe *probe)
{
    int status = 0;
    if (!probe->pid)
        return status;
    close(probe->fd);
    // One that has ended keeps its own status; one that has not dies of this, stopped ones too.
    if (waitpid(probe->pid, &status, WNOHANG) == 0) {
        kill(probe->pid, SIGKILL);
        while (waitpid(probe->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    *probe = (hpb_probe){0};
    return status;
}

// How the process ended, once its side of the socket is closed: its exit is then a matter of moments.
static char *probe_death(hpb_probe *probe, const char *doing)
{
    int status = 0;
    for (int i = 0; i < 200; i++) {
        const pid_t ended = waitpid(probe->pid, &status, WNOHANG);
        if (ended == probe->pid) {
            close(probe->fd);
            *probe = (hpb_probe){0};
            if (WIFSIGNALED(status))
                return hpb_format("ended the process while %s (signal %d, %s)", doing,
                                  WTERMSIG(status), strsignal(WTERMSIG(status)));
            return hpb_format("ended the process while %s (exit %d)", doing, WEXITSTATUS(status));
        }
        usleep(10000);
    }
    probe_stop(probe);
    return hpb_format("closed the connection to hpbench while %s", doing);
}

// Columns of the rows go behind the request that says which are there: a million groups is no JSON.
static void send_rows(const hpb_probe *probe, const hpb_rows *rows)
{
    const size_t bytes = rows->n_rows * sizeof(uint32_t);
    if (rows->groups && !hpb_frame_send_bytes(probe->fd, PATIENCE, rows->groups, bytes))
        return;
    if (rows->test_fold)
        hpb_frame_send_bytes(probe->fd, PATIENCE, rows->test_fold, bytes);
}

// Sends the request (a new reference) with the rows it is about (or NULL) and waits. NULL: the plugin answered, in
// *answer. Else what it did instead, to be freed; the process is gone.
static char *probe_ask(hpb_probe *probe, json_t *request, const hpb_rows *rows, const char *doing,
                       json_t **answer)
{
    *answer = NULL;
    // if it has died, receiving says so
    if (hpb_frame_send(probe->fd, request) && rows)
        send_rows(probe, rows);
    switch (hpb_frame_receive(probe->fd, PATIENCE, answer)) {
    case HPB_FRAME_OK:
        probe->answered++;
        return NULL;
    case HPB_FRAME_TIMEOUT:
        probe_stop(probe);
        return hpb_format("did not finish %s within %d s", doing, PATIENCE);
    case HPB_FRAME_BAD:
        probe_stop(probe);
        return hpb_format("disturbed the connection to hpbench while %s", doing);
    default:
        return probe_death(probe, doing);
    }
}

// --- scanning ---------------------------------------------------------------------------------------------

typedef struct scan {
    hpb_probe probe;
    json_t *plugins, *refusals; // as in hpb_registry_to_json
} scan;

static void refuse(scan *s, const char *path, const char *reason)
{
    json_array_append_new(s->refusals, json_pack("{s:o, s:o}", "path", hpb_json_text(path),
                                                 "reason", hpb_json_text(reason)));
}

static void take_answer(scan *s, const hpb_candidate *file, const json_t *answer)
{
    json_t *plugin = json_object_get(answer, "plugin");
    const char *refused = json_string_value(json_object_get(answer, "refused"));
    const char *kind = json_string_value(json_object_get(plugin, "kind"));
    if (!kind) {
        refuse(s, file->path, refused ? refused : "gave an answer that makes no sense");
    } else if (file->kind && strcmp(kind, hpb_kind_name(file->kind)) != 0) {
        uint32_t right = 1;
        while (right < HPB_KIND_LAST && strcmp(kind, hpb_kind_name(right)) != 0)
            right++;
        char *reason = hpb_format("its kind is %s, but it lies in the folder %s: move it to %s",
                                  kind, hpb_kind_folder(file->kind), hpb_kind_folder(right));
        refuse(s, file->path, reason);
        free(reason);
    } else {
        json_array_append(s->plugins, plugin);
    }
}

static hpb_exit scan_file(scan *s, const hpb_candidate *file, hpb_error *error)
{
    if (file->reason) {
        refuse(s, file->path, file->reason);
        return HPB_EXIT_OK;
    }
    // A death after other plugins were loaded may be their doing: ask a new process once more.
    for (;;) {
        const bool is_alone = !s->probe.pid || !s->probe.answered;
        if (!s->probe.pid) {
            const hpb_exit result = probe_start(&s->probe, error);
            if (result != HPB_EXIT_OK)
                return result;
        }
        json_t *answer;
        char *fault = probe_ask(&s->probe, json_pack("{s:o}", "path", hpb_json_text(file->path)),
                                NULL, "loading", &answer);
        if (!fault)
            take_answer(s, file, answer);
        else if (is_alone)
            refuse(s, file->path, fault);
        json_decref(answer);
        const bool is_settled = !fault || is_alone;
        free(fault);
        if (is_settled)
            return HPB_EXIT_OK;
    }
}

static int by_kind_and_id(const void *a, const void *b)
{
    const hpb_plugin_info *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    const int order = strcmp(x->id, y->id);
    return order ? order : strcmp(x->path, y->path);
}

static hpb_exit check_duplicates(const hpb_registry *registry, hpb_error *error)
{
    for (uint32_t i = 1; i < registry->n_plugins; i++) {
        const hpb_plugin_info *a = &registry->plugins[i - 1], *b = &registry->plugins[i];
        if (a->kind != b->kind || strcmp(a->id, b->id) != 0)
            continue;
        hpb_error_set(error, HPB_EXIT_PLUGIN, "two plugins are the %s %s: %s and %s",
                      hpb_kind_name(a->kind), a->id, a->path, b->path);
        hpb_error_hint(error, "remove one of them, or give one another id and file name");
        return HPB_EXIT_PLUGIN;
    }
    return HPB_EXIT_OK;
}

hpb_exit hpb_probe_scan(const hpb_search *search, hpb_registry *out, hpb_error *error)
{
    *out = (hpb_registry){0};
    hpb_arena *arena = hpb_arena_create();
    hpb_candidate *files = NULL;
    uint32_t n = 0;
    scan s = {.plugins = json_array(), .refusals = json_array()};
    hpb_exit result = hpb_search_list(search, arena, &files, &n, error);
    for (uint32_t i = 0; i < n && result == HPB_EXIT_OK; i++)
        result = scan_file(&s, &files[i], error);
    probe_stop(&s.probe);
    json_t *found = json_pack("{s:o, s:o}", "plugins", s.plugins, "refusals", s.refusals);
    if (result == HPB_EXIT_OK)
        result = hpb_registry_from_json(found, out, error);
    json_decref(found);
    hpb_arena_destroy(arena);
    if (result != HPB_EXIT_OK)
        return result;
    qsort(out->plugins, out->n_plugins, sizeof *out->plugins, by_kind_and_id);
    result = check_duplicates(out, error);
    if (result != HPB_EXIT_OK)
        hpb_registry_free(out);
    return result;
}

// --- asking about values -------------------------------------------------------------------------------------

static json_t *values_to_json(const hpb_value *values, uint32_t n)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < n; i++) {
        json_t *item;
        if (values[i].list) {
            item = json_array();
            for (uint32_t k = 0; k < values[i].count; k++)
                json_array_append_new(item, json_real(values[i].list[k]));
        } else {
            item = isfinite(values[i].number) ? json_real(values[i].number) : json_null();
        }
        json_array_append_new(array, item);
    }
    return array;
}

hpb_exit hpb_probe_check_values(hpb_probe **probe, const hpb_plugin_info *plugin,
                                const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                                hpb_error *error)
{
    if (!*probe)
        *probe = hpb_alloc(1, sizeof **probe);
    if (!(*probe)->pid) {
        const hpb_exit result = probe_start(*probe, error);
        if (result != HPB_EXIT_OK)
            return result;
    }
    json_t *request =
        json_pack("{s:o, s:I, s:I, s:b, s:b, s:o}", "path", hpb_json_text(plugin->path), "kind",
                  (json_int_t)plugin->kind, "n_rows", (json_int_t)rows->n_rows, "groups",
                  rows->groups != NULL, "test_fold", rows->test_fold != NULL, "values",
                  values_to_json(values, plugin->n_params));
    json_t *answer;
    char *fault = probe_ask(
        *probe, request, rows,
        plugin->kind == HPB_KIND_SCHEDULE ? "checking its values" : "counting its splits", &answer);
    const json_t *count = json_object_get(answer, "count");
    const char *failed = json_string_value(json_object_get(answer, "failed"));
    const char *hint = json_string_value(json_object_get(answer, "hint"));
    const char *refused = json_string_value(json_object_get(answer, "refused"));
    hpb_exit result = HPB_EXIT_OK;
    if (fault)
        result = hpb_error_set(error, HPB_EXIT_PLUGIN, "%s: %s", plugin->path, fault);
    else if (failed) {
        result = hpb_error_set(error, HPB_EXIT_SUITE, "%s", failed);
        if (hint && *hint)
            hpb_error_hint(error, "%s", hint);
    } else if (refused || json_integer_value(count) < 1 || json_integer_value(count) > UINT32_MAX)
        result = hpb_error_set(error, HPB_EXIT_PLUGIN, "%s: %s", plugin->path,
                               refused ? refused : "gave an answer that makes no sense");
    else
        *out = (uint32_t)json_integer_value(count);
    json_decref(answer);
    free(fault);
    return result;
}

void hpb_probe_close(hpb_probe *probe)
{
    if (probe)
        probe_stop(probe);
    free(probe);
}
