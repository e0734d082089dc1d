// SPDX-License-Identifier: Apache-2.0
// Columns of any size go over the socket whole, and a side that stands still holds nobody up.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/frame.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGE ((size_t)16 << 20) // more than a socket holds

static void test_bytes_of_any_size(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    unsigned char *bytes = hpb_alloc(LARGE, 1), *got = hpb_alloc(LARGE, 1);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (unsigned char)(i * 2654435761u >> 13);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(!(hpb_frame_send(pair[1], json_pack("{s:b}", "groups", 1)) &&
                hpb_frame_send_bytes(pair[1], 60, bytes, LARGE) &&
                hpb_frame_send(pair[1], json_pack("[i]", 7))));
    json_t *json;
    assert_int_equal(hpb_frame_receive(pair[0], 60, &json), HPB_FRAME_OK);
    json_decref(json);
    assert_int_equal(hpb_frame_receive_bytes(pair[0], 60, got, LARGE), HPB_FRAME_OK);
    assert_memory_equal(got, bytes, LARGE);
    assert_int_equal(hpb_frame_receive(pair[0], 60, &json), HPB_FRAME_OK);
    json_decref(json);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(pair[0]);
    close(pair[1]);
    free(bytes);
    free(got);
}

static void test_nobody_reads(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    unsigned char *bytes = hpb_alloc(LARGE, 1);
    assert_false(hpb_frame_send_bytes(pair[1], 0.02, bytes, LARGE));
    close(pair[0]);
    assert_false(hpb_frame_send_bytes(pair[1], 60, bytes, LARGE)); // gone: no waiting, no signal
    close(pair[1]);
    free(bytes);
}

static void test_nobody_writes(void **state)
{
    (void)state;
    int pair[2];
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(hpb_frame_receive_bytes(pair[0], 0.02, &byte, 1), HPB_FRAME_TIMEOUT);
    close(pair[1]);
    assert_int_equal(hpb_frame_receive_bytes(pair[0], 60, &byte, 1), HPB_FRAME_END);
    close(pair[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_any_size),
        cmocka_unit_test(test_nobody_reads),
        cmocka_unit_test(test_nobody_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
