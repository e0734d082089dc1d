// SPDX-License-Identifier: Apache-2.0
// LD_PRELOAD: a wall clock that goes back a day at every second look, as where somebody sets it. Others are the system's.
#include <dlfcn.h>
#include <stdatomic.h>
#include <time.h>

#define DAY 86400

#pragma GCC visibility push(default)
int clock_gettime(clockid_t clock, struct timespec *out);
time_t time(time_t *out);
#pragma GCC visibility pop

static atomic_uint looks;

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int (*real)(clockid_t, struct timespec *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    const int result = real(clock, out);
    if (result == 0 && clock == CLOCK_REALTIME && atomic_fetch_add(&looks, 1) % 2)
        out->tv_sec -= DAY;
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
