// One line carries two languages: ASCII commands that end with '%', and COBS frames between zero bytes.
// This file takes the bytes apart and puts frames together; it knows no request. Bytes: ../README.md, "Wire".
#ifndef TW_FRAME_H
#define TW_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef TW_PAYLOAD_MAX
#define TW_PAYLOAD_MAX 1024u // bytes of a frame between its head and its CRC
#endif

#define TW_FRAME_HEAD 6u // type, status, session, sequence
#define TW_FRAME_CRC 4u
#define TW_FRAME_MAX (TW_FRAME_HEAD + TW_PAYLOAD_MAX + TW_FRAME_CRC)
// COBS adds a byte at the front and one per 254
#define TW_COBS_MAX (TW_FRAME_MAX + TW_FRAME_MAX / 254u + 1u)
// on the line, with both delimiters
#define TW_WIRE_MAX (TW_COBS_MAX + 2u)

#define TW_RESPONSE 0x80u // set in the type of every response

typedef struct tw_frame {
    uint8_t type;
    int8_t status;
    uint16_t session;
    uint16_t sequence;
    const uint8_t *payload;
    size_t len;
} tw_frame_t;

// Characters of an ASCII command before its '%'; more overwrite the last one, as EE_CMD_SIZE of the reference does.
#define TW_COMMAND_MAX 80u

// Silence after which an unfinished frame is given up and the line is ASCII again.
#define TW_FRAME_SILENCE_US 500000u

// Takes the line apart. Caller allocates and zeroes; treat the fields as private.
typedef struct tw_receiver {
    uint8_t buffer[TW_COBS_MAX];
    size_t len;
    bool in_frame;
    bool overlong;
    bool foreign;                  // the command holds a byte no command has: dropped at its '%'
    char command[TW_COMMAND_MAX + 1];
    size_t command_len;
    uint32_t last_us;              // when the last byte came
    uint32_t good, bad;            // frames
} tw_receiver_t;

typedef enum tw_received {
    TW_NOTHING = 0,
    TW_COMMAND = 1, // receiver->command is a zero-ended line without its '%'
    TW_FRAME = 2,   // *frame is filled; its payload lies in the receiver until the next byte is given
} tw_received_t;

// Gives one byte that came at now_us. A damaged frame counts as bad and is dropped without a word.
tw_received_t tw_receive(tw_receiver_t *receiver, uint8_t byte, uint32_t now_us, tw_frame_t *frame);

// Puts a frame together, delimiters included.
//
// payload  may lie anywhere outside `wire`; len <= TW_PAYLOAD_MAX
// wire     uint8_t[TW_WIRE_MAX]
//
// Returns the bytes on the line.
size_t tw_frame_encode(const tw_frame_t *frame, uint8_t *wire);

#endif
