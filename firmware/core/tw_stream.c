#include "tw_stream.h"

#include "tw_bytes.h"
#include "tw_err.h"
#include "tw_run.h"
#include "tw_text.h"

#include <string.h>

#define FORM_INPUT_EVENTS 1u
#define FORM_OUTPUT_EVENTS 2u
#define TOO_MANY_EVENTS 0xffffu
#define EVENT_BYTES 3u // u16 index, u8 value

// What a step that failed answers.
static int failed(const tw_t *tw, tw_reply_t *reply, int error) {
    char *text = (char *)reply->bytes;
    const char *why = tw->model.why == NULL ? "" : tw->model.why;
    reply->len = (size_t)(tw_text(text, why) - text);
    return error;
}

// Bytes of one step's input at `at`, or 0 when it is not whole or an index lies outside.
static size_t input_bytes(const tw_t *tw, const uint8_t *at, size_t left, bool events) {
    size_t in_len = tw->model.in_len;
    if (!events) {
        return in_len <= left ? in_len : 0;
    }
    if (left < 2 || tw_get16(at) > (left - 2) / EVENT_BYTES) {
        return 0;
    }
    size_t count = tw_get16(at);
    for (size_t k = 0; k < count; ++k) {
        if (tw_get16(at + 2 + k * EVENT_BYTES) >= in_len) {
            return 0;
        }
    }
    return 2 + count * EVENT_BYTES;
}

static void take_input(tw_t *tw, const uint8_t *at, bool events) {
    uint8_t *input = tw->model.memory + tw->model.in_ptr;
    if (!events) {
        memcpy(input, at, tw->model.in_len);
        return;
    }
    memset(input, 0, tw->model.in_len);
    size_t count = tw_get16(at);
    for (size_t k = 0; k < count; ++k) {
        const uint8_t *event = at + 2 + k * EVENT_BYTES;
        input[tw_get16(event)] = event[2];
    }
}

// Returns the address after what was written.
static uint8_t *give_output(const tw_t *tw, uint8_t *to, size_t room, bool events) {
    const uint8_t *output = tw->model.memory + tw->model.out_ptr;
    size_t out_len = tw->model.out_len;
    if (!events) {
        memcpy(to, output, out_len);
        return to + out_len;
    }
    uint8_t *count_at = to;
    size_t count = 0;
    to += 2;
    for (size_t k = 0; k < out_len; ++k) {
        if (output[k] == 0) {
            continue;
        }
        if (k > 0xffffu || 2 + (count + 1) * EVENT_BYTES > room) {
            tw_put16(count_at, TOO_MANY_EVENTS);
            return count_at + 2;
        }
        to = tw_put16(to, (uint32_t)k);
        *to++ = output[k];
        count++;
    }
    tw_put16(count_at, (uint32_t)count);
    return to;
}

static int step(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (request->len < 3 || request->payload[0] > (FORM_INPUT_EVENTS | FORM_OUTPUT_EVENTS)) {
        return TW_ERR_FRAME;
    }
    bool events_in = (request->payload[0] & FORM_INPUT_EVENTS) != 0;
    bool events_out = (request->payload[0] & FORM_OUTPUT_EVENTS) != 0;
    uint32_t n = tw_get16(request->payload + 1);
    size_t out_len = tw->model.out_len;
    bool fits = events_out ? n == 1 : out_len <= (TW_PAYLOAD_MAX - 6) / (n > 0 ? n : 1);
    if (n == 0 || !fits) {
        return TW_ERR_FRAME;
    }
    // all of it is looked at before any of it is done
    size_t at = 3;
    for (uint32_t k = 0; k < n; ++k) {
        size_t bytes = input_bytes(tw, request->payload + at, request->len - at, events_in);
        if (bytes == 0 && tw->model.in_len > 0) {
            return TW_ERR_FRAME;
        }
        at += bytes;
    }
    if (at != request->len) {
        return TW_ERR_FRAME;
    }
    at = 3;
    int32_t result = 0;
    uint8_t *to = reply->bytes + 6;
    for (uint32_t k = 0; k < n; ++k) {
        const uint8_t *input = request->payload + at;
        at += input_bytes(tw, input, request->len - at, events_in);
        tw_mark(tw, TW_MARK_WORK);
        take_input(tw, input, events_in);
        result = tw_step(tw);
        if (result >= 0) {
            to = give_output(tw, to, TW_PAYLOAD_MAX - 6, events_out);
        }
        tw_mark(tw, 0);
        if (result < 0) {
            return failed(tw, reply, result);
        }
    }
    tw_put32(tw_put16(reply->bytes, n), (uint32_t)result);
    reply->len = (size_t)(to - reply->bytes);
    return TW_OK;
}

static int run(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    uint32_t n = request->len == 2 ? tw_get16(request->payload) : 0;
    if (n == 0) {
        return TW_ERR_FRAME;
    }
    const tw_port_t *port = tw->port;
    int32_t result = 0;
    uint64_t cycles = 0;
    uint32_t from = port->now_us(port->ctx); // of all: a step may be shorter than the clock's microsecond
    for (uint32_t k = 0; k < n; ++k) {
        result = tw_step(tw);
        if (result < 0) {
            return failed(tw, reply, result);
        }
        cycles += tw->last_cycles;
    }
    uint32_t us = port->now_us(port->ctx) - from;
    uint8_t *to = tw_put32(tw_put16(reply->bytes, n), (uint32_t)result);
    to = tw_put64(tw_put32(to, us), cycles);
    reply->len = (size_t)(to - reply->bytes);
    return TW_OK;
}

static int write(tw_t *tw, const tw_frame_t *request) {
    if (request->len < 5 || request->payload[0] > 1) {
        return TW_ERR_FRAME;
    }
    bool state = request->payload[0] == 1;
    uint32_t ptr = state ? tw->model.state_ptr : tw->model.in_ptr;
    uint32_t room = state ? tw->model.state_len : tw->model.in_len;
    uint32_t offset = tw_get32(request->payload + 1);
    size_t len = request->len - 5;
    if (offset > room || len > room - offset) {
        return TW_ERR_FRAME;
    }
    memcpy(tw->model.memory + ptr + offset, request->payload + 5, len);
    return TW_OK;
}

static int read(const tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (request->len != 6) {
        return TW_ERR_FRAME;
    }
    uint32_t address = tw_get32(request->payload);
    size_t len = tw_get16(request->payload + 4);
    uint32_t end = tw->model.memory_bytes;
    if (len > TW_PAYLOAD_MAX || address > end || len > end - address) {
        return TW_ERR_FRAME;
    }
    memcpy(reply->bytes, tw->model.memory + address, len);
    reply->len = len;
    return TW_OK;
}

static int init(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (request->len != 0) {
        return TW_ERR_FRAME;
    }
    int error = tw_reinit(tw);
    return error == TW_OK ? TW_OK : failed(tw, reply, error);
}

int tw_stream(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply) {
    if (!tw->model.loaded) {
        return TW_ERR_EMPTY;
    }
    switch (request->type) {
    case TW_STEP:
        return step(tw, request, reply);
    case TW_WRITE:
        return write(tw, request);
    case TW_READ:
        return read(tw, request, reply);
    case TW_RUN:
        return run(tw, request, reply);
    default:
        return init(tw, request, reply);
    }
}
