// The watchdog counts processor time: a module that loops is left by a jump, as a reset leaves it. One that is fed again
// and again by one command ("infer 100000000") is cut off after a number of feeds, as by a user.
#include "fuzz.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define TICK_US 2000
#define FEEDS 3000 // in one turn of the loop

tw_t fuzz_tw;
tw_port_t fuzz_port;
bool fuzz_flash_fails, fuzz_line_fails;
unsigned fuzz_resets;
int fuzz_patience = 1;

static uint8_t cells[TW_SLOTS][FUZZ_SLOT];
static uint32_t clock_us;
static const uint8_t *line;
static size_t line_len, piece;
static uint8_t out[1u << 20];
static size_t out_len;
static bool lossy;

static sigjmp_buf after_reset;
static volatile sig_atomic_t inside, ticks, feeds;

static _Noreturn void restart(tw_reset_t reason) {
    inside = 0;
    fuzz_resets++;
    fuzz_port.reset_reason = reason;
    siglongjmp(after_reset, 1);
}

static void on_tick(int signal) {
    (void)signal;
    if (inside && --ticks < 0 && !fuzz_busy) {
        restart(TW_RESET_WATCHDOG);
    }
}

static void watchdog(void *ctx, uint32_t timeout_ms) {
    (void)ctx;
    int n = (int)(timeout_ms / 100u); // a module of ours takes no millisecond
    ticks = (n < 5 ? 5 : n > 50 ? 50 : n) * fuzz_patience;
    if (inside && ++feeds > FEEDS) {
        restart(TW_RESET_POWER);
    }
}

static void reset(void *ctx) {
    (void)ctx;
    restart(TW_RESET_SOFTWARE);
}

static uint32_t now_us(void *ctx) {
    (void)ctx;
    return clock_us;
}

static int read_line(void *ctx, uint8_t *buf, size_t len) {
    (void)ctx;
    // a line that fails takes its time within a read: only byte by byte is it known when the board took which
    size_t n = fuzz_line_fails ? 1 : 1 + fuzz_below(64);
    n = n < len ? n : len;
    n = n < line_len ? n : line_len;
    memcpy(buf, line, n);
    line += n;
    line_len -= n;
    piece = n;
    return (int)n;
}

static int write_line(void *ctx, const uint8_t *buf, size_t len) {
    (void)ctx;
    if (fuzz_line_fails && fuzz_one_in(20)) {
        lossy = true;
        clock_us += 1000000;
        return -1;
    }
    if (len > sizeof out - out_len) {
        lossy = true;
        return 0;
    }
    memcpy(out + out_len, buf, len);
    out_len += len;
    return 0;
}

static size_t stack_used(void *ctx) {
    (void)ctx;
    return 1000;
}

static int erase(void *ctx, int n) {
    (void)ctx;
    if (fuzz_flash_fails && fuzz_one_in(4)) {
        return -1;
    }
    memset(cells[n], 0xff, FUZZ_SLOT);
    return 0;
}

static int program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len) {
    (void)ctx;
    if (offset % TW_PAGE != 0 || len % TW_PAGE != 0 || offset > FUZZ_SLOT || len > FUZZ_SLOT - offset) {
        fuzz_fail("the slots were written outside of their pages");
    }
    if (fuzz_flash_fails && fuzz_one_in(8)) {
        return fuzz_one_in(2) ? -1 : 0; // it says so, or it does not
    }
    for (size_t k = 0; k < len; ++k) {
        cells[n][offset + k] &= data[k];
    }
    return 0;
}

// Runs the core until it has taken the line's bytes; a reset leaves what is left of them to the new start.
static void boot(void) {
    for (;;) {
        fuzz_session_reset();
        fuzz_port.boot_id++;
        out_len = 0;
        feeds = 0;
        if (sigsetjmp(after_reset, 1) == 0) {
            int patience = fuzz_patience;
            fuzz_patience = FUZZ_PATIENT; // what was activated had time enough when it was tried
            ticks = 50 * fuzz_patience;
            inside = 1;
            tw_init(&fuzz_tw, &fuzz_port);
            inside = 0;
            fuzz_patience = patience;
            return;
        }
    }
}

void fuzz_power_on(size_t arena_size) {
    static uint8_t arena[FUZZ_ARENA];
    memset(cells, 0xff, sizeof cells);
    fuzz_port.board = "fuzz";
    fuzz_port.serial = "1";
    fuzz_port.now_us = now_us;
    fuzz_port.read = read_line;
    fuzz_port.write = write_line;
    fuzz_port.watchdog = watchdog;
    fuzz_port.reset = reset;
    fuzz_port.stack_used = stack_used;
    fuzz_port.stack_size = 4096;
    fuzz_port.slot_size = FUZZ_SLOT;
    fuzz_port.erase = erase;
    fuzz_port.program = program;
    fuzz_port.arena = arena;
    fuzz_port.arena_size = arena_size;
    for (int n = 0; n < TW_SLOTS; ++n) {
        fuzz_port.slot[n] = cells[n];
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_tick;
    action.sa_flags = SA_RESTART;
    sigaction(SIGPROF, &action, NULL);
    const struct timeval tick = {0, TICK_US};
    const struct itimerval timer = {tick, tick};
    setitimer(ITIMER_PROF, &timer, NULL);
    boot();
}

void fuzz_power_cut(void) {
    fuzz_resets++;
    fuzz_port.reset_reason = TW_RESET_POWER;
    boot();
}

void fuzz_wait(uint32_t us) {
    clock_us += us;
}

void fuzz_feed(const uint8_t *bytes, size_t len) {
    line = bytes;
    line_len = len;
    while (line_len > 0) {
        const uint8_t *from = line;
        clock_us += 1000;
        out_len = 0;
        lossy = false;
        feeds = 0;
        uint32_t at_us = clock_us;
        if (sigsetjmp(after_reset, 1) != 0) {
            boot();
            continue;
        }
        ticks = 50 * fuzz_patience;
        inside = 1;
        tw_poll(&fuzz_tw);
        inside = 0;
        fuzz_session_check(from, piece, at_us, out, out_len, lossy);
    }
}
