#include "tw_frame.h"

#include "tw_bytes.h"
#include "tw_cobs.h"
#include "tw_crc32.h"

#define TERMINATOR '%'

// Decodes what lies between two zeros. Returns false for a damaged frame.
static bool parse(tw_receiver_t *receiver, tw_frame_t *frame) {
    uint8_t *bytes = receiver->buffer;
    size_t len = receiver->overlong ? 0 : tw_cobs_decode(bytes, receiver->len);
    if (len < TW_FRAME_HEAD + TW_FRAME_CRC || len > TW_FRAME_MAX) {
        return false;
    }
    len -= TW_FRAME_CRC;
    if (tw_crc32(0, bytes, len) != tw_get32(bytes + len)) {
        return false;
    }
    frame->type = bytes[0];
    frame->status = (int8_t)bytes[1];
    frame->session = tw_get16(bytes + 2);
    frame->sequence = tw_get16(bytes + 4);
    frame->payload = bytes + TW_FRAME_HEAD;
    frame->len = len - TW_FRAME_HEAD;
    return true;
}

static void empty(tw_receiver_t *receiver) {
    receiver->len = 0;
    receiver->overlong = false;
}

static tw_received_t receive_framed(tw_receiver_t *receiver, uint8_t byte, tw_frame_t *frame) {
    if (byte != 0) {
        if (receiver->len < sizeof receiver->buffer) {
            receiver->buffer[receiver->len++] = byte;
        } else {
            receiver->overlong = true;
        }
        return TW_NOTHING;
    }
    if (receiver->len == 0) { // two delimiters in a row: the second one opens
        return TW_NOTHING;
    }
    bool whole = parse(receiver, frame);
    empty(receiver);
    if (!whole) {
        receiver->bad++;
        return TW_NOTHING;
    }
    receiver->good++;
    receiver->in_frame = false;
    return TW_FRAME;
}

static tw_received_t receive_ascii(tw_receiver_t *receiver, uint8_t byte) {
    if (byte == TERMINATOR) {
        bool foreign = receiver->foreign;
        receiver->command[receiver->command_len] = '\0';
        receiver->command_len = 0;
        receiver->foreign = false;
        return foreign ? TW_NOTHING : TW_COMMAND;
    }
    if (byte != '\r' && byte != '\n' && (byte < ' ' || byte > '~')) {
        receiver->foreign = true;
    }
    receiver->command[receiver->command_len] = (char)byte;
    if (receiver->command_len < TW_COMMAND_MAX) {
        receiver->command_len++;
    }
    return TW_NOTHING;
}

tw_received_t tw_receive(tw_receiver_t *receiver, uint8_t byte, uint32_t now_us,
                         tw_frame_t *frame) {
    if (receiver->in_frame && now_us - receiver->last_us >= TW_FRAME_SILENCE_US) {
        if (receiver->len > 0) {
            receiver->bad++;
        }
        empty(receiver);
        receiver->in_frame = false;
    }
    receiver->last_us = now_us;
    if (receiver->in_frame) {
        return receive_framed(receiver, byte, frame);
    }
    if (byte == 0) {
        // What stands before a frame without its '%' is the rest of a damaged one, or of a host that went away.
        receiver->command_len = 0;
        receiver->foreign = false;
        receiver->in_frame = true;
        empty(receiver);
        return TW_NOTHING;
    }
    return receive_ascii(receiver, byte);
}

size_t tw_frame_encode(const tw_frame_t *frame, uint8_t *wire) {
    uint8_t head[TW_FRAME_HEAD];
    uint8_t crc[TW_FRAME_CRC];
    head[0] = frame->type;
    head[1] = (uint8_t)frame->status;
    tw_put16(head + 2, frame->session);
    tw_put16(head + 4, frame->sequence);
    tw_put32(crc, tw_crc32(tw_crc32(0, head, sizeof head), frame->payload, frame->len));

    tw_cobs_t cobs;
    wire[0] = 0;
    tw_cobs_begin(&cobs, wire + 1);
    tw_cobs_put(&cobs, head, sizeof head);
    tw_cobs_put(&cobs, frame->payload, frame->len);
    tw_cobs_put(&cobs, crc, sizeof crc);
    size_t end = 1 + tw_cobs_end(&cobs);
    wire[end] = 0;
    return end + 1;
}
