// SPDX-License-Identifier: Apache-2.0
// Runs the hpbench of this build, as a person or a script would, and keeps what it said.
//
// Include after cmocka.h. HPBENCH is the binary; without it, that of the build directory.
#ifndef HPB_TEST_SUPPORT_CLI_H
#define HPB_TEST_SUPPORT_CLI_H

#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct ran {
    int code; ///< exit code; 128 + n for signal n
    char *out, *err;
} ran;

static inline char *ran_text(const char *path)
{
    char *text = NULL;
    size_t n;
    hpb_error error = {0};
    if (hpb_file_read(path, (size_t)1 << 28, HPB_EXIT_STORE, &text, &n, &error))
        fail_msg("%s", error.text);
    unlink(path);
    return text;
}

/// `hpbench ARGUMENTS`, words and quotes as in a shell. The caller frees with ran_free().
static inline ran run_hpbench(const char *arguments)
{
    const char *binary = getenv("HPBENCH");
    char out[] = "/tmp/hpbench-out-XXXXXX", err[] = "/tmp/hpbench-err-XXXXXX";
    close(mkstemp(out));
    close(mkstemp(err));
    char *command = hpb_format("'%s' %s >%s 2>%s </dev/null",
                               binary ? binary : HPB_TEST_BINARY "/hpbench", arguments, out, err);
    const int status = system(command);
    free(command);
    const ran result = {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                        ran_text(out), ran_text(err)};
    return result;
}

static inline void ran_free(ran *r)
{
    free(r->out);
    free(r->err);
}

/// Runs, and fails the test unless the exit code is `code` and both texts are somewhere in what was
/// printed (NULL: anything).
static inline void expect_run(const char *arguments, int code, const char *out, const char *err)
{
    ran r = run_hpbench(arguments);
    if (r.code != code || (out && !strstr(r.out, out)) || (err && !strstr(r.err, err)))
        fail_msg("hpbench %s: exit %d\n%s%s(expected exit %d, \"%s\", \"%s\")", arguments, r.code,
                 r.out, r.err, code, out ? out : "", err ? err : "");
    ran_free(&r);
}

/// Runs, and looks in what it printed for all of the texts, in order. Returns it; the caller frees it.
static inline char *expect_script(const char *arguments, const char *const *texts, size_t n)
{
    ran r = run_hpbench(arguments);
    if (r.code)
        fail_msg("hpbench %s: exit %d: %s", arguments, r.code, r.err);
    const char *at = r.out;
    for (size_t i = 0; i < n && at; i++) {
        const char *found = strstr(at, texts[i]);
        if (!found)
            fail_msg("hpbench %s: \"%s\" is not in, or not in its place:\n%s", arguments, texts[i],
                     r.out);
        at = found ? found + strlen(texts[i]) : NULL;
    }
    free(r.err);
    return r.out;
}

#endif // HPB_TEST_SUPPORT_CLI_H
