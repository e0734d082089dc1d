// SPDX-License-Identifier: Apache-2.0
// Messages between the parent and its probe: the length in 4 bytes, little endian, then JSON. Columns of numbers
// follow a message as they are.
#ifndef HPB_FRAME_H
#define HPB_FRAME_H

#include "base/base.h"

#include <jansson.h>

/// Bytes of JSON in a message; a descriptor at its limits fits.
#define HPB_FRAME_LIMIT ((size_t)4 << 20)

typedef enum hpb_frame_state {
    HPB_FRAME_OK,
    HPB_FRAME_END,     ///< the other side has closed
    HPB_FRAME_TIMEOUT, ///< nothing whole came in time
    HPB_FRAME_BAD,     ///< not a message
} hpb_frame_state;

/// Sends `message` on the socket and drops the caller's reference to it. False: the other side is gone.
bool hpb_frame_send(int fd, json_t *message);
/// Waits for one whole message, at most `seconds` (negative: for ever). *out: json_decref() it.
hpb_frame_state hpb_frame_receive(int fd, double seconds, json_t **out);

/// `n` bytes behind a message, of any size. False: the other side is gone, or did not take them within `seconds`.
bool hpb_frame_send_bytes(int fd, double seconds, const void *bytes, size_t n);
/// Waits for exactly `n` bytes, at most `seconds` (negative: for ever).
hpb_frame_state hpb_frame_receive_bytes(int fd, double seconds, void *bytes, size_t n);

#endif // HPB_FRAME_H
