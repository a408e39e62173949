// Power is cut at every flash operation of an update, before it, torn within it, and after it. After each cut the board
// boots the old module or the new one, never neither and never a mix, and the next update succeeds.
#include "tw_crc32.h"
#include "tw_err.h"
#include "tw_slot.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOT 4096u
#define MODULE 2000u

static uint8_t cells[TW_SLOTS][SLOT];
static tw_port_t port;
static jmp_buf power;
static int left; // operations until the cut; negative: none
static int cuts;
static int whole; // an update came to its end before its cut
static enum { BEFORE, TORN, AFTER } cut;

static void must(int holds, const char *what) {
    if (!holds) {
        printf("%s\n", what);
        abort();
    }
}

// Whether this is the operation that is cut.
static int now(void) {
    return left >= 0 && left-- == 0;
}

static int erase(void *ctx, int n) {
    (void)ctx;
    int ends = now();
    if (ends && cut == BEFORE) {
        longjmp(power, 1);
    }
    for (size_t k = 0; k < SLOT; ++k) {
        cells[n][k] = ends && cut == TORN ? (uint8_t)(cells[n][k] | rand()) : 0xff;
    }
    if (ends) {
        longjmp(power, 1);
    }
    return 0;
}

static int program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len) {
    (void)ctx;
    for (size_t page = 0; page < len; page += TW_PAGE) {
        int ends = now();
        if (ends && cut == BEFORE) {
            longjmp(power, 1);
        }
        size_t kept = ends && cut == TORN ? (size_t)rand() % TW_PAGE : TW_PAGE;
        for (size_t k = 0; k < kept; ++k) {
            cells[n][offset + page + k] &= data[page + k];
        }
        if (ends && cut == TORN && kept < TW_PAGE) {
            cells[n][offset + page + kept] &= (uint8_t)(data[page + kept] | rand());
        }
        if (ends) {
            longjmp(power, 1);
        }
    }
    return 0;
}

static void make(uint8_t *module, tw_slot_info_t *info, unsigned version) {
    for (size_t k = 0; k < MODULE; ++k) {
        module[k] = (uint8_t)(k * 7 + version * 31);
    }
    *info = (tw_slot_info_t){.length = MODULE, .crc = tw_crc32(0, module, MODULE),
                             .step_limit_ms = 1000};
}

// The version in the slot that boots, -1 for none.
static int booted(unsigned versions) {
    int n = tw_slot_choose(&port);
    for (unsigned version = 0; n >= 0 && version < versions; ++version) {
        uint8_t module[MODULE];
        tw_slot_info_t info;
        make(module, &info, version);
        if (memcmp(tw_slot_module(&port, n), module, MODULE) == 0) {
            return (int)version;
        }
    }
    return -1;
}

static void update(unsigned version) {
    uint8_t module[(MODULE / TW_PAGE + 1) * TW_PAGE] = {0};
    tw_slot_info_t info;
    make(module, &info, version);
    int n = tw_slot_choose(&port) == 0 ? 1 : 0;
    must(port.erase(NULL, n) == 0, "erase");
    must(port.program(NULL, n, TW_PAGE, module, sizeof module) == 0, "program");
    must(tw_slot_commit(&port, n, &info) == TW_OK, "commit");
}

int main(void) {
    port.slot_size = SLOT;
    port.erase = erase;
    port.program = program;
    for (int n = 0; n < TW_SLOTS; ++n) {
        port.slot[n] = cells[n];
    }
    for (volatile int operation = 0; !whole; ++operation) {
        for (cut = BEFORE; cut <= AFTER; ++cut) {
            for (volatile unsigned seed = 0; seed < (cut == TORN ? 20u : 1u); ++seed) {
                srand(seed * 1000 + (unsigned)operation);
                memset(cells, rand() & 0xff, sizeof cells);
                left = -1;
                update(0);
                must(booted(2) == 0, "the first update");
                left = operation;
                if (setjmp(power) == 0) {
                    update(1);
                    whole = 1;
                }
                int found = booted(2);
                must(found == 0 || found == 1, "neither the old nor the new module boots");
                must(!whole || found == 1, "an update that was not cut is in force");
                left = -1;
                update(2);
                must(booted(3) == 2, "the update after the cut");
                cuts++;
            }
        }
    }
    printf("%d cuts\n", cuts);
    return 0;
}
