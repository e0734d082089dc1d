// SPDX-License-Identifier: Apache-2.0
// hpbench in another environment: what stands before its name in a shell. Include after cmocka.h.
#ifndef HPB_TEST_SUPPORT_ENVIRONMENT_H
#define HPB_TEST_SUPPORT_ENVIRONMENT_H

#include "support_cli.h"
#include "support_process.h"

static const char suite[] = "[suite]\nreplicates = 20\n[data]\ngenerator = linear\nrows = 40\n"
                            "[fit]\nepochs = 3\n[model]\nhidden = 2\n"
                            "[optimizer.adam]\nlearning_rate = 0.001, 0.01\n"
                            "[splitter]\nplugin = train_test_split\n";

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0 // a sanitizer has wishes of its own as to memory and what is loaded first
#endif

static inline int set_up(void **state)
{
    *state = work_begin(suite);
    expect_run("run s.ini --quiet --output plain", 0, NULL, NULL);
    return 0;
}

static inline int tear_down(void **state)
{
    work_end(*state);
    return 0;
}

// `PREFIX hpbench ARGUMENTS` in a shell: its exit code; what it said is in said.txt.
static inline int run_with(const char *prefix, const char *arguments)
{
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("(%s '%s' %s) >said.txt 2>&1 </dev/null", prefix,
                               binary ? binary : HPB_TEST_BINARY "/hpbench", arguments);
    const int status = system(command);
    free(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline void expect_with(const char *prefix, const char *arguments, int code,
                               const char *words)
{
    const int got = run_with(prefix, arguments);
    char *said = ran_text("said.txt");
    if (got != code || !strstr(said, words))
        fail_msg("%s hpbench %s: exit %d\n%s(expected exit %d, \"%s\")", prefix, arguments, got,
                 said, code, words);
    free(said);
}

static inline bool has_gnuplot(void)
{
    return system("command -v gnuplot >/dev/null 2>&1") == 0;
}

#endif // HPB_TEST_SUPPORT_ENVIRONMENT_H
