// SPDX-License-Identifier: Apache-2.0
// Whole JSON messages over a socket, with a time limit and a bound on their size.
#include "loader/frame.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Waits until the socket is ready for `events`. False: not before `deadline` (negative: none).
static bool wait_for(int fd, short events, double deadline)
{
    for (;;) {
        int wait = -1;
        if (deadline >= 0) {
            const double left = deadline - hpb_seconds();
            wait = left > 0 ? (int)(left * 1000) + 1 : 0;
        }
        struct pollfd poll_fd = {.fd = fd, .events = events};
        const int ready = poll(&poll_fd, 1, wait);
        if (ready >= 0 || errno != EINTR)
            return ready != 0;
    }
}

static double deadline_of(double seconds)
{
    return seconds < 0 ? -1 : hpb_seconds() + seconds;
}

static bool send_all(int fd, double deadline, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n) {
        if (!wait_for(fd, POLLOUT, deadline))
            return false;
        // a dead probe must not kill the parent, nor one that stands still hold it up
        const ssize_t sent = send(fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool hpb_frame_send(int fd, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    const size_t n = text ? strlen(text) : 0;
    const unsigned char length[4] = {(unsigned char)n, (unsigned char)(n >> 8),
                                     (unsigned char)(n >> 16), (unsigned char)(n >> 24)};
    const bool is_sent = n && n <= HPB_FRAME_LIMIT && send_all(fd, -1, length, sizeof length) &&
                         send_all(fd, -1, text, n);
    free(text);
    return is_sent;
}

// Reads exactly `n` bytes before `deadline` (negative: none).
static hpb_frame_state receive_all(int fd, double deadline, void *bytes, size_t n)
{
    char *at = bytes;
    while (n) {
        if (!wait_for(fd, POLLIN, deadline))
            return HPB_FRAME_TIMEOUT;
        const ssize_t got = recv(fd, at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return HPB_FRAME_END;
        at += got;
        n -= (size_t)got;
    }
    return HPB_FRAME_OK;
}

hpb_frame_state hpb_frame_receive(int fd, double seconds, json_t **out)
{
    *out = NULL;
    const double deadline = deadline_of(seconds);
    unsigned char length[4];
    hpb_frame_state state = receive_all(fd, deadline, length, sizeof length);
    if (state != HPB_FRAME_OK)
        return state;
    const size_t n =
        length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
    if (!n || n > HPB_FRAME_LIMIT)
        return HPB_FRAME_BAD;
    char *text = hpb_alloc(n, 1);
    state = receive_all(fd, deadline, text, n);
    if (state == HPB_FRAME_OK && !(*out = json_loadb(text, n, 0, NULL)))
        state = HPB_FRAME_BAD;
    free(text);
    return state;
}

bool hpb_frame_send_bytes(int fd, double seconds, const void *bytes, size_t n)
{
    return send_all(fd, deadline_of(seconds), bytes, n);
}

hpb_frame_state hpb_frame_receive_bytes(int fd, double seconds, void *bytes, size_t n)
{
    return receive_all(fd, deadline_of(seconds), bytes, n);
}
