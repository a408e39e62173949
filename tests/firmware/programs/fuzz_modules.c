// Storms of modules: whole deployments of mutated ones, interrupted in every way.
#include "fuzz.h"
#include "tw_bytes.h"
#include "tw_crc32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fuzz_module_t fuzz_modules[FUZZ_MODULES];
static uint32_t module_count;

uint32_t fuzz_tries, fuzz_loads, fuzz_activations;

void fuzz_put_info(uint8_t *info, const uint8_t *wasm, uint32_t len, uint8_t task) {
    memset(info, 0, TW_SLOT_INFO_BYTES);
    tw_put32(info, len);
    tw_put32(info + 4, tw_crc32(0, wasm, len));
    info[9] = task;
    tw_put32(info + 12, 0x3f000000); // 0.5
    tw_put32(info + 20, 0x3b800000); // 1 / 256
    tw_put32(info + 24, (uint32_t)-128);
    tw_put32(info + 28, 500);
}

int fuzz_send_module(const uint8_t *info, const uint8_t *wasm, uint32_t len) {
    int status = fuzz_ask(BEGIN, info, TW_SLOT_INFO_BYTES);
    // pages, or pieces of any length
    uint32_t longest = fuzz_one_in(2) ? 768 : 1 + fuzz_below(TW_PAYLOAD_MAX - 4);
    bool same = fuzz_one_in(2);
    for (uint32_t at = 0; at < len && status == TW_OK;) {
        uint8_t payload[TW_PAYLOAD_MAX];
        uint32_t n = same ? longest : 1 + fuzz_below(longest);
        n = len - at < n ? len - at : n;
        tw_put32(payload, at);
        memcpy(payload + 4, wasm + at, n);
        status = fuzz_ask(DATA, payload, n + 4);
        at += n;
    }
    return status;
}

void fuzz_read_module(const char *path) {
    if (module_count == FUZZ_MODULES) {
        fuzz_fail("too many modules");
    }
    FILE *file = fopen(path, "rb");
    static uint8_t bytes[FUZZ_SLOT];
    size_t len = file == NULL ? 0 : fread(bytes, 1, FUZZ_SLOT - TW_PAGE, file);
    if (len == 0) {
        fuzz_fail(path);
    }
    fclose(file);
    fuzz_modules[module_count].bytes = malloc(len);
    memcpy(fuzz_modules[module_count].bytes, bytes, len);
    fuzz_modules[module_count++].len = (uint32_t)len;
}

// A module with some bytes changed; what stands in sections keeps its size, so that much of it is still a module.
static uint32_t mutate(uint8_t *to) {
    uint32_t which = fuzz_below(module_count);
    uint32_t len = fuzz_modules[which].len;
    memcpy(to, fuzz_modules[which].bytes, len);
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
        fuzz_ask(type, payload, fuzz_random_payload(type, payload));
        fuzz_units++;
    }
    if (fuzz_one_in(4)) {
        fuzz_storm_of_commands(4);
    }
}

void fuzz_storm_of_modules(uint32_t n) {
    static uint8_t wasm[FUZZ_SLOT];
    uint32_t until = fuzz_units + n;
    fuzz_flash_fails = fuzz_one_in(6);
    while ((int32_t)(until - fuzz_units) > 0) {
        uint32_t len = fuzz_one_in(20) ? 1 + fuzz_below(3000) : mutate(wasm);
        if (fuzz_one_in(20)) {
            fuzz_random_bytes(wasm, len);
        }
        uint8_t info[TW_SLOT_INFO_BYTES];
        fuzz_put_info(info, wasm, len, (uint8_t)fuzz_below(5));
        info[8] = (uint8_t)fuzz_below(2);
        info[10] = (uint8_t)fuzz_below(3);
        info[4] ^= fuzz_one_in(10) ? 1 : 0; // of the CRC
        int status = fuzz_send_module(info, wasm, len);
        fuzz_units += 1 + len / 768;
        if (status == TW_OK) {
            fuzz_tries++;
            status = fuzz_ask(TRY, NULL, 0);
            fuzz_units++;
        }
        fuzz_loads += status == TW_OK;
        use_candidate();
        if (status == TW_OK && fuzz_one_in(8)) {
            fuzz_activations += fuzz_ask(ACTIVATE, NULL, 0) == TW_OK;
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
