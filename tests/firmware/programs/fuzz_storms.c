// Storms of bytes, requests, damaged frames and commands.
#include "fuzz.h"
#include "tw_bytes.h"

#include <stdio.h>
#include <string.h>

void fuzz_random_bytes(uint8_t *to, size_t len) {
    uint32_t kind = fuzz_below(4);
    for (size_t k = 0; k < len; ++k) {
        uint32_t value = fuzz_random();
        to[k] = (uint8_t)(kind == 0 ? value & 7u : kind == 1 ? value % 95u + 32u : value);
        if (kind == 2 && value >> 28 == 0) {
            to[k] = 0;
        }
    }
}

void fuzz_storm_of_bytes(uint32_t n) {
    uint8_t bytes[400];
    for (uint32_t k = 0; k < n; ++k) {
        size_t len = 1 + fuzz_below(fuzz_one_in(8) ? sizeof bytes : 40);
        fuzz_random_bytes(bytes, len);
        fuzz_feed(bytes, len);
        if (fuzz_one_in(16)) {
            fuzz_wait(fuzz_below(2 * TW_FRAME_SILENCE_US));
        }
        fuzz_units++;
    }
}

static const uint8_t TYPES[] = {0x01, STATUS, MODEL, LOGS, PART, BEGIN, DATA, READ_BACK, TRY, ACTIVATE,
                                ABORT, STEP, WRITE, READ, RUN, INIT, RESET};

size_t fuzz_random_payload(uint8_t type, uint8_t *to) {
    uint32_t in_len = fuzz_tw.model.in_len;
    const uint32_t lengths[] = {0, 1, 2, 4, 5, 6, 36, in_len + 3, in_len + 5, TW_PAYLOAD_MAX};
    size_t len = lengths[fuzz_below(10)];
    len = fuzz_one_in(4) ? fuzz_below(TW_PAYLOAD_MAX + 1) : len;
    len = len > TW_PAYLOAD_MAX ? TW_PAYLOAD_MAX : len;
    fuzz_random_bytes(to, len);
    if (len >= 6 && !fuzz_one_in(4)) {
        uint32_t near = fuzz_below(2048) - 8;
        switch (type) {
        case STEP:
            to[0] = (uint8_t)fuzz_below(5);
            tw_put16(to + 1, fuzz_below(4));
            tw_put16(to + 3, fuzz_below(6));
            break;
        case RUN:
            tw_put16(to, fuzz_below(50));
            break;
        case WRITE:
            to[0] = (uint8_t)fuzz_below(3);
            tw_put32(to + 1, fuzz_below(in_len + 4) - 2);
            break;
        case READ:
        case READ_BACK:
            tw_put32(to, fuzz_one_in(8) ? fuzz_random() : near);
            tw_put16(to + 4, fuzz_below(1100));
            break;
        case PART:
            tw_put16(to, fuzz_below(100));
            tw_put16(to + 2, fuzz_below(1100));
            len = fuzz_one_in(4) ? len : 4;
            break;
        case DATA:
            tw_put32(to, fuzz_one_in(2) ? fuzz_tw.received : near);
            break;
        default:
            break;
        }
    }
    if (type == BEGIN && len >= TW_SLOT_INFO_BYTES && !fuzz_one_in(4)) {
        fuzz_put_info(to, fuzz_modules[0].bytes, fuzz_modules[0].len, (uint8_t)fuzz_below(6));
        to[fuzz_below(36)] ^= (uint8_t)(1u << fuzz_below(8));
        len = TW_SLOT_INFO_BYTES;
    }
    if (type == RUN && len == 2) {
        tw_put16(to, fuzz_below(50));
    }
    return len;
}

static void feed_frame(const tw_frame_t *frame) {
    uint8_t wire[TW_WIRE_MAX];
    fuzz_feed(wire, tw_frame_encode(frame, wire));
    fuzz_units++;
}

