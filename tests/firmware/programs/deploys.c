// Power is cut during deployments whose DATA has any length: at every flash operation, before it, torn within it and after
// it, and after every frame, with bytes in the page buffer. After each cut the board boots the old module, or the new one
// once its header was reached, never neither and never a mix; the next deployment succeeds.
#include "tw_bytes.h"
#include "tw_crc32.h"
#include "tw_deploy.h"
#include "tw_err.h"
#include "tw_run.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOT 2048u
#define ROOM (SLOT - TW_PAGE)
#define MOST (TW_PAYLOAD_MAX - 4u) // bytes of a module in one frame
#define ANY 0u                     // of a pattern: another length each time
#define NEVER (-1)

static uint8_t cells[TW_SLOTS][SLOT];
static tw_port_t port;
static tw_t tw;
static jmp_buf power;
static int operations, frames;             // of this deployment so far
static int cut_operation, cut_frame;       // the one that is cut, or NEVER
static enum { BEFORE, TORN, AFTER } cut;
static int cuts, within_a_page;            // with bytes in the page buffer
static int loaded;                         // version of the module that the engine has, or -1
static uint32_t length;                    // of all versions

static void must(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s: %u bytes, operation %d, frame %d, cut %d\n", what, (unsigned)length,
               cut_operation, cut_frame, (int)cut);
        abort();
    }
}

static uint8_t byte_of(int version, uint32_t k) {
    return (uint8_t)(k * 7 + k / 256 * 3 + (uint32_t)version * 31 + 1);
}

// The engine: it loads what is one of the versions, to the last byte.
int tw_model_load(tw_model_t *model, tw_arena_t *arena, const uint8_t *wasm, uint32_t len) {
    (void)arena;
    loaded = -1;
    model->loaded = false;
    for (int version = 0; version < 4 && len == length; ++version) {
        uint32_t k = 0;
        while (k < len && wasm[k] == byte_of(version, k)) {
            ++k;
        }
        if (k == len) {
            loaded = version;
            model->loaded = true;
            return TW_OK;
        }
    }
    return TW_ERR_MODEL;
}

void tw_model_unload(tw_model_t *model, tw_arena_t *arena) {
    (void)arena;
    model->loaded = false;
    loaded = -1;
}

int tw_model_init(tw_model_t *model) {
    (void)model;
    return TW_OK;
}

int32_t tw_model_step(tw_model_t *model) {
    (void)model;
    return 0;
}

static void watchdog(void *ctx, uint32_t timeout_ms) {
    (void)ctx;
    (void)timeout_ms;
}

static void lose_power(void) {
    cuts++;
    within_a_page += tw.stage == TW_DEPLOY_DATA && tw.received % TW_PAGE != 0 &&
                     tw.received != tw.coming.length;
    longjmp(power, 1);
}

// Begins an operation. Returns whether it is to be torn.
static int begins(void) {
    if (operations == cut_operation && cut == BEFORE) {
        lose_power();
    }
    return operations == cut_operation && cut == TORN;
}

static void ends(void) {
    if (operations++ == cut_operation) {
        lose_power();
    }
}

static int erase(void *ctx, int n) {
    (void)ctx;
    int torn = begins();
    for (size_t k = 0; k < SLOT; ++k) {
        cells[n][k] = torn ? (uint8_t)(cells[n][k] | rand()) : 0xff;
    }
    ends();
    return 0;
}

static int program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len) {
    (void)ctx;
    must(offset % TW_PAGE == 0 && len % TW_PAGE == 0 && len > 0 && offset + len <= SLOT,
         "whole pages inside of the slot");
    for (size_t page = 0; page < len; page += TW_PAGE) {
        int torn = begins();
        size_t kept = torn ? (size_t)rand() % TW_PAGE : TW_PAGE;
        for (size_t k = 0; k < TW_PAGE; ++k) {
            uint8_t *cell = &cells[n][offset + page + k];
            must(*cell == 0xff, "a page that is written was erased, and is written once");
            if (k < kept) {
                *cell = data[page + k];
            } else if (k == kept) {
                *cell = (uint8_t)(data[page + k] | rand());
            }
        }
        ends();
    }
    return 0;
}

// Memory is gone, the slots stay.
static void power_on(void) {
    memset(&tw, 0, sizeof tw);
    memset(tw.page, 0xa5, sizeof tw.page);
    tw.port = &port;
    loaded = -1;
    tw.active = tw_slot_choose(&port);
    tw_load_active(&tw);
}

static int ask(uint8_t type, const uint8_t *payload, size_t len) {
    static tw_reply_t reply;
    reply.len = 0;
    tw_frame_t frame = {.type = type, .payload = payload, .len = len};
    return tw_deploy(&tw, &frame, &reply);
}

