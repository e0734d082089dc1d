// SPDX-License-Identifier: Apache-2.0
// Limits that a shell sets (ulimit), in words: what they stop says only that something failed.
#include "base/base.h"

#include <errno.h>
#include <sys/resource.h>

static const struct {
    int resource, fault; // errno of what it stops; 0: none of its own
    rlim_t usual;        // so much is no limit
    const char *words;
} limits[] = {
    {RLIMIT_FSIZE, EFBIG, RLIM_INFINITY, "the size of files is limited (ulimit -f)"},
    {RLIMIT_NOFILE, EMFILE, RLIM_INFINITY, "the number of open files is limited (ulimit -n)"},
    {RLIMIT_NPROC, EAGAIN, RLIM_INFINITY, "the number of processes is limited (ulimit -u)"},
    {RLIMIT_AS, ENOMEM, RLIM_INFINITY, "memory is limited (ulimit -v)"},
    {RLIMIT_STACK, 0, 1 << 20, "the stack is limited (ulimit -s)"},
    {RLIMIT_CPU, 0, RLIM_INFINITY, "processor time is limited (ulimit -t)"},
};

const char *hpb_limit_text(int resource)
{
    struct rlimit limit;
    for (size_t i = 0; i < HPB_COUNT(limits); i++)
        if (limits[i].resource == resource &&
            getrlimit((__rlimit_resource_t)resource, &limit) == 0 &&
            limit.rlim_cur < limits[i].usual)
            return limits[i].words;
    return NULL;
}

void hpb_error_hint_limit(hpb_error *error, int fault)
{
    for (size_t i = 0; i < HPB_COUNT(limits) && fault; i++) {
        const char *words = limits[i].fault == fault ? hpb_limit_text(limits[i].resource) : NULL;
        if (words)
            hpb_error_hint(error, "%s", words);
    }
}