void fuzz_storm_of_requests(uint32_t n) {
    uint8_t payload[TW_PAYLOAD_MAX];
    for (uint32_t k = 0; k < n; ++k) {
        uint8_t type = fuzz_one_in(20) ? (uint8_t)fuzz_random() : TYPES[fuzz_below(sizeof TYPES)];
        if ((type == RESET && !fuzz_one_in(10)) || (type == ACTIVATE && fuzz_one_in(2))) {
            type = STATUS;
        }
        tw_frame_t frame;
        fuzz_session_next(&frame, type, payload, fuzz_random_payload(type, payload));
        switch (fuzz_below(24)) {
        case 0:
            frame.sequence = (uint16_t)fuzz_random();
            break;
        case 1:
            frame.session = (uint16_t)fuzz_random();
            break;
        case 2:
            frame.sequence--;
            break;
        case 3:
            frame.sequence++;
            break;
        case 4:
            frame.sequence = 0;
            break;
        case 6: // HELLO of another host, of this wire or of another
            frame.type = 0x01;
            frame.session = (uint16_t)fuzz_random();
            frame.sequence = 0;
            tw_put16(payload, fuzz_one_in(2) ? 1 : fuzz_random());
            frame.len = fuzz_one_in(8) ? 3 : 2;
            break;
        case 7:
            frame.type = PART;
            frame.len = fuzz_random_payload(PART, payload);
            frame.sequence--;
            break;
        case 5:
            frame.status = (int8_t)fuzz_random();
            break;
        default:
            break;
        }
        feed_frame(&frame);
    }
}

void fuzz_storm_of_damage(uint32_t n) {
    uint8_t payload[TW_PAYLOAD_MAX];
    uint8_t wire[TW_WIRE_MAX + 40];
    for (uint32_t k = 0; k < n; ++k) {
        uint8_t type = TYPES[fuzz_below(sizeof TYPES - 1)];
        tw_frame_t frame;
        fuzz_session_next(&frame, type, payload, fuzz_random_payload(type, payload));
        size_t len = tw_frame_encode(&frame, wire);
        size_t at = fuzz_below((uint32_t)len);
        switch (fuzz_below(6)) {
        case 0:
            wire[at] ^= (uint8_t)(1u << fuzz_below(8));
            break;
        case 1:
            memmove(wire + at, wire + at + 1, len - at - 1);
            len--;
            break;
        case 2:
            memmove(wire + at + 1, wire + at, len - at);
            len++;
            break;
        case 3:
            len = at;
            break;
        case 4:
            fuzz_random_bytes(wire + len, 40);
            len += fuzz_below(40);
            break;
        default:
            fuzz_feed(wire, len); // twice
            break;
        }
        fuzz_feed(wire, len);
        if (fuzz_one_in(8)) {
            fuzz_wait(TW_FRAME_SILENCE_US);
        }
        fuzz_units++;
    }
}

#define DIGITS "db 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff001122334455"

void fuzz_storm_of_commands(uint32_t n) {
    static const char *const WORDS[] = {
        "name", "timestamp", "profile", "help", "db", "load", "print", "infer", "results", "0",
        "1", "2", "3", "-1", "10", "27648", "27649", "99999999999", "00ff", "AbCd", "0", "zz",
        "\r\n", "", "x", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567",
    };
    for (uint32_t k = 0; k < n; ++k) {
        char line[400];
        size_t len = 0;
        for (uint32_t words = 1 + fuzz_below(4); words > 0; --words) {
            const char *word = WORDS[fuzz_below(sizeof WORDS / sizeof WORDS[0])];
            len += (size_t)snprintf(line + len, sizeof line - len, "%s%s", word,
                                    fuzz_one_in(16) ? "" : " ");
        }
        if (fuzz_one_in(2)) { // what a runner sends
            static const char *const LINES[] = {"db load 8", "db 0011223344556677", "infer 2 1",
                                                "infer 1 0", "results", "db load 2560", DIGITS,
                                                DIGITS, DIGITS, "db print"};
            len = (size_t)snprintf(line, sizeof line, "%s", LINES[fuzz_below(10)]);
        }
        if (fuzz_one_in(8) && len > 0) {
            line[fuzz_below((uint32_t)len)] = (char)fuzz_random();
        }
        line[len++] = '%';
        fuzz_feed((const uint8_t *)line, len);
        fuzz_wait(fuzz_one_in(10) ? TW_FRAME_SILENCE_US : 0);
        fuzz_units++;
    }
}
