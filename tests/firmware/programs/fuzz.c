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

#define LONGEST_STORM 300u

static uint8_t input[TW_PAYLOAD_MAX];
static uint8_t output[TW_PAYLOAD_MAX];
static size_t output_len;

uint32_t fuzz_units;
static uint64_t seed;

_Noreturn void fuzz_fail(const char *what) {
    fprintf(stderr, "seed %llu, after %u units: %s\n", (unsigned long long)seed, fuzz_units, what);
    abort();
}

static void deploy_base(void) {
    uint8_t info[TW_SLOT_INFO_BYTES];
    fuzz_put_info(info, fuzz_modules[0].bytes, fuzz_modules[0].len, TW_TASK_KWS01);
    if (fuzz_send_module(info, fuzz_modules[0].bytes, fuzz_modules[0].len) != TW_OK ||
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
    if (info.crc != tw_crc32(0, fuzz_modules[0].bytes, fuzz_modules[0].len)) {
        deploy_base();
    }
    uint8_t now[TW_PAYLOAD_MAX];
    if (step_base(now) != output_len || memcmp(now, output, output_len) != 0) {
        fuzz_fail("the first module answers otherwise");
    }
    fuzz_patience = 1;
}

int main(int argc, char **argv) {
    seed = strtoull(argv[1], NULL, 10);
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    fuzz_state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int k = 3; k < argc; ++k) {
        fuzz_read_module(argv[k]);
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
    while (fuzz_units < count) {
        uint32_t n = 1 + fuzz_below(LONGEST_STORM);
        fuzz_line_fails = fuzz_one_in(6);
        switch (fuzz_below(6)) {
        case 0:
            fuzz_storm_of_bytes(n);
            break;
        case 1:
            fuzz_storm_of_requests(n);
            break;
        case 2:
            fuzz_storm_of_damage(n);
            break;
        case 3:
            fuzz_storm_of_commands(n);
            break;
        default:
            fuzz_storm_of_modules(n);
            break;
        }
        if (fuzz_one_in(8)) {
            fuzz_power_cut();
        }
        check_board();
    }
    printf("%u units, %u modules tried, %u loaded, %u activated, %u resets\n", fuzz_units,
           fuzz_tries, fuzz_loads, fuzz_activations, fuzz_resets);
    return 0;
}
