// SPDX-License-Identifier: Apache-2.0
// Gradient descent that misbehaves in some fits, as its parameter `action` says; with `none` it never does, so a
// twin of every trial shows what its result would have been.
#include <hpbench/plugin.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEARNING_RATE, ACTION, ONE_IN };
enum { NONE, SEGFAULT, ABORT, EXIT, SPIN, STOP, CLOSE, PRINT, FORGE, STRAY, LIMIT };

static const hpb_param params[] = {
    {"learning_rate", NULL, "Step size.", NULL, NULL, HPB_TYPE_REAL, 0, 0.01, 0, HUGE_VAL},
    {"action", NULL, "What to do.", NULL,
     "none,segfault,abort,exit,spin,stop,close,print,forge,stray,limit", HPB_TYPE_CHOICE, 0, NONE,
     NONE, LIMIT},
    {"one_in", NULL, "In one of how many fits.", NULL, NULL, HPB_TYPE_INT, 0, 1, 1, 1e9},
};

static void crash(int number)
{
    signal(number, SIG_DFL); // a sanitizer's own handler would make an exit of it
    raise(number);
}

static void close_everything(void)
{
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
}

static void print_rubbish(void)
{
    char line[1024];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < 1024; i++)
        if (write(STDOUT_FILENO, line, sizeof line) < 0)
            return;
}

// What looks like a descriptor of the host's is written to.
static void forge(void)
{
    static const char message[64] = "BPH: this is no message";
    for (int fd = 3; fd < 1024; fd++)
        if (write(fd, message, sizeof message) > 0)
            continue;
}

// Leaves a process behind that belongs to no group of ours.
static void leave_stray(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        sleep(1000);
        _exit(0);
    }
    raise(SIGKILL);
}

static void act(int action)
{
    static const char words[] = "first words\nlast words\n";
    switch (action) {
    case SEGFAULT:
        crash(SIGSEGV);
        break;
    case ABORT:
        if (write(STDERR_FILENO, words, sizeof words - 1) < 0)
            return;
        crash(SIGABRT);
        break;
    case EXIT:
        exit(0);
    case SPIN:
        for (volatile int i = 0;; i++)
            if (i > 1000)
                i = 0;
    case STOP:
        raise(SIGSTOP);
        break;
    case CLOSE:
        close_everything();
        break;
    case PRINT:
        print_rubbish();
        break;
    case FORGE:
        forge();
        break;
    case LIMIT: // as where the system ends it for its processor time, of which there is enough
        crash(SIGXCPU);
        break;
    case STRAY:
        leave_stray();
        break;
    default:
        break;
    }
}

// Which fits: by the bits of the first weight, so that it does not matter where and when one is run.
static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    uint32_t bits;
    memcpy(&bits, &batch->weights[lane], sizeof bits);
    bits = (bits ^ bits >> 15) * 2654435761u;
    if ((bits >> 8) % (uint32_t)values[ONE_IN].number == 0)
        act((int)values[ACTION].number);
}

static void update(const hpb_value *values, const hpb_batch *batch)
{
    (void)values;
    for (uint32_t p = 0; p < batch->n_params; p++)
        for (uint32_t lane = 0; lane < batch->n_lanes; lane++) {
            const size_t at = (size_t)p * batch->n_lanes + lane;
            batch->weights[at] -= batch->learning_rate[lane] * batch->gradients[at];
        }
}

static const hpb_optimizer_ops ops = {sizeof ops, 0, start, {update, NULL, NULL}};

static const hpb_plugin plugin = {
    HPB_PREAMBLE,
    HPB_KIND_OPTIMIZER,
    1,
    "hostile",
    "1.0",
    "For the tests of the workers.",
    NULL,
    NULL,
    HPB_ARRAY(params),
    {NULL, 0, 0},
    &ops,
};

const hpb_plugin *hpbench_plugin(void)
{
    return &plugin;
}
