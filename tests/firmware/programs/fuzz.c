// fuzz SEED COUNT MODULE…
//
// Storms of bytes, frames and commands, COUNT of them all in all, against a whole core. After every storm the board must
// hold a module whole, answer for it rightly, and take the first module again. The first MODULE is the one whose
// output is known; all of them are mutated and offered as candidates. With an odd seed the arena has room for little more
// than the first module.
#include "fuzz.h"
#include "tw_bytes.h"
#include "tw_crc32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULES 8
#define LONGEST_STORM 300u

enum {
    STATUS = 0x02, MODEL, LOGS, BEGIN = 0x10, DATA, READ_BACK, TRY, ACTIVATE, ABORT,
    STEP = 0x20, WRITE, READ, RUN, INIT, RESET = 0x30,
};

static struct {
    uint8_t *bytes;
    uint32_t len;
} modules[MODULES];
static uint32_t module_count;

static uint8_t input[TW_PAYLOAD_MAX];
static uint8_t output[TW_PAYLOAD_MAX];
static size_t output_len;

static uint32_t units, tries, loads, activations;
static uint64_t seed;

_Noreturn void fuzz_fail(const char *what) {
    fprintf(stderr, "seed %llu, after %u units: %s\n", (unsigned long long)seed, units, what);
    abort();
}

static void put_info(uint8_t *info, const uint8_t *wasm, uint32_t len, uint8_t task) {
    memset(info, 0, TW_SLOT_INFO_BYTES);
    tw_put32(info, len);
    tw_put32(info + 4, tw_crc32(0, wasm, len));
    info[9] = task;
    tw_put32(info + 12, 0x3f000000); // 0.5
    tw_put32(info + 20, 0x3b800000); // 1 / 256
    tw_put32(info + 24, (uint32_t)-128);
    tw_put32(info + 28, 500);
}

// Announces and sends a module. Returns the first status that is not 0.
static int send_module(const uint8_t *info, const uint8_t *wasm, uint32_t len) {
    int status = fuzz_ask(BEGIN, info, TW_SLOT_INFO_BYTES);
    for (uint32_t at = 0; at < len && status == TW_OK; at += 768) {
        uint8_t payload[TW_PAYLOAD_MAX];
        uint32_t n = len - at < 768 ? len - at : 768;
        tw_put32(payload, at);
        memcpy(payload + 4, wasm + at, n);
        status = fuzz_ask(DATA, payload, n + 4);
    }
    return status;
}

static void deploy_base(void) {
    uint8_t info[TW_SLOT_INFO_BYTES];
    put_info(info, modules[0].bytes, modules[0].len, TW_TASK_KWS01);
    if (send_module(info, modules[0].bytes, modules[0].len) != TW_OK ||
        fuzz_ask(TRY, NULL, 0) != TW_OK || fuzz_ask(ACTIVATE, NULL, 0) != TW_OK) {
        fuzz_fail("the first module is not taken any more");
    }
}

static size_t step_base(uint8_t *to) {
    uint8_t payload[TW_PAYLOAD_MAX];
    size_t in_len = fuzz_tw.model.in_len;
    payload[0] = 0;
    tw_put16(payload + 1, 1);
    memcpy(payload + 3, input, in_len);
    if (fuzz_ask(INIT, NULL, 0) != TW_OK || fuzz_ask(STEP, payload, in_len + 3) != TW_OK) {
        fuzz_fail("the first module does not step any more");
    }
    memcpy(to, fuzz_answer.payload, fuzz_answer.len);
    return fuzz_answer.len;
}

// Calm again: what must hold after every storm.
static void check_board(void) {
    fuzz_flash_fails = fuzz_line_fails = false;
    fuzz_patience = FUZZ_PATIENT;
    fuzz_wait(TW_FRAME_SILENCE_US);
    static const uint8_t end[] = {'%'}; // of a command that has none
    fuzz_feed(end, 1);
    fuzz_hello();
    tw_slot_info_t info;
    uint32_t number = 0;
    int chosen = tw_slot_choose(&fuzz_port);
    if (chosen < 0 || chosen != fuzz_tw.active || !tw_slot_read(&fuzz_port, chosen, &info, &number)) {
        fuzz_fail("the active slot is not whole, or not the one that would boot");
    }
    // a module that was activated worked when it was tried: it works after HELLO and after a power cut
    if (!fuzz_tw.model.loaded || fuzz_tw.info.crc != info.crc) {
        fuzz_fail("the active module is not loaded");
    }
    if (fuzz_ask(MODEL, NULL, 0) != TW_OK || tw_get32(fuzz_answer.payload + 4) != info.crc ||
        tw_get32(fuzz_answer.payload + 8) != number) {
        fuzz_fail("MODEL tells of another module");
    }
    if (info.crc != tw_crc32(0, modules[0].bytes, modules[0].len)) {
        deploy_base();
    }
    uint8_t now[TW_PAYLOAD_MAX];
    if (step_base(now) != output_len || memcmp(now, output, output_len) != 0) {
        fuzz_fail("the first module answers otherwise");
    }
    fuzz_patience = 1;
}

