// The requests of the wire, by number, and what one is answered with: types only. Bytes: ../README.md, "Requests".
// Who does a kind of request returns TW_OK with its payload in the reply, or a negative tw_err_t with text, or nothing,
// in it.
#ifndef TW_REQUEST_H
#define TW_REQUEST_H

#include "tw_frame.h"

typedef enum tw_request {
    TW_HELLO = 0x01,
    TW_STATUS = 0x02,
    TW_MODEL = 0x03,
    TW_LOGS = 0x04,
    TW_PART = 0x05,
    TW_BEGIN = 0x10,
    TW_DATA = 0x11,
    TW_READ_BACK = 0x12,
    TW_TRY = 0x13,
    TW_ACTIVATE = 0x14,
    TW_ABORT = 0x15,
    TW_STEP = 0x20,
    TW_WRITE = 0x21,
    TW_READ = 0x22,
    TW_RUN = 0x23,
    TW_INIT = 0x24,
    TW_RESET = 0x30,
} tw_request_t;

#define TW_WIRE_VERSION 1u

// What HELLO says of this firmware. Small frames: PART, and DATA of any length. Marks: the port's pins, from bit 1 on.
// Forgets: the slots are in RAM.
#define TW_FEATURE_SMALL_FRAMES 1u
#define TW_FEATURE_MARKS(marks) ((marks) << 1)
#define TW_FEATURE_FORGETS 8u

// A response's payload while it is put together: never more than a frame holds.
typedef struct tw_reply {
    uint8_t bytes[TW_PAYLOAD_MAX];
    size_t len;
} tw_reply_t;

#endif