// How many bytes of the module the next frame has.
static uint32_t piece_of(uint32_t pattern, uint32_t left) {
    uint32_t n = pattern == ANY ? 1 + (uint32_t)rand() % 300u : pattern;
    return n < left ? n : left;
}

static void deploy(int version, uint32_t pattern) {
    uint8_t module[ROOM];
    for (uint32_t k = 0; k < length; ++k) {
        module[k] = byte_of(version, k);
    }
    uint8_t info[TW_SLOT_INFO_BYTES] = {0};
    tw_put32(info, length);
    tw_put32(info + 4, tw_crc32(0, module, length));
    tw_put32(info + 28, 1000);
    operations = 0;
    frames = 0;
    must(ask(TW_BEGIN, info, sizeof info) == TW_OK, "BEGIN");
    for (uint32_t at = 0; at < length;) {
        uint8_t payload[TW_PAYLOAD_MAX];
        uint32_t n = piece_of(pattern, length - at);
        tw_put32(payload, at);
        memcpy(payload + 4, module + at, n);
        must(ask(TW_DATA, payload, n + 4) == TW_OK, "DATA");
        at += n;
        if (frames++ == cut_frame) {
            lose_power();
        }
    }
    must(ask(TW_TRY, NULL, 0) == TW_OK && loaded == version, "TRY");
    must(ask(TW_ACTIVATE, NULL, 0) == TW_OK, "ACTIVATE");
    const uint8_t *slot = cells[tw.active];
    for (uint32_t k = 0; k < (length + TW_PAGE - 1) / TW_PAGE * TW_PAGE; ++k) {
        must(slot[TW_PAGE + k] == (k < length ? module[k] : 0), "the module, then zeros");
    }
}

// One deployment of version 1 over version 0. Returns whether it came to its end before its cut.
static int update(uint32_t pattern, int operation, int frame, unsigned seed) {
    static volatile int whole, header;
    whole = 0;
    srand(seed);
    cut_operation = cut_frame = NEVER;
    memset(cells, rand() & 0xff, sizeof cells);
    power_on();
    must(loaded == -1, "no module");
    if (seed % 2 == 1) { // the other way round
        deploy(3, MOST);
    }
    deploy(0, MOST);
    power_on();
    must(loaded == 0, "the first deployment");
    // an erase, the module's pages, then the header
    header = 1 + (int)((length + TW_PAGE - 1) / TW_PAGE);
    cut_operation = operation;
    cut_frame = frame;
    if (setjmp(power) == 0) {
        deploy(1, pattern);
        whole = 1;
        must(operations == header + 1, "so many operations");
    }
    int reached = whole || (operation == header && cut == AFTER);
    int open = operation == header && cut == TORN;
    power_on();
    must(loaded == 0 || loaded == 1, "neither the old nor the new module boots");
    must(open || loaded == (reached ? 1 : 0), "the old one until the header is whole, then the new");
    uint8_t late[5] = {0};
    tw_put32(late, 0);
    must(ask(TW_DATA, late, sizeof late) == TW_ERR_ORDER, "no deployment goes on after a cut");
    cut_operation = cut_frame = NEVER;
    deploy(2, pattern);
    power_on();
    must(loaded == 2, "the deployment after the cut");
    return whole;
}

int main(void) {
    static const uint32_t LENGTHS[] = {1, 255, 256, 257, 1023, ROOM};
    static const uint32_t PATTERNS[] = {1, 3, 7, 100, 255, 256, 257, 300, 511, 513, MOST, ANY};
    port.slot_size = SLOT;
    port.erase = erase;
    port.program = program;
    port.watchdog = watchdog;
    for (int n = 0; n < TW_SLOTS; ++n) {
        port.slot[n] = cells[n];
    }
    for (size_t l = 0; l < sizeof LENGTHS / sizeof LENGTHS[0]; ++l) {
        length = LENGTHS[l];
        for (size_t p = 0; p < sizeof PATTERNS / sizeof PATTERNS[0]; ++p) {
            uint32_t pattern = PATTERNS[p];
            int whole = 0;
            for (int operation = 0; !whole; ++operation) {
                unsigned seed = 1000u * (unsigned)operation + (unsigned)p;
                for (cut = BEFORE; cut <= AFTER; ++cut) {
                    for (unsigned k = 0; k < (cut == TORN ? 6u : 1u); ++k) {
                        whole = update(pattern, operation, NEVER, seed + k);
                    }
                }
            }
            whole = 0;
            // single bytes: every 37th frame is enough to be at every place of a page
            for (int frame = 0; !whole; frame += pattern < 7 ? 37 : 1) {
                cut = AFTER;
                whole = update(pattern, NEVER, frame, (unsigned)frame);
            }
        }
    }
    printf("%d cuts, %d within a page\n", cuts, within_a_page);
    return 0;
}
