// What firmware/README.md says of sessions, as a second implementation that knows nothing of requests.
#include "fuzz.h"
#include "tw_bytes.h"

#include <stdio.h>
#include <string.h>

tw_frame_t fuzz_answer;

static tw_receiver_t hears;    // as the board hears the line
static tw_receiver_t listens;  // as the host hears the board
static bool open_, answered;
static uint16_t session, sequence;
static uint8_t kept[TW_WIRE_MAX];
static size_t kept_len;
static bool damaged; // an answer was lost: the kept one is unknown

void fuzz_session_reset(void) {
    memset(&hears, 0, sizeof hears);
    open_ = answered = false;
}

// Takes one frame off what the board wrote. Returns its length on the line, 0 when there is none.
static size_t take_frame(const uint8_t *out, size_t len, tw_frame_t *frame) {
    memset(&listens, 0, sizeof listens);
    for (size_t k = 0; k < len; ++k) {
        if (tw_receive(&listens, out[k], 0, frame) == TW_FRAME) {
            return k + 1;
        }
        if (k == 0 && out[k] != 0) {
            return 0;
        }
    }
    return 0;
}

static void keep(const uint8_t *out, size_t len) {
    memcpy(kept, out, len);
    kept_len = len;
}

// A HELLO that opens a session.
static bool opens(const tw_frame_t *got) {
    return got->type == 0x01 && got->session != 0 && got->sequence == 0 && got->len == 2 &&
           tw_get16(got->payload) == 1;
}

// A piece of the kept answer, or a refusal.
static void check_part(const tw_frame_t *got, const tw_frame_t *answer) {
    if (answer->type != 0x85 || answer->session != got->session ||
        answer->sequence != got->sequence) {
        fuzz_fail("an answer to something else than PART");
    }
    if (got->sequence != sequence) {
        if (answer->status != TW_ERR_SEQUENCE || answer->len != 0) {
            fuzz_fail("PART of an answer that is not kept");
        }
        return;
    }
    size_t offset = got->len == 4 ? tw_get16(got->payload) : 0;
    if (damaged) {
        return;
    }
    if (got->len != 4 || offset > kept_len) {
        if (answer->status != TW_ERR_FRAME || answer->len != 0) {
            fuzz_fail("PART of nothing");
        }
        return;
    }
    size_t most = tw_get16(got->payload + 2);
    size_t rest = kept_len - offset;
    size_t len = most < rest ? most : rest;
    len = len < 1020 ? len : 1020;
    if (answer->status != TW_OK || answer->len != 4 + len ||
        tw_get16(answer->payload) != kept_len || tw_get16(answer->payload + 2) != offset ||
        memcmp(answer->payload + 4, kept + offset, len) != 0) {
        fuzz_fail("another piece than of the kept answer");
    }
}

// Returns the bytes of `out` that answer this frame.
static size_t check_frame(const tw_frame_t *got, const uint8_t *out, size_t left) {
    if ((got->type & TW_RESPONSE) != 0) {
        return 0;
    }
    tw_frame_t *answer = &fuzz_answer;
    size_t n = take_frame(out, left, answer);
    if (n == 0) {
        fuzz_fail("a request without an answer");
    }
    bool ours = open_ && got->session == session;
    if (ours && got->type == PART) {
        check_part(got, answer);
        return n;
    }
    if (ours && got->sequence == sequence) {
        if (!damaged && (n != kept_len || memcmp(out, kept, n) != 0)) {
            fuzz_fail("a request asked again is answered otherwise");
        }
        return n;
    }
    if (answer->type != (got->type | TW_RESPONSE) || answer->session != got->session ||
        answer->sequence != got->sequence || answer->status > 0 || answer->status < -13) {
        fuzz_fail("an answer to another request");
    }
    bool hello = got->type == 0x01 && !ours;
    bool next = ours && got->sequence == (uint16_t)(sequence + 1);
    if (hello && !opens(got)) {
        if (answer->status != TW_ERR_FRAME) {
            fuzz_fail("a session opened by a wrong HELLO");
        }
    } else if (hello || next) {
        if (answer->status == TW_ERR_SESSION || answer->status == TW_ERR_SEQUENCE) {
            fuzz_fail("a request in its turn is refused");
        }
        open_ = true;
        session = got->session;
        sequence = got->sequence;
        damaged = false;
        keep(out, n);
    } else {
        int expected = ours ? TW_ERR_SEQUENCE : TW_ERR_SESSION;
        size_t len = ours ? 0 : 2; // SESSION says which one is open
        if (answer->status != expected || answer->len != len ||
            (!ours && tw_get16(answer->payload) != (open_ ? session : 0))) {
            fuzz_fail("a request out of turn is not refused");
        }
    }
    return n;
}

// Returns the bytes of `out` up to the end of a command's answer.
static size_t check_command(const uint8_t *out, size_t left) {
    static const char ready[] = "m-ready\r\n";
    const uint8_t *found = memmem(out, left, ready, sizeof ready - 1);
    if (found == NULL) {
        fuzz_fail("a command without m-ready");
    }
    return (size_t)(found - out) + sizeof ready - 1;
}

void fuzz_session_check(const uint8_t *bytes, size_t len, uint32_t now_us, const uint8_t *out,
                        size_t written, bool lossy) {
    size_t at = 0;
    for (size_t k = 0; k < len; ++k) {
        tw_frame_t got;
        tw_received_t what = tw_receive(&hears, bytes[k], now_us, &got);
        if (lossy) {
            // which answer was lost is not known: only the session's place is followed
            if (what == TW_FRAME && (got.type & TW_RESPONSE) == 0) {
                bool ours = open_ && got.session == session;
                bool next = ours && got.type != PART && got.sequence == (uint16_t)(sequence + 1);
                if ((opens(&got) && !ours) || next) {
                    open_ = true;
                    session = got.session;
                    sequence = got.sequence;
                    damaged = true;
                }
            }
        } else if (what == TW_FRAME) {
            at += check_frame(&got, out + at, written - at);
        } else if (what == TW_COMMAND) {
            at += check_command(out + at, written - at);
        }
    }
    if (!lossy && at != written) {
        fuzz_fail("words that nobody asked for");
    }
}

void fuzz_session_next(tw_frame_t *frame, uint8_t type, const uint8_t *payload, size_t len) {
    frame->type = type;
    frame->status = 0;
    frame->session = session;
    frame->sequence = (uint16_t)(sequence + 1);
    frame->payload = payload;
    frame->len = len;
}

static int send(const tw_frame_t *frame) {
    uint8_t wire[TW_WIRE_MAX];
    size_t len = tw_frame_encode(frame, wire);
    fuzz_answer.status = 1; // no answer: the board restarted
    fuzz_feed(wire, len);
    return fuzz_answer.status;
}

int fuzz_ask(uint8_t type, const uint8_t *payload, size_t len) {
    tw_frame_t frame;
    fuzz_session_next(&frame, type, payload, len);
    return send(&frame);
}

void fuzz_hello(void) {
    static const uint8_t version[] = {1, 0};
    tw_frame_t frame = {.type = 0x01, .payload = version, .len = sizeof version};
    do {
        frame.session = (uint16_t)(1 + fuzz_below(65535));
    } while (open_ && frame.session == session);
    frame.sequence = 0;
    int status = send(&frame);
    bool silent = status == 1 && (fuzz_line_fails || fuzz_patience == 1); // lost, or restarted meanwhile
    if (status != TW_OK && !silent) {
        fuzz_fail("HELLO is refused");
    }
}