static void feed_frame(const tw_frame_t *frame) {
    uint8_t wire[TW_WIRE_MAX];
    fuzz_feed(wire, tw_frame_encode(frame, wire));
    units++;
}

static void random_bytes(uint8_t *to, size_t len) {
    uint32_t kind = fuzz_below(4);
    for (size_t k = 0; k < len; ++k) {
        uint32_t value = fuzz_random();
        to[k] = (uint8_t)(kind == 0 ? value & 7u : kind == 1 ? value % 95u + 32u : value);
        if (kind == 2 && value >> 28 == 0) {
            to[k] = 0;
        }
    }
}

static void storm_of_bytes(uint32_t n) {
    uint8_t bytes[400];
    for (uint32_t k = 0; k < n; ++k) {
        size_t len = 1 + fuzz_below(fuzz_one_in(8) ? sizeof bytes : 40);
        random_bytes(bytes, len);
        fuzz_feed(bytes, len);
        if (fuzz_one_in(16)) {
            fuzz_wait(fuzz_below(2 * TW_FRAME_SILENCE_US));
        }
        units++;
    }
}

static const uint8_t TYPES[] = {0x01, STATUS, MODEL, LOGS, BEGIN, DATA, READ_BACK, TRY, ACTIVATE,
                                ABORT, STEP, WRITE, READ, RUN, INIT, RESET};

// A request whose numbers are often nearly right.
static size_t random_payload(uint8_t type, uint8_t *to) {
    uint32_t in_len = fuzz_tw.model.in_len;
    const uint32_t lengths[] = {0, 1, 2, 4, 5, 6, 36, in_len + 3, in_len + 5, TW_PAYLOAD_MAX};
    size_t len = lengths[fuzz_below(10)];
    len = fuzz_one_in(4) ? fuzz_below(TW_PAYLOAD_MAX + 1) : len;
    len = len > TW_PAYLOAD_MAX ? TW_PAYLOAD_MAX : len;
    random_bytes(to, len);
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
        case DATA:
            tw_put32(to, fuzz_one_in(2) ? fuzz_tw.received : near);
            break;
        default:
            break;
        }
    }
    if (type == BEGIN && len >= TW_SLOT_INFO_BYTES && !fuzz_one_in(4)) {
        put_info(to, modules[0].bytes, modules[0].len, (uint8_t)fuzz_below(6));
        to[fuzz_below(36)] ^= (uint8_t)(1u << fuzz_below(8));
        len = TW_SLOT_INFO_BYTES;
    }
    if (type == RUN && len == 2) {
        tw_put16(to, fuzz_below(50));
    }
    return len;
}

static void storm_of_requests(uint32_t n) {
    uint8_t payload[TW_PAYLOAD_MAX];
    for (uint32_t k = 0; k < n; ++k) {
        uint8_t type = fuzz_one_in(20) ? (uint8_t)fuzz_random() : TYPES[fuzz_below(sizeof TYPES)];
        if ((type == RESET && !fuzz_one_in(10)) || (type == ACTIVATE && fuzz_one_in(2))) {
            type = STATUS;
        }
        tw_frame_t frame;
        fuzz_session_next(&frame, type, payload, random_payload(type, payload));
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
        case 5:
            frame.status = (int8_t)fuzz_random();
            break;
        default:
            break;
        }
        feed_frame(&frame);
    }
}

// Frames with bytes changed, lost, doubled; halves; noise between them.
static void storm_of_damage(uint32_t n) {
    uint8_t payload[TW_PAYLOAD_MAX];
    uint8_t wire[TW_WIRE_MAX + 40];
    for (uint32_t k = 0; k < n; ++k) {
        uint8_t type = TYPES[fuzz_below(sizeof TYPES - 1)];
        tw_frame_t frame;
        fuzz_session_next(&frame, type, payload, random_payload(type, payload));
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
            random_bytes(wire + len, 40);
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
        units++;
    }
}

#define DIGITS "db 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff001122334455"

static void storm_of_commands(uint32_t n) {
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
        units++;
    }
}

// A module with some bytes changed; what stands in sections keeps its size, so that much of it is still a module.
static uint32_t mutate(uint8_t *to) {
    uint32_t which = fuzz_below(module_count);
    uint32_t len = modules[which].len;
    memcpy(to, modules[which].bytes, len);
    for (uint32_t k = fuzz_below(4); k > 0; --k) {
        uint32_t at = fuzz_below(len);
        switch (fuzz_below(8)) {
        case 0:
            to[at] = (uint8_t)fuzz_random();
            break;
        case 1:
            to[at] ^= (uint8_t)(1u << fuzz_below(8));
            break;
        case 2:
            to[at] = (uint8_t)fuzz_below(16);
            break;
        case 3:
            to[at] = (uint8_t)(0x20 + fuzz_below(0x20)); // locals, globals, loads
            break;
        case 4:
            to[at] = (uint8_t)(0x6a + fuzz_below(15)); // arithmetic of the same type
            break;
        case 5:
            to[at]++;
            break;
        case 6:
            to[at]--;
            break;
        default:
            len = fuzz_one_in(8) ? at + 1 : len; // cut
            break;
        }
    }
    return len;
}

static void use_candidate(void) {
    uint8_t payload[TW_PAYLOAD_MAX];
    for (uint32_t k = fuzz_below(6); k > 0; --k) {
        static const uint8_t uses[] = {STEP, RUN, INIT, READ, WRITE, MODEL, READ_BACK};
        uint8_t type = uses[fuzz_below(sizeof uses)];
        fuzz_ask(type, payload, random_payload(type, payload));
        units++;
    }
    if (fuzz_one_in(4)) {
        storm_of_commands(4);
    }
}

// Whole deployments of mutated modules, interrupted in every way.
static void storm_of_modules(uint32_t n) {
    static uint8_t wasm[FUZZ_SLOT];
    uint32_t until = units + n;
    fuzz_flash_fails = fuzz_one_in(6);
    while ((int32_t)(until - units) > 0) {
        uint32_t len = fuzz_one_in(20) ? 1 + fuzz_below(3000) : mutate(wasm);
        if (fuzz_one_in(20)) {
            random_bytes(wasm, len);
        }
        uint8_t info[TW_SLOT_INFO_BYTES];
        put_info(info, wasm, len, (uint8_t)fuzz_below(5));
        info[8] = (uint8_t)fuzz_below(2);
        info[10] = (uint8_t)fuzz_below(3);
        info[4] ^= fuzz_one_in(10) ? 1 : 0; // of the CRC
        int status = send_module(info, wasm, len);
        units += 1 + len / 768;
        if (status == TW_OK) {
            tries++;
            status = fuzz_ask(TRY, NULL, 0);
            units++;
        }
        loads += status == TW_OK;
        use_candidate();
        if (status == TW_OK && fuzz_one_in(8)) {
            activations += fuzz_ask(ACTIVATE, NULL, 0) == TW_OK;
        }
        if (fuzz_one_in(4)) {
            fuzz_ask(ABORT, NULL, 0);
        }
        if (fuzz_one_in(20)) {
            fuzz_power_cut();
        }
        if (fuzz_one_in(8) || status > 0) {
            fuzz_hello();
        }
    }
}

static void read_module(const char *path) {
    FILE *file = fopen(path, "rb");
    static uint8_t bytes[FUZZ_SLOT];
    size_t len = file == NULL ? 0 : fread(bytes, 1, FUZZ_SLOT - TW_PAGE, file);
    if (len == 0) {
        fuzz_fail(path);
    }
    fclose(file);
    modules[module_count].bytes = malloc(len);
    memcpy(modules[module_count].bytes, bytes, len);
    modules[module_count++].len = (uint32_t)len;
}

int main(int argc, char **argv) {
    seed = strtoull(argv[1], NULL, 10);
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    fuzz_state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int k = 3; k < argc && module_count < MODULES; ++k) {
        read_module(argv[k]);
    }
    fuzz_power_on(FUZZ_ARENA);
    fuzz_hello();
    deploy_base();
    if (seed % 2 == 1) {
        fuzz_power_on(fuzz_tw.arena.used - fuzz_tw.db.room + fuzz_below(300));
        fuzz_hello();
        deploy_base();
    }
    for (size_t k = 0; k < sizeof input; ++k) {
        input[k] = (uint8_t)(k * 37 + 11);
    }
    output_len = step_base(output);
    printf("output ");
    for (size_t k = 6; k < output_len; ++k) {
        printf("%02x", output[k]);
    }
    printf("\n");
    fflush(stdout);
    while (units < count) {
        uint32_t n = 1 + fuzz_below(LONGEST_STORM);
        fuzz_line_fails = fuzz_one_in(6);
        switch (fuzz_below(6)) {
        case 0:
            storm_of_bytes(n);
            break;
        case 1:
            storm_of_requests(n);
            break;
        case 2:
            storm_of_damage(n);
            break;
        case 3:
            storm_of_commands(n);
            break;
        default:
            storm_of_modules(n);
            break;
        }
        if (fuzz_one_in(8)) {
            fuzz_power_cut();
        }
        check_board();
    }
    printf("%u units, %u modules tried, %u loaded, %u activated, %u resets\n", units, tries, loads,
           activations, fuzz_resets);
    return 0;
}
